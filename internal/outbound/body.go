package outbound

import (
	"fmt"
	"io"
	"net/http"
)

// cappedBody fails once more than limit bytes come, instead of ending early as io.LimitReader does: a cut answer must
// not look whole.
type cappedBody struct {
	io.ReadCloser
	limit, left int64
}

// Read implements io.Reader.
func (b *cappedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return 0, fmt.Errorf("%w: more than %d bytes", ErrBodyTooLarge, b.limit)
	}
	return n, err
}

// ReadAll reads and closes the body of resp. A body of more than limit bytes is ErrBodyTooLarge, and so is one above
// the client's own BodyLimit. Up to the limit it is read to its end, so that the connection is used again. An answer
// that ended after the call's time was up is an error: a server that sees us go may end it properly, cut as it is.
func ReadAll(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	data, err := io.ReadAll(&cappedBody{ReadCloser: resp.Body, limit: limit, left: limit})
	if err == nil {
		err = resp.Request.Context().Err()
	}
	if err != nil {
		return nil, fmt.Errorf("read answer of %s: %w", resp.Request.URL.Host, err)
	}
	return data, nil
}

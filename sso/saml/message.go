package saml

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"io"
	"strings"
)

// maxMessage is the longest message that is read, in bytes, unpacked. A person in 400 groups makes 60 KiB.
const maxMessage = 768 << 10

// unbase64 decodes a form value (saml-bindings 3.5.4), in which line breaks are usual.
func unbase64(value string) ([]byte, error) {
	if len(value) > maxMessage*4/3*21/20 {
		return nil, refuse(TooLarge, "the message has more than %d KiB; the provider sends too many attributes or groups", maxMessage>>10)
	}
	clean := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' || r == '\r' || r == '\n' {
			return -1
		}
		return r
	}, value)
	data, err := base64.StdEncoding.Strict().DecodeString(clean)
	if err != nil {
		return nil, refuse(NotBase64, "the message is not base64: %v", err)
	}
	return data, nil
}

// inflate unpacks the DEFLATE encoding of the Redirect binding (saml-bindings 3.4.4.1) and stops where a bomb would go on.
func inflate(packed []byte) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), maxMessage+1))
	if err != nil {
		return nil, refuse(NotBase64, "the message is not DEFLATE: %v", err)
	}
	if len(data) > maxMessage {
		return nil, refuse(TooLarge, "the message unpacks to more than %d KiB", maxMessage>>10)
	}
	return data, nil
}

// deflate packs a message for the Redirect binding.
func deflate(data []byte) []byte {
	var packed bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression) // fails for levels that do not exist
	_, _ = w.Write(data)                                    // a bytes.Buffer takes everything
	_ = w.Close()
	return packed.Bytes()
}

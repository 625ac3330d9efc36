package drop

import (
	"encoding/hex"
	"fmt"
	"path"
	"strings"
)

// sidecarLimit is more than the line of the longest name.
const sidecarLimit = 8 << 10

// parseSidecar finds the digest of the file called name in what sha256sum wrote: lines of digest, blank, blank or star,
// and name, where the name may have a folder before it. A digest alone is taken as that of the file. What ends before
// the digest does is still being written.
func parseSidecar(text, name string) (string, error) {
	lines := strings.FieldsFunc(strings.TrimPrefix(text, "\ufeff"), func(r rune) bool { return r == '\n' || r == '\r' })
	for _, line := range lines {
		digest, of, named := strings.Cut(strings.TrimSpace(line), " ")
		sum, err := hex.DecodeString(digest)
		if err != nil || len(sum) != 32 {
			return "", fmt.Errorf("%w: %s.sha256 begins with no SHA-256; write it with sha256sum", ErrUnsettled, name)
		}
		of = strings.TrimPrefix(strings.TrimPrefix(of, " "), "*")
		if !named || path.Base(strings.ReplaceAll(of, `\`, "/")) == name {
			return hex.EncodeToString(sum), nil
		}
	}
	return "", fmt.Errorf("%w: %s.sha256 says nothing of %s; write it with sha256sum", ErrUnsettled, name, name)
}

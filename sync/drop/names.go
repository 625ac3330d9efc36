package drop

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameLimit leaves room, in the 255 bytes of most file systems, for what claims and the archive put before a name.
const nameLimit = 160

// unfinished are the ends of names that programs give to files which they are still writing.
var unfinished = []string{"~", ".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp"}

// isRoster says whether a name matches the pattern (path.Match) and is not one under which files are written, hidden
// or locked.
func isRoster(pattern, name string) bool {
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "~") {
		return false
	}
	lower := strings.ToLower(name)
	for _, end := range unfinished {
		if strings.HasSuffix(lower, end) {
			return false
		}
	}
	matches, err := path.Match(pattern, name)
	return matches && err == nil // the pattern was checked when the source was made
}

// checkName refuses names that would be something else on another system, or hide something from whoever reads them.
func checkName(name string) error {
	switch {
	case len(name) > nameLimit:
		return fmt.Errorf("name of %d bytes: at most %d", len(name), nameLimit)
	case !utf8.ValidString(name):
		return errors.New("name is not UTF-8: rename the file")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || strings.ContainsRune(`/\:`, r) }):
		return errors.New("name holds a separator or a control character: rename the file")
	}
	return nil
}

// checkPattern is about the configuration.
func checkPattern(pattern string) error {
	if _, err := path.Match(pattern, ""); err != nil || strings.Contains(pattern, "/") {
		return fmt.Errorf("pattern %q: write one for the file's name, such as people*.csv", pattern)
	}
	return nil
}

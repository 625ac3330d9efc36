package table

import (
	"bytes"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Names of encodings, as Sheet.Encoding has them.
const (
	utf8Name    = "utf-8"
	utf16LEName = "utf-16le"
	utf16BEName = "utf-16be"
)

// textEncoding is how the bytes of a CSV file are text.
type textEncoding struct {
	name  string
	mark  int               // length of the byte order mark
	codec encoding.Encoding // nil for UTF-8, which is read as it is
}

// findEncoding goes by the byte order mark, then by what is declared.
func findEncoding(head []byte, size int64, declared string) (textEncoding, error) {
	found := textEncoding{name: utf8Name}
	switch {
	case declared != "" && declared != utf8Name && declared != Windows1252:
		return found, fmt.Errorf("read table: encoding %q is not known; leave it out for UTF-8, or say %s", declared, Windows1252)
	case bytes.HasPrefix(head, []byte(byteOrderMark)):
		found.mark = len(byteOrderMark)
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		found = textEncoding{utf16LEName, 2, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)}
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		found = textEncoding{utf16BEName, 2, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}
	case looksLikeUTF16(head):
		return found, &FileError{Code: FileEncoding, Line: 1, Problem: "this is UTF-16 without a byte order mark; save the file as CSV UTF-8"}
	case declared == Windows1252:
		if looksLikeUTF8(head) {
			return found, &FileError{Code: FileEncoding, Problem: "the file is UTF-8, though declared to be windows-1252; take the setting `encoding` away"}
		}
		found = textEncoding{Windows1252, 0, charmap.Windows1252}
	}
	if found.mark == 2 && size%2 != 0 {
		return found, &FileError{Code: FileTruncated, Problem: "the file ends in the middle of a character of UTF-16; send it again whole"}
	}
	return found, nil
}

// looksLikeUTF16 reports whether every other byte is NUL, as where Latin letters are UTF-16.
func looksLikeUTF16(head []byte) bool {
	head = head[:min(len(head), 64)&^1]
	nul := [2]int{}
	for i, b := range head {
		if b == 0 {
			nul[i%2]++
		}
	}
	half := len(head) / 2
	return half > 1 && (nul == [2]int{0, half} || nul == [2]int{half, 0})
}

// looksLikeUTF8 reports whether letters beyond ASCII are all written as UTF-8 has them, which Windows-1252 never is but
// by contrivance.
func looksLikeUTF8(head []byte) bool {
	for i := range min(len(head), utf8.UTFMax-1) { // the last character may be cut off
		whole := head[:len(head)-i]
		if utf8.Valid(whole) {
			return utf8.RuneCount(whole) < len(whole)
		}
	}
	return false
}

// decode returns the text of a file, without byte order mark, as UTF-8.
func (e textEncoding) decode(r io.Reader) io.Reader {
	if e.codec == nil {
		return r
	}
	return transform.NewReader(r, e.codec.NewDecoder())
}

// check says what is wrong with a line of decoded text, if anything. An encoding that is not UTF-8 decodes to U+FFFD
// what it has no character for.
func (e textEncoding) check(line []byte) (code, problem string) {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return FileNUL, "a NUL character, which no text holds; the file is damaged or no CSV; export it again"
	case !utf8.Valid(line):
		return FileEncoding, "bytes that are not UTF-8; save the file as CSV UTF-8, or, if it comes from Windows, say so: encoding windows-1252"
	case e.codec != nil && bytes.ContainsRune(line, utf8.RuneError):
		return FileEncoding, "bytes that are not " + e.name + "; save the file as CSV UTF-8"
	}
	return "", ""
}

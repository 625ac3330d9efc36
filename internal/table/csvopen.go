package table

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// separators are those that are found without being told, in the order in which they are preferred.
const separators = ",;\t|"

// openCSV reads the header of CSV and finds out before in what encoding it is and what separates its cells.
func openCSV(r io.ReaderAt, size int64, head []byte, o ReadOptions) (*Sheet, error) {
	encoding, err := findEncoding(head, size, o.Encoding)
	if err != nil {
		return nil, err
	}
	text, err := decodeHead(head, encoding)
	if err != nil {
		return nil, err
	}
	declared, found := declaredSeparator(text)
	separator, err := findSeparator(text, encoding, declared, o)
	if err != nil && isBinary(text) {
		err = &FileError{Code: FileBinary, Problem: "this is neither text nor a workbook, whatever its name says; export the list as CSV UTF-8 or .xlsx"}
	}
	if err != nil {
		return nil, err
	}
	rest := io.NewSectionReader(r, int64(encoding.mark), size-int64(encoding.mark))
	lines := newLineReader(encoding.decode(&wholeReader{rest, rest.Size()}), size)
	in := newCSVReader(lines, encoding, separator, o.Limits)
	if found {
		if err := in.skipLine(); err != nil {
			return nil, err
		}
	}
	header, err := in.readHeader()
	if err != nil {
		return nil, err
	}
	if o.FromPeople {
		unquoteAll(header.Cells)
	}
	sheet := &Sheet{
		Format: CSV, Encoding: encoding.name, Separator: separator,
		Header: header.Cells, HeaderLine: header.Line, Twice: twins(header.Cells),
	}
	return sheet, sheet.yieldFrom(in, o)
}

// decodeHead returns the first text of a file. Its last character may be cut.
func decodeHead(head []byte, e textEncoding) ([]byte, error) {
	text, err := io.ReadAll(e.decode(bytes.NewReader(head[e.mark:])))
	if err != nil {
		return nil, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		return nil, &FileError{Code: FileHTML, Problem: "this is a web page or XML, whatever its name says; export the list as CSV UTF-8 or .xlsx"}
	}
	return text, nil
}

// isBinary says whether more than one character in fifty, and more than a few, are such as no list holds. Of random bytes
// one in ten is. NUL has an error of its own.
func isBinary(text []byte) bool {
	control := 0
	for _, b := range text {
		if 0 < b && b < '\t' || b > '\r' && b < ' ' {
			control++
		}
	}
	return control > 5 && control*50 > len(text)
}

// declaredSeparator reads the line `sep=;` by which Excel is told the separator.
func declaredSeparator(text []byte) (separator rune, found bool) {
	line := text
	if end := bytes.IndexAny(text, "\r\n"); end >= 0 {
		line = text[:end]
	}
	const key = "sep="
	if len(line) <= len(key) || !bytes.EqualFold(line[:len(key)], []byte(key)) {
		return 0, false
	}
	separator, size := utf8.DecodeRune(line[len(key):])
	return separator, len(line) == len(key)+size
}

// findSeparator goes by what is asked for, then by what the file declares, then by what fits.
func findSeparator(text []byte, e textEncoding, declared rune, o ReadOptions) (rune, error) {
	switch {
	case o.Separator != 0:
		return checkSeparator(o.Separator)
	case declared != 0:
		separator, err := checkSeparator(declared)
		if err != nil {
			return 0, &FileError{Code: FileSeparator, Line: 1, Problem: err.Error()}
		}
		return separator, nil
	}
	return detectSeparator(text, e, o.Limits)
}

// trial is how the first records of a file read with one separator.
type trial struct {
	separator   rune
	width       int // of the header
	whole, rows int // rows that are as wide as the header, and all
}

// detectSeparator tries every separator on the beginning of a text. The one that fits most rows to the header wins, if
// it fits more than half of them.
func detectSeparator(text []byte, e textEncoding, limits Limits) (rune, error) {
	var best trial
	candidates := 0
	for _, separator := range separators {
		t := try(text, e, separator, limits)
		if t.width < 2 {
			continue
		}
		candidates++
		if best.width == 0 || t.whole > best.whole || t.whole == best.whole && t.width > best.width {
			best = t
		}
	}
	switch {
	case candidates == 1, candidates > 1 && (best.rows == 0 || 2*best.whole > best.rows):
		return best.separator, nil
	case candidates == 0 && !bytes.ContainsAny(text, separators):
		return ',', nil
	}
	return 0, &FileError{Code: FileSeparator, Line: 1, Problem: "no telling what separates the cells; comma, semicolon, tab and | give rows of another width than the header's. Say which it is in the setting `separator`"}
}

func try(text []byte, e textEncoding, separator rune, limits Limits) trial {
	e.codec = nil // it is decoded already
	in := newCSVReader(newLineReader(bytes.NewReader(text), int64(len(text))), e, separator, limits)
	header, err := in.readHeader()
	if err != nil {
		return trial{}
	}
	for !isFatal(err) {
		_, err = in.next()
	}
	return trial{separator, len(header.Cells), in.counts.Records, in.counts.Records + in.counts.Refused}
}

// wholeReader makes an error of a file that ends before all the bytes that it was said to have.
type wholeReader struct {
	in   io.Reader
	left int64
}

// Read implements io.Reader.
func (w *wholeReader) Read(p []byte) (int, error) {
	n, err := w.in.Read(p)
	w.left -= int64(n)
	if errors.Is(err, io.EOF) && w.left > 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

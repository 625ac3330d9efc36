package table

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// lineBytes is how long a line of a text may be, or the lines of a record together.
const lineBytes = 1 << 20

// lineReader cuts a text into lines, which end with LF, CR LF or CR. It can look ahead.
type lineReader struct {
	in         io.Reader
	buf        []byte
	start, end int // of what is read of in and not yet taken, in buf
	ended      bool
}

// newLineReader reads a text of about size bytes.
func newLineReader(in io.Reader, size int64) *lineReader {
	return &lineReader{in: in, buf: make([]byte, min(size+1, headBytes))}
}

// line finds the line that starts at offset from of what is not yet taken. It returns where its text ends and where the
// next line starts, which is the same for a last line without line end. All three are equal at the end of the text.
func (l *lineReader) line(from int) (end, next int, err error) {
	for at := from; ; {
		unread := l.buf[l.start:l.end]
		at = lineEnd(unread, at)
		switch {
		case at+1 < len(unread) && unread[at] == '\r' && unread[at+1] == '\n':
			return at, at + 2, nil
		case at+1 < len(unread), at < len(unread) && (unread[at] == '\n' || l.ended):
			return at, at + 1, nil
		case l.ended:
			return at, at, nil
		case at-from > lineBytes:
			return 0, 0, &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("a line of more than %d bytes", lineBytes)}
		}
		if err := l.fill(); err != nil {
			return 0, 0, err
		}
	}
}

// searchedAtOnce bounds how far is looked for one kind of line end where the other one may come first.
const searchedAtOnce = 256

// lineEnd is the offset of the first CR or LF of text from one on; that of its end where there is none.
func lineEnd(text []byte, from int) int {
	for from < len(text) {
		part := text[from:min(from+searchedAtOnce, len(text))]
		end := bytes.IndexByte(part, '\n')
		if end >= 0 {
			part = part[:end]
		}
		if cr := bytes.IndexByte(part, '\r'); cr >= 0 {
			return from + cr
		}
		from += len(part)
		if end >= 0 {
			return from
		}
	}
	return from
}

// text returns what is not yet taken, up to offset end. It is valid until line is called.
func (l *lineReader) text(end int) []byte {
	return l.buf[l.start : l.start+end]
}

// take gives up what stands before offset next.
func (l *lineReader) take(next int) {
	l.start += next
}

// fill reads on, and makes room for that first.
func (l *lineReader) fill() error {
	if l.start > 0 {
		l.end = copy(l.buf, l.buf[l.start:l.end])
		l.start = 0
	}
	if l.end == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	n, err := l.in.Read(l.buf[l.end:])
	l.end += n
	if errors.Is(err, io.EOF) {
		l.ended, err = true, nil
	}
	if err != nil {
		return fmt.Errorf("read CSV: %w", err)
	}
	return nil
}

package table

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

const (
	maxStrings     = 4 << 20
	maxStringBytes = 64 << 20
)

// sharedStrings are the texts of a workbook that its cells refer to by number (ECMA-376 part 1, 18.4.9).
type sharedStrings struct {
	text []byte
	ends []uint32
}

// at returns the text of a number; it fails if there is none.
func (s *sharedStrings) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	start := uint32(0)
	if i > 0 {
		start = s.ends[i-1]
	}
	return s.text[start:s.ends[i]], true
}

func (a *archive) readStrings(name string) (sharedStrings, error) {
	var all sharedStrings
	p, err := a.open(name)
	if err != nil {
		return all, err
	}
	var in textReader
	for {
		token, err := p.token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all.text = in.add(all.text, token)
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "si" {
			all.endString()
		}
		if len(all.ends) > maxStrings || len(all.text) > maxStringBytes {
			return all, &FileError{Code: FileTooLarge, Problem: fmt.Sprintf("the workbook holds more than %d texts or %d bytes of text; save the list as CSV UTF-8", maxStrings, maxStringBytes)}
		}
	}
}

func (s *sharedStrings) endString() {
	start := 0
	if len(s.ends) > 0 {
		start = int(s.ends[len(s.ends)-1])
	}
	s.text = unescape(s.text, start)
	s.ends = append(s.ends, uint32(len(s.text)))
}

// textReader picks the text out of a string item, whose runs may be formatted; phonetic hints (rPh) are none of it.
type textReader struct {
	inText, inHint bool
}

// add appends what a token holds of the text.
func (r *textReader) add(text []byte, token xml.Token) []byte {
	switch t := token.(type) {
	case xml.StartElement:
		r.set(t.Name.Local, true)
	case xml.EndElement:
		r.set(t.Name.Local, false)
	case xml.CharData:
		if r.inText && !r.inHint {
			text = append(text, t...)
		}
	}
	return text
}

func (r *textReader) set(element string, inside bool) {
	switch element {
	case "t":
		r.inText = inside
	case "rPh":
		r.inHint = inside
	}
}

// unescape replaces the _xHHHH_ in text[start:] by the characters that XML has no way to write (18.4.12 ST_Xstring).
func unescape(text []byte, start int) []byte {
	const length = len("_xHHHH_")
	at := bytes.Index(text[start:], []byte("_x"))
	if at < 0 {
		return text
	}
	out := text[:start+at]
	for rest := text[start+at:]; len(rest) > 0; {
		if len(rest) >= length && rest[0] == '_' && rest[1] == 'x' && rest[length-1] == '_' {
			if code, err := strconv.ParseUint(string(rest[2:length-1]), 16, 16); err == nil {
				rest = rest[length:]
				out = append(out, string(rune(code))...) // never longer than what it stands for
				continue
			}
		}
		out, rest = append(out, rest[0]), rest[1:]
	}
	return out
}

package table

import "bytes"

// flaw is what keeps a record of CSV from being cut into cells.
type flaw string

const (
	flawless     flaw = ""
	strayInside  flaw = "a quote inside an unquoted cell; quote the cell and write the quote twice"
	strayBehind  flaw = "text after a closing quote; write a quote inside a cell twice"
	neverClosing flaw = "the quote that opens the cell is not closed; close it, or write a quote inside a cell twice"
)

// cutRecord cuts the text of one record (RFC 4180) into cells. With a flaw, the cells before the flawed one are there.
func cutRecord(text, separator []byte, cells *rowText) flaw {
	cells.reset()
	for {
		rest, problem := cutCell(text, separator, cells)
		if problem != flawless {
			return problem
		}
		cells.endCell()
		if len(rest) == 0 {
			return flawless
		}
		text = rest[len(separator):]
	}
}

// cutCell adds the text of the first cell, and returns what follows it: nothing, or a separator.
func cutCell(text, separator []byte, cells *rowText) (rest []byte, problem flaw) {
	if len(text) > 0 && text[0] == '"' {
		rest, closed := cutQuoted(text[1:], cells)
		switch {
		case !closed:
			return nil, neverClosing
		case len(rest) > 0 && !bytes.HasPrefix(rest, separator):
			return nil, strayBehind
		}
		return rest, flawless
	}
	end := bytes.Index(text, separator)
	if end < 0 {
		end = len(text)
	}
	if bytes.IndexByte(text[:end], '"') >= 0 {
		return nil, strayInside
	}
	cells.text = append(cells.text, text[:end]...)
	return text[end:], flawless
}

// cutQuoted adds the text of a quoted cell, and returns what follows its closing quote.
func cutQuoted(text []byte, cells *rowText) (rest []byte, closed bool) {
	for {
		quote := bytes.IndexByte(text, '"')
		if quote < 0 {
			return nil, false
		}
		cells.text = append(cells.text, text[:quote]...)
		text = text[quote+1:]
		if len(text) == 0 || text[0] != '"' {
			return text, true
		}
		cells.text = append(cells.text, '"')
		text = text[1:]
	}
}

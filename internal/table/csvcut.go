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
	cells.text = append(cells.text, text...)
	quote := indexFrom(text, 0, '"') // the next one that is not yet dealt with
	for at := 0; ; at += len(separator) {
		if at < quote {
			end := cellEnd(text, at, separator)
			if quote < end {
				return strayInside
			}
			cells.cell(at, end)
			at = end
		} else {
			end, closed := cutQuoted(text, at+1, cells)
			switch {
			case !closed:
				return neverClosing
			case end < len(text) && !bytes.HasPrefix(text[end:], separator):
				cells.cells = cells.cells[:len(cells.cells)-1]
				return strayBehind
			}
			at, quote = end, indexFrom(text, end, '"')
		}
		if at == len(text) {
			return flawless
		}
	}
}

// indexFrom is the offset of the first c at or behind from; behind the end of text where there is none.
func indexFrom(text []byte, from int, c byte) int {
	if i := bytes.IndexByte(text[from:], c); i >= 0 {
		return from + i
	}
	return len(text) + 1
}

// cellEnd is where the unquoted cell ends that starts at from.
func cellEnd(text []byte, from int, separator []byte) int {
	if i := bytes.Index(text[from:], separator); i >= 0 {
		return from + i
	}
	return len(text)
}

// cutQuoted makes a cell of what stands at from, behind its opening quote, and returns where its closing quote ends. A
// cell with quotes in it is not in the text as it is to be read, and is added behind it.
func cutQuoted(text []byte, from int, cells *rowText) (end int, closed bool) {
	start, added := from, len(cells.text)
	for {
		quote := indexFrom(text, from, '"')
		switch {
		case quote > len(text):
			return 0, false
		case quote+1 < len(text) && text[quote+1] == '"':
			cells.text = append(cells.text, text[from:quote+1]...)
			from = quote + 2
		case from == start:
			cells.cell(start, quote)
			return quote + 1, true
		default:
			cells.text = append(cells.text, text[from:quote]...)
			cells.cell(added, len(cells.text))
			return quote + 1, true
		}
	}
}

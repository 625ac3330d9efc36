package table

import (
	"encoding/xml"
	"strconv"
	"strings"
)

// xlsxCell is a cell of a worksheet while it is read (ECMA-376 part 1, 18.3.1.4).
type xlsxCell struct {
	kind              string
	style             int
	value             []byte
	inline            textReader
	inValue           bool
	hasValue, formula bool
}

func (c *xlsxCell) start(has attributes) {
	style, _ := strconv.Atoi(has.get("s"))
	*c = xlsxCell{kind: has.get("t"), style: style, value: c.value[:0]}
}

// add takes what stands inside the cell.
func (c *xlsxCell) add(token xml.Token) {
	switch t := token.(type) {
	case xml.StartElement:
		c.inValue = t.Name.Local == "v"
		c.hasValue = c.hasValue || c.inValue
		c.formula = c.formula || t.Name.Local == "f"
	case xml.EndElement:
		c.inValue = false
	case xml.CharData:
		if c.inValue {
			c.value = append(c.value, t...)
		}
	}
	if c.kind == "inlineStr" {
		c.value = c.inline.add(c.value, token)
	}
}

// text appends what the cell says, and returns what is amiss with it. It fails on a text that the workbook lacks.
func (c *xlsxCell) text(text []byte, book *workbook) (out []byte, code, problem string, ok bool) {
	start := len(text)
	switch {
	case c.formula && (!c.hasValue || len(c.value) == 0 && c.kind != "str"):
		return text, CellNoValue, "a formula whose result the file does not hold; open it in Excel and save it, or enter the value itself", true
	case c.kind == "inlineStr", c.kind == "str":
		return unescape(append(text, c.value...), start), "", "", true
	case len(c.value) == 0:
		return text, "", "", true
	}
	value := strings.TrimSpace(string(c.value))
	switch c.kind {
	case "s":
		number, err := strconv.Atoi(value)
		shared, found := book.strings.at(number)
		return append(text, shared...), "", "", err == nil && found
	case "b":
		return append(text, booleanText(value)...), "", "", true
	case "e":
		return text, CellErrorValue, errorProblem(value), true
	case "d":
		return append(text, trimMidnight(value)...), "", "", true
	}
	out, code, problem = appendNumber(text, value, book.styleAt(c.style), book.date1904)
	return out, code, problem, true
}

func booleanText(value string) string {
	if value == "1" || value == "true" {
		return "TRUE"
	}
	return "FALSE"
}

func (b *workbook) styleAt(i int) cellStyle {
	if i < 0 || i >= len(b.styles) {
		return cellStyle{}
	}
	return b.styles[i]
}

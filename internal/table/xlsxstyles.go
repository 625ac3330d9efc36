package table

import (
	"strconv"
	"strings"
)

// cellStyle is what a number format says of the value of a cell.
type cellStyle struct {
	date  bool
	zeros int // digits to which a whole number is filled with zeros
}

// readStyles reads the number formats of cells (ECMA-376 part 1, 18.8.10 and 18.8.30).
func (a *archive) readStyles(name string) ([]cellStyle, error) {
	var styles []cellStyle
	codes := map[string]string{}
	inCells := false
	err := a.elements(name, func(element string, has attributes) {
		switch element {
		case "numFmt":
			codes[has.get("numFmtId")] = has.get("formatCode")
		case "cellXfs":
			inCells = true
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := has.get("numFmtId")
				styles = append(styles, styleOf(id, codes[id]))
			}
		}
	})
	return styles, err
}

// styleOf knows the built-in formats by their id, the others by their code.
func styleOf(id, code string) cellStyle {
	if code != "" {
		return cellStyle{date: isDateCode(code), zeros: zerosOf(code)}
	}
	n, _ := strconv.Atoi(id)
	return cellStyle{date: 14 <= n && n <= 22 || 27 <= n && n <= 36 || 45 <= n && n <= 47 || 50 <= n && n <= 58}
}

// isDateCode reports whether a format code has a day, month or year, outside of quotes, brackets and escapes.
func isDateCode(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '\\', '_', '*':
			i++
		case '"':
			i += 1 + max(strings.IndexByte(code[i+1:], '"'), 0)
		case '[':
			i += max(strings.IndexByte(code[i:], ']'), 0)
		case 'd', 'm', 'y', 'D', 'M', 'Y':
			return true
		}
	}
	return false
}

// zerosOf returns how many digits a code such as 00000 shows at least.
func zerosOf(code string) int {
	code, _, _ = strings.Cut(code, ";")
	if len(code) > 255 || strings.Trim(code, "0") != "" {
		return 0
	}
	return len(code)
}

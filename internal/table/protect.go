package table

import "strings"

// protect makes a cell harmless for spreadsheet programs, which run a cell that starts like a formula (CSV injection,
// OWASP). A cell that already looks protected gets another apostrophe, so that Unquote always gives back the original.
func protect(cell string) string {
	if startsFormula(strings.TrimLeft(cell, "'")) {
		return "'" + cell
	}
	return cell
}

// Unquote takes off the one apostrophe that a file written ForPeople has in front of what a spreadsheet program would
// take for a formula. Any other apostrophe belongs to the cell.
func Unquote(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && startsFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return cell
}

// startsFormula knows the characters that OWASP lists, their full-width forms, and NUL, which some programs skip.
func startsFormula(cell string) bool {
	for _, r := range cell {
		return strings.ContainsRune("=+-@\t\r\n\x00\uff1d\uff0b\uff0d\uff20", r)
	}
	return false
}

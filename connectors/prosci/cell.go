package prosci

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// tooLong is beyond what a cell of a portal reasonably holds, in bytes.
const tooLong = 1000

// CheckCell implements [connectors.CellChecker]. Which columns hold dates the templates say.
func (p *Portal) CheckCell(templates []usher.Template, column, text string) error {
	var why string
	switch role := roleOf(column); role {
	case roleFirst, roleLast:
		why = unwritableName(cleanName(text), text)
	default:
		shelf, err := p.shelf(templates)
		if err != nil {
			return err
		}
		dated := false
		for _, t := range shelf {
			dated = dated || t.dated(column)
		}
		why = unwritable(dated || role == roleExpires || role == roleGraduation, text)
	}
	if why != "" {
		return errors.New(why)
	}
	return nil
}

// unwritableName says what keeps a name or address, which was given so and is to be written
// so, from standing in a file; empty: nothing. Neither is ever altered.
func unwritableName(written, given string) string {
	switch {
	case written == "":
		return "is empty"
	case breaksLine(strings.Trim(given, " ")):
		return "holds a line break"
	case startsFormula(written), startsFormula(given):
		return "starts with a character (= + - @ or a tab) that makes a spreadsheet program run it as a formula; names are not altered"
	case len(written) > tooLong:
		return fmt.Sprintf("is longer than %d bytes", tooLong)
	}
	return ""
}

// unwritable says what keeps a value from standing in one of the portal's own columns.
func unwritable(dated bool, value string) string {
	_, err := time.Parse(time.DateOnly, value)
	switch {
	case dated && err != nil:
		return "is no date such as 2026-12-31"
	case breaksLine(value) || startsFormula(value):
		return "holds a line break, or starts with a character (= + - @ or a tab) that makes a spreadsheet program run it"
	}
	return ""
}

// dated says that a configured name means columns of dates.
func (l layout) dated(name string) bool {
	return slices.ContainsFunc(l.columnsOf(name), func(i int) bool { return !slices.Contains(l.others, i) })
}

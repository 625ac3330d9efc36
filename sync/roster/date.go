package roster

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The years that a date can have. Excel numbers days from the first on.
const (
	firstYear = 1900
	lastYear  = 2199
	openYear  = 9999 // as SAP writes that something has no end
	openDate  = "9999-01-01"
)

// The days that a bare number can stand for: 1 October 1954 to the end of lastYear. Smaller numbers are more likely
// years, and larger ones dates without hyphens, than days.
const (
	firstSerial = 20_000
	lastSerial  = 109_574
)

// What can be amiss with a date, as Finding.Code says it.
const (
	dateAmbiguous = "date.ambiguous"
	dateInvalid   = "date.invalid"
	dateSerial    = "date.excel_serial"
	dateOrder     = "date.order"
)

// layout is a declared form of dates: day, month and year, each with the text before it.
type layout struct {
	text  string
	parts []layoutPart
}

type layoutPart struct {
	before string
	kind   byte // 'D', 'M' or 'Y'
	width  int  // number of letters
}

// compileLayout reads a form such as DD.MM.YYYY. Empty means none.
func compileLayout(text string) (layout, error) {
	l := layout{text: text}
	days, months, years := 0, 0, 0
	for rest := text; rest != ""; {
		at := strings.IndexAny(rest, "DMY")
		if at < 0 {
			return l, fmt.Errorf("ends with %q; a date ends with its day, month or year", rest)
		}
		kind := rest[at]
		width := len(rest[at:]) - len(strings.TrimLeft(rest[at:], string(kind)))
		part := layoutPart{rest[:at], kind, width}
		if !part.known() {
			return l, fmt.Errorf("%s is not known; use DD, D, MM, M, MMM and YYYY", rest[at:at+width])
		}
		if part.before == "" && len(l.parts) > 0 && (width < 2 || l.parts[len(l.parts)-1].width < 2) {
			return l, fmt.Errorf("nothing stands between its parts, so D and M need two digits: write DD and MM")
		}
		if strings.ContainsAny(part.before, "0123456789") {
			return l, fmt.Errorf("digits cannot separate digits")
		}
		l.parts = append(l.parts, part)
		switch kind {
		case 'D':
			days++
		case 'M':
			months++
		default:
			years++
		}
		rest = rest[at+width:]
	}
	if text != "" && (days != 1 || months != 1 || years != 1) {
		return l, fmt.Errorf("a date has one day, one month and one year, as in DD.MM.YYYY")
	}
	return l, nil
}

func (p layoutPart) known() bool {
	return p.kind == 'Y' && p.width == 4 || p.kind == 'D' && p.width <= 2 || p.kind == 'M' && p.width <= 3
}

// parse reads s by the layout.
func (l layout) parse(s string) (year, month, day int, ok bool) {
	for _, p := range l.parts {
		rest, found := strings.CutPrefix(s, p.before)
		if !found {
			return 0, 0, 0, false
		}
		n, width := p.number(rest)
		if width == 0 {
			return 0, 0, 0, false
		}
		s = rest[width:]
		switch p.kind {
		case 'D':
			day = n
		case 'M':
			month = n
		default:
			year = n
		}
	}
	return year, month, day, s == "" && len(l.parts) > 0
}

// number reads the part at the head of s and how wide it is there; 0 where it is not there.
func (p layoutPart) number(s string) (n, width int) {
	if p.kind == 'M' && p.width == 3 {
		return monthNamed(s)
	}
	least := p.width
	most := max(2, least)
	for width < len(s) && width < most && isDigit(s[width]) {
		n = n*10 + int(s[width]-'0')
		width++
	}
	if width < least {
		return 0, 0
	}
	return n, width
}

// monthNamed reads the first three letters of an English month, in any case.
func monthNamed(s string) (month, width int) {
	if len(s) < 3 {
		return 0, 0
	}
	at := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(s[:3]))
	if at < 0 || at%3 != 0 {
		return 0, 0
	}
	return at/3 + 1, 3
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// date reads a day as ISO 8601 writes it, with or without a midnight behind it, as the declared layout does, or as the
// number that Excel keeps; the last comes with the code dateSerial, what cannot be read with another one and why.
func (l layout) date(s string) (iso, code, why string) {
	if year, month, day, ok := isoDate(s); ok {
		if code, why = checkDate(year, month, day); code != "" {
			return "", code, why
		}
		return s[:10], "", ""
	}
	if year, month, day, ok := l.parse(s); ok {
		return checkedDate(year, month, day)
	}
	if n, err := strconv.Atoi(s); err == nil {
		return serialDate(n)
	}
	if l.text != "" {
		return "", dateInvalid, "is no date; write it as 2026-01-31 or " + l.text
	}
	if numeric(s) {
		return "", dateAmbiguous, "has its day, month and year in an order that nobody declared; write 2026-01-31, or declare the form as format.dates"
	}
	return "", dateInvalid, "is no date; write it as 2026-01-31"
}

// isoDate reads 2026-01-31, with what exports append to a day: T or space, a midnight, Z.
func isoDate(s string) (year, month, day int, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0, 0, 0, false
	}
	switch s[10:] {
	case "", "T00:00", "T00:00:00", "T00:00:00Z", "T00:00:00.000", "T00:00:00.000Z", " 00:00", " 00:00:00", " 00:00:00.000":
	default:
		return 0, 0, 0, false
	}
	iso := layout{parts: []layoutPart{{"", 'Y', 4}, {"-", 'M', 2}, {"-", 'D', 2}}}
	return iso.parse(s[:10])
}

func checkedDate(year, month, day int) (iso, code, why string) {
	if code, why = checkDate(year, month, day); code != "" {
		return "", code, why
	}
	return formatDate(year, month, day), "", ""
}

func checkDate(year, month, day int) (code, why string) {
	if year < firstYear || year > lastYear && year != openYear {
		return dateInvalid, fmt.Sprintf("has a year outside %d to %d; is it a slip of the pen?", firstYear, lastYear)
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day || int(t.Month()) != month {
		return dateInvalid, "is no day of the calendar; mend day or month"
	}
	return "", ""
}

func formatDate(year, month, day int) string {
	b := [10]byte{4: '-', 7: '-'}
	digits := func(at, width, n int) {
		for i := at + width - 1; i >= at; i-- {
			b[i] = byte('0' + n%10)
			n /= 10
		}
	}
	digits(0, 4, year)
	digits(5, 2, month)
	digits(8, 2, day)
	return string(b[:])
}

// serialDate takes a number as the day that Excel keeps as it (ECMA-376 part 1, 18.17.4.1, 1900 date base).
func serialDate(n int) (iso, code, why string) {
	if n < firstSerial || n > lastSerial {
		return "", dateInvalid, "is a number and no date; write it as 2026-01-31"
	}
	t := time.Date(1899, 12, 30+n, 0, 0, 0, 0, time.UTC)
	return formatDate(t.Year(), int(t.Month()), t.Day()), dateSerial,
		"is a bare number, taken for the day that Excel keeps as it; format the column as a date, or write 2026-01-31"
}

// numeric says that s is made of digits and what stands between the parts of a date.
func numeric(s string) bool {
	return s != "" && strings.Trim(s, "0123456789./- ") == "" && strings.ContainsAny(s, "0123456789")
}

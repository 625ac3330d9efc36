package table

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// daysEnd is the serial number of the first day that no spreadsheet knows, 10000-01-01.
const daysEnd = 2_958_466

// appendNumber appends the text of a number: a date as ISO 8601, any other one with all its digits and without exponent.
// code and problem say what is amiss with it.
func appendNumber(text []byte, raw string, style cellStyle, date1904 bool) (out []byte, code, problem string) {
	number, err := strconv.ParseFloat(raw, 64)
	if err != nil || strings.Trim(raw, "0123456789+-.eE") != "" {
		return append(text, raw...), "", ""
	}
	if style.date {
		if iso := isoDate(number, date1904); iso != "" {
			return append(text, iso...), "", ""
		}
		code, problem = CellDate, "a number that is shown as a date, but is none; write the date as text, such as 2006-01-02"
	}
	if math.Abs(number) >= 1e15 {
		code, problem = CellDigits, "a number of more than 15 digits, which Excel rounds; format the column as text and enter it again"
	}
	whole := strings.Trim(raw, "0123456789") == ""
	if !whole {
		raw = strconv.FormatFloat(number, 'f', -1, 64)
		whole = strings.Trim(raw, "0123456789") == ""
	}
	if whole && len(raw) < style.zeros {
		text = append(text, strings.Repeat("0", style.zeros-len(raw))...)
	}
	return append(text, raw...), code, problem
}

// isoDate returns the day that a serial number stands for, with the time if it has one, or the time alone if there is no
// day; or nothing, if there is no such day. The 1900 system counts a 29th of February 1900 that never was (ECMA-376
// part 1, 18.17.4.1).
func isoDate(serial float64, date1904 bool) string {
	if serial <= 0 || serial >= daysEnd {
		return ""
	}
	days, fraction := math.Modf(serial)
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case date1904:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days == 60:
		return ""
	case days < 60:
		base = base.AddDate(0, 0, 1)
	}
	at := base.AddDate(0, 0, int(days)).Add(time.Duration(math.Round(fraction*86_400)) * time.Second)
	switch {
	case serial < 1:
		return at.Format("15:04:05")
	case at.Equal(at.Truncate(24 * time.Hour)):
		return at.Format(time.DateOnly)
	}
	return at.Format("2006-01-02T15:04:05")
}

// trimMidnight makes a date of the ISO 8601 text of a cell of type d (18.18.11).
func trimMidnight(iso string) string {
	day, clock, _ := strings.Cut(iso, "T")
	if strings.Trim(clock, "0:.Z") == "" {
		return day
	}
	return iso
}

// errorValues are what a formula can come to that fails (18.18.11, and later additions of Excel).
const errorValues = " #NULL! #DIV/0! #VALUE! #REF! #NAME? #NUM! #N/A #GETTING_DATA #SPILL! #CALC! #FIELD! #BLOCKED! "

func errorProblem(value string) string {
	if !strings.Contains(errorValues, " "+value+" ") {
		value = "an error"
	}
	return "the formula comes to " + value + "; mend it, or enter the value itself"
}

package web

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// written are the ways in which sentences from elsewhere say an instant, which is of UTC, or a day.
var written = regexp.MustCompile(`\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?Z| \d\d:\d\d:\d\d| \d\d:\d\d UTC)?`)

// pieces takes a sentence apart at the times that stand in it, so that a page shows them like all others. What is no time has no ISO.
func pieces(text string) (list []instant) {
	from := 0
	for _, at := range written.FindAllStringIndex(text, -1) {
		when, is := timeIn(text[at[0]:at[1]])
		if !is || !apart(text, at[0], at[1]) {
			continue
		}
		list = append(list, instant{Words: text[from:at[0]]}, when)
		from = at[1]
	}
	return append(list, instant{Words: text[from:]})
}

// timeIn reads an instant, or a day.
func timeIn(text string) (instant, bool) {
	if at, err := time.Parse(time.DateOnly, text); err == nil {
		return instant{text, day(at.Format(time.DateOnly))}, true
	}
	for _, form := range []string{time.DateTime, "2006-01-02 15:04 UTC", time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return exact(at), true
		}
	}
	return instant{}, false
}

// exact has the seconds too, where there are some: they say who of two came first.
func exact(at time.Time) instant {
	i := date(at)
	if at.Second() != 0 {
		i.Words = strings.Replace(i.Words, at.Format("15:04"), at.Format(time.TimeOnly), 1)
	}
	return i
}

// apart says that a part of a text is no part of a longer word: of the name of a file, say. A stop or colon can end a sentence.
func apart(text string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:from])
	after, _ := utf8.DecodeRuneInString(strings.TrimLeft(text[to:], ".:"))
	return !joins(before) && !joins(after)
}

func joins(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(`-+_./\:`, r))
}

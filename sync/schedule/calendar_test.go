package schedule

import (
	"errors"
	"testing"
	"time"

	"usher/internal/usher"
)

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"weekdays 09:00":         "0 9 * * 1-5",
		"Weekdays 9:05":          "5 9 * * 1-5",
		"daily 00:00":            "0 0 * * *",
		"mon,thu 14:30":          "30 14 * * 1,4",
		"mon, thu 14:30":         "30 14 * * 1,4",
		"fridays 23:59":          "59 23 * * 5",
		"tuesday,sundays 10:10":  "10 10 * * 2,0",
		"  wednesday   08:00   ": "0 8 * * 3",
	} {
		got, err := Words(text)
		if err != nil || got != want {
			t.Errorf("%q is %q, %v, want %q", text, got, err, want)
		}
		if _, err := Parse(got, "UTC"); err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
	for _, text := range []string{"", "weekdays", "09:00", "weekdays 24:00", "weekdays 9:60", "weekdays 9", "someday 09:00", "mon,,tue 09:00", "0 9 * * 1-5"} {
		if got, err := Words(text); !errors.Is(err, usher.ErrInvalid) {
			t.Errorf("%q is %q, %v", text, got, err)
		}
	}
}

func FuzzWords(f *testing.F) {
	for _, text := range []string{"weekdays 09:00", "mon,thu 14:30", "daily 7:3", ", 9:00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		expression, err := Words(text)
		if err != nil {
			return
		}
		if _, err := Parse(expression, "UTC"); err != nil {
			t.Errorf("%q is %q: %v", text, expression, err)
		}
	})
}

func TestNextTime(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseIn("0 9 * * 1-5", berlin)
	if err != nil {
		t.Fatal(err)
	}
	for after, want := range map[string]string{
		"2026-03-06T07:59:00Z": "2026-03-06T08:00:00Z", // a Friday
		"2026-03-06T08:00:00Z": "2026-03-09T08:00:00Z", // at nine it is for the next one
		"2026-03-27T12:00:00Z": "2026-03-30T07:00:00Z", // the clocks were put forward
	} {
		from, err := time.Parse(time.RFC3339, after)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.NextTime(from).UTC().Format(time.RFC3339); got != want {
			t.Errorf("after %s: %s, want %s", after, got, want)
		}
	}
}

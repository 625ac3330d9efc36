package config

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0s": 0, "90s": 90 * time.Second, "15m": 15 * time.Minute, "24h": 24 * time.Hour,
		"7d": 7 * day, "1d12h": 36 * time.Hour, "1h30m": 90 * time.Minute, "-5m": -5 * time.Minute,
	} {
		if got, err := parseDuration(text); err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "7", "d", "-1d", "1.5d", "1 d", "1d-1h", "1d1d", "1h1d", "99999999d", "65535d2562047h"} {
		if got, err := parseDuration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	got, err := ParseDate("2024-02-29")
	if want := (Date{2024, 2, 29}); err != nil || got != want {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	for _, text := range []string{"", "2026-1-1", "2026-02-29", "0000-01-01", "2026-13-01", "26-01-01", "2026-01-01T00:00:00Z", " 2026-01-01", "20260101"} {
		if got, err := ParseDate(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestDateOrderIsThatOfItsText(t *testing.T) {
	days := rapid.Custom(func(t *rapid.T) Date {
		at := time.Unix(rapid.Int64Range(-60_000_000_000, 200_000_000_000).Draw(t, "seconds"), 0).UTC()
		return Date{at.Year(), int(at.Month()), at.Day()}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := days.Draw(t, "a"), days.Draw(t, "b")
		if (a.Compare(b) < 0) != (a.String() < b.String()) || a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%v and %v: Compare gives %d", a, b, a.Compare(b))
		}
		var back Date
		if err := back.UnmarshalText([]byte(a.String())); err != nil || back != a {
			t.Fatalf("%v comes back as %v, %v", a, back, err)
		}
	})
}

func TestInteger(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "30": 30, "-1": -1, "9223372036854775807": math.MaxInt} {
		if got, err := integer(text); err != nil || got != want {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "010", "0x10", "1_000", "+1", "1e3", "1.0", "9223372036854775808"} {
		if got, err := integer(text); err == nil {
			t.Errorf("%q: got %d, want an error", text, got)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"burst", "rate"}
	for word, want := range map[string]string{
		"rat": "did you mean rate?", "Burst": "did you mean burst?", "observe": "known: burst, rate", "": "known: burst, rate",
	} {
		if got := suggest(word, known); got != want {
			t.Errorf("%q: got %q, want %q", word, got, want)
		}
	}
}

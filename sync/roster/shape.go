package roster

import (
	"fmt"
	"strings"
	"unicode"
)

// shape is what keys of one kind have in common: 000123 is digits of one length, E-17 a letter, a hyphen and digits.
// The zero value fits everything.
type shape struct {
	runs   string // 9 for digits, a for letters, and what else stands between them
	length int    // in bytes, of digits with leading zeros; 0 where lengths differ
}

// How much must be known of keys before their form is expected of others.
const (
	leastKeys   = 20
	shareShape  = 0.95
	longestRuns = 12
)

// learnShape finds the shape that nearly all keys have; none where they differ or are too few.
func learnShape(keys []string) shape {
	if len(keys) < leastKeys {
		return shape{}
	}
	kinds, lengths := map[string]int{}, map[int]int{}
	padded := false
	for _, k := range keys {
		kinds[runsOf(k)]++
		lengths[len(k)]++
		padded = padded || strings.HasPrefix(k, "0")
	}
	enough := int(shareShape * float64(len(keys)))
	for runs, n := range kinds {
		if n < enough || runs == "" {
			continue
		}
		for length, n := range lengths {
			if runs == "9" && padded && n >= enough {
				return shape{runs, length}
			}
		}
		return shape{runs: runs}
	}
	return shape{}
}

func (s shape) fits(key string) bool {
	return s.runs == "" || runsOf(key) == s.runs && (s.length == 0 || len(key) == s.length)
}

// String describes the shape.
func (s shape) String() string {
	if s.length > 0 {
		return fmt.Sprintf("%d digits", s.length)
	}
	return "like " + s.runs
}

// runsOf is the sequence of digits, letters and other characters; empty for what has too many to be called a shape.
func runsOf(key string) string {
	var b [longestRuns]byte
	runs := b[:0]
	for _, r := range key {
		kind := byte('.')
		switch {
		case unicode.IsDigit(r):
			kind = '9'
		case unicode.IsLetter(r):
			kind = 'a'
		case r < 0x80:
			kind = byte(r)
		}
		if len(runs) > 0 && runs[len(runs)-1] == kind {
			continue
		}
		if len(runs) == longestRuns {
			return ""
		}
		runs = append(runs, kind)
	}
	return string(runs)
}

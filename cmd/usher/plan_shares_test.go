package main

import (
	"fmt"
	"strings"
	"testing"

	"usher/internal/usher"
)

func TestShares(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     usher.PlanCounts
		limit int
		want  string
	}{
		{"nothing", usher.PlanCounts{}, 50, ""},
		{"all fit", usher.PlanCounts{Joiners: 3, Leavers: 2, Missing: 1}, 50, "leaver 2, missing 1, joiner 3"},
		{"one class", usher.PlanCounts{Joiners: 100}, 50, "joiner 50"},
		{"a large one leaves room for the others", usher.PlanCounts{Joiners: 1000, Movers: 3000, Leavers: 500, Absent: 2}, 48, "leaver 30, absent 2, mover 8, joiner 8"},
		{"one row", usher.PlanCounts{Joiners: 5, Leavers: 5}, 1, "leaver 1"},
		{"no rows", usher.PlanCounts{Joiners: 5, Leavers: 5}, 0, ""},
	} {
		var got []string
		for class, n := range shares(c.n, c.limit) {
			got = append(got, fmt.Sprint(class, " ", n))
		}
		if text := strings.Join(got, ", "); text != c.want {
			t.Errorf("%s: %s, want %s", c.name, text, c.want)
		}
	}
}

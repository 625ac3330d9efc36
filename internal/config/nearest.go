package config

import "strings"

// suggest gives the hint for a word that is none of known: the nearest of
// them, or all where none is near.
func suggest(word string, known []string) string {
	hint := didYouMean(word, known)
	if hint == "" && len(known) > 0 {
		hint = "known: " + strings.Join(known, ", ")
	}
	return hint
}

// didYouMean names the nearest of known; it is empty where none is near.
func didYouMean(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := edits(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// edits counts the characters to insert, delete or replace to turn a into b
// (Levenshtein), ignoring case. Only the head of a long word is looked at: no
// known word is longer.
func edits(a, b string) int {
	a = strings.ToLower(a[:min(len(a), 64)])
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

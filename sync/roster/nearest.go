package roster

import (
	"strings"

	"usher/internal/table"
)

// maxCompared is how much of a word is looked at: no known one is longer.
const maxCompared = 64

// nearest gives the hint for a word that is none of known: the nearest of them, or all where none is near.
func nearest(word string, known []string) string {
	if hint := didYouMean(word, known); hint != "" {
		return hint
	}
	return "known are " + strings.Join(known, ", ")
}

// didYouMean names the nearest of known; it is empty where none is near.
func didYouMean(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := edits(table.FoldHeader(word), table.FoldHeader(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// edits counts the bytes to insert, delete or replace to turn a into b (Levenshtein).
func edits(a, b string) int {
	a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
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

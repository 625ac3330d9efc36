package table

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text writes a header and rows in aligned columns for a terminal, two spaces apart and without trailing space. Control
// characters (ANSI escapes begin with one), direction marks and invalid bytes appear as U+FFFD, so that no cell can steer
// the terminal or break its line. Width is counted in characters. Every row must be as wide as the header.
func Text(w io.Writer, header []string, rows [][]string) error {
	if err := checkWidth(header, rows); err != nil {
		return err
	}
	lines := make([][]string, 0, len(rows)+1)
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		line := make([]string, len(row))
		for i, cell := range row {
			line[i] = strings.Map(harmless, cell)
			widths[i] = max(widths[i], utf8.RuneCountInString(line[i]))
		}
		lines = append(lines, line)
	}
	out := bufio.NewWriter(w)
	for _, line := range lines {
		out.WriteString(align(line, widths))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func align(cells []string, widths []int) string {
	var line strings.Builder
	for i, cell := range cells {
		line.WriteString(cell)
		line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
	}
	return strings.TrimRight(line.String(), " ") + "\n"
}

func harmless(r rune) rune {
	switch {
	case unicode.IsPrint(r):
		return r
	case unicode.Is(unicode.Zs, r):
		return ' '
	}
	return utf8.RuneError
}

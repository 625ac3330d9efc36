package rostertest

import (
	"bytes"
	"fmt"
	"slices"
)

func lineAt(b []byte, share int) int {
	at := len(b) * share / 100
	return at + bytes.IndexByte(b[at:], '\n') + 1
}

// inLine is a place in the middle of a line of which no quoted cell is near.
func inLine(b []byte, share int) int { return lineAt(b, share) + 12 }

func cuts() []Corruption {
	var out []Corruption
	for _, share := range []int{5, 10, 25, 50, 75, 90, 97} {
		out = append(
			out,
			bytesKind(fmt.Sprintf("cut inside a row at %d%%", share), func(b []byte) []byte { return b[:inLine(b, share)] }),
			unseen(bytesKind(fmt.Sprintf("cut behind a row at %d%%", share), func(b []byte) []byte { return b[:lineAt(b, share)] })),
			bytesKind(fmt.Sprintf("head lost up to %d%%", share), func(b []byte) []byte { return b[inLine(b, share):] }),
			unseen(bytesKind(fmt.Sprintf("hole inside rows from %d%%", share), func(b []byte) []byte {
				return slices.Concat(b[:inLine(b, share)], b[lineAt(b, min(share+2, 98))+9:])
			})),
		)
	}
	return append(
		out,
		bytesKind("cut in the header", func(b []byte) []byte { return b[:40] }),
		bytesKind("cut behind the header, without its line end", func(b []byte) []byte { return b[:bytes.IndexByte(b, '\n')] }),
		bytesKind("cut in a quoted cell", func(b []byte) []byte { return b[:bytes.Index(b, []byte(`"Research`))+5] }),
		bytesKind("cut in a line break within a cell", func(b []byte) []byte { return b[:bytes.Index(b, []byte("Engineer\nPlatform"))+9] }),
		bytesKind("cut behind a separator", func(b []byte) []byte { i := inLine(b, 60); return b[:i+bytes.IndexByte(b[i:], ',')+1] }),
		bytesKind("last line end lost", func(b []byte) []byte { return b[:len(b)-1] }),
		bytesKind("last two bytes lost", func(b []byte) []byte { return b[:len(b)-2] }),
		bytesKind("last ten bytes lost", func(b []byte) []byte { return b[:len(b)-10] }),
		unseen(bytesKind("rows in the middle lost", func(b []byte) []byte { return slices.Concat(b[:lineAt(b, 40)], b[lineAt(b, 60):]) })),
	)
}

// withRows changes every row below the header.
func withRows(change func(i int, row []string) []string) func([][]string) [][]string {
	return func(rows [][]string) [][]string {
		for i := range rows[1:] {
			rows[i+1] = change(i, rows[i+1])
		}
		return rows
	}
}

func shifts() []Corruption {
	var out []Corruption
	rotated := func(row []string, by int) []string { return slices.Concat(row[by:], row[:by]) }
	for c, name := range Header() {
		right := rowsKind("cells moved right from "+name+" on", withRows(func(_ int, row []string) []string {
			return slices.Insert(row[:columns-1:columns-1], c, "")
		}))
		left := rowsKind("cells moved left from "+name+" on", withRows(func(_ int, row []string) []string {
			return append(slices.Delete(row, c, c+1), "")
		}))
		right.Unseen, left.Unseen = c == End, c >= Start // days that most have none of are lost
		out = append(
			out,
			rowsKind("a cell too many before "+name, withRows(func(_ int, row []string) []string { return slices.Insert(row, c, "") })),
			rowsKind("a cell too few at "+name, withRows(func(_ int, row []string) []string { return slices.Delete(row, c, c+1) })),
			right, left,
		)
	}
	return append(
		out,
		rowsKind("all columns moved left", withRows(func(_ int, row []string) []string { return rotated(row, 1) })),
		rowsKind("all columns moved right", withRows(func(_ int, row []string) []string { return rotated(row, columns-1) })),
		rowsKind("columns moved from the middle on", withRows(func(i int, row []string) []string {
			if i > 100 {
				return rotated(row, 1)
			}
			return row
		})),
		rowsKind("columns moved in one row of ten", withRows(func(i int, row []string) []string {
			if i%10 == 0 {
				return rotated(row, 2)
			}
			return row
		})),
		rowsKind("a few rows cut short", withRows(func(i int, row []string) []string {
			if i == 7 || i == 70 {
				return row[:4]
			}
			return row
		})),
		rowsKind("every tenth row cut short", withRows(func(i int, row []string) []string {
			if i%10 == 0 {
				return row[:4]
			}
			return row
		})),
	)
}

// swaps exchange two columns below the header. Whether a file shows it depends on what the two are.
func swaps() []Corruption {
	alike := func(a, b int) bool {
		free := []int{First, Last, Department, Title}
		return slices.Contains(free, a) && slices.Contains(free, b) || a == Email && b == UPN
	}
	var out []Corruption
	for a := range columns {
		for b := a + 1; b < columns; b++ {
			c := rowsKind(fmt.Sprintf("%s swapped with %s", Header()[a], Header()[b]), withRows(func(_ int, row []string) []string {
				row[a], row[b] = row[b], row[a]
				return row
			}))
			c.Unseen = alike(a, b)
			out = append(out, c)
		}
	}
	for column, name := range Header() {
		c := rowsKind(name+" moved down by a row", func(rows [][]string) [][]string {
			for i := len(rows) - 1; i > 1; i-- {
				rows[i][column] = rows[i-1][column]
			}
			rows[1][column] = ""
			return rows
		})
		c.Unseen = true // each person has the cell of another
		out = append(out, c)
	}
	return out
}

func headers() []Corruption {
	var out []Corruption
	for c, name := range Header() {
		out = append(
			out,
			rowsKind("header renamed: "+name, func(rows [][]string) [][]string { rows[0][c] = "column " + fmt.Sprint(c); return rows }),
			rowsKind("header emptied: "+name, func(rows [][]string) [][]string { rows[0][c] = ""; return rows }),
			rowsKind("column dropped: "+name, func(rows [][]string) [][]string {
				for i := range rows {
					rows[i] = slices.Delete(rows[i], c, c+1)
				}
				return rows
			}),
		)
	}
	return append(
		out,
		rowsKind("header lost", func(rows [][]string) [][]string { return rows[1:] }),
		rowsKind("header twice", func(rows [][]string) [][]string { return slices.Insert(rows, 1, slices.Clone(rows[0])) }),
		rowsKind("header again in the middle", func(rows [][]string) [][]string { return slices.Insert(rows, 100, slices.Clone(rows[0])) }),
		rowsKind("header again every ten rows", func(rows [][]string) [][]string {
			var out [][]string
			for i, row := range rows {
				if i%10 == 5 {
					out = append(out, rows[0])
				}
				out = append(out, row)
			}
			return out
		}),
		rowsKind("header in capitals", func(rows [][]string) [][]string {
			for c := range rows[0] {
				rows[0][c] = string(bytes.ToUpper([]byte(rows[0][c])))
			}
			return rows
		}),
		rowsKind("title above the header", func(rows [][]string) [][]string {
			return slices.Insert(rows, 0, append([]string{"Employees, all"}, make([]string, columns-1)...))
		}),
		rowsKind("header under the rows", func(rows [][]string) [][]string { return append(rows[1:], rows[0]) }),
		rowsKind("columns in another order, with their header", func(rows [][]string) [][]string {
			for i := range rows {
				slices.Reverse(rows[i])
			}
			return rows
		}),
		rowsKind("header in another order, without its columns", func(rows [][]string) [][]string { slices.Reverse(rows[0]); return rows }),
		rowsKind("e-mail column twice", func(rows [][]string) [][]string {
			for i := range rows {
				rows[i] = append(rows[i], rows[i][Email])
			}
			return rows
		}),
	)
}

func repeats() []Corruption {
	return []Corruption{
		bytesKind("file twice", func(b []byte) []byte { return slices.Concat(b, b) }),
		bytesKind("file twice, the first without its last line end", func(b []byte) []byte { return slices.Concat(b[:len(b)-1], b) }),
		rowsKind("all rows twice", func(rows [][]string) [][]string { return append(rows, rows[1:]...) }),
		rowsKind("each row twice", func(rows [][]string) [][]string {
			out := rows[:1:1]
			for _, row := range rows[1:] {
				out = append(out, row, row)
			}
			return out
		}),
		rowsKind("half of the rows twice", func(rows [][]string) [][]string { return append(rows, rows[len(rows)/2:]...) }),
		rowsKind("one row twice", func(rows [][]string) [][]string { return append(rows, rows[42]) }),
		rowsKind("last rows in place of the ones before", func(rows [][]string) [][]string {
			for i := len(rows) / 2; i < len(rows); i++ {
				rows[i] = rows[len(rows)-1]
			}
			return rows
		}),
		rowsKind("rows in another order", func(rows [][]string) [][]string { slices.Reverse(rows[1:]); return rows }),
	}
}

func emptied() []Corruption {
	out := []Corruption{
		bytesKind("empty", func([]byte) []byte { return nil }),
		bytesKind("byte order mark alone", func([]byte) []byte { return []byte("\ufeff") }),
		bytesKind("line ends alone", func([]byte) []byte { return []byte("\n\r\n\n") }),
		bytesKind("spaces alone", func([]byte) []byte { return bytes.Repeat([]byte(" "), 1000) }),
		rowsKind("header alone", func(rows [][]string) [][]string { return rows[:1] }),
		rowsKind("all cells emptied", withRows(func(_ int, row []string) []string { clear(row); return row })),
		unseen(rowsKind("every other row emptied", withRows(func(i int, row []string) []string {
			if i%2 == 0 {
				clear(row)
			}
			return row
		}))),
		unseen(rowsKind("one row left", func(rows [][]string) [][]string { return rows[:2] })),
	}
	for c, name := range Header() {
		k := cellKind("column emptied: "+name, c, func(int, string) string { return "" })
		k.Unseen = !slices.Contains([]int{ID, Email, Status}, c) // optional: nobody is missing
		out = append(out, k)
	}
	return out
}

package rostertest

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
)

// dated writes the days of both columns in another form.
func dated(name, layout string) Corruption {
	return rowsKind(name, withRows(func(_ int, row []string) []string {
		for _, c := range []int{Start, End} {
			if day, err := time.Parse(time.DateOnly, row[c]); err == nil {
				row[c] = day.Format(layout)
			}
		}
		return row
	}))
}

func serial(cell string) string {
	day, err := time.Parse(time.DateOnly, cell)
	if err != nil {
		return cell
	}
	return strconv.Itoa(int(day.Sub(time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)).Hours() / 24))
}

// filled changes the cells of a column that are not empty.
func filled(name string, column int, change func(string) string) Corruption {
	return cellKind(name, column, func(_ int, cell string) string {
		if cell == "" {
			return ""
		}
		return change(cell)
	})
}

func always(text string) func(string) string { return func(string) string { return text } }

func contents() []Corruption {
	return slices.Concat(words(), days(), keys(), addresses(), formulas())
}

func words() []Corruption {
	translated := func(active, gone string) func(string) string {
		return func(cell string) string {
			if cell == "active" {
				return active
			}
			return gone
		}
	}
	return []Corruption{
		filled("status in a language that nobody declared", Status, translated("käytössä", "lähtenyt")),
		filled("status as letters", Status, translated("A", "T")),
		filled("status as numbers", Status, translated("1", "0")),
		filled("status as truth", Status, translated("TRUE", "FALSE")),
		filled("status in capitals", Status, strings.ToUpper),
		filled("status with space", Status, func(s string) string { return " " + s + "\u00a0" }),
		cellKind("one status misspelt", Status, func(row int, cell string) string { return strings.Repeat("x", boolInt(row == 9)) + cell }),
		cellKind("every tenth status misspelt", Status, func(row int, cell string) string { return strings.Repeat("x", boolInt(row%10 == 0)) + cell }),
		unseen(filled("everybody terminated", Status, always("terminated"))),
		unseen(filled("everybody active", Status, always("active"))),
		unseen(filled("status the other way round", Status, translated("terminated", "active"))),
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func days() []Corruption {
	return []Corruption{
		dated("days as 01/31/2026", "01/02/2006"),
		dated("days as 31/01/2026", "02/01/2006"),
		dated("days as 31.01.2026", "02.01.2006"),
		dated("days as 31.01.26", "02.01.06"),
		dated("days as 20260131", "20060102"),
		dated("days as 31 Jan 2026", "2 Jan 2006"),
		dated("days with a time", "2006-01-02 15:04:05"),
		dated("days with an hour", "2006-01-02 23:00"),
		filled("days as numbers of Excel", Start, serial),
		filled("days as seconds", Start, always("1767225600")),
		filled("days a thousand years off", Start, func(s string) string { return "3" + s[1:] }),
		filled("no day", Start, always("0000-00-00")),
		filled("30 February", Start, always("2026-02-30")),
		filled("a year alone", Start, always("2019")),
		filled("days of the month and the month swapped", Start, func(s string) string { return s[:5] + s[8:] + "-" + s[5:7] }),
		cellKind("last days over for all", End, func(int, string) string { return "2025-12-31" }),
		cellKind("first days to come for all", Start, func(int, string) string { return "2099-01-01" }),
		cellKind("last days before the first", End, func(int, string) string { return "1999-12-31" }),
	}
}

func keys() []Corruption {
	number := func(s string) int { n, err := strconv.Atoi(s); must(err); return n }
	return []Corruption{
		filled("leading zeros lost", ID, func(s string) string { return strings.TrimLeft(s, "0") }),
		filled("leading zeros added", ID, func(s string) string { return "00" + s }),
		filled("keys with a decimal", ID, func(s string) string { return s + ".0" }),
		filled("keys as 1.23E+05", ID, func(s string) string { return fmt.Sprintf("%.2E", float64(number(s))) }),
		filled("keys with a thousands separator", ID, func(s string) string { return s[:3] + "," + s[3:] }),
		filled("keys with a letter in front", ID, func(s string) string { return "E" + s }),
		filled("keys with space", ID, func(s string) string { return " " + s + " " }),
		filled("one key for all", ID, always("000100")),
		filled("keys lost to #N/A", ID, always("#N/A")),
		filled("keys lost to ###", ID, always("######")),
		unseen(cellKind("people numbered anew", ID, func(row int, _ string) string { return key(1000 + row) })),
		unseen(filled("keys one higher", ID, func(s string) string { return fmt.Sprintf("%06d", number(s)+1) })),
	}
}

func addresses() []Corruption {
	return []Corruption{
		filled("addresses without @", Email, func(s string) string { return strings.ReplaceAll(s, "@", "") }),
		filled("addresses with (at)", Email, func(s string) string { return strings.ReplaceAll(s, "@", "(at)") }),
		filled("addresses without domain", Email, func(s string) string { return s[:strings.IndexByte(s, '@')+1] }),
		filled("addresses as links", Email, func(s string) string { return "mailto:" + s }),
		filled("addresses with a name", Email, func(s string) string { return "Somebody <" + s + ">" }),
		filled("addresses with space within", Email, func(s string) string { return strings.ReplaceAll(s, "@", " @ ") }),
		filled("addresses with something invisible", Email, func(s string) string { return s[:2] + "\u200b" + s[2:] }),
		filled("two addresses in a cell", Email, func(s string) string { return s + ";" + s }),
		filled("one address for all", Email, always("all@example.com")),
		filled("addresses cut off", Email, func(s string) string { return s[:8] }),
		filled("addresses hidden", Email, always("***")),
		unseen(filled("addresses in capitals", Email, strings.ToUpper)),
		unseen(filled("addresses of another domain", Email, func(s string) string { return strings.ReplaceAll(s, "example.com", "example.org") })),
		unseen(filled("managers unknown", Manager, func(s string) string { return "x" + s })),
		unseen(filled("one manager for all", Manager, always("person9@example.com"))),
	}
}

func formulas() []Corruption {
	var out []Corruption
	for c, name := range []string{ID: "keys", First: "names", Email: "addresses", Department: "departments"} {
		if name != "" {
			out = append(out, filled(name+" as formulas", c, func(s string) string { return `=HYPERLINK("` + s + `")` }))
		}
	}
	return append(
		out,
		filled("control characters in names", First, func(s string) string { return s + "\x07" }),
		filled("departments of a megabyte", Department, func(s string) string { return strings.Repeat(s, 20_000) }),
	)
}

// strangers are files of something else under the name of a roster.
func strangers() []Corruption {
	is := func(name, content string) Corruption {
		return bytesKind(name, func([]byte) []byte { return []byte(content) })
	}
	return []Corruption{
		is("a web page", "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>\n"),
		is("a sign-in page", "\n\n<html><head><title>Sign in</title></head></html>"),
		is("XML", `<?xml version="1.0"?><employees><employee id="1"/></employees>`),
		is("JSON", `[{"employee_id":"000100","email":"person0@example.com"}]`),
		is("an error message", "ORA-01555: snapshot too old\n"),
		is("a PDF", "%PDF-1.7\n1 0 obj\n"),
		is("an old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"+strings.Repeat("\x00", 600)),
		is("an encrypted message", "-----BEGIN PGP MESSAGE-----\n\nhQEMA1\n-----END PGP MESSAGE-----\n"),
		is("a picture", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
		is("another table", "invoice,amount\n1,20\n2,30\n"),
		bytesKind("compressed", func(b []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			_, err := w.Write(b)
			must(err)
			must(w.Close())
			return out.Bytes()
		}),
		bytesKind("base64", func(b []byte) []byte { return []byte(base64.StdEncoding.EncodeToString(b)) }),
		bytesKind("a web page around it", func(b []byte) []byte { return slices.Concat([]byte("<html><pre>\n"), b, []byte("</pre></html>\n")) }),
		bytesKind("a page in the middle of it", func(b []byte) []byte {
			i := inLine(b, 50)
			return slices.Concat(b[:i], []byte("\n<html><body>504 Gateway Time-out</body></html>\n"))
		}),
	}
}

// book makes a workbook of the good rows, changed.
func book(name string, rows func([][]string) [][]string, change func(*excelize.File)) Corruption {
	return Corruption{Name: "workbook: " + name, Workbook: true, Damage: func(good []byte) []byte {
		f, err := excelize.OpenReader(bytes.NewReader(good))
		must(err)
		defer f.Close()
		content, err := f.GetRows("Roster")
		must(err)
		for i := range content {
			content[i] = append(content[i], make([]string, columns-len(content[i]))...)
		}
		if rows != nil {
			content = rows(content)
		}
		return workbook(content, change)
	}}
}

func packed(name string, damage func([]byte) []byte) Corruption {
	return Corruption{Name: "workbook: " + name, Workbook: true, Damage: damage}
}

func workbooks() []Corruption {
	same := func(rows [][]string) [][]string { return rows }
	var out []Corruption
	for _, share := range []int{1, 10, 50, 90, 99} {
		out = append(out, packed(fmt.Sprintf("cut at %d%%", share), func(b []byte) []byte { return b[:len(b)*share/100] }))
	}
	for _, share := range []int{20, 40, 60, 80} {
		out = append(out, packed(fmt.Sprintf("a byte flipped at %d%%", share), func(b []byte) []byte {
			b = slices.Clone(b)
			b[len(b)*share/100] ^= 0x55
			return b
		}))
	}
	return append(
		out,
		packed("something in front", func(b []byte) []byte { return append([]byte("HTTP/1.1 200 OK\r\n\r\n"), b...) }),
		packed("read as text", func(b []byte) []byte { return []byte(strings.ToValidUTF8(string(b), "?")) }),
		book("header lost", func(rows [][]string) [][]string { return rows[1:] }, nil),
		book("header alone", func(rows [][]string) [][]string { return rows[:1] }, nil),
		book("no rows", func([][]string) [][]string { return nil }, nil),
		book("title above the header", func(rows [][]string) [][]string { return slices.Insert(rows, 0, []string{"Employees"}) }, nil),
		book("first column lost", func(rows [][]string) [][]string {
			for i := range rows {
				rows[i] = rows[i][1:]
			}
			return rows
		}, nil),
		book("a cell pushed in below the header", withRows(func(_ int, row []string) []string { return slices.Insert(row, 0, "") }), nil),
		book("leading zeros lost", withRows(func(_ int, row []string) []string { row[ID] = strings.TrimLeft(row[ID], "0"); return row }), nil),
		book("keys as numbers", same, func(f *excelize.File) {
			for i := range 300 {
				must(f.SetCellInt("Roster", fmt.Sprintf("A%d", i+2), int64(100+7*i)))
			}
		}),
		book("addresses as formulas without a value", same, func(f *excelize.File) {
			for i := range 300 {
				must(f.SetCellFormula("Roster", fmt.Sprintf("D%d", i+2), fmt.Sprintf(`VLOOKUP(A%d,Mail!A:B,2)`, i+2)))
				must(f.SetCellValue("Roster", fmt.Sprintf("D%d", i+2), nil))
				must(f.SetCellFormula("Roster", fmt.Sprintf("D%d", i+2), fmt.Sprintf(`VLOOKUP(A%d,Mail!A:B,2)`, i+2)))
			}
		}),
		book("keys lost to an error", withRows(func(_ int, row []string) []string { row[ID] = "#REF!"; return row }), nil),
		book("another sheet in front", same, func(f *excelize.File) {
			_, err := f.NewSheet("Notes")
			must(err)
			must(f.SetSheetRow("Notes", "A1", &[]string{"Read me", "first"}))
			must(f.MoveSheet("Notes", "Roster"))
		}),
		book("the sheet hidden, an old one shown", same, func(f *excelize.File) {
			_, err := f.NewSheet("Old")
			must(err)
			must(f.SetSheetRow("Old", "A1", &[]string{"name", "mail"}))
			must(f.SetSheetRow("Old", "A2", &[]string{"x", "y"}))
			f.SetActiveSheet(1)
			must(f.SetSheetVisible("Roster", false))
		}),
		book("half of the rows hidden", same, func(f *excelize.File) {
			for i := 2; i < 150; i++ {
				must(f.SetRowVisible("Roster", i, false))
			}
		}),
		book("a column between", same, func(f *excelize.File) { must(f.InsertCols("Roster", "C", 1)) }),
		book("columns of rows swapped", withRows(func(_ int, row []string) []string { row[ID], row[Email] = row[Email], row[ID]; return row }), nil),
		book("rows twice", func(rows [][]string) [][]string { return append(rows, rows[1:]...) }, nil),
		book("status emptied", withRows(func(_ int, row []string) []string { row[Status] = ""; return row }), nil),
		book("days as text of another order", withRows(func(_ int, row []string) []string { row[Start] = "05/01/2026"; return row }), nil),
	)
}

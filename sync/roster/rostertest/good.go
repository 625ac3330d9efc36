// Package rostertest makes rosters for tests: good ones, and what becomes of them on their way.
//
// Its invariant: everything follows from the number of people and the seed, so that a failure can be repeated.
package rostertest

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

// The columns of a good roster, in their order.
const (
	ID = iota
	First
	Last
	Email
	UPN
	Department
	Title
	Manager
	Status
	Start
	End
	columns
)

// Header names the columns.
func Header() []string {
	return []string{"employee_id", "first_name", "last_name", "email", "upn", "department", "title", "manager_email", "status", "start_date", "end_date"}
}

// Columns maps the attributes of a roster to the columns.
func Columns() map[string]string {
	return map[string]string{
		"employeeNumber": "employee_id", "givenName": "first_name", "familyName": "last_name", "email": "email", "upn": "upn",
		"department": "department", "title": "title", "manager": "manager_email", "status": "status", "starts": "start_date", "ends": "end_date",
	}
}

// Keys are the keys of the n people of a good roster.
func Keys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = key(i)
	}
	return keys
}

// Gone says whether the person of a key is said to have left in a good roster: one in twenty has.
func Gone(i int) bool { return i%20 == 19 }

func key(i int) string { return fmt.Sprintf("%06d", 100+7*i) }

func address(i int) string { return fmt.Sprintf("person%d@example.com", i) }

// Rows are the people of a good roster: managers before their reports, names from all over the world, cells with
// separators, quotes and, in one, a line break.
func Rows(n int) [][]string {
	given := strings.Fields("Seán Zoë Amara Elizabeth Kofi Priya Jürgen Chloé Mina Omar Hạnh Ingrid José Yusuf Anya Tomáš Leila Ravi Björn Łucja")
	family := strings.Fields("O'Brien Müller Okafor Ray Mensah Nair Groß Lefèvre Park Haddad Nguyễn Sørensen Kovač Šimić Zając D'Angelo")
	departments := []string{"Sales", "IT", "Finance", "Research, Development", "People"}
	rows := make([][]string, n)
	for i := range rows {
		row := make([]string, columns)
		row[ID], row[Email], row[UPN] = key(i), address(i), fmt.Sprintf("p%d@corp.example.com", i)
		row[First], row[Last] = given[i%len(given)], family[i/len(given)%len(family)]
		row[Department], row[Title] = departments[i%len(departments)], fmt.Sprintf(`Engineer "Platform" %d`, i%7)
		row[Status], row[Start] = "active", fmt.Sprintf("20%02d-%02d-%02d", 10+i%14, 1+i%12, 13+i%15)
		if i > 0 {
			row[Manager] = address((i - 1) / 8)
		}
		if i == 3 {
			row[Title] = "Engineer\nPlatform"
		}
		if Gone(i) {
			row[Status], row[End] = "terminated", "2025-12-31"
		}
		rows[i] = row
	}
	return rows
}

// Good is a roster of n people as CSV: UTF-8, commas, LF.
func Good(n int) []byte { return render(append([][]string{Header()}, Rows(n)...)) }

func render(rows [][]string) []byte {
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(rows); err != nil {
		panic(err) // a buffer takes everything
	}
	return out.Bytes()
}

func parse(content []byte) [][]string {
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		panic(err) // the good roster can be read
	}
	return rows
}

// GoodWorkbook is the same roster as XLSX, all cells text.
func GoodWorkbook(n int) []byte {
	return workbook(append([][]string{Header()}, Rows(n)...), nil)
}

// workbook writes rows to the sheet Roster; change may do more to the file before it is saved.
func workbook(rows [][]string, change func(*excelize.File)) []byte {
	f := excelize.NewFile()
	defer f.Close()
	must(f.SetSheetName("Sheet1", "Roster"))
	for i, row := range rows {
		must(f.SetSheetRow("Roster", fmt.Sprintf("A%d", i+1), &row))
	}
	if change != nil {
		change(f)
	}
	var out bytes.Buffer
	must(f.Write(&out))
	return out.Bytes()
}

func must(err error) {
	if err != nil {
		panic(err) // of a test's own file
	}
}

// Corruption is one kind of damage.
type Corruption struct {
	Name string
	// Workbook says that Damage takes a GoodWorkbook instead of a Good roster.
	Workbook bool
	// Unseen says that the damaged file is a good one of other people: nothing in it shows what happened, and only a
	// comparison with what is known can.
	Unseen bool
	Damage func(good []byte) []byte
}

// Corruptions are all kinds, with places that depend on the seed.
func Corruptions(seed uint64) []Corruption {
	random := rand.New(rand.NewPCG(seed, 1))
	return slices.Concat(cuts(), shifts(), swaps(), headers(), encodings(), repeats(), emptied(), quotes(random),
		separators(), lineEnds(), contents(), strangers(), workbooks())
}

// bytesKind and rowsKind are the two ways in which a kind is written down.
func bytesKind(name string, damage func([]byte) []byte) Corruption {
	return Corruption{Name: name, Damage: damage}
}

func rowsKind(name string, damage func([][]string) [][]string) Corruption {
	return Corruption{Name: name, Damage: func(good []byte) []byte { return render(damage(parse(good))) }}
}

// cellKind changes one column of every row below the header.
func cellKind(name string, column int, change func(row int, cell string) string) Corruption {
	return rowsKind(name, func(rows [][]string) [][]string {
		for i := range rows[1:] {
			rows[i+1][column] = change(i, rows[i+1][column])
		}
		return rows
	})
}

func unseen(c Corruption) Corruption {
	c.Unseen = true
	return c
}

// Table is a roster of n people, each row changed.
func Table(n int, change func(i int, row []string) []string) []byte {
	rows := Rows(n)
	for i := range rows {
		rows[i] = change(i, rows[i])
	}
	return render(append([][]string{Header()}, rows...))
}

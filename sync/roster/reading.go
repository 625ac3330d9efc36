package roster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"usher/internal/table"
	"usher/internal/usher"
)

// reading is one pass over one file.
type reading struct {
	*Mapper
	o          Options
	sheet      *table.Sheet
	bound      [attributes]bound
	own        []bound     // of Mapper.custom
	used       []int       // the columns that anything is taken from, ascending
	identified []attribute // what tells people apart
	callable   []attribute // the same, in the order in which managers are looked for
	early      []attribute // what is asked of rows that were accepted before, too: who it is and whom they report to
	late       []attribute // all others
	cells      []string
	values     [attributes]string
	machine    vm.VM
	args       []string
	current    rowReading
	zones      map[string]bool

	hashes  hasher
	people  index // who is in the file, under what row
	asked   index // managers seen so far: known, which those of the file are, or unknown
	reports []uint64
	profile profile
	trailer *table.Row // the last row, where it is no person
	blank   int        // rows without any text
	cut     bool       // the last row read has not the width of the header
	named   bool       // the mapping names the columns, not the header
	content *content

	summary usher.RosterSummary
}

// What reading.asked keeps.
const (
	known   = 1
	unknown = 2
)

func newReading(m *Mapper, o Options) *reading {
	return &reading{Mapper: m, o: o, named: !m.automatic(), zones: map[string]bool{}, hashes: newHasher(), profile: newProfile(o.Keys)}
}

func (r *reading) read(ctx context.Context, f io.ReaderAt, size int64, each func(usher.RosterRow) error) error {
	sheet, err := table.Open(f, size, r.tableOptions())
	if err != nil {
		return err
	}
	r.sheet = sheet
	if r.automatic() {
		if err := r.columnsFromHeader(); err != nil {
			return err
		}
	}
	if !r.bind() {
		return nil
	}
	if err := r.rows(ctx, each); err != nil {
		return err
	}
	r.finish()
	return nil
}

// Open opens a file as the mapping says that files are written, whatever its columns mean.
func (m *Mapper) Open(f io.ReaderAt, size int64) (*table.Sheet, error) {
	return table.Open(f, size, m.tableOptions())
}

func (m *Mapper) tableOptions() table.ReadOptions {
	o := table.ReadOptions{
		Encoding: m.encoding, Separator: m.separator, Sheet: m.mapping.Sheet, FromPeople: true,
		Limits: table.Limits{Bytes: m.mapping.MaxBytes, Rows: m.mapping.MaxRows},
	}
	if m.automatic() {
		o.KeyColumns = usualKeyColumns()
	} else if key := m.sources[m.key]; key.column != "" {
		o.KeyColumns = []string{key.column}
	}
	return o
}

// columnsFromHeader goes on with the mapping that the header proposes.
func (r *reading) columnsFromHeader() error {
	m := r.mapping
	m.Columns = Propose(r.sheet.Header, nil).Mapping.Columns
	if len(m.Columns) == 0 {
		return &table.FileError{Code: columnsMissing, Problem: "none of its columns has a well-known name; map them, as usher map FILE proposes"}
	}
	resolved, err := Compile(m)
	if err != nil {
		return &table.FileError{Code: columnsMissing, Problem: "its columns are not enough: " + strings.ReplaceAll(err.Error(), "\n", "; ")}
	}
	r.Mapper = resolved
	return nil
}

// rows hands every row over.
func (r *reading) rows(ctx context.Context, each func(usher.RosterRow) error) error {
	for row, err := range ahead(r.all(r.sheet.Rows)) {
		if row.Number%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		out, err := r.row(row, err)
		if err != nil {
			return err
		}
		if out == nil {
			continue
		}
		if err := each(*out); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// all takes up the rows of the file, and gives them without a trailer.
func (r *reading) all(rows iter.Seq2[table.Row, error]) iter.Seq2[table.Row, error] {
	r.content = newContent(r.sheet.Header)
	rows = r.content.of(rows)
	if r.mapping.Trailer {
		rows = r.beforeTrailer(rows)
	}
	return rows
}

// row maps one row. What it gives is overwritten by the next one, and nil where there is nothing in the row.
func (r *reading) row(row table.Row, err error) (out *usher.RosterRow, _ error) {
	if err != nil {
		fault, found := errors.AsType[*table.RowError](err)
		if !found {
			return nil, err
		}
		out = unreadable(row, fault)
		r.profile.structure.bad++
		r.cut = fault.Code == table.RowWidth
	} else {
		if blank(row.Cells) {
			r.blank++
			return nil, nil
		}
		out = r.mapped(row)
		r.cut = false
	}
	r.profile.rows++
	r.account(out)
	return out, nil
}

func unreadable(row table.Row, fault *table.RowError) *usher.RosterRow {
	return &usher.RosterRow{Number: fault.Number, Findings: []usher.Finding{{
		Row: fault.Number, Column: fault.Name, Code: fault.Code, Severity: usher.SeverityError, Value: clip(row.Raw), Text: fault.Problem,
	}}}
}

func blank(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
}

// account counts a row.
func (r *reading) account(out *usher.RosterRow) {
	r.summary.Records++
	if out.Refused() {
		r.summary.Refused++
		if out.Key == "" {
			r.summary.Keyless++
		}
	}
}

// beforeTrailer keeps the last row back.
func (r *reading) beforeTrailer(rows iter.Seq2[table.Row, error]) iter.Seq2[table.Row, error] {
	return func(yield func(table.Row, error) bool) {
		var last table.Row
		var lastErr error
		pending := false
		for row, err := range rows {
			if pending && !yield(last, lastErr) {
				return
			}
			if err != nil && !isRowError(err) {
				yield(row, err)
				return
			}
			last, lastErr, pending = row, err, true
			last.Cells, last.Notes = slices.Clone(row.Cells), slices.Clone(row.Notes)
		}
		if pending {
			r.trailer = &last
		}
	}
}

func isRowError(err error) bool {
	_, found := errors.AsType[*table.RowError](err)
	return found
}

// refuseFile notes that the file as a whole is no information.
func (r *reading) refuseFile(code, column, format string, args ...any) {
	r.note(usher.Finding{Column: column, Code: code, Severity: usher.SeverityError, Text: fmt.Sprintf(format, args...)})
}

func (r *reading) note(f usher.Finding) { r.summary.Findings = append(r.summary.Findings, f) }

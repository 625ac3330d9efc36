package roster

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// What can be wrong with the columns of a file, as Finding.Code says it.
const (
	columnsMissing = "file.columns"
	columnTwice    = table.FileColumnTwice
)

// bound is a source within one file.
type bound struct {
	column     int // from 0; the first of an expression, by which findings are named; -1: nothing is bound
	expression *expression
	columns    []int // what the expression refers to
}

// bind finds the columns of the mapping in the header, and refuses the file where one is missing.
func (r *reading) bind() bool {
	b := &binder{header: r.sheet.Header}
	for a := range r.sources {
		r.bound[a] = b.source(attribute(a).String(), r.sources[a])
	}
	for _, c := range r.custom {
		r.own = append(r.own, b.source(c.name, c.source))
	}
	for _, problem := range b.problems {
		r.note(usher.Finding{
			Code: columnsMissing, Severity: usher.SeverityError, Text: problem,
			Value: clip(strings.Join(r.sheet.Header, ", ")), // people, where the header was lost
		})
	}
	slices.Sort(b.used)
	r.used = slices.Compact(b.used)
	r.cells = make([]string, len(r.sheet.Header))
	r.identified = r.identifiedBy()
	r.callable = calledBy(r.identified)
	for a := range attributes {
		if a == manager || slices.Contains(identities(), a) {
			r.early = append(r.early, a)
		} else {
			r.late = append(r.late, a)
		}
	}
	r.twice()
	r.unreadStatus()
	r.hashes.start(r.sum)
	return len(b.problems) == 0
}

// twice tells of columns that share their name: the first of them is read.
func (r *reading) twice() {
	for _, twin := range r.sheet.Twice {
		if name := r.sheet.Header[twin.Column-1]; slices.Contains(r.used, twin.First-1) {
			r.note(usher.Finding{
				Row: 1, Column: name, Code: columnTwice, Severity: usher.SeverityError,
				Text: fmt.Sprintf("columns %d and %d have this name; the first is read: rename or remove the other", twin.First, twin.Column),
			})
		}
	}
}

type binder struct {
	header   []string
	used     []int
	problems []string
}

func (b *binder) source(attribute string, s source) bound {
	out := bound{column: -1, expression: s.expression}
	switch {
	case s.expression != nil:
		for _, ref := range s.expression.references {
			out.columns = append(out.columns, b.find(attribute, ref))
		}
		if len(out.columns) > 0 {
			out.column = out.columns[0]
		}
	case s.column != "":
		out.column = b.find(attribute, reference{name: s.column})
	}
	return out
}

// find is the first column that a reference names. The problem column belongs to nobody.
func (b *binder) find(attribute string, ref reference) int {
	for i, name := range b.header {
		if ref.names(name) && table.FoldHeader(name) != ProblemColumn {
			b.used = append(b.used, i)
			return i
		}
	}
	hint := didYouMean(ref.name, b.header)
	if hint == "" {
		hint = "put it back into the file, or change columns." + attribute
	}
	b.problems = append(b.problems, fmt.Sprintf("there is no column %q for %s; %s", ref.name, attribute, hint))
	return -1
}

func (r reference) names(column string) bool {
	if r.identifier {
		return identifierOf(column) == r.name
	}
	return table.FoldHeader(column) == r.name
}

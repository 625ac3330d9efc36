package roster

import (
	"fmt"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// What can be amiss with a row or a cell of it, as Finding.Code says it.
const (
	duplicateID       = "row.duplicate_id"
	duplicateEmail    = "row.duplicate_email"
	duplicateUPN      = "row.duplicate_upn"
	duplicateUserName = "row.duplicate_user_name"
	duplicateNumber   = "row.duplicate_number"
	rowHidden         = "row.hidden"
	fieldRequired     = "field.required"
	fieldTooLong      = "field.too_long"
	fieldExpression   = "field.expression"
	keyPattern        = "key.pattern"
	emailInvalid      = "email.invalid"
	emailNonASCII     = "email.non_ascii"
	statusUnknown     = "status.unknown"
	zoneUnknown       = "zone.unknown"
	personNotStarted  = "person.not_started"
)

// rowReading is one row on its way to a record. One is used for all rows of a reading.
type rowReading struct {
	*reading
	out usher.RosterRow
}

// The bytes that are kept of a value in a finding, and that a key or name may have.
const (
	maxValue    = 200
	maxIdentity = 320 // as an address (RFC 5321, 4.5.3.1)
)

// mapped reads a row. What was accepted before is recognised by its raw cells and not mapped again, yet takes part in
// what is asked of the file as a whole.
func (r *reading) mapped(row table.Row) *usher.RosterRow {
	x := &r.current
	x.reading, x.out = r, usher.RosterRow{Number: row.Number, Hash: r.hashes.row(row.Cells, r.used)}
	x.take(row.Cells)
	for _, a := range r.early {
		x.evaluate(a)
	}
	x.identify()
	if !x.out.Refused() && r.o.Same != nil && r.o.Same(x.out.Key, x.out.Hash) {
		x.out.Same, x.out.Findings = true, nil
		return &x.out
	}
	x.inspect(row)
	for _, a := range r.late {
		x.evaluate(a)
	}
	record := x.record()
	if row.Hidden {
		x.find(-1, rowHidden, usher.SeverityInfo, "", "the worksheet does not show this row; it is read all the same")
	}
	if !x.out.Refused() {
		x.out.Record = record
	}
	return &x.out
}

// find notes a finding about the cell in a column, from 0; -1 for the row.
func (x *rowReading) find(column int, code string, severity usher.Severity, value, text string) {
	f := usher.Finding{Row: x.out.Number, Code: code, Severity: severity, Value: clip(value), Text: text}
	if column >= 0 {
		f.Column = x.sheet.Header[column]
	}
	x.out.Findings = append(x.out.Findings, f)
}

// clip bounds what a finding keeps of a value.
func clip(value string) string {
	if len(value) <= maxValue {
		return value
	}
	return strings.ToValidUTF8(value[:maxValue], "") + "…"
}

// about is find for an attribute and the value that it has.
func (x *rowReading) about(a attribute, code string, severity usher.Severity, text string) {
	x.find(x.bound[a].column, code, severity, x.values[a], text)
}

// evaluate takes the value of an attribute from the cells.
func (x *rowReading) evaluate(a attribute) { x.values[a] = x.value(x.bound[a]) }

func (x *rowReading) value(b bound) string {
	if b.expression == nil {
		if b.column < 0 {
			return ""
		}
		return x.cells[b.column]
	}
	x.args = x.args[:0]
	for _, column := range b.columns {
		x.args = append(x.args, x.cells[column])
	}
	v, err := b.expression.run(&x.machine, x.args)
	if err != nil {
		x.find(b.column, fieldExpression, usher.SeverityError, "", err.Error()+"; mend the cells that it names, or the expression")
	}
	return trim(v)
}

// identify settles whose row it is and whom it reports to. It enters a refused row too: of two rows about somebody
// the second is refused, whatever became of the first.
func (x *rowReading) identify() {
	x.out.Key = x.keyOf(x.values[x.key])
	var own [attributes]uint64
	for _, a := range x.identified {
		v := x.values[a]
		if v == "" {
			continue
		}
		if len(v) > maxIdentity {
			x.about(a, fieldTooLong, usher.SeverityError, fmt.Sprintf("is longer than %d bytes, and nobody is called so; mend the cell", maxIdentity))
			continue
		}
		hash, ok := x.identity(a, v)
		if !ok {
			continue
		}
		own[a] = hash
		if first := x.people.add(as(hash, a), uint32(x.out.Number)); first != 0 {
			x.duplicate(a, int(first))
		}
	}
	x.reportsTo(own[:])
}

// keyOf is the form in which the key is kept; a row without is nobody's.
func (x *rowReading) keyOf(v string) string {
	switch {
	case v == "":
		x.about(x.key, fieldRequired, usher.SeverityError, "is empty, and nothing else says whose row this is; fill it in")
		return ""
	case x.key.isAddress():
		key, _, err := appendAddress(nil, v)
		if err != nil {
			return "" // identity says why
		}
		return string(key)
	}
	x.profile.key(v)
	if x.keyPattern != nil && !x.keyPattern.MatchString(v) {
		x.profile.pattern.bad++
		x.about(x.key, keyPattern, usher.SeverityError, "does not match format.key_pattern; mend the cell, or the pattern where such keys are right")
	}
	return usher.FoldEmployeeNumber(v)
}

// identity is the hash by which an attribute's value finds people; not ok when it cannot be used.
func (x *rowReading) identity(a attribute, v string) (hash uint64, ok bool) {
	if !a.isAddress() {
		return x.hashes.reference(v), true
	}
	hash, plain, err := x.hashes.address(v)
	if err != nil {
		x.about(a, emailInvalid, usher.SeverityError, err.Error())
		x.profile.addresses[a].bad++
		return 0, false
	}
	if !plain {
		x.about(a, emailNonASCII, usher.SeverityWarning, "has characters outside ASCII, which can look like others; check that it is nobody else's address")
	}
	return hash, true
}

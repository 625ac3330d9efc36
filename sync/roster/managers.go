package roster

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// What can be amiss with a manager, as Finding.Code says it.
const (
	managerSelf    = "manager.self"
	managerUnknown = "manager.unknown"
	managerCycle   = "manager.cycle"
	managerMore    = "manager.more"
)

// maxLate bounds the findings that are kept until the end of a file.
const maxLate = 10_000

// reportsTo notes whom the row reports to, by a hash: eight bytes a row, until the whole file is known.
func (x *rowReading) reportsTo(own []uint64) {
	v := x.values[manager]
	if v == "" {
		return
	}
	x.profile.reporting++
	if strings.IndexByte(v, '@') < 0 && !x.looksKnown(v) {
		x.profile.managers.bad++
	}
	hash := x.hashes.reference(v)
	if slices.Contains(own, hash) {
		x.about(manager, managerSelf, usher.SeverityWarning, "is the person of this row; nobody reports to themselves: name the manager, or leave it empty")
		return
	}
	for len(x.reports) <= x.out.Number {
		x.reports = append(x.reports, 0)
	}
	x.reports[x.out.Number] = hash
	if x.asked.get(hash) == 0 {
		answer := uint32(unknown)
		if x.person(hash) != 0 || x.o.KnownManager != nil && x.o.KnownManager(string(x.hashes.buffer)) {
			answer = known
		}
		x.asked.add(hash, answer)
	}
}

// looksKnown says that a manager who is called by no address looks like a key, number or name of the row's own person.
func (x *rowReading) looksKnown(v string) bool {
	runs := runsOf(v)
	return slices.ContainsFunc(x.identified, func(a attribute) bool { return runsOf(x.values[a]) == runs })
}

// person is the row of whoever is called so; 0 for nobody in the file.
func (r *reading) person(hash uint64) uint32 {
	for _, a := range r.callable {
		if row := r.people.get(as(hash, a)); row != 0 {
			return row
		}
	}
	return 0
}

// calledBy are the attributes by which a manager can be called, addresses first: most are.
func calledBy(identified []attribute) []attribute {
	out := slices.Clone(identified)
	slices.SortStableFunc(out, func(a, b attribute) int {
		switch {
		case a.isAddress() == b.isAddress():
			return 0
		case a.isAddress():
			return -1
		}
		return 1
	})
	return out
}

// managers tells of managers whom nobody knows and of lines that lead back to where they began.
func (r *reading) managers() {
	column := ""
	if c := r.bound[manager].column; c >= 0 {
		column = r.sheet.Header[c]
	}
	late := 0
	tell := func(row int, code, text string) {
		if late++; late <= maxLate {
			r.note(usher.Finding{Row: row, Column: column, Code: code, Severity: usher.SeverityWarning, Text: text})
		}
	}
	to := make([]uint32, len(r.reports))
	for row, hash := range r.reports {
		if hash == 0 {
			continue
		}
		to[row] = r.person(hash)
		if to[row] == 0 && r.asked.get(hash) != known {
			tell(row, managerUnknown, "is nobody in this file or in the directory; the person goes without a manager until that one arrives")
		}
	}
	cycles(to, func(row int) {
		tell(row, managerCycle, "leads back to this person over the manager's own managers; mend one of these rows")
	})
	if late > maxLate {
		r.note(usher.Finding{
			Column: column, Code: managerMore, Severity: usher.SeverityWarning,
			Text: fmt.Sprintf("%d more rows have a manager who is unknown or leads back to the person", late-maxLate),
		})
	}
}

// cycles finds the rows that reach themselves by following to; 0 leads nowhere. It forgets to as it goes.
func cycles(to []uint32, found func(row int)) {
	seen := make([]uint32, len(to)) // the walk that came by
	for start := range to {
		walk := uint32(start)
		at := walk
		for int(at) < len(to) && to[at] != 0 && seen[at] == 0 {
			seen[at] = walk
			at = to[at]
		}
		if int(at) >= len(to) || to[at] == 0 || seen[at] != walk {
			continue
		}
		for first := at; ; {
			found(int(at))
			if at = to[at]; at == first {
				break
			}
		}
	}
}

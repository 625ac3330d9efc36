package roster

import (
	"fmt"
	"slices"

	"usher/internal/usher"
)

// duplicate refuses a row that names somebody whom an earlier one named.
func (x *rowReading) duplicate(a attribute, first int) {
	x.profile.duplicates.bad++
	x.about(a, duplicateCode(a, x.key), usher.SeverityError,
		fmt.Sprintf("row %d has the same, whatever its case; one person has one row: remove or mend one of them", first))
}

func duplicateCode(a, key attribute) string {
	switch {
	case a == email:
		return duplicateEmail
	case a == upn:
		return duplicateUPN
	case a == key:
		return duplicateID
	case a == userName:
		return duplicateUserName
	}
	return duplicateNumber
}

// identifiedBy are the attributes by which the file tells people apart, each with a source of its own.
func (r *reading) identifiedBy() []attribute {
	var out []attribute
	for _, a := range identities() {
		b := r.bound[a]
		twin := slices.ContainsFunc(out, func(o attribute) bool {
			return b.expression == nil && r.bound[o].expression == nil && r.bound[o].column == b.column
		})
		if !r.sources[a].absent() && (!twin || a.isAddress()) {
			out = append(out, a)
		}
	}
	return out
}

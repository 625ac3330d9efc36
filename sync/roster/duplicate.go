package roster

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// duplicate refuses a row that names somebody whom an earlier one named.
func (x *rowReading) duplicate(a attribute, first int) {
	x.profile.duplicates.bad++
	x.about(a, duplicateCode(a, x.key), usher.SeverityError,
		fmt.Sprintf("row %d has the same, whatever its case; one person has one row: remove or mend one of them", first))
}

// earlierRow is how the text of a duplicate names the row that came first.
var earlierRow = regexp.MustCompile(`^row ([0-9]+) has the same,`)

// repeats is the row that a finding says to be repeated; 0 for none. Nothing but the text of a finding is
// kept that tells.
func repeats(f usher.Finding) int {
	found := earlierRow.FindStringSubmatch(f.Text)
	if found == nil || !strings.HasPrefix(f.Code, duplicatePrefix) {
		return 0
	}
	first, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return first
}

// repeated are, by each row that others repeat, those others.
func repeated(findings []usher.Finding) map[int][]int {
	out := map[int][]int{}
	for _, f := range findings {
		if first := repeats(f); first > 0 && !slices.Contains(out[first], f.Row) {
			out[first] = append(out[first], f.Row)
		}
	}
	return out
}

// duplicatePrefix begins the codes of duplicates.
const duplicatePrefix = "row.duplicate_"

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

package plan

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// TooMany says whether a sort of difference is about seats, and then whether the portal has one too many
// or one too few.
func TooMany(code usher.DriftCode) (more, seats bool) {
	switch code {
	case usher.DriftMissing, usher.DriftToolLess, usher.DriftStatus:
		return false, true
	case usher.DriftToolMore, usher.DriftUnruled, usher.DriftUnreleased, usher.DriftUnknown, usher.DriftAdmin, usher.DriftAdminLeft, usher.DriftAdminSeat:
		return true, true
	}
	return false, false
}

// Concerns says that a difference about seats is about that in sub: its own, or one of those that its text
// lists, where it is about several.
func Concerns(d usher.Drift, sub usher.Subscription) bool {
	if d.Subscription != "" {
		return d.Subscription == sub.ID
	}
	for part := range strings.SplitSeq(d.Text, "; ") {
		if at := strings.LastIndex(part, ": "); at >= 0 && slices.Contains(strings.Split(part[at+2:], ", "), sub.Name) {
			return true
		}
	}
	return false
}

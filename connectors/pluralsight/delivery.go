package pluralsight

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// delivery is one call of Deliver.
type delivery struct {
	*Connector
	changes  []usher.AccountChange
	outcomes []usher.Outcome // one without a result had no turn yet
}

// errand is what one file is for. Products goes for the whole file, so people with other
// products go into another one.
type errand struct {
	leave    bool
	products string // ids with commas between
}

// run is the errand's name in the interface: of the path, and of the file.
func (e errand) run() string {
	if e.leave {
		return "deprovision"
	}
	return "provision"
}

func leaversFirst(a, b errand) int {
	if a.leave != b.leave {
		return map[bool]int{true: -1, false: 1}[a.leave]
	}
	return cmp.Compare(a.products, b.products)
}

// sort settles what needs no call, and gives the others by errand, in the order of the
// changes.
func (d *delivery) sort() map[errand][]record {
	errands := map[errand][]record{}
	taken := map[string]bool{}
	for i, c := range d.changes {
		r := newRecord(i, c)
		switch reason := d.objection(c, r, taken); {
		case reason != "":
			d.outcomes[i] = usher.Outcome{Result: usher.Refused, Reason: reason, RemoteID: c.RemoteID}
		case d.inLine(c, r):
			d.outcomes[i] = usher.Outcome{Result: usher.Done, RemoteID: c.RemoteID, Seen: c.Seen}
		default:
			e := errand{leave: !c.Desired.Active}
			if !e.leave {
				e.products = join(d.products(c.Desired.Subscriptions))
			}
			errands[e] = append(errands[e], r)
			taken["id "+r.id], taken["email "+strings.ToLower(r.email)] = true, true
		}
	}
	return errands
}

// objection says why a change cannot go into a file, or nothing.
func (d *delivery) objection(c usher.AccountChange, r record, taken map[string]bool) string {
	if c.Kind != usher.AccountPerson {
		return "there is no way to keep a " + string(c.Kind) + " at Pluralsight over its interface: keep teams in its admin page"
	}
	if reason := r.objection(); reason != "" {
		return reason
	}
	if taken["id "+r.id] || taken["email "+strings.ToLower(r.email)] {
		return "somebody else who is sent at the same time has the same id or address: correct one of them at its source"
	}
	if !c.Desired.Active {
		return ""
	}
	_, takes := c.Moves()
	if kept := missing(d.products(takes), d.products(c.Desired.Subscriptions)); len(kept) > 0 {
		return fmt.Sprintf("Pluralsight's interface gives products and takes none while somebody stays: take product %s away in its admin page", join(kept))
	}
	return ""
}

// inLine says whether the portal was told all of it before.
func (d *delivery) inLine(c usher.AccountChange, r record) bool {
	switch {
	case c.ReadBack:
		return false
	case c.Seen == nil:
		return !c.Desired.Active && c.RemoteID == "" && len(c.Releasing) == 0 // never there
	case !c.Desired.Active:
		return !c.Seen.Active
	}
	told := r.seen(c.Desired)
	return c.Seen.Active && told.Key == c.Seen.Key && told.Address == c.Seen.Address &&
		told.GivenName == c.Seen.GivenName && told.FamilyName == c.Seen.FamilyName &&
		len(missing(d.products(told.Subscriptions), d.products(c.Seen.Subscriptions))) == 0
}

// missing are those of a that b lacks.
func missing(a, b []int) []int {
	return slices.DeleteFunc(slices.Clone(a), func(id int) bool { return slices.Contains(b, id) })
}

// products are what subscriptions give, sorted.
func (c *Connector) products(subscriptions []string) []int {
	var out []int
	for _, name := range subscriptions {
		out = append(out, c.options.Products[name]...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// join writes ids with commas between.
func join(ids []int) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.Itoa(id)
	}
	return strings.Join(texts, ",")
}

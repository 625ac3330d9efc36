package prosci

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// Render implements [connectors.Whole]. Files that only take tools come first, then the list
// of profiles to delete, then files that give: those first that take something as well. What
// else a person has to do at a profile comes last.
func (p *Portal) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	if len(h.Changes) == 0 {
		return nil, nil, nil
	}
	r, err := p.reader(h)
	if err != nil {
		return nil, nil, fmt.Errorf("prosci: %w", err)
	}
	wishes := make([]*wish, len(h.Changes))
	for i, c := range h.Changes {
		wishes[i] = r.read(c)
	}
	r.holdTwins(wishes, h.Held)
	files, err := filesOf(wishes)
	if err != nil {
		return nil, nil, fmt.Errorf("prosci: %w", err)
	}
	outcomes := make([]usher.Outcome, len(wishes))
	for i, w := range wishes {
		outcomes[i] = w.outcome()
	}
	return files, outcomes, nil
}

// wish is what one change asks for, as it is to be said at the portal.
type wish struct {
	change usher.AccountChange
	known  bool // the portal holds the address
	person person
	parts  []part
	tasks  []task
	done   bool // nothing is asked for that the portal was not seen to hold
	// refused says why nothing of it is written.
	refused string
}

// person is what the portal's file calls somebody.
type person struct{ first, last, address string }

// name is how a list for people calls them.
func (p person) name() string {
	return strings.TrimSpace(strings.TrimSpace(p.first+" "+p.last) + " <" + p.address + ">")
}

// part is what stands in one row of one file.
type part struct {
	template template
	moves    []move
}

// move gives or takes one tool.
type move struct {
	code         string
	gives, takes []string // subscriptions
}

// letter is what the tool's column says.
func (m move) letter() string {
	if len(m.gives) > 0 {
		return "Y"
	}
	return "N"
}

// refuse keeps the first reason.
func (w *wish) refuse(format string, args ...any) {
	w.refused = cmp.Or(w.refused, fmt.Sprintf(format, args...))
}

func (w *wish) outcome() usher.Outcome {
	if w.refused != "" {
		return usher.Outcome{Result: usher.Refused, Reason: w.refused}
	}
	if w.done {
		return usher.Outcome{Result: usher.Done, RemoteID: w.person.address, Seen: w.change.Seen}
	}
	return usher.Outcome{Result: usher.Awaiting, RemoteID: w.person.address, Wrote: true}
}

// holdTwins refuses whoever would share an address, whatever its case, with somebody else.
// Where the portal knows one of them by it, that one goes on: a leaver's tools are not kept
// by a newcomer with the same address.
func (r reader) holdTwins(wishes []*wish, held []usher.Seen) {
	known, fresh := map[string]int{}, map[string]int{}
	for _, seen := range held {
		known[sameAs(seen.RemoteID)]++
	}
	for _, w := range wishes {
		if w.person.address == "" {
			continue
		}
		if w.known {
			known[sameAs(w.person.address)]++
		} else {
			fresh[sameAs(w.person.address)]++
		}
	}
	for _, w := range wishes {
		key := sameAs(w.person.address)
		switch {
		case w.person.address == "":
		case !w.known && known[key] > 0:
			w.refuse("%s: the portal knows somebody else by this address; link the two if they are one person, or correct the address", roleEmail)
		case w.moved() != "" && known[w.moved()]+fresh[w.moved()] > 0:
			w.refuse("%s: the portal has, or is to have, somebody else under the new address; link the two if they are one person, or have one of the profiles deleted", roleEmail)
		case w.known && known[key] > 1, !w.known && fresh[key] > 1:
			w.refuse("%s: two people have this address, ignoring case; link them if they are one person, or correct the address of one", roleEmail)
		}
	}
}

// moved is the key of the address that a known person is to get; empty for none.
func (w *wish) moved() string {
	for _, t := range w.tasks {
		if t.address != "" {
			return sameAs(t.address)
		}
	}
	return ""
}

// inOrder sorts rows: those first whose people left, then by account, as they came into being.
func inOrder(a, b *wish) int {
	return cmp.Or(
		cmp.Compare(order(a.change.Desired.Active), order(b.change.Desired.Active)),
		strings.Compare(string(a.change.Account), string(b.change.Account)),
		cmp.Compare(a.change.Generation, b.change.Generation),
	)
}

func order(last bool) int {
	if last {
		return 1
	}
	return 0
}

// checkCells checks what stands in the cells of a row, and says what keeps it from being written.
func (w *wish) checkCells() {
	for _, cell := range []struct {
		column      role
		value, from string
	}{
		{roleFirst, w.person.first, w.change.Desired.GivenName},
		{roleLast, w.person.last, w.change.Desired.FamilyName},
		{roleEmail, w.person.address, w.person.address},
	} {
		if why := unwritableName(cell.value, cell.from); why != "" {
			w.refuse("%s %s; correct it where the person comes from, or for this portal", cell.column, why)
		}
	}
	if w.refused != "" {
		return
	}
	switch _, err := usher.FoldAddress(w.person.address); {
	case err == nil:
	case w.known:
		w.refuse("%s: what the portal holds is %v; have it corrected there", roleEmail, err)
	default:
		w.refuse("%s: %v; correct it where the person comes from", roleEmail, err)
	}
}

// words lists names for a sentence.
func words(names []string) string {
	sorted := slices.Clone(names)
	slices.Sort(sorted)
	return strings.Join(sorted, ", ")
}

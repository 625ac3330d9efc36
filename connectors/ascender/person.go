package ascender

import (
	"cmp"
	"strings"

	"usher/internal/usher"
)

// state is what somebody is at the portal, as far as is known.
type state int

// The states. A file can invite who is absent and change who is active; everything else is
// done by hand. Of unsure it is not known whether a file can change them.
const (
	absent state = iota
	waiting
	unsure
	active
	inactive
)

// Status words of the portal.
const (
	statusWaiting  = "Waiting"
	statusTransfer = "Pending Transfer"
	statusActive   = "Active"
	statusInactive = "Inactive"
)

// stateOf reads what the portal showed.
func stateOf(s *usher.Seen) state {
	switch {
	case s == nil:
		return absent
	case !s.Active:
		return inactive
	case sameName(s.Status, statusActive):
		return active
	case sameName(s.Status, statusWaiting), sameName(s.Status, statusTransfer):
		return waiting
	}
	return unsure
}

// person is one change and what is decided about it.
type person struct {
	change  usher.AccountChange
	state   state
	address string // as the portal has it; of somebody new as it is to be written
	// leaves says that the account is to be deactivated.
	leaves bool
	// seats and methodologies are what the change gives and takes.
	seats, methodologies moves
	placed               bool // the moves of seats are in a row
	tasks                int  // rows so far
	boss                 manager
	turn                 int // among those whose tasks are of one kind
	refused              string
	noSeats              bool
}

// moves are subscriptions that are given and taken.
type moves struct{ gives, takes []string }

func newPerson(c usher.AccountChange, pools pools) *person {
	p := &person{change: c, state: stateOf(c.Seen), address: c.RemoteID}
	if p.address == "" {
		p.address = strings.ToLower(strings.TrimSpace(c.Desired.Address))
	}
	gives, takes := c.Moves()
	for _, name := range gives {
		into := &p.seats
		if pools.methodology(name) {
			into = &p.methodologies
		}
		into.gives = append(into.gives, name)
	}
	for _, name := range takes {
		into := &p.seats
		if pools.methodology(name) {
			into = &p.methodologies
		}
		into.takes = append(into.takes, name)
	}
	if p.state == active && formula(p.address) {
		p.state = unsure // no file can hold the address
	}
	// Nobody keeps an account without the seat: only a deactivation frees it.
	p.leaves = !c.InLine && (!c.Desired.Active || len(p.seats.takes) > 0 && !pools.seated(c.Desired.Subscriptions))
	return p
}

// inFile says that the upload can have a row of somebody who stays or comes.
func (p *person) inFile() bool { return p.state == absent || p.state == active }

// name is whom a row is about, for whoever reads it.
func (p *person) name() string {
	d := p.change.Desired
	name := cmp.Or(clean(d.DisplayName), clean(d.GivenName+" "+d.FamilyName))
	if name == "" && p.change.Seen != nil {
		name = clean(p.change.Seen.GivenName + " " + p.change.Seen.FamilyName)
	}
	return name
}

// who is name and address.
func (p *person) who() string {
	if p.name() == "" {
		return p.address
	}
	return p.name() + " <" + p.address + ">"
}

// status is what the portal was seen to show.
func (p *person) status() string {
	if p.change.Seen == nil {
		return ""
	}
	return p.change.Seen.Status
}

// sameName says that the portal shows the name as a whole, whichever way it is cut in two.
func (p *person) sameName() bool {
	s, d := p.change.Seen, p.change.Desired
	if s == nil {
		return false
	}
	want := clean(column{name: firstName, role: roleGiven}.raw(d) + " " + column{name: lastName, role: roleFamily}.raw(d))
	shown := cmp.Or(clean(s.GivenName+" "+s.FamilyName), clean(value(s.Values, nameColumn)))
	return shown != "" && shown == want
}

// moveSeats gives the moves of seats to the first row that asks for them.
func (p *person) moveSeats() moves {
	if p.placed {
		return moves{}
	}
	p.placed = true
	return p.seats
}

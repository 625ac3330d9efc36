// Package fakeportal is a ProPortal, or a myACI, in memory: for tests and simulations. It
// knows the rules that the vendor publishes, those of docs/portals that are assumed, and
// nothing of the connector that is tested against it; it shares no code with it.
//
// Its invariant: a task takes effect wholly or is refused with a reason and changes nothing,
// and no pool ever has more seats taken than were purchased. It asks for no time and rolls no
// dice: the same calls give the same portal.
package fakeportal

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Subscription is what the one pool of a ProPortal is called, User what the user licence of a
// myACI is.
const (
	Subscription = "subscription"
	User         = "user"
)

// Portal is one portal. It is not safe for use from several goroutines at once.
type Portal struct {
	tasks     map[string]task
	myACI     bool
	purchased map[string]int
	people    map[string]*person // by address in lower case
	teams     map[string]string  // names by folded names
	invited   map[string]int     // invitations that went out, by address in lower case
	doubles   []string           // addresses of invitations that changed nothing
	events    []event
}

// person is somebody whom the portal knows, for ever: no task forgets anybody.
type person struct {
	first, last, email string
	holds              map[string]bool // pools in which they have a seat
	admin              bool
	administers        bool // admin rights have taken effect
	ready              bool // the password is set, the account is made
	teams              map[string]bool
	invitedAt, loginAt time.Time
}

// New makes an empty ProPortal with so many seats.
func New(seats int) *Portal {
	p := newPortal(map[string]int{Subscription: seats})
	p.tasks = proPortalTasks()
	return p
}

// NewMyACI makes an empty myACI with so many user licences, and content licences by name.
func NewMyACI(users int, content map[string]int) *Portal {
	purchased := maps.Clone(content)
	if purchased == nil {
		purchased = map[string]int{}
	}
	purchased[User] = users
	p := newPortal(purchased)
	p.tasks, p.myACI = myACITasks(), true
	return p
}

func newPortal(purchased map[string]int) *Portal {
	return &Portal{purchased: purchased, people: map[string]*person{}, teams: map[string]string{}, invited: map[string]int{}}
}

// Purchase sets how many seats of a pool are bought. Nobody loses a seat by it.
func (p *Portal) Purchase(pool string, seats int) { p.purchased[pool] = seats }

// Seats are how many seats of a pool were bought, are taken and are left; fewer than none
// where a purchase was lowered.
func (p *Portal) Seats(pool string) (purchased, allocated, available int) {
	for _, person := range p.people {
		if person.holds[pool] {
			allocated++
		}
	}
	return p.purchased[pool], allocated, p.purchased[pool] - allocated
}

// Person is somebody as the portal shows them.
type Person struct {
	First, Last, Email string
	Status             string   // Active, Pending or Deactivated
	Access             string   // as the list of users has it; at a myACI the role
	Pools              []string // in which they have a seat, sorted
	Admin              bool
	Administers        bool // the rights have taken effect
	Teams              []string
	InvitedAt, LoginAt time.Time
}

// People are all whom the portal knows, by address.
func (p *Portal) People() []Person {
	people := make([]Person, 0, len(p.people))
	for _, key := range slices.Sorted(maps.Keys(p.people)) {
		people = append(people, p.shown(p.people[key]))
	}
	return people
}

// Person is who has an address, ignoring case.
func (p *Portal) Person(email string) (Person, bool) {
	found := p.people[fold(email)]
	if found == nil {
		return Person{}, false
	}
	return p.shown(found), true
}

func (p *Portal) shown(q *person) Person {
	s := Person{
		First: q.first, Last: q.last, Email: q.email, Status: q.status(p.entry()), Access: p.access(q),
		Admin: q.admin, Administers: q.administers, InvitedAt: q.invitedAt, LoginAt: q.loginAt,
	}
	for _, pool := range slices.Sorted(maps.Keys(q.holds)) {
		if q.holds[pool] {
			s.Pools = append(s.Pools, pool)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(q.teams)) {
		s.Teams = append(s.Teams, p.teams[key])
	}
	return s
}

// entry is the pool in which somebody needs a seat to sign in as a learner.
func (p *Portal) entry() string {
	if p.myACI {
		return User
	}
	return Subscription
}

// status is the word of the list of users. At a ProPortal an admin may enter without a seat; at a myACI
// nobody does without a user licence.
func (q *person) status(entry string) string {
	switch {
	case !q.holds[entry] && (!q.admin || entry == User):
		return "Deactivated"
	case q.ready:
		return "Active"
	}
	return "Pending"
}

func (p *Portal) access(q *person) string {
	switch {
	case p.myACI && q.admin:
		return "Admin"
	case p.myACI:
		return "User"
	case q.admin && q.holds[Subscription]:
		return "Both"
	case q.admin:
		return "Admin"
	case q.holds[Subscription]:
		return "Subscription"
	}
	return ""
}

// Teams are the names of all teams, sorted.
func (p *Portal) Teams() []string { return slices.Sorted(maps.Values(p.teams)) }

// Invitations is how many invitations went to an address.
func (p *Portal) Invitations(email string) int { return p.invited[fold(email)] }

// Doubles are the addresses of invitations that were sent, or tried, and changed nothing: who
// was invited had all that was offered.
func (p *Portal) Doubles() []string { return slices.Clone(p.doubles) }

func fold(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

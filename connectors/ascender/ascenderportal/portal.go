// Package ascenderportal is a portal that behaves as Force Management Ascender is documented to:
// one file invites and changes, as a whole or not at all; seats are counted; tasks are done one
// by one. Connectors and the engine are tested against it.
//
// Its invariant: whatever it is asked in whatever order, nobody has more than the seats that were
// bought, and the same requests give the same bytes. Where the vendor is silent it is strict:
// it refuses what a real portal might let pass, so that nobody comes to lean on it.
package ascenderportal

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// Options are what the company bought and set up.
type Options struct {
	// Purchased is how many seats there are; Methodologies how many of each methodology.
	Purchased     int
	Methodologies map[string]int
	// Enterprise says that a deactivation gives consumed methodologies back, and a
	// reactivation consumes them again.
	Enterprise bool
	// CustomFields are further columns of the upload, in order; at most 10.
	CustomFields []string
	// Lists are the words that a column can have; a column without one takes all.
	Lists map[string][]string
	// Transfers says whose address has an individual plan: they are Pending Transfer until
	// they come. Nil: nobody's.
	Transfers func(address string) bool
	// Who tells whose address it is, to find out whether somebody was invited twice. Nil:
	// each address is somebody else's.
	Who func(address string) string
	// Now is the portal's clock. Nil: it shows no dates.
	Now func() usher.Time
}

// The statuses, and the columns of the form that every company has.
const (
	Waiting         = "Waiting"
	PendingTransfer = "Pending Transfer"
	Active          = "Active"
	Inactive        = "Inactive"

	firstName      = "First Name"
	lastName       = "Last Name"
	emailColumn    = "Email"
	region         = "Region"
	functionalArea = "Functional Area"
	titleColumn    = "Title"
	reportsTo      = "Reports To"
)

// User is somebody whom the portal holds.
type User struct {
	Email  string
	Status string
	// Values are what the columns of the form say, Email and Reports To aside.
	Values  map[string]string
	Manager string // address
	// Methodologies are those that the user has: true once the content was opened, which
	// consumes the licence.
	Methodologies map[string]bool
	Admin         bool
	CameBefore    bool // was Active once
	InvitedAt     usher.Time
	Mails         int // invitations that were sent, resent ones too
}

// Seated says whether the user takes a seat.
func (u User) Seated() bool { return u.Status != Inactive }

// Portal is the fake. It is not safe for use by several goroutines at once.
type Portal struct {
	options Options
	users   []*User // in the order in which they came
	byEmail map[string]*User
	invited map[string]int // accounts made, by person
	last    rejected
	shown   view
}

// New sets a portal up.
func New(o Options) *Portal {
	if o.Who == nil {
		o.Who = strings.ToLower
	}
	if o.Transfers == nil {
		o.Transfers = func(string) bool { return false }
	}
	if o.Now == nil {
		o.Now = func() usher.Time { return 0 }
	}
	p := &Portal{options: o, byEmail: map[string]*User{}, invited: map[string]int{}}
	p.View(nil)
	return p
}

// Purchase changes how many seats there are.
func (p *Portal) Purchase(seats int) { p.options.Purchased = seats }

// Occupied is how many seats are taken: Waiting, Pending Transfer and Active.
func (p *Portal) Occupied() int {
	n := 0
	for _, u := range p.users {
		if u.Seated() {
			n++
		}
	}
	return n
}

// InUse is how many licences of a methodology are reserved or consumed.
func (p *Portal) InUse(methodology string) int {
	n := 0
	for _, u := range p.users {
		if consumed, has := u.Methodologies[methodology]; has && (u.Seated() || consumed && !p.options.Enterprise) {
			n++
		}
	}
	return n
}

// Users are copies of all, in the order in which they came.
func (p *Portal) Users() []User {
	out := make([]User, len(p.users))
	for i, u := range p.users {
		out[i] = *u
		out[i].Values, out[i].Methodologies = clone(u.Values), clone(u.Methodologies)
	}
	return out
}

// Invitations are how many accounts were made for each person, by what Options.Who says: more
// than one is a person who was invited twice.
func (p *Portal) Invitations() map[string]int { return clone(p.invited) }

// Login is a first or later sign-in: whoever was invited is Active from then on.
func (p *Portal) Login(email string) error {
	u, err := p.find(email)
	if err != nil {
		return err
	}
	if u.Status == Inactive {
		return fmt.Errorf("sign in as %s: the account is Inactive", email)
	}
	u.Status, u.CameBefore = Active, true
	return nil
}

// Open is somebody who opens the content of a methodology: it consumes the licence.
func (p *Portal) Open(email, methodology string) error {
	u, err := p.find(email)
	if err != nil {
		return err
	}
	if _, has := u.Methodologies[methodology]; !has || u.Status != Active {
		return fmt.Errorf("open %s as %s: no licence, or not Active", methodology, email)
	}
	u.Methodologies[methodology] = true
	return nil
}

// columns are those of the form.
func (p *Portal) columns() []string {
	return append([]string{firstName, lastName, emailColumn, region, functionalArea, titleColumn, reportsTo}, p.options.CustomFields...)
}

// find finds somebody as a sign-in or a click in the list does: whatever the case.
func (p *Portal) find(email string) (*User, error) {
	for _, u := range p.users {
		if strings.EqualFold(u.Email, email) {
			return u, nil
		}
	}
	return nil, fmt.Errorf("nobody is known as %s", email)
}

// invite makes an account, which takes a seat and sends a mail.
func (p *Portal) invite(email string) *User {
	u := &User{Email: email, Status: Waiting, Values: map[string]string{}, Methodologies: map[string]bool{}, InvitedAt: p.options.Now(), Mails: 1}
	if p.options.Transfers(email) {
		u.Status = PendingTransfer
	}
	p.users = append(p.users, u)
	p.byEmail[email] = u
	p.invited[p.options.Who(email)]++
	return u
}

// allowed says whether a column can have a value.
func (p *Portal) allowed(column, value string) bool {
	list, has := p.options.Lists[column]
	return value == "" || !has || slices.Contains(list, value)
}

func clone[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[k] = v
	}
	return out
}

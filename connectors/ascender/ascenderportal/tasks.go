package ascenderportal

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/table"
)

// Task is one thing that somebody does in the portal by hand, as a list of tasks asks for it.
type Task struct {
	Row     int // of the list
	Action  string
	Address string
	// Values are what is to be entered, by column of the form; a blank one stays as it is.
	Values     map[string]string
	NewAddress string
	Licence    string // a methodology, by the portal's name
}

// Errors of tasks that the portal does not let somebody do.
var (
	// ErrNoSeat: a reactivation, or a methodology, needs one that is free.
	ErrNoSeat = errors.New("no licence is free")
	// ErrConsumed: a methodology whose content was opened is not taken back.
	ErrConsumed = errors.New("the licence is consumed")
	// ErrStatus: what is asked for cannot be done in the status that the user has.
	ErrStatus = errors.New("not in this status")
)

// Tasks reads a list of tasks as the person reads it who works through it.
func Tasks(list []byte) ([]Task, error) {
	sheet, err := table.Open(bytes.NewReader(list), int64(len(list)), table.ReadOptions{FromPeople: true})
	if err != nil {
		return nil, err
	}
	place := func(name string) int { return slices.Index(sheet.Header, name) }
	for _, name := range []string{"row", "action", "address", "new address", "licence"} {
		if place(name) < 0 {
			return nil, fmt.Errorf("no list of tasks: it has no column %q", name)
		}
	}
	var out []Task
	for row, err := range sheet.Rows {
		if err != nil {
			return nil, err
		}
		number, err := strconv.Atoi(row.Cells[place("row")])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", row.Line, err)
		}
		t := Task{Row: number, Values: map[string]string{}}
		t.Action, t.Address = row.Cells[place("action")], row.Cells[place("address")]
		t.NewAddress, t.Licence = row.Cells[place("new address")], row.Cells[place("licence")]
		for i, name := range sheet.Header {
			t.Values[name] = row.Cells[i]
		}
		out = append(out, t)
	}
	return out, nil
}

// Do does one task. What is so already is done without a word.
func (p *Portal) Do(t Task) error {
	u, err := p.find(t.Address)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Action, err)
	}
	do, known := map[string]func(*User, Task) error{
		"deactivate":             p.deactivate,
		"reactivate":             p.reactivate,
		"resend_invitation":      p.resend,
		"edit_user":              p.edit,
		"change_address":         p.changeAddress,
		"give_methodology":       p.give,
		"take_back_methodology":  p.takeBack,
		"give_admin_permissions": func(u *User, _ Task) error { u.Admin = true; return nil },
		"take_admin_permissions": func(u *User, _ Task) error { u.Admin = false; return nil },
	}[t.Action]
	if !known {
		return fmt.Errorf("nothing in the portal is called %q", t.Action)
	}
	if err := do(u, t); err != nil {
		return fmt.Errorf("%s %s: %w", t.Action, t.Address, err)
	}
	return nil
}

// deactivate frees the seat and what was only reserved. Whoever reports to the user moves up.
func (p *Portal) deactivate(u *User, _ Task) error {
	if u.Status == Inactive {
		return nil
	}
	u.Status = Inactive
	for name, consumed := range u.Methodologies {
		if !consumed {
			delete(u.Methodologies, name)
		}
	}
	for _, other := range p.users {
		if strings.EqualFold(other.Manager, u.Email) {
			other.Manager = u.Manager
		}
	}
	return nil
}

// reactivate takes a seat, and consumed methodologies where the agreement gave them back.
func (p *Portal) reactivate(u *User, t Task) error {
	if u.Status != Inactive {
		return p.edit(u, t)
	}
	if p.Occupied() >= p.options.Purchased {
		return ErrNoSeat
	}
	if p.options.Enterprise {
		for name := range u.Methodologies {
			if p.InUse(name) >= p.options.Methodologies[name] {
				return fmt.Errorf("methodology %s: %w", name, ErrNoSeat)
			}
		}
	}
	u.Status = Waiting
	if u.CameBefore {
		u.Status = Active
	}
	u.Mails++
	return p.edit(u, t)
}

func (p *Portal) resend(u *User, _ Task) error {
	if u.Status != Waiting && u.Status != PendingTransfer {
		return fmt.Errorf("%s: %w", u.Status, ErrStatus)
	}
	u.Mails++
	return nil
}

// edit is Edit User: everything but the address.
func (p *Portal) edit(u *User, t Task) error {
	if u.Status == Inactive {
		return fmt.Errorf("%s: %w", u.Status, ErrStatus)
	}
	for _, column := range p.columns() {
		if !p.allowed(column, t.Values[column]) {
			return fmt.Errorf("%s has no value %q", column, t.Values[column])
		}
	}
	if boss := t.Values[reportsTo]; boss != "" {
		known, err := p.find(boss)
		if err != nil || known.Status == Inactive {
			return fmt.Errorf("%s: nobody, or nobody active, is known as %s", reportsTo, boss)
		}
		managers := p.managersAfter([]sentRow{{cells: map[string]string{emailColumn: u.Email, reportsTo: boss}}})
		if circle(strings.ToLower(u.Email), managers) {
			return fmt.Errorf("%s: the line of managers comes back to %s", reportsTo, u.Email)
		}
	}
	p.set(u, t.Values)
	return nil
}

// changeAddress is what an admin can do for who is Waiting, and the vendor's support for others.
func (p *Portal) changeAddress(u *User, t Task) error {
	if t.NewAddress == "" {
		return errors.New("no new address")
	}
	if other, err := p.find(t.NewAddress); err == nil && other != u {
		return fmt.Errorf("%s is somebody else's address", t.NewAddress)
	}
	for _, other := range p.users {
		if strings.EqualFold(other.Manager, u.Email) {
			other.Manager = t.NewAddress
		}
	}
	delete(p.byEmail, u.Email)
	u.Email = t.NewAddress
	p.byEmail[u.Email] = u
	return nil
}

func (p *Portal) give(u *User, t Task) error {
	_, has := u.Methodologies[t.Licence]
	bought, known := p.options.Methodologies[t.Licence]
	switch {
	case !known:
		return fmt.Errorf("no methodology %q was bought", t.Licence)
	case u.Status == Inactive:
		return fmt.Errorf("%s: %w", u.Status, ErrStatus)
	case has:
		return nil
	case p.InUse(t.Licence) >= bought:
		return fmt.Errorf("methodology %s: %w", t.Licence, ErrNoSeat)
	}
	u.Methodologies[t.Licence] = false
	return nil
}

func (p *Portal) takeBack(u *User, t Task) error {
	if u.Methodologies[t.Licence] {
		return fmt.Errorf("methodology %s: %w", t.Licence, ErrConsumed)
	}
	delete(u.Methodologies, t.Licence)
	return nil
}

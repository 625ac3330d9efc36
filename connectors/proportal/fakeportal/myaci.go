package fakeportal

import (
	"maps"
	"strings"
	"time"
)

// myACITasks are what an admin can do at a myACI, and what the vendor's support does for one.
func myACITasks() map[string]task {
	tasks := commonTasks()
	maps.Copy(tasks, map[string]task{
		"Add User":               (*Portal).addUser,
		"Assign User License":    (*Portal).assignUser,
		"Remove User License":    (*Portal).removeUser,
		"Assign Content License": (*Portal).assignContent,
		"Remove Content License": (*Portal).removeContent,
		"Give Admin Role":        (*Portal).giveRole,
		"Remove Admin Role":      (*Portal).removeAdmin,
		"Check Subscription":     (*Portal).check,
	})
	return tasks
}

// addUser takes a user licence. The account is pending until the person makes it.
func (p *Portal) addUser(t Task, now time.Time) error {
	if t.Email != strings.ToLower(t.Email) {
		return refuse("the address has to be in lower case")
	}
	if q := p.people[fold(t.Email)]; q != nil {
		p.doubles = append(p.doubles, q.email)
		return refuse("%s was added already", q.email)
	}
	q, err := p.add(t, now)
	if err != nil {
		return err
	}
	if err := p.take(q, User); err != nil {
		return err
	}
	p.people[fold(q.email)] = q
	p.sent(q.email)
	return nil
}

func (p *Portal) assignUser(t Task, _ time.Time) error { return p.assign(t, User) }

func (p *Portal) removeUser(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err != nil {
		return err
	}
	return free(q, User)
}

// assignContent needs an account that was made.
func (p *Portal) assignContent(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case q.status(User) != "Active":
		return &Refusal{Reason: q.email + " has not made the account yet", Later: true}
	}
	return p.assign(t, t.Access)
}

func (p *Portal) assign(t Task, pool string) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case q.holds[pool]:
		return refuse("%s has the licence already", q.email)
	}
	return p.take(q, pool)
}

// removeContent without a name removes what there is.
func (p *Portal) removeContent(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err != nil {
		return err
	}
	if t.Access != "" {
		return free(q, t.Access)
	}
	maps.DeleteFunc(q.holds, func(pool string, _ bool) bool { return pool != User })
	return nil
}

func (p *Portal) giveRole(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case q.admin:
		return refuse("%s is an admin", q.email)
	}
	q.admin = true
	return nil
}

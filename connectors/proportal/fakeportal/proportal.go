package fakeportal

import (
	"maps"
	"time"
)

// proPortalTasks are what a seat admin can do at a ProPortal.
func proPortalTasks() map[string]task {
	tasks := commonTasks()
	maps.Copy(tasks, map[string]task{
		"Invite":                  (*Portal).invite,
		"Deactivate Subscription": (*Portal).deactivate,
		"Activate Subscription":   (*Portal).activate,
		"Remove Admin Rights":     (*Portal).removeAdmin,
		"Check Subscription":      (*Portal).check,
	})
	return tasks
}

// invite takes a seat unless the access is that of an admin alone. Who is known already can
// be given admin rights by it, and nothing else.
func (p *Portal) invite(t Task, now time.Time) error {
	seat, admin := t.Access == "ITProTV Subscription" || t.Access == "Both", t.Access == "ProPortal Admin" || t.Access == "Both"
	if !seat && !admin {
		return refuse("there is no access %q", t.Access)
	}
	if t.Team != "" && p.teams[fold(t.Team)] == "" {
		return refuse("there is no team %q", t.Team)
	}
	if q := p.people[fold(t.Email)]; q != nil {
		return p.inviteAgain(q, seat, admin)
	}
	q, err := p.add(t, now)
	if err != nil {
		return err
	}
	if seat {
		if err := p.take(q, Subscription); err != nil {
			return err
		}
	}
	if t.Team != "" {
		q.teams[fold(t.Team)] = true
	}
	q.admin = admin
	p.people[fold(q.email)] = q
	p.sent(q.email)
	return nil
}

func (p *Portal) inviteAgain(q *person, seat, admin bool) error {
	switch {
	case seat && !q.holds[Subscription]:
		return refuse("%s is known; activate the subscription instead", q.email)
	case !admin || q.admin:
		p.doubles = append(p.doubles, q.email)
		return refuse("%s was invited already", q.email)
	}
	q.admin = true
	p.sent(q.email)
	return nil
}

func (p *Portal) deactivate(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err != nil {
		return err
	}
	return free(q, Subscription)
}

func (p *Portal) activate(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case q.holds[Subscription]:
		return refuse("the subscription of %s is active", q.email)
	}
	return p.take(q, Subscription)
}

// removeAdmin keeps the seat.
func (p *Portal) removeAdmin(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case !q.admin:
		return refuse("%s has no admin rights", q.email)
	}
	q.admin, q.administers = false, false
	return nil
}

// check changes nothing: somebody looks.
func (p *Portal) check(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err == nil && !q.holds[p.entry()] {
		err = refuse("%s has no seat", q.email)
	}
	return err
}

package fakeportal

import (
	"maps"
	"strings"
	"time"
)

// commonTasks are alike at both portals. That a name or an address can be changed, and a team
// renamed or deleted, is assumed.
func commonTasks() map[string]task {
	return map[string]task{
		"Create Team":      (*Portal).createTeam,
		"Rename Team":      (*Portal).renameTeam,
		"Delete Team":      (*Portal).deleteTeam,
		"Add to Team":      (*Portal).addToTeam,
		"Remove from Team": (*Portal).removeFromTeam,
		"Change Name":      (*Portal).changeName,
		"Change Email":     (*Portal).changeEmail,
	}
}

// HasTeam says that there is a team of that name, ignoring case.
func (p *Portal) HasTeam(name string) bool { return p.teams[fold(name)] != "" }

// createTeam keeps names unique, ignoring case.
func (p *Portal) createTeam(t Task, _ time.Time) error {
	name := strings.TrimSpace(t.Team)
	switch {
	case name == "":
		return refuse("a team needs a name")
	case p.teams[fold(name)] != "":
		return refuse("there is a team %q already", p.teams[fold(name)])
	}
	p.teams[fold(name)] = name
	return nil
}

func (p *Portal) renameTeam(t Task, now time.Time) error {
	old, name := fold(t.Team), told(t.Reason, "new name")
	if p.teams[old] == "" {
		return refuse("there is no team %q", t.Team)
	}
	if err := p.createTeam(Task{Team: name}, now); err != nil {
		return err
	}
	delete(p.teams, old)
	for _, q := range p.people {
		if q.teams[old] {
			delete(q.teams, old)
			q.teams[fold(name)] = true
		}
	}
	return nil
}

func (p *Portal) deleteTeam(t Task, _ time.Time) error {
	key := fold(t.Team)
	if p.teams[key] == "" {
		return refuse("there is no team %q", t.Team)
	}
	delete(p.teams, key)
	for _, q := range p.people {
		delete(q.teams, key)
	}
	return nil
}

// addToTeam takes active people only.
func (p *Portal) addToTeam(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case p.teams[fold(t.Team)] == "":
		return refuse("there is no team %q", t.Team)
	case q.status(p.entry()) != "Active":
		return &Refusal{Reason: q.email + " is not active, and only active people can be added to a team", Later: q.status(p.entry()) == "Pending"}
	case q.teams[fold(t.Team)]:
		return refuse("%s is in the team already", q.email)
	}
	q.teams[fold(t.Team)] = true
	return nil
}

func (p *Portal) removeFromTeam(t Task, _ time.Time) error {
	q, err := p.known(t)
	switch {
	case err != nil:
		return err
	case !q.teams[fold(t.Team)]:
		return refuse("%s is not in the team", q.email)
	}
	delete(q.teams, fold(t.Team))
	return nil
}

func (p *Portal) changeName(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err != nil {
		return err
	}
	q.first, q.last = t.First, t.Last
	return nil
}

// changeEmail keeps the account, and addresses unique.
func (p *Portal) changeEmail(t Task, _ time.Time) error {
	q, err := p.known(t)
	if err != nil {
		return err
	}
	address := told(t.Reason, "new address")
	other := p.people[fold(address)]
	switch {
	case !strings.Contains(address, "@"):
		return refuse("no new address was said")
	case other != nil && other != q:
		return refuse("%q has an account of its own", address)
	}
	maps.DeleteFunc(p.people, func(_ string, r *person) bool { return r == q })
	q.email = address
	p.people[fold(address)] = q
	return nil
}

package fakeportal

import (
	"strings"
	"time"
)

// Work has a list worked through from top to bottom by somebody who minds what its reasons
// say, such as to look first. It gives one answer for each row: nil for what is as the row
// wants it, else a *[Refusal].
func (p *Portal) Work(list []byte, now time.Time) ([]error, error) {
	tasks, err := Read(list)
	if err != nil {
		return nil, err
	}
	answers := make([]error, len(tasks))
	for i, t := range tasks {
		if !p.settled(t) {
			answers[i] = p.Do(t, now)
		}
	}
	return answers, nil
}

// settled says that a look at the portal shows that nothing is left to do.
func (p *Portal) settled(t Task) bool {
	q := p.people[fold(t.Email)]
	says := func(words string) bool { return strings.Contains(t.Reason, words) }
	switch {
	case says("only if the portal does not list them yet"):
		return q != nil && (q.holds[p.entry()] || t.Access == "ProPortal Admin" && q.admin)
	case says("only if the portal does not list it yet"):
		return p.teams[fold(t.Team)] != ""
	case says("only if they have no admin rights yet"):
		return q != nil && q.admin
	case says("if they have it") && t.Access != "":
		return q == nil || !q.holds[t.Access]
	case says("if they have it") && t.Action != "Remove Content License":
		return q == nil || !q.holds[p.entry()]
	case says("if they have it"):
		return q == nil
	}
	return false
}

package fakeportal

import "time"

// Accept has an invited person set the password, or make the account, and sign in.
func (p *Portal) Accept(email string, at time.Time) error {
	q, err := p.known(Task{Email: email})
	switch {
	case err != nil:
		return err
	case q.status(p.entry()) == "Deactivated":
		return refuse("%s may not enter", q.email)
	}
	q.ready = true
	return p.Login(email, at)
}

// Login has a person sign in; admin rights take effect by it.
func (p *Portal) Login(email string, at time.Time) error {
	q, err := p.known(Task{Email: email})
	switch {
	case err != nil:
		return err
	case q.status(p.entry()) != "Active":
		return refuse("%s may not enter", q.email)
	}
	q.loginAt, q.administers = at, q.admin
	p.events = append(p.events, event{kind: Logins, who: q, at: at})
	return nil
}

// View has a person watch an episode; Launch, work in a lab. Both need a seat.
func (p *Portal) View(email, course, episode string, at time.Time) error {
	return p.learn(email, event{kind: Viewings, what: []string{course, episode}, at: at})
}

// Launch has a person start a lab.
func (p *Portal) Launch(email, lab string, at time.Time) error {
	return p.learn(email, event{kind: Labs, what: []string{lab}, at: at})
}

func (p *Portal) learn(email string, e event) error {
	q, err := p.known(Task{Email: email})
	switch {
	case err != nil:
		return err
	case q.status(p.entry()) != "Active" || !q.holds[p.entry()]:
		return refuse("%s has no seat", q.email)
	}
	e.who = q
	p.events = append(p.events, e)
	return nil
}

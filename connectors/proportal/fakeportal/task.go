package fakeportal

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"time"
)

// Task is one row of a list: what somebody does at the portal by hand.
type Task struct {
	Action                                   string
	First, Last, Email, Access, Team, Reason string
}

// task carries out one.
type task func(p *Portal, t Task, now time.Time) error

// Refusal is the portal's answer to what it does not do.
type Refusal struct {
	Reason string
	// NoSeats says that no seat is left.
	NoSeats bool
	// Later says that it works once the person has come.
	Later bool
}

// Error implements error.
func (r *Refusal) Error() string { return r.Reason }

func refuse(format string, args ...any) error { return &Refusal{Reason: fmt.Sprintf(format, args...)} }

// Do carries out one task. The error is a *[Refusal], and then nothing has changed.
func (p *Portal) Do(t Task, now time.Time) error {
	do := p.tasks[t.Action]
	if do == nil {
		return refuse("there is no action %q here", t.Action)
	}
	return do(p, t, now)
}

// Read reads a list of tasks, as a person would who opens it in Excel.
func Read(list []byte) ([]Task, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(list, []byte("\ufeff"))))
	rows, err := r.ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, fmt.Errorf("list of tasks: %d rows: %w", len(rows), err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	tasks := make([]Task, 0, len(rows)-1)
	for _, row := range rows[1:] {
		get := func(name string) string { return shownAs(row[at[name]]) }
		tasks = append(tasks, Task{get("Action"), get("First Name"), get("Last Name"), get("Email"), get("Access"), get("Team"), get("Reason")})
	}
	return tasks, nil
}

// shownAs takes off the apostrophe by which a spreadsheet program is kept from running a cell.
func shownAs(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && strings.ContainsAny(rest[:min(1, len(rest))], "=+-@") {
		return rest
	}
	return cell
}

// told is what a reason says behind a word, up to the next semicolon.
func told(reason, word string) string {
	for part := range strings.SplitSeq(reason, ";") {
		if value, ok := strings.CutPrefix(strings.TrimSpace(part), word+" "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// known is the person whom a task is about.
func (p *Portal) known(t Task) (*person, error) {
	if q := p.people[fold(t.Email)]; q != nil {
		return q, nil
	}
	return nil, refuse("nobody here has the address %q", t.Email)
}

// take gives a person a seat, if one is left.
func (p *Portal) take(q *person, pool string) error {
	if _, there := p.purchased[pool]; !there {
		return refuse("there is no %q here", pool)
	}
	if _, _, available := p.Seats(pool); available < 1 {
		return &Refusal{Reason: "no seat is left; make one free first", NoSeats: true}
	}
	q.holds[pool] = true
	return nil
}

// free takes a person's seat away.
func free(q *person, pool string) error {
	if !q.holds[pool] {
		return refuse("%s has no %s", q.email, pool)
	}
	delete(q.holds, pool)
	return nil
}

// add makes a person and lets an invitation go out. The name and the address are asked for.
func (p *Portal) add(t Task, now time.Time) (*person, error) {
	if strings.TrimSpace(t.First) == "" || strings.TrimSpace(t.Last) == "" || !strings.Contains(t.Email, "@") {
		return nil, refuse("first name, last name and e-mail are required")
	}
	return &person{first: t.First, last: t.Last, email: strings.TrimSpace(t.Email), holds: map[string]bool{}, teams: map[string]bool{}, invitedAt: now}, nil
}

func (p *Portal) sent(email string) { p.invited[fold(email)]++ }

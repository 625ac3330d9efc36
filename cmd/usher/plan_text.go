package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// planText is a plan with its changes and findings, as JSON has it.
type planText struct {
	planRow
	Seats    []usher.PlannedSeat `json:"seats"`
	Changes  []changeText        `json:"changes"`
	Findings []usher.Finding     `json:"findings"`
	limit    int                 // of changes and of findings
}

type changeText struct {
	Class   usher.ChangeClass    `json:"class"`
	Row     int                  `json:"row,omitempty"`
	Key     string               `json:"key"`
	Name    string               `json:"name"`
	Address string               `json:"address"`
	State   usher.ChangeState    `json:"state"`
	Why     string               `json:"why,omitempty"`
	Fields  []usher.ChangedField `json:"fields,omitempty"`
}

func (d *desk) planText(p usher.Plan, limit int) (planText, error) {
	look := d.daemon.Store().Look()
	names, err := d.directoryNames()
	if err != nil {
		return planText{}, err
	}
	t := planText{planRow: planRow{p.Number, names[p.Directory], p.File, p.State, p.Counts, p.Reasons, p.CreatedAt.RFC3339(), p}, Seats: p.Seats}
	t.limit = limit
	if t.Findings, err = look.Findings(d.ctx, p.ID, limit); err != nil {
		return t, err
	}
	return t, d.eachChange(p, limit, func(c usher.Change) error {
		fields, err := c.Fields()
		t.Changes = append(t.Changes, changeText{c.Class, c.Row, c.Key, c.Name, c.Address, c.State, c.Why, fields})
		return err
	})
}

// eachChange hands over a plan's changes by class, at most limit: what a human has to look at
// comes first, and each class has its share.
func (d *desk) eachChange(p usher.Plan, limit int, each func(usher.Change) error) error {
	for class, n := range shares(p.Counts, limit) {
		for after := int64(0); n > 0; {
			page, err := d.daemon.Store().Look().ChangesOf(d.ctx, p.ID, class, after, min(n, 500))
			if err != nil {
				return err
			}
			for _, c := range page {
				if err := each(c); err != nil {
					return err
				}
			}
			if len(page) == 0 {
				break
			}
			after, n = page[len(page)-1].Seq, n-len(page)
		}
	}
	return nil
}

func (d *desk) showPlan(p usher.Plan, asJSON bool, limit int) error {
	t, err := d.planText(p, limit)
	if err != nil {
		return err
	}
	if asJSON {
		encoder := json.NewEncoder(d.stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		return encoder.Encode(t)
	}
	return t.write(d.stdout)
}

// write prints a plan for a person: what becomes of it first, then totals, then names.
func (t planText) write(w io.Writer) error {
	p := t.plan
	fmt.Fprintf(w, "Plan %d for %s (directory %s, %s): %s\n", p.Number, p.File.Name, t.Directory, p.File.Origin, t.standing())
	return t.body(w)
}

// body is all of a plan but what becomes of it.
func (t planText) body(w io.Writer) error {
	p := t.plan
	for _, r := range p.Reasons {
		fmt.Fprintf(w, "  wants a human: %s\n", r)
	}
	for _, f := range p.Summary.Findings {
		fmt.Fprintf(w, "  %s %s: %s\n", f.Severity, f.Code, f.Text)
	}
	if p.State == usher.PlanRefused {
		return t.findings(w)
	}
	if err := errors.Join(t.totals(w), t.seats(w), t.changes(w)); err != nil {
		return err
	}
	return t.findings(w)
}

func (t planText) standing() string {
	switch t.plan.State {
	case usher.PlanUnchanged:
		return "nothing is new"
	case usher.PlanRefused:
		return "the file is refused, nothing of it counts"
	case usher.PlanOpen:
		return fmt.Sprintf("%d changes wait for usher confirm %d", t.plan.Counts.Held, t.plan.Number)
	case usher.PlanApplied:
		return fmt.Sprintf("%d changes were applied", t.plan.Counts.Applied)
	}
	return string(t.plan.State)
}

func (t planText) totals(w io.Writer) error {
	n := t.plan.Counts
	fmt.Fprintln(w)
	return table.Text(w, []string{"ROWS", "UNCHANGED", "NEW", "BACK", "MOVED", "LEFT", "ABSENT", "ABSENT ONCE", "REFUSED"}, [][]string{{
		strconv.Itoa(n.Rows), strconv.Itoa(n.Unchanged), strconv.Itoa(n.Joiners), strconv.Itoa(n.Rejoiners), strconv.Itoa(n.Movers),
		strconv.Itoa(n.Leavers), strconv.Itoa(n.Absent), strconv.Itoa(n.Missing), strconv.Itoa(n.Refused),
	}})
}

// seats counts, for each subscription, what becomes of seats.
func (t planText) seats(w io.Writer) error {
	if len(t.plan.Seats) == 0 {
		return nil
	}
	counts := map[string]map[usher.PlanChange]int{}
	for _, s := range t.plan.Seats {
		if counts[s.Subscription] == nil {
			counts[s.Subscription] = map[usher.PlanChange]int{}
		}
		counts[s.Subscription][s.Kind]++
	}
	var rows [][]string
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		row := []string{name}
		for _, kind := range []usher.PlanChange{usher.PlanSeat, usher.PlanQueue, usher.PlanRelease, usher.PlanKeep, usher.PlanDequeue} {
			row = append(row, strconv.Itoa(counts[name][kind]))
		}
		rows = append(rows, row)
	}
	fmt.Fprintln(w)
	return table.Text(w, []string{"SUBSCRIPTION", "SEATED", "QUEUED", "RELEASED", "KEPT", "OUT OF THE QUEUE"}, rows)
}

func (t planText) changes(w io.Writer) error {
	if len(t.Changes) == 0 {
		return nil
	}
	var rows [][]string
	for _, c := range t.Changes {
		what := c.Why
		if slices.Contains(t.Reasons, what) {
			what = "" // said above, for all
		}
		if len(c.Fields) > 0 {
			what = inWordsOf(c.Fields)
		}
		rows = append(rows, []string{string(c.Class), c.Key, c.Name, c.Address, string(c.State), what})
	}
	fmt.Fprintln(w)
	if err := table.Text(w, []string{"WHAT", "KEY", "NAME", "ADDRESS", "STATE", "HOW"}, rows); err != nil {
		return err
	}
	switch all := t.changed(); {
	case all <= len(rows):
	case t.plan.Number == 0:
		fmt.Fprintf(w, "... %d of %d are shown; --rows %d shows all.\n", len(rows), all, t.plan.Counts.Rows+all)
	default:
		fmt.Fprintf(w, "... %d of %d are shown; usher plans show %d --rows %d shows all.\n", len(rows), all, t.plan.Number, t.plan.Counts.Rows+all)
	}
	return nil
}

// changed counts the changes that are about somebody.
func (t planText) changed() int {
	n := t.plan.Counts
	return n.Joiners + n.Rejoiners + n.Movers + n.Leavers + n.Missing + n.Absent
}

func inWordsOf(fields []usher.ChangedField) string {
	var parts []string
	for _, f := range fields {
		parts = append(parts, fmt.Sprintf("%s: %q -> %q", f.Name, f.From, f.To))
	}
	return strings.Join(parts, "; ")
}

func (t planText) findings(w io.Writer) error {
	var rows [][]string
	for _, f := range t.Findings {
		if f.Row > 0 {
			rows = append(rows, []string{strconv.Itoa(f.Row), f.Column, string(f.Severity), f.Code, f.Value, f.Text})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	if err := table.Text(w, []string{"ROW", "COLUMN", "SEVERITY", "CODE", "VALUE", "WHAT IS WRONG"}, rows); err != nil {
		return err
	}
	if len(t.Findings) == t.limit && t.plan.Number > 0 {
		fmt.Fprintf(w, "... the worst %d are shown; usher plans errors %d writes the rows that have any.\n", t.limit, t.plan.Number)
	}
	return nil
}

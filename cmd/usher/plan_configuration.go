package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
)

// configurationText is what another configuration would change, as JSON has it.
type configurationText struct {
	usher.RevisionPlan

	Directories []rereadText `json:"directories,omitempty"`
}

// rereadText is what would become of the last file of a directory that is read in another way.
type rereadText struct {
	Directory string    `json:"directory"`
	Note      string    `json:"note,omitempty"`     // why there is no plan
	PlannedAs int64     `json:"lastPlan,omitempty"` // number of the plan that the file had
	Plan      *planText `json:"plan,omitempty"`
}

// rereadText keeps what is shown of a plan that is gone afterwards.
func (d *desk) rereadText(r daemon.Reread, rows int) (rereadText, error) {
	t := rereadText{Directory: r.Directory, Note: r.None, PlannedAs: r.Was.Number}
	if r.None != "" {
		return t, nil
	}
	plan, err := d.planText(r.Plan, rows)
	t.Plan = &plan
	return t, err
}

// code is the exit code: the worst of what would become of anything.
func (t configurationText) code() int {
	code := exitOK
	if slices.ContainsFunc(t.Changes, func(s usher.PlannedSeat) bool { return s.Kind == usher.PlanRelease }) {
		code = exitHeld
	}
	for _, r := range t.Directories {
		switch {
		case r.Plan == nil:
		case r.Plan.plan.State == usher.PlanRefused:
			return exitRefused
		case len(r.Plan.plan.Reasons) > 0:
			code = exitHeld
		}
	}
	return code
}

func (t configurationText) show(d *desk, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(d.stdout).Encode(t)
	}
	for _, note := range t.Notes {
		fmt.Fprintln(d.stdout, note)
	}
	if err := showPlanned(d, t.Changes); err != nil {
		return err
	}
	for _, r := range t.Directories {
		fmt.Fprintln(d.stdout)
		if err := r.write(d.stdout); err != nil {
			return err
		}
	}
	return nil
}

func (t rereadText) write(w io.Writer) error {
	fmt.Fprintf(w, "Directory %s would read its files in another way. ", t.Directory)
	if t.Plan == nil {
		fmt.Fprintf(w, "What that changes cannot be shown: %s.\n", t.Note)
		return nil
	}
	fmt.Fprintf(w, "Of its last file, %s of plan %d, %s.\n", t.Plan.File.Name, t.PlannedAs, t.standing())
	return t.Plan.body(w)
}

// standing says what would become of the file.
func (t rereadText) standing() string {
	p := t.Plan.plan
	switch {
	case p.State == usher.PlanRefused:
		return "nothing would count: it would be refused"
	case p.Counts.Held > 0:
		return fmt.Sprintf("%d changes would wait for a human", p.Counts.Held)
	case t.Plan.changed() == 0:
		return "nothing would be new"
	}
	return fmt.Sprintf("%d changes would go by themselves", t.Plan.changed())
}

package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/internal/usher"
)

// conflictsCmd is about the questions that only a person can answer.
type conflictsCmd struct {
	List    conflictsListCmd    `cmd:"" default:"withargs" help:"List conflicts."`
	Show    conflictsShowCmd    `cmd:"" help:"Show a conflict and who it may be about."`
	Link    conflictsLinkCmd    `cmd:"" help:"Say whose the record is."`
	Dismiss conflictsDismissCmd `cmd:"" help:"Close a conflict without a change."`
}

// Help implements kong.HelpProvider.
func (conflictsCmd) Help() string {
	return `Where addresses and numbers do not name one person for certain, usher asks instead of guessing.

Examples:
  usher conflicts
  usher conflicts show 2
  usher conflicts link 2 ann@example.com
  usher conflicts link 2 --new --reason "another Ann Miller"`
}

type conflictsListCmd struct {
	listing

	All bool `help:"Also those that were answered."`
}

// conflictRow is a conflict as listed.
type conflictRow struct {
	Number   int64  `json:"number"`
	Kind     string `json:"kind"`
	About    string `json:"about"`
	Detail   string `json:"detail"`
	Opened   string `json:"openedAt"`
	Decision string `json:"decision,omitempty"`
	conflict usher.Conflict
}

// Run implements storeCommand.
func (c *conflictsListCmd) Run(d *desk) error {
	conflicts, err := d.daemon.Store().Look().Conflicts(d.ctx, !c.All)
	if err != nil {
		return err
	}
	names := map[usher.ID]string{}
	rows := []conflictRow{}
	for _, k := range conflicts {
		if err := d.nameOf(names, k.Person); err != nil {
			return err
		}
		decision := k.Decision
		if decision != "" {
			decision += " by " + k.ClosedBy
		}
		rows = append(rows, conflictRow{k.Number, string(k.Kind), names[k.Person], k.Detail, k.OpenedAt.RFC3339(), decision, k})
	}
	return show(c.listing, d.stdout, rows, []column[conflictRow]{
		{"CONFLICT", func(r conflictRow) string { return strconv.FormatInt(r.Number, 10) }},
		{"KIND", func(r conflictRow) string { return r.Kind }},
		{"ABOUT", func(r conflictRow) string { return r.About }},
		{"SINCE (UTC)", func(r conflictRow) string { return stamp(r.conflict.OpenedAt) }},
		{"DECISION", func(r conflictRow) string { return r.Decision }},
		{"DETAIL", func(r conflictRow) string { return r.Detail }},
	})
}

type conflictsShowCmd struct {
	Number int64 `arg:"" help:"Number of the conflict."`
}

// Run implements storeCommand.
func (c *conflictsShowCmd) Run(d *desk) error {
	k, err := d.conflict(c.Number)
	if err != nil {
		return err
	}
	fmt.Fprintf(d.stdout, "Conflict %d: %s.\n%s\n", k.Number, k.Kind, k.Detail)
	if k.Record != "" {
		if err := d.showRecord(k.Record); err != nil {
			return err
		}
	}
	ids := slices.Clone(k.Others)
	if k.Person != "" && !slices.Contains(ids, k.Person) {
		ids = append([]usher.ID{k.Person}, ids...)
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []personRow
	for _, id := range ids {
		p, err := d.daemon.Ledger().Person(d.ctx, id)
		if err != nil {
			return err
		}
		rows = append(rows, newPersonRow(p))
	}
	fmt.Fprintln(d.stdout, "\nIt concerns:")
	return showPeople(listing{}, d, rows)
}

func (d *desk) showRecord(id usher.ID) error {
	look := d.daemon.Store().Look()
	r, err := look.RecordAny(d.ctx, id)
	if err != nil {
		return err
	}
	dir, err := look.Directory(d.ctx, r.Directory)
	if err != nil {
		return err
	}
	var known []string
	for _, part := range [][2]string{
		{"name", r.Attributes.FullName()}, {"userName", r.Attributes.UserName}, {"address", r.Attributes.Address()},
		{"external id", r.Attributes.ExternalID}, {"employee number", r.Attributes.EmployeeNumber},
	} {
		if part[1] != "" {
			known = append(known, part[0]+" "+part[1])
		}
	}
	fmt.Fprintf(d.stdout, "The directory %s says: %s.\n", dir.Name, strings.Join(known, ", "))
	return nil
}

func (d *desk) conflict(number int64) (usher.Conflict, error) {
	conflicts, err := d.daemon.Store().Look().Conflicts(d.ctx, false)
	for _, k := range conflicts {
		if k.Number == number {
			return k, nil
		}
	}
	if err == nil {
		err = noNumber("conflict", number, "usher conflicts --all", usher.ErrNotFound)
	}
	return usher.Conflict{}, err
}

type conflictsLinkCmd struct {
	Number int64  `arg:"" help:"Number of the conflict."`
	Person string `arg:"" optional:"" help:"Whose record it is: address, id, employee number or name."`
	New    bool   `help:"It is somebody new."`
}

// Run implements storeCommand.
func (c *conflictsLinkCmd) Run(d *desk) error {
	if c.New == (c.Person != "") {
		return &usher.InvalidError{Attribute: "--new", Problem: "name the person whose record it is, or say --new for somebody new"}
	}
	var p usher.Person
	if !c.New {
		var err error
		if p, err = d.person(c.Person); err != nil {
			return err
		}
	}
	if err := d.daemon.Ledger().LinkConflict(d.ctx, d.by, c.Number, p.ID); err != nil {
		return noNumber("conflict", c.Number, "usher conflicts", err)
	}
	d.remark("Conflict %d: the record is %s.", c.Number, firstOf(possessive(p.Name()), "somebody new's"))
	return nil
}

func possessive(name string) string {
	if name == "" {
		return ""
	}
	return name + "'s"
}

type conflictsDismissCmd struct {
	Number int64 `arg:"" help:"Number of the conflict."`
}

// Run implements storeCommand.
func (c *conflictsDismissCmd) Run(d *desk) error {
	if err := d.daemon.Ledger().DismissConflict(d.ctx, d.by, c.Number); err != nil {
		return noNumber("conflict", c.Number, "usher conflicts", err)
	}
	d.remark("Conflict %d is closed without a change.", c.Number)
	return nil
}

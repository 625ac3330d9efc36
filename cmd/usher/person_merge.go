package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"usher/internal/usher"
)

type personMergeCmd struct {
	Keep    string `arg:"" help:"Who stays: address, id, employee number or name."`
	Gone    string `arg:"" help:"Who is the same person."`
	Preview bool   `help:"Say what would happen, and do nothing."`
	JSON    bool   `name:"json" help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (personMergeCmd) Help() string {
	return `Two entries can be one human: a directory made one, a roster or a first sign-in another. Everything of the second becomes that of the first. Where both have a seat in a subscription one stays, and where both have an account at a portal the other is closed there. Old ids and addresses lead on to who stays.

Examples:
  usher person merge ann@example.com a.miller@example.com --preview
  usher person merge ann@example.com a.miller@example.com --reason "the roster has her maiden name"`
}

// Run implements storeCommand.
func (c *personMergeCmd) Run(d *desk) error {
	keep, err := d.person(c.Keep)
	if err != nil {
		return err
	}
	gone, err := d.person(c.Gone)
	if err != nil {
		return err
	}
	reshape := d.daemon.Ledger().MergePeople
	if c.Preview {
		reshape = d.daemon.Ledger().PreviewMerge
	}
	made, err := reshape(d.ctx, d.by, keep.ID, gone.ID)
	if err != nil {
		return err
	}
	return d.tellPeople(made, c.JSON, c.Preview, fmt.Sprintf("%s is one person now.", firstOf(keep.Name(), string(keep.ID))))
}

type personSplitCmd struct {
	Person  string   `arg:"" help:"Who is two people: address, id, employee number or name."`
	Record  []string `arg:"" help:"What is somebody else's: a directory, or a record by id, user name or external id."`
	Preview bool     `help:"Say what would happen, and do nothing."`
	JSON    bool     `name:"json" help:"Print JSON."`
}

// Help implements kong.HelpProvider.
func (personSplitCmd) Help() string {
	return `The records become those of another person: whoever was merged before, where all of them came along then, else somebody new. At each portal the account and the seats go to whose address the portal knows; the other gets theirs by the rules.

Examples:
  usher person split ann@example.com roster --preview
  usher person split ann@example.com x-4711 --reason "two Ann Millers"`
}

// Run implements storeCommand.
func (c *personSplitCmd) Run(d *desk) error {
	p, err := d.person(c.Person)
	if err != nil {
		return err
	}
	image, err := d.daemon.Ledger().PersonImage(d.ctx, p.ID)
	if err != nil {
		return err
	}
	var records []usher.ID
	for _, text := range c.Record {
		found := recordsMeant(image.Records, text)
		if len(found) == 0 {
			return &usher.InvalidError{Attribute: "record", Problem: fmt.Sprintf("%q is none of this person's, which are:%s", text, recordList(image.Records))}
		}
		records = append(records, found...)
	}
	reshape := d.daemon.Ledger().SplitPerson
	if c.Preview {
		reshape = d.daemon.Ledger().PreviewSplit
	}
	made, err := reshape(d.ctx, d.by, p.ID, records...)
	if err != nil {
		return err
	}
	return d.tellPeople(made, c.JSON, c.Preview, fmt.Sprintf("These are two people now: %s and %s.", made.After.Kept.ID, made.After.Other.ID))
}

// recordsMeant are the records that a text means: one by id, user name or external id, else all of a directory.
func recordsMeant(records []usher.RecordImage, text string) (ids []usher.ID) {
	for _, means := range []func(usher.RecordImage) bool{
		func(r usher.RecordImage) bool { return string(r.ID) == text },
		func(r usher.RecordImage) bool {
			return r.ExternalID == text || usher.FoldText(r.UserName) == usher.FoldText(text)
		},
		func(r usher.RecordImage) bool { return r.Directory == text },
	} {
		for _, r := range records {
			if means(r) {
				ids = append(ids, r.ID)
			}
		}
		if len(ids) > 0 {
			return ids
		}
	}
	return nil
}

func recordList(records []usher.RecordImage) string {
	var b strings.Builder
	for _, r := range records {
		b.WriteString("\n  " + recordLine(r))
	}
	return b.String()
}

func recordLine(r usher.RecordImage) string {
	line := fmt.Sprintf("%s: %s (%s), %s, id %s", r.Directory, r.Name, r.UserName, r.Says, r.ID)
	if r.ExternalID != "" {
		line += ", external id " + r.ExternalID
	}
	return line
}

// tellPeople says what became of two people, or would.
func (d *desk) tellPeople(made usher.PeopleChange, asJSON, preview bool, done string) error {
	if asJSON {
		return json.NewEncoder(d.stdout).Encode(made)
	}
	if err := tellChange(d.stdout, made); err != nil {
		return err
	}
	if preview {
		done = "Nothing was done: this is what would be. Without --preview it is."
	}
	d.remark("%s", done)
	return nil
}

func tellChange(w io.Writer, made usher.PeopleChange) error {
	var b strings.Builder
	for _, part := range []struct {
		title string
		pair  usher.PeoplePair
	}{{"BEFORE", made.Before}, {"AFTER", made.After}} {
		b.WriteString(part.title + "\n")
		for _, i := range []usher.PersonImage{part.pair.Kept, part.pair.Other} {
			if i.State != "" {
				tellImage(&b, i)
			}
		}
	}
	for _, n := range made.Notes {
		b.WriteString("* " + n + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tellImage(b *strings.Builder, i usher.PersonImage) {
	fmt.Fprintf(b, "  %s <%s>, %s", i.Name, i.Address, i.State)
	if i.ID != "" {
		fmt.Fprintf(b, ", id %s", i.ID)
	}
	b.WriteString("\n")
	for _, r := range i.Records {
		b.WriteString("    record    " + recordLine(r) + "\n")
	}
	for _, s := range i.Seats {
		fmt.Fprintf(b, "    seat      %s at %s: %s", s.Subscription, s.Portal, s.State)
		if s.Place > 0 {
			fmt.Fprintf(b, ", place %d", s.Place)
		}
		b.WriteString("\n")
	}
	for _, a := range i.Accounts {
		fmt.Fprintf(b, "    account   %s at %s: %s\n", firstOf(a.KnownAs, "not told yet"), a.Portal, a.State)
	}
	for _, list := range []struct {
		label string
		texts []string
	}{{"known by ", i.Identifiers}, {"decision ", i.Decisions}, {"asks for ", i.Requests}, {"signs in ", i.SignIns}, {"role     ", i.Roles}} {
		if len(list.texts) > 0 {
			b.WriteString("    " + list.label + " " + strings.Join(slices.Clone(list.texts), ", ") + "\n")
		}
	}
	if i.Reports > 0 {
		fmt.Fprintf(b, "    reports   %d\n", i.Reports)
	}
}

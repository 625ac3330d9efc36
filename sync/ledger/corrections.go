package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// Correct decides what a portal's column says of one person, whatever the directories say,
// until it is taken back; column is one of the portal's profile, "first name" or "last name",
// in any case. The account is computed again at once. usher.ErrInvalid: no such column, or a
// value that no cell can hold.
func (l *Ledger) Correct(ctx context.Context, by usher.Principal, portal, person usher.ID, column, value string) error {
	return l.write(ctx, by, func(c *change) error {
		k, err := c.correctable(portal, person, column)
		if err != nil {
			return err
		}
		k.Value, k.By, k.Reason, k.CreatedAt = strings.TrimSpace(value), by.Name, by.Reason, c.now()
		if k.Value == "" {
			return &usher.InvalidError{Attribute: "value", Problem: "is empty; clear the correction to have the directories decide again"}
		}
		if err := usher.ValidText(k.Value); err != nil || strings.ContainsAny(k.Value, "\r\n\t") {
			return &usher.InvalidError{Attribute: "value", Problem: "has to be one line of text"}
		}
		if err := c.tx.PutCorrection(ctx, k); err != nil {
			return err
		}
		c.correction(k, usher.EventCorrectionMade, map[string]any{"column": k.Column, "value": k.Value})
		return nil
	})
}

// ClearCorrection has the directories decide again what a column says of a person.
// usher.ErrNotFound: it was not corrected.
func (l *Ledger) ClearCorrection(ctx context.Context, by usher.Principal, portal, person usher.ID, column string) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		// The profile may know the column no longer.
		list, err := c.tx.CorrectionsFor(ctx, portal, person)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(k usher.Correction) bool { return usher.FoldText(k.Column) == usher.FoldText(column) })
		if i < 0 {
			return fmt.Errorf("correction of %s: %w", column, usher.ErrNotFound)
		}
		if err := c.tx.DropCorrection(ctx, portal, person, list[i].Column); err != nil {
			return err
		}
		c.correction(list[i], usher.EventCorrectionEnded, map[string]any{"column": list[i].Column})
		return nil
	})
}

// correctable is a correction without its value, of a column that the portal has.
func (c *change) correctable(portal, person usher.ID, column string) (usher.Correction, error) {
	k := usher.Correction{Portal: portal, Person: person}
	if _, err := c.tx.LockPersons(c.ctx, person); err != nil {
		return k, err
	}
	p, err := c.tx.Portal(c.ctx, portal)
	if err != nil {
		return k, err
	}
	if !p.Profile.Whole {
		return k, &usher.InvalidError{Attribute: "portal", Problem: "takes no files: what it is told is mended in the directory"}
	}
	columns := []string{plan.FirstName, plan.LastName}
	for _, known := range p.Profile.Columns {
		columns = append(columns, known.Name)
	}
	i := slices.IndexFunc(columns, func(name string) bool { return usher.FoldText(name) == usher.FoldText(column) })
	if i < 0 {
		return k, &usher.InvalidError{Attribute: "column", Problem: fmt.Sprintf("is none that usher fills at portal %s; these are %s", p.Name, strings.Join(columns, ", "))}
	}
	k.Column = columns[i]
	return k, nil
}

// correction records what was done about a correction and has the account computed again, if
// there is one.
func (c *change) correction(k usher.Correction, kind usher.EventKind, what map[string]any) {
	c.record(usher.Event{Kind: kind, Subject: "person", SubjectID: k.Person, Person: k.Person, Portal: k.Portal, After: payload(what)})
	c.touchAccounts(k.Person)
}

// FixAtSource is a correction as whoever mends the source wants to see it.
type FixAtSource struct {
	usher.Correction
	Address string // of the person
	// Source is what the directories say: the attribute as it is, or the name.
	Source string
	// Stale says that nothing is left to correct: the directories say the same by now.
	Stale bool
}

// Corrections are those at a portal, the oldest first.
func (l *Ledger) Corrections(ctx context.Context, portal usher.ID) ([]FixAtSource, error) {
	var list []FixAtSource
	err := l.store.Read(ctx, func(tx *store.Tx) error {
		list = nil
		p, err := tx.Portal(ctx, portal)
		if err != nil {
			return err
		}
		corrections, err := tx.Corrections(ctx, portal)
		if err != nil {
			return err
		}
		for _, k := range corrections {
			person, err := tx.Person(ctx, k.Person)
			if errors.Is(err, usher.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, fixAtSource(p, person, k))
		}
		return nil
	})
	return list, err
}

func fixAtSource(p usher.Portal, person usher.Person, k usher.Correction) FixAtSource {
	fix := FixAtSource{Correction: k, Address: person.Address}
	value := ""
	switch k.Column {
	case plan.FirstName:
		fix.Source = person.Attributes.GivenName
		value = fix.Source
	case plan.LastName:
		fix.Source = person.Attributes.FamilyName
		value = fix.Source
	default:
		for _, cell := range plan.Cells(p.Profile.Columns, person, nil) {
			if cell.Column == k.Column {
				fix.Source, value = cell.Source, cell.Value
			}
		}
	}
	fix.Stale = value == k.Value
	return fix
}

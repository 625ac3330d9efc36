package main

import (
	"errors"
	"fmt"

	"usher/internal/usher"
)

// showVisits says what is on its way to a portal that takes files, and when more follows;
// nothing of any other.
func (d *desk) showVisits(p usher.Portal) error {
	switch folder, trouble := d.daemon.ExportFolder(p.Name); {
	case trouble != "":
		fmt.Fprintf(d.stdout, "Exports are taken by themselves from nowhere: %s. usher has to be able to read it.\n", trouble)
	case folder != "":
		fmt.Fprintf(d.stdout, "Exports are taken by themselves from %s.\n", folder)
	}
	look := d.daemon.Store().Look()
	open, err := look.OpenVisits(d.ctx, p.ID)
	if err != nil {
		return err
	}
	for _, v := range open {
		state := "not done yet"
		if v.DoneAt != 0 {
			state = fmt.Sprintf("carried there %s UTC, says %s", stamp(v.DoneAt), v.DoneBy)
		}
		fmt.Fprintf(d.stdout, "Visit %d is open since %s UTC: %s.\n", v.Number, stamp(v.OpenedAt), state)
	}
	if len(open) > 0 {
		rows, err := look.CountAwaiting(d.ctx, p.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(d.stdout, "Rows that wait for somebody to confirm them: %d.\n", rows)
	}
	return d.showNextVisit(p)
}

// showNextVisit says when what is collected is carried to the portal, as the engine goes by it: of a
// hard pool not before the visit that is open was carried there, and nobody is told anew before the
// rows about them are settled.
func (d *desk) showNextVisit(p usher.Portal) error {
	h, err := d.daemon.Handing(p.Name)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	look := d.daemon.Store().Look()
	due, err := look.DueAccounts(d.ctx, p.ID, 1)
	if err != nil {
		return err
	}
	tell, carrying := due, []usher.Visit(nil)
	if p.Hard {
		if tell, err = look.SettledDueAccounts(d.ctx, p.ID, 1); err != nil {
			return err
		}
		if carrying, err = look.VisitsToCarry(d.ctx, p.ID); err != nil {
			return err
		}
	}
	since := look.Now()
	if len(tell) > 0 {
		since = tell[0].NextTryAt
	}
	next := h.NextVisit(since)
	switch {
	case !p.Live:
	case len(due) > 0 && len(tell) == 0:
		fmt.Fprintln(d.stdout, "What is due waits until the open rows about the same people are confirmed or refused.")
	case len(tell) > 0 && len(carrying) > 0 && next <= look.Now():
		fmt.Fprintf(d.stdout, "The next visit begins when visit %d was carried there: say `usher visit done %s`, or confirm or refuse its rows.\n", carrying[0].Number, p.Name)
	case next == 0:
	case next <= look.Now():
		fmt.Fprintln(d.stdout, "The next visit begins now.")
	default:
		fmt.Fprintf(d.stdout, "The next visit is at %s UTC.\n", stamp(next))
	}
	return nil
}

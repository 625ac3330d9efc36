package main

import (
	"fmt"

	"usher/cmd/usher/daemon"
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

// showNextVisit says when what is collected is carried to the portal.
func (d *desk) showNextVisit(p usher.Portal) error {
	next, err := d.daemon.NextVisit(d.ctx, p)
	if err != nil {
		return err
	}
	switch {
	case next.Awaits == daemon.AwaitsRows:
		fmt.Fprintln(d.stdout, "What is due waits until the open rows about the same people are confirmed or refused.")
	case next.Awaits == daemon.AwaitsCarried:
		fmt.Fprintf(d.stdout, "The next visit begins when visit %d was carried there: say `usher visit done %s`, or confirm or refuse its rows.\n", next.Carrying, p.Name)
	case next.At == 0:
	case next.At <= d.daemon.Store().Now():
		fmt.Fprintln(d.stdout, "The next visit begins now.")
	default:
		fmt.Fprintf(d.stdout, "The next visit is at %s UTC.\n", stamp(next.At))
	}
	return nil
}

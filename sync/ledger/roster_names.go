package ledger

import (
	"encoding/json"
	"errors"
	"fmt"

	"usher/internal/usher"
)

// Rows of a file may swap their user names, or pass them on, and no two live records of a
// directory bear the same. So a change that wants a name which its bearer is about to give up has
// the bearer's change applied ahead of its turn; and while that one is under way, the first record
// has a vacated name, which nobody else can want.
//
// What must stay true: no transaction leaves a live record with a vacated name. By it nobody finds
// the record, and whoever takes the name that its attributes say has it twice. So all changes of
// which one makes way for the other go in one transaction, as many as they are: nobody can stop a
// run between them, or change one of the records.

// afterBearer carries out a change that wants a taken user name once the bearer of the name has
// given it up, where the same plan says that they do. Else the change is stale.
func (c *change) afterBearer(p *usher.Plan, ch usher.Change, after usher.Image, wanted usher.Record) (usher.Record, string, error) {
	bearer, found, err := c.bearerLeaves(*p, ch, wanted)
	if err != nil || !found {
		return wanted, staleTaken, err
	}
	if ch.Record != "" {
		if err := c.tx.VacateName(c.ctx, ch.Record); err != nil {
			return wanted, "", err
		}
	}
	if err := c.applyChange(p, bearer.Change, bearer.after); err != nil {
		return wanted, "", fmt.Errorf("change %d, whose record bears the name: %w", bearer.Seq, err)
	}
	r, stale, err := c.bring(*p, ch, after)
	if err == nil && stale != "" && ch.Record != "" {
		err = c.tx.RestoreName(c.ctx, p.Directory, ch.Record)
	}
	return r, stale, err
}

// bearerLeaves is the change by which the bearer of a user name gives it up; false for none, and
// where it is the key that is taken.
func (c *change) bearerLeaves(p usher.Plan, ch usher.Change, wanted usher.Record) (imaged, bool, error) {
	name := usher.FoldText(wanted.Attributes.UserName)
	bearer, err := c.tx.FindRecord(c.ctx, p.Directory, name, "")
	if errors.Is(err, usher.ErrNotFound) || err == nil && bearer.ID == ch.Record {
		return imaged{}, false, nil
	}
	if err != nil {
		return imaged{}, false, err
	}
	way := imaged{}
	way.Change, err = c.tx.ChangeAhead(c.ctx, p.ID, bearer.ID)
	if errors.Is(err, usher.ErrNotFound) {
		return imaged{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(way.After, &way.after)
	}
	leaves := way.after.Gone || usher.FoldText(way.after.Attributes.UserName) != name
	return way, leaves && way.Version == bearer.Version && !c.begun[way.Seq], err
}

// Package ascender writes the upload of Force Management Ascender: one workbook that invites
// and changes people, in the form that an admin downloaded there, and lists of tasks for what
// no file can say.
//
// Its invariant: a person whom the portal knows is never written under an address that it does
// not know them by, because that would invite them a second time; and no file asks for more
// seats than are free there, because the portal refuses such a file as a whole.
package ascender

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// Options say what is configured for the portal.
type Options struct {
	// Columns are the names of those of the portal's own columns that are filled from
	// attributes, such as Region, Functional Area and custom fields ([usher.Column.Name]).
	Columns []string
	// Subscriptions are the names of the portal's subscriptions by what the portal calls them
	// ([usher.Subscription.Code]): "" or "Ascender" is the seat itself, any other code a
	// methodology. An export can tell who has which of them; without any it tells nothing of seats.
	Subscriptions map[string]string
	// Enterprise says that the company has an enterprise licence agreement: a methodology that
	// somebody consumed is free once they are Inactive, and taken again when they are reactivated.
	// Without one it stays taken.
	Enterprise bool
}

// Ascender is the [connectors.Whole] of the portal. It knows a person by address, so the address
// stands for the portal's id.
type Ascender struct{ options Options }

// New makes the connector.
func New(o Options) *Ascender { return &Ascender{options: o} }

// The files of a visit, in the order in which they are carried.
const (
	freeingName = "tasks-first.csv"
	uploadName  = "upload.xlsx"
	tasksName   = "tasks-after.csv"
)

// Render implements [connectors.Whole]: tasks that free seats, the upload, the other tasks. It
// takes the template that Learn gave the key [TemplateKey]; without one it fails as soon as
// somebody is to be invited or changed by file.
func (a *Ascender) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	form, formErr := formOf(h.Templates)
	v := newVisit(h, form.columns)
	v.decide()
	if len(v.upload) > 0 && formErr != nil {
		return nil, nil, formErr
	}
	var files []connectors.File
	for _, write := range []func() (connectors.File, error){
		func() (connectors.File, error) { return v.tasksFile(freeingName, v.freeing) },
		func() (connectors.File, error) { return v.uploadFile(form) },
		func() (connectors.File, error) { return v.tasksFile(tasksName, v.after) },
	} {
		file, err := write()
		if err != nil {
			return nil, nil, err
		}
		if len(file.Rows) > 0 {
			files = append(files, file)
		}
	}
	return files, v.outcomes(h.Changes), nil
}

// CheckCell implements [connectors.CellChecker]: what no file can hold is held back, whichever
// template there is.
func (a *Ascender) CheckCell(_ []usher.Template, _, text string) error {
	if why := unwritable(text); why != "" {
		return errors.New(why + ": the portal would keep whatever defuses it, so the text is not altered; write it in another way")
	}
	if clean(text) == "" {
		return errors.New("holds nothing that can be seen")
	}
	return nil
}

// CanResend implements [connectors.Resender]: of whoever never came.
func (a *Ascender) CanResend(s usher.Seen) error {
	switch stateOf(&s) {
	case waiting:
		return nil
	case active:
		return errors.New("is Active: whoever has come gets no invitation any more, and sets a new password at the login page")
	case inactive:
		return errors.New("is Inactive: a reactivation sends a mail of its own; give the person a seat")
	}
	return fmt.Errorf("is %q, and an invitation is sent again to whoever is Waiting alone: bring an export with the column User Status", s.Status)
}

// outcomes are in the order of the changes: handed over, refused with what is to be mended, or
// done where nothing is left to be asked for.
func (v *visit) outcomes(changes []usher.AccountChange) []usher.Outcome {
	out := make([]usher.Outcome, len(changes))
	for i, c := range changes {
		p := v.byAccount[c.Account]
		out[i] = usher.Outcome{Result: usher.Awaiting, RemoteID: p.address, Wrote: true}
		if p.refused != "" {
			out[i] = usher.Outcome{Result: usher.Refused, Reason: p.refused, RemoteID: c.RemoteID, NoSeats: p.noSeats}
		} else if p.change.InLine && p.tasks == 0 {
			out[i] = usher.Outcome{Result: usher.Done, RemoteID: c.RemoteID}
		}
	}
	return out
}

// fold makes two spellings of one address equal; what is no address at all equals itself.
func fold(address string) string {
	if key, err := usher.FoldAddress(strings.TrimSpace(address)); err == nil {
		return key
	}
	return strings.ToLower(strings.TrimSpace(address))
}

// value is what values say for a column, whose name is compared as a person reads it.
func value(values map[string]string, column string) string {
	if v, ok := values[column]; ok {
		return v
	}
	found := ""
	for name, v := range values {
		if sameName(name, column) {
			found = max(found, v) // of two that are named alike always the same one
		}
	}
	return found
}

// sortedChanges are the changes by account. Accounts are numbered as they are made, so this is
// the order in which people came, whatever order they are handed over in.
func sortedChanges(changes []usher.AccountChange) []usher.AccountChange {
	out := slices.Clone(changes)
	slices.SortStableFunc(out, func(a, b usher.AccountChange) int { return strings.Compare(string(a.Account), string(b.Account)) })
	return out
}

var (
	_ connectors.Whole         = (*Ascender)(nil)
	_ connectors.Learner       = (*Ascender)(nil)
	_ connectors.CellChecker   = (*Ascender)(nil)
	_ connectors.Resender      = (*Ascender)(nil)
	_ connectors.ExportReader  = (*Ascender)(nil)
	_ connectors.RefusalReader = (*Ascender)(nil)
)

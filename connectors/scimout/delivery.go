package scimout

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// delivery brings one account in line and gathers its outcome.
type delivery struct {
	*Connector
	memo   *memo
	change usher.AccountChange
	out    usher.Outcome
	// shown is what the portal showed last; nil when that is not known.
	shown resource
	// changed says that a write was acknowledged: from then on nothing is "did not work
	// and changed nothing".
	changed bool
	// notes are what an admin should know although all is done.
	notes []string
}

// bring does the work; the error is always a *connectors.Failure.
func (d *delivery) bring(ctx context.Context) error {
	switch d.change.Kind {
	case usher.AccountPerson:
		return d.person(ctx)
	case usher.AccountTeam:
		return d.team(ctx)
	}
	return connectors.Refuse("there is no way to keep a "+string(d.change.Kind)+" at a SCIM portal", "")
}

// endpoint is the path of the resource type.
func (d *delivery) endpoint() string { return endpoint(d.change.Kind) }

// endpoint is the path of a kind's resource type.
func endpoint(kind usher.AccountKind) string {
	if kind == usher.AccountTeam {
		return "/Groups"
	}
	return "/Users"
}

// settle turns what bring came to into the outcome.
func (d *delivery) settle(err error) *connectors.Failure {
	if d.shown != nil {
		seen := d.seen()
		d.out.Seen = &seen
	}
	var f *connectors.Failure
	if !errors.As(err, &f) {
		d.out.Result, d.out.Reason = usher.Done, strings.Join(d.notes, "; ")
		return nil
	}
	d.out.Result, d.out.Reason = f.Result, f.Reason()
	d.out.RetryAfter, d.out.NoSeats = f.Seconds(), f.NoSeats
	if d.changed && f.Result == usher.Retry {
		d.out.Result = usher.Unknown
	}
	return f
}

// seen is shown in the engine's words. What became of active at a portal that does not
// show it is known from its last acknowledgement only.
func (d *delivery) seen() usher.Seen {
	if d.change.Kind == usher.AccountTeam {
		return d.shown.seenGroup()
	}
	seen := d.shown.seenUser()
	if d.shown.at("active") == "" && d.memo.settled(d.shown, d.active()) {
		seen.Active = d.change.Desired.Active
	}
	return seen
}

// show notes what the portal shows.
func (d *delivery) show(r resource) {
	d.shown, d.out.RemoteID = r, r.id()
}

// get reads one account.
func (d *delivery) get(ctx context.Context, id string) (resource, error) {
	a, err := d.do(ctx, request{method: http.MethodGet, path: d.path(id)})
	if err != nil {
		return nil, err
	}
	return a.resource(false, id)
}

// write sends a write and takes note of what that means for the outcome.
func (d *delivery) write(ctx context.Context, r request) (answer, error) {
	a, err := d.do(ctx, r)
	if f, ok := errors.AsType[*connectors.Failure](err); ok {
		if r.method == http.MethodPatch && (f.Status == http.StatusMethodNotAllowed || f.Status == http.StatusNotImplemented) {
			d.noPatch()
			f.Result = usher.Retry // by PUT
		}
		d.out.Wrote = d.out.Wrote || f.Status != 0 || f.Result == usher.Unknown
		if f.Result == usher.Unknown {
			d.shown = nil
		}
		return a, err
	}
	d.out.Wrote, d.changed, d.shown = true, true, nil
	return a, nil
}

// update sends the fields in which the account differs. An answer that does not show all
// that was asked for is not believed before the account was read back.
func (d *delivery) update(ctx context.Context, fields []field) error {
	edits := d.memo.differing(d.shown, fields)
	if len(edits) > 0 {
		id := d.shown.id()
		r, err := d.edit(ctx, d.shown, edits)
		if err != nil {
			return err
		}
		a, err := d.write(ctx, r)
		if err != nil {
			return err
		}
		if err := d.reread(ctx, a, id, edits); err != nil {
			return err
		}
	}
	return d.judge(fields)
}

// reread shows what a write led to: from its answer, or by a reading where the answer
// does not show every edit.
func (d *delivery) reread(ctx context.Context, a answer, id string, edits []field) error {
	if !a.empty() {
		r, err := a.resource(true, id)
		if err != nil {
			return err
		}
		if r.holds(edits) {
			d.show(r)
			return nil
		}
	}
	r, err := d.get(ctx, id)
	if err != nil {
		return err
	}
	d.show(r)
	return nil
}

// judge compares what was acknowledged with what is shown. A portal may spell a value its
// own way or not show it, and is not told again; but whether the account is active decides
// over a seat, and there a portal that shows the opposite is not believed.
func (d *delivery) judge(fields []field) error {
	var other []string
	var doubt *connectors.Failure
	for _, f := range fields {
		shown := d.shown.at(f.path)
		switch {
		case shown == f.want:
		case f.path == "active" && shown != "":
			doubt = &connectors.Failure{Result: usher.Unknown, Cause: "the portal accepted active=" + f.want + " but still shows " + shown}
			if f.want == "false" {
				continue // so it is told again
			}
		case f.path == d.options.ProductsPath && shown != "":
			d.notes = append(d.notes, "the portal gave a lower seat than was asked for: "+connectors.Words(shown)+" instead of "+connectors.Words(f.want))
		case f.path != "active":
			other = append(other, f.wire())
		}
		d.memo.settle(d.shown, f)
	}
	if len(other) > 0 {
		d.notes = append(d.notes, "the portal does not show as sent: "+strings.Join(other, ", "))
	}
	if doubt != nil {
		return doubt
	}
	return nil
}

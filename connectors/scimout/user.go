package scimout

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"path"
	"strconv"

	"usher/connectors"
	"usher/internal/usher"
)

// person brings a person's account in line.
func (d *delivery) person(ctx context.Context) error {
	if err := d.find(ctx); err != nil {
		return err
	}
	if d.shown == nil {
		if !d.change.Desired.Active {
			return nil // nothing to deactivate
		}
		if err := d.create(ctx, userURN, d.fields()); err != nil {
			return err
		}
		if d.options.SignIn {
			d.notes = append(d.notes, "the account is there, and takes its seat at the first sign-in")
		}
	}
	if err := d.update(ctx, d.fields()); err != nil {
		return err
	}
	return d.manager(ctx)
}

// active is the field that decides over the seat.
func (d *delivery) active() field {
	return field{"active", strconv.FormatBool(d.change.Desired.Active)}
}

// fields are what a person's account should hold. A leaver's account is closed and
// otherwise left as it is; names by which an account is known are never emptied.
func (d *delivery) fields() []field {
	want := d.change.Desired
	fields := []field{d.active()}
	if !want.Active {
		return fields
	}
	for _, f := range []field{{"externalId", want.Key}, {"userName", want.UserName}, {"emails", want.Address}} {
		if f.want != "" {
			fields = append(fields, f)
		}
	}
	fields = append(fields,
		field{"displayName", want.DisplayName},
		field{"name.givenName", want.GivenName},
		field{"name.familyName", want.FamilyName},
		field{"title", want.Title},
		field{enterpriseURN + ":department", want.Department})
	return append(fields, d.options.extras(want)...)
}

// create makes the account, or adopts the one that is in its place.
func (d *delivery) create(ctx context.Context, schema string, fields []field) error {
	r := resource{"schemas": []any{schema}}
	for _, f := range fields {
		if f.want != "" {
			r.set(f)
		}
	}
	r.declare()
	a, err := d.write(ctx, request{method: http.MethodPost, path: d.endpoint(), body: r})
	var f *connectors.Failure
	if errors.As(err, &f) && f.Status == http.StatusConflict && !f.NoSeats {
		return d.adopt(ctx, f)
	}
	if err != nil {
		return err
	}
	return d.confirm(ctx, a, fields)
}

// confirm shows what a create made. What the portal spells its own way right away is
// settled with that; that the account is active is not.
func (d *delivery) confirm(ctx context.Context, a answer, fields []field) error {
	if !a.empty() {
		r, err := a.resource(true, "")
		if err != nil {
			return err
		}
		d.show(r)
	} else if location, err := url.Parse(a.header.Get("Location")); err == nil && location.Path != "" {
		d.out.RemoteID = path.Base(location.Path)
	}
	if d.options.Verify || d.shown == nil || !d.shown.holds(fields) {
		d.shown = nil
		if err := d.find(ctx); err != nil {
			return err
		}
	}
	if d.shown == nil && d.options.Verify {
		d.changed = false // nothing was made
		f := connectors.Refuse("the portal said that it made the account and does not hold it: no seat is left", "")
		f.NoSeats = true
		return f
	}
	if d.shown == nil {
		return &connectors.Failure{Result: usher.Unknown, Cause: "the portal said that it made the account, but does not show it"}
	}
	for _, f := range fields {
		if shown := d.shown.at(f.path); shown != f.want && (f.path != "active" || shown == "") {
			d.memo.settle(d.shown, f)
		}
	}
	return nil
}

// adopt takes the account that stands in the way of a create if it is ours or nobody's.
func (d *delivery) adopt(ctx context.Context, conflict *connectors.Failure) error {
	if err := d.find(ctx); err != nil {
		return err
	}
	if d.shown != nil {
		return nil
	}
	if d.change.Kind == usher.AccountPerson {
		if id, err := d.lookup(ctx, byUserName(d.change.Desired)); err == nil && id != "" {
			conflict.Cause += ": the userName belongs to account " + connectors.Words(id) + " there, which is not recognised as this person's"
		}
	}
	return conflict
}

// manager is the second step: a manager that the portal does not take must not cost
// anybody the seat. It is tried again with the next delivery, whatever that is for.
func (d *delivery) manager(ctx context.Context) error {
	want := d.change.Desired
	f := field{managerPath, d.change.ManagerRemoteID}
	if !want.Active || (f.want == "" && want.Manager != "") {
		return nil
	}
	before := d.shown
	err := d.update(ctx, []field{f})
	var refusal *connectors.Failure
	if errors.As(err, &refusal) && refusal.Result == usher.Refused {
		d.show(before)
		d.notes = append(d.notes, "the portal does not take the manager: "+refusal.Reason())
		return nil
	}
	return err
}

package pluralsight

import (
	"context"
	"fmt"

	"usher/connectors"
	"usher/internal/usher"
)

// run carries out an errand for records: a dry run first, and then for real whatever that
// had nothing against. Where the portal objects and does not say to whom, halves are tried,
// one after the other, until it has said so of one alone. The failure is nil, or of the file
// as a whole.
func (d *delivery) run(ctx context.Context, e errand, records []record) *connectors.Failure {
	if len(records) == 0 || ctx.Err() != nil {
		return nil
	}
	a, f := d.post(ctx, e, records, true)
	if f != nil {
		d.settle(records, f)
		return f
	}
	if !a.objects {
		return d.apply(ctx, e, records)
	}
	rest := d.named(e, records, a)
	switch {
	case len(rest) < len(records):
		return d.run(ctx, e, rest)
	case len(records) == 1:
		d.objected(e, records[0], a.words)
		return nil
	}
	half := len(records) / 2
	if f := d.run(ctx, e, records[:half]); f != nil && f.Portal {
		return f
	}
	return d.run(ctx, e, records[half:])
}

// apply sends records for real.
func (d *delivery) apply(ctx context.Context, e errand, records []record) *connectors.Failure {
	if ctx.Err() != nil {
		return nil
	}
	a, f := d.post(ctx, e, records, false)
	if f == nil && !a.objects && d.options.Results != "" {
		a, f = d.results(ctx, e)
	}
	if f != nil {
		d.settle(records, f)
		return f
	}
	if !a.objects {
		d.done(records)
		return nil
	}
	rest := d.named(e, records, a)
	switch {
	case len(rest) < len(records):
		d.done(rest)
	case len(records) == 1:
		d.objected(e, records[0], a.words)
	default:
		f := connectors.Unclear(true, "the portal dropped some of the people it was sent and did not say whom")
		f.Detail = a.words
		d.settle(records, f)
	}
	return nil
}

// results waits for the end of a run and tells what it came to.
func (d *delivery) results(ctx context.Context, e errand) (answer, *connectors.Failure) {
	for {
		a, f := d.outcome(ctx, e)
		switch {
		case f != nil:
			return a, &connectors.Failure{Result: usher.Unknown, Cause: "what the portal took for processing came to is not known: " + f.Cause, Portal: f.Portal, RetryAfter: f.RetryAfter}
		case !a.processing:
			return a, nil
		case d.options.Wait(ctx) != nil:
			return a, connectors.Unclear(true, "the portal was still processing when the time was up")
		}
	}
}

// named settles the records that an answer names, and gives the others.
func (d *delivery) named(e errand, records []record, a answer) []record {
	var rest []record
	for _, r := range records {
		if words := a.about(r); words != "" {
			d.objected(e, r, words)
		} else {
			rest = append(rest, r)
		}
	}
	return rest
}

// objected settles a record that the portal does not take.
func (d *delivery) objected(e errand, r record, words string) {
	if e.leave && d.options.Absent.MatchString(words) {
		d.done([]record{r})
		return
	}
	d.outcomes[r.at] = usher.Outcome{
		Result: usher.Refused, Reason: "Pluralsight does not take the record: " + words, RemoteID: d.changes[r.at].RemoteID,
		NoSeats: !e.leave && d.options.NoSeats != nil && d.options.NoSeats.MatchString(words),
	}
}

// done settles records that the portal took.
func (d *delivery) done(records []record) {
	for _, r := range records {
		seen := r.seen(d.changes[r.at].Desired)
		d.outcomes[r.at] = usher.Outcome{Result: usher.Done, RemoteID: r.id, Seen: &seen, Wrote: true}
	}
}

// settle gives records what a file as a whole came to.
func (d *delivery) settle(records []record, f *connectors.Failure) {
	for _, r := range records {
		d.outcomes[r.at] = usher.Outcome{
			Result: f.Result, Reason: f.Reason(), RemoteID: d.changes[r.at].RemoteID, RetryAfter: f.Seconds(),
			Wrote: f.Result == usher.Unknown,
		}
	}
	if len(records) > 1 && f.Result == usher.Refused {
		for _, r := range records {
			d.outcomes[r.at].Reason += fmt.Sprintf(" (a file of %d people)", len(records))
		}
	}
}

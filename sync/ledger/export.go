package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
	"usher/sync/plan"
)

// ExportFile is a list of a portal's accounts as its connector read it.
type ExportFile struct {
	// Export says Name, SHA256, AsOf and Complete.
	usher.Export

	Seen     []usher.Seen
	Findings []usher.Finding
	// DespiteGuard takes it although more accounts would vanish than the guard lets go. It is recorded.
	DespiteGuard bool
}

// ExportReport is what an export says beside what the ledger has.
type ExportReport struct {
	Export usher.Export
	// Again says that the same bytes were taken before: nothing changed.
	Again     bool
	Matched   int // accounts of people
	Strangers int // accounts of nobody, or second ones of somebody
	Absent    int // accounts that were known and that a complete export does not show
	Confirmed int // rows of batches that it confirms
	Open      int // rows that were carried to the portal before it, and that it does not show
	Pools     []plan.PoolCount
	Drift     []usher.Drift
	Findings  []usher.Finding
}

// TakeExport takes up what a portal shows of its accounts, in transactions of 100 accounts:
// what was last seen of them, the rows of batches that it confirms, what differs. The same bytes
// again change nothing. An interrupted one is taken up again by the same call. The portal need
// not be live; nobody is invited or released by it.
//
// It is refused whole, with words and usher.ErrInvalid or usher.ErrStale, where it is older than
// one that was taken, of the future, or the list of somebody else by what it lacks.
func (l *Ledger) TakeExport(ctx context.Context, by usher.Principal, portal usher.ID, file ExportFile) (ExportReport, error) {
	t, err := l.lookAtExport(ctx, by, portal, file)
	if err != nil || t.report.Again {
		return t.reported(), err
	}
	if err := t.begin(ctx); err != nil {
		return t.reported(), err
	}
	for part := range slices.Chunk(t.order(), exportPart) {
		err := l.write(ctx, by, func(c *change) error { return t.take(c, part) })
		if err != nil {
			return t.reported(), fmt.Errorf("export %s of portal %s: %w", file.Name, t.Portal.Name, err)
		}
		t.count(part)
	}
	return t.reported(), t.end(ctx)
}

// PreviewExport says what TakeExport would find, and changes nothing.
func (l *Ledger) PreviewExport(ctx context.Context, by usher.Principal, portal usher.ID, file ExportFile) (ExportReport, error) {
	t, err := l.lookAtExport(ctx, by, portal, file)
	if err != nil || t.report.Again {
		return t.reported(), err
	}
	for part := range slices.Chunk(t.order(), exportPart) {
		err := l.store.Read(ctx, func(tx *store.Tx) error {
			c := newChange(ctx, l, tx, nil, by)
			return t.compare(c, part)
		})
		if err != nil {
			return t.reported(), err
		}
		t.count(part)
	}
	return t.reported(), nil
}

// exportPart is how many accounts of an export are taken in one transaction.
const exportPart = 100

// taking is an export on its way into the ledger.
type taking struct {
	plan.Shown

	ledger  *Ledger
	by      usher.Principal
	file    ExportFile
	entries []*entry
	people  map[usher.ID]usher.Person
	names   map[usher.ID][]usher.Identifier // of the people whom the export shows
	open    map[usher.ID][]usher.Drift      // that were open before, by account
	counts  *plan.Counting
	report  ExportReport
}

// entry is one account of an export: a row of it, or one that a complete export lacks.
type entry struct {
	match   plan.Match
	seen    *usher.Seen // nil: absent
	account usher.ID    // empty until it is made
	known   bool        // the portal was known to hold it

	standing  plan.Standing
	toldAt    usher.Time // when the portal was last told of what is desired now
	drift     []usher.Drift
	confirmed int
	left      int
	passed    bool // something newer is known of it
	adopted   bool
}

// sameDrift says that two differences of an account are one, from one export to the next.
func sameDrift(a, b usher.Drift) bool { return a.Code == b.Code && a.Subscription == b.Subscription }

// lookAtExport reads what the ledger has and says whose account each row is, or why the export
// is not taken.
func (l *Ledger) lookAtExport(ctx context.Context, by usher.Principal, portal usher.ID, file ExportFile) (*taking, error) {
	t := &taking{ledger: l, by: by, file: file, open: map[usher.ID][]usher.Drift{}}
	t.report.Findings = slices.Clone(file.Findings)
	if file.Complete && slices.ContainsFunc(file.Findings, func(f usher.Finding) bool { return f.Severity == usher.SeverityError }) {
		t.file.Complete = false // somebody is in a row that could not be read
		t.report.Findings = append(t.report.Findings, usher.Finding{Code: "export.incomplete", Severity: usher.SeverityWarning,
			Text: "rows could not be read, so nobody counts as missing; mend them at the portal, or export again"})
	}
	return t, l.store.Read(ctx, func(tx *store.Tx) error {
		if err := t.load(ctx, tx, portal); err != nil || t.report.Again {
			return err
		}
		accounts, err := t.matchAll(ctx, tx)
		if err != nil {
			return err
		}
		return t.guard(ctx, tx, accounts)
	})
}

// load reads the portal and its earlier exports.
func (t *taking) load(ctx context.Context, tx *store.Tx, portal usher.ID) (err error) {
	if t.Portal, err = tx.Portal(ctx, portal); err != nil {
		return err
	}
	subs, err := tx.Subscriptions(ctx)
	if err != nil {
		return err
	}
	t.Subscriptions = slices.DeleteFunc(subs, func(s usher.Subscription) bool { return s.Portal != portal })
	t.Export = t.file.Export
	t.Export.ID, t.Export.Portal, t.Export.TakenBy = tx.NewID(), portal, t.by.Name
	t.Export.Rows, t.Export.TakenAt = len(t.file.Seen), 0
	if err := t.foreign(ctx, tx); err != nil {
		return err
	}
	if err := t.earlier(ctx, tx); err != nil || t.report.Again {
		return err
	}
	t.counts = t.StartCounting()
	drift, err := tx.OpenDrift(ctx, portal)
	for _, d := range drift {
		t.open[d.Account] = append(t.open[d.Account], d)
	}
	return err
}

// foreign refuses a file that usher wrote for the portal: it says what was asked for, and would
// confirm itself.
func (t *taking) foreign(ctx context.Context, tx *store.Tx) error {
	name, err := tx.BatchOfContent(ctx, t.Portal.ID, t.Export.SHA256)
	if errors.Is(err, usher.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return &usher.InvalidError{Attribute: "export", Problem: "this is " + name + ", which usher wrote for portal " + t.Portal.Name +
		": it says what was asked for, not what is there; export the list of accounts at the portal"}
}

// earlier says whether the export was taken before, or is older than another.
func (t *taking) earlier(ctx context.Context, tx *store.Tx) error {
	switch {
	case t.Export.AsOf == 0:
		return &usher.InvalidError{Attribute: "as of", Problem: "say when the portal made the list"}
	case t.Export.AsOf > tx.Now().Add(time.Minute):
		return &usher.InvalidError{Attribute: "as of", Problem: minuteOf(t.Export.AsOf) + " is still to come; say when the portal made the list"}
	}
	same, err := tx.ExportOf(ctx, t.Portal.ID, t.Export.SHA256)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return err
	}
	if err == nil && same.TakenAt != 0 && (same.Complete || !t.Export.Complete) {
		t.report.Again, t.Export = true, same
		return nil
	}
	if err == nil && same.TakenAt == 0 {
		t.Export.ID, t.Export.Number = same.ID, same.Number // it was interrupted
	}
	last, err := tx.Exports(ctx, t.Portal.ID, 1)
	if err != nil || len(last) == 0 || last[0].AsOf <= t.Export.AsOf {
		return err
	}
	return fmt.Errorf("the list is as of %s, and %s of %s was taken already: what it says is past, and nothing was changed: %w",
		minuteOf(t.Export.AsOf), last[0].Name, minuteOf(last[0].AsOf), usher.ErrStale)
}

// minuteOf is an instant for a person.
func minuteOf(at usher.Time) string { return at.Std().Format("2006-01-02 15:04") + " UTC" }

// begin keeps the export, so that differences can name it. One that was begun later takes its place.
func (t *taking) begin(ctx context.Context) error {
	return t.ledger.store.Write(ctx, func(tx *store.Tx) (err error) {
		if t.Export.Number == 0 {
			if t.Export.Number, err = tx.NextNumber(ctx, "export "+string(t.Portal.ID)); err != nil {
				return err
			}
		}
		return tx.PutExport(ctx, t.Export)
	})
}

// end writes what differs in the portal's subscriptions, ends the differences that are no more,
// and notes that the export was taken.
func (t *taking) end(ctx context.Context) error {
	return t.ledger.write(ctx, t.by, func(c *change) error {
		if err := t.newest(c); err != nil {
			return err
		}
		if err := t.show(c, "", t.counts.Drifts()); err != nil {
			return err
		}
		if t.Export.Complete {
			if err := c.tx.EndDriftBefore(ctx, t.Portal.ID, t.Export.ID); err != nil {
				return err
			}
			if err := c.tx.PortalObserved(ctx, t.Portal.ID, t.Export.AsOf); err != nil {
				return err
			}
		}
		t.Export.TakenAt = c.now()
		t.report.Export = t.Export
		why := ""
		if t.file.DespiteGuard {
			why = "despite the guard" + reasonOf(t.by.Reason)
		}
		c.record(usher.Event{Kind: usher.EventExportTaken, Subject: "export", SubjectID: t.Export.ID, Portal: t.Portal.ID, Why: why, After: payload(map[string]any{
			"name": t.Export.Name, "sha256": t.Export.SHA256, "asOf": t.Export.AsOf.RFC3339(), "complete": t.Export.Complete, "rows": t.Export.Rows, "confirmed": t.report.Confirmed,
		})})
		return c.tx.PutExport(ctx, t.Export)
	})
}

// newest refuses to go on where another export of the portal was begun meanwhile.
func (t *taking) newest(c *change) error {
	number, err := c.tx.NewestExport(c.ctx, t.Portal.ID)
	if err == nil && number > t.Export.Number {
		err = fmt.Errorf("another export of portal %s was begun meanwhile; import this one again if it is the newer: %w", t.Portal.Name, usher.ErrStale)
	}
	return err
}

// count adds up what became of some entries.
func (t *taking) count(part []*entry) {
	for _, e := range part {
		t.report.Confirmed += e.confirmed
		t.report.Open += e.left
		t.report.Drift = append(t.report.Drift, e.drift...)
		t.counts.Add(e.standing)
		switch {
		case e.passed:
		case e.seen == nil && !e.known:
		case e.seen == nil:
			t.report.Absent++
		case e.match.Person == "" || e.match.Second:
			t.report.Strangers++
		default:
			t.report.Matched++
		}
	}
}

// reported is the report of what was found so far.
func (t *taking) reported() ExportReport {
	r := t.report
	r.Export = t.Export
	if t.counts == nil {
		return r
	}
	r.Pools = slices.Clone(t.counts.Pools())
	if !t.Export.Complete { // who is not in the list is not among those counted
		for i, s := range t.Subscriptions {
			r.Pools[i].Here = s.Used
		}
	}
	r.Drift = append(slices.Clone(r.Drift), t.counts.Drifts()...)
	return r
}

package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// portalsPage is what pages of portals need beside the ledger: the ways to portals, by the configuration.
type portalsPage struct{ d *Daemon }

func (s portalsPage) named(ctx context.Context, portal string) (usher.Portal, error) {
	return s.d.store.Look().PortalNamed(ctx, portal)
}

// NextVisit implements web.PortalWays.
func (s portalsPage) NextVisit(ctx context.Context, portal string) (words string, at usher.Time, err error) {
	p, err := s.named(ctx, portal)
	if err != nil {
		return "", 0, err
	}
	next, err := s.d.NextVisit(ctx, p)
	switch {
	case err != nil || !p.Profile.Whole:
		return "", 0, err
	case next.Awaits == AwaitsRows:
		return "what is due waits until the open rows about the same people are settled", 0, nil
	case next.Awaits == AwaitsCarried:
		return fmt.Sprintf("the next visit begins when visit %d was carried there", next.Carrying), 0, nil
	case next.At == 0:
		return "", 0, nil
	case next.At <= s.d.store.Now():
		return "the next visit begins now", 0, nil
	}
	return "the next visit is", next.At, nil
}

// PortalFiles implements web.PortalWays.
func (s portalsPage) PortalFiles(ctx context.Context, portal string) (f web.PortalFiles, err error) {
	p, err := s.named(ctx, portal)
	if err != nil {
		return f, err
	}
	c, err := s.d.Connector(portal)
	if err == nil {
		f.Configured, f.Place = true, c.Folder
		_, f.Learns = c.Whole.(connectors.Learner)
	} else if !errors.Is(err, usher.ErrInvalid) {
		return f, err
	}
	if f.Place != "" {
		if h, err := s.d.Handing(portal); err == nil {
			f.Place = h.Place
		}
	}
	f.ExportFolder, f.ExportTrouble = s.d.ExportFolder(portal)
	if f.Templates, err = s.templates(ctx, p); err != nil {
		return f, err
	}
	list, err := s.d.ledger.Corrections(ctx, p.ID)
	for _, k := range list {
		f.Corrections = append(f.Corrections, web.PortalCorrection{Person: k.Person, Address: k.Address, Column: k.Column, Source: k.Source, Value: k.Value,
			Owner: k.By, Reason: k.Reason, Portal: portal, Since: k.CreatedAt, Mended: k.Stale})
	}
	return f, err
}

// templates are those of a portal as its connector fills them now.
func (s portalsPage) templates(ctx context.Context, p usher.Portal) (shown []web.PortalTemplate, err error) {
	templates, err := s.d.store.Look().Templates(ctx, p.ID)
	for _, t := range templates {
		one := web.PortalTemplate{Key: t.Key, Name: t.Name, SHA256: t.SHA256, LearnedAt: t.LearnedAt, LearnedBy: t.LearnedBy}
		learned, err := s.d.LearnTemplate(p.Name, t.Content)
		if err != nil {
			one.Trouble = saidOf(err)
		}
		for _, column := range learned.Columns {
			if slices.Contains(learned.Unfilled, column) {
				one.Empty = append(one.Empty, column)
			} else {
				one.Filled = append(one.Filled, column)
			}
		}
		shown = append(shown, one)
	}
	return shown, err
}

// LearnTemplate implements web.PortalWays.
func (s portalsPage) LearnTemplate(ctx context.Context, by usher.Principal, portal, name string, content []byte) error {
	p, err := s.named(ctx, portal)
	if err != nil {
		return err
	}
	learned, err := s.d.LearnTemplate(portal, content)
	if err != nil {
		return mistakeOf(err)
	}
	sum := sha256.Sum256(content)
	return s.d.ledger.Learn(ctx, by, usher.Template{Portal: p.ID, Key: learned.Key, Name: name, SHA256: hex.EncodeToString(sum[:]), Content: content})
}

// ClearCorrection implements web.PortalWays.
func (s portalsPage) ClearCorrection(ctx context.Context, by usher.Principal, portal string, person usher.ID, column string) error {
	p, err := s.named(ctx, portal)
	if err != nil {
		return err
	}
	return s.d.ledger.ClearCorrection(ctx, by, p.ID, person, column)
}

// RetryRefused implements web.PortalWays.
func (s portalsPage) RetryRefused(ctx context.Context, by usher.Principal, portal string) (int, error) {
	p, err := s.named(ctx, portal)
	if err != nil {
		return 0, err
	}
	return s.d.ledger.RetryRefused(ctx, by, p.ID)
}

// VisitHints implements web.VisitWays.
func (s portalsPage) VisitHints(_ context.Context, portal string) (place string, exports bool, err error) {
	h, err := s.d.Handing(portal)
	if errors.Is(err, usher.ErrNotFound) {
		return "no folder any more", false, nil
	}
	return h.Place, h.Exports, err
}

// ReadRefusals implements web.VisitWays.
func (s portalsPage) ReadRefusals(ctx context.Context, by usher.Principal, batch, _ string, content []byte) (refused, unknown int, err error) {
	b, err := s.d.store.Look().BatchNamed(ctx, batch)
	if err != nil {
		return 0, 0, err
	}
	p, err := s.d.store.Look().Portal(ctx, b.Portal)
	if err != nil {
		return 0, 0, err
	}
	answer, err := s.d.ReadRefusals(ctx, p.Name, content, b)
	if err != nil {
		return 0, 0, mistakeOf(err)
	}
	notes := map[int]string{}
	for _, r := range answer {
		if r.Row < 1 || r.Row > len(b.Rows) {
			unknown++
			continue
		}
		notes[r.Row] = strings.TrimPrefix(notes[r.Row]+"; "+r.Message, "; ")
	}
	refused, err = s.d.ledger.RefuseRows(ctx, by, b, notes)
	return refused, unknown, err
}

// PlanOfLive implements web.GoingLive.
func (s portalsPage) PlanOfLive(ctx context.Context, portal string) (v usher.LiveView, err error) {
	p, err := s.named(ctx, portal)
	if err != nil {
		return v, err
	}
	plan, err := s.d.ledger.PlanLive(ctx, p.ID)
	if err != nil {
		return v, err
	}
	return liveView(plan), nil
}

// shownOfLive is how many people, or accounts, of a plan of going live are named on a page.
const shownOfLive = 300

func liveView(plan ledger.LivePlan) usher.LiveView {
	v := usher.LiveView{ID: plan.ID(), Portal: plan.Portal, Seats: firstOf(plan.Seats, shownOfLive), There: firstOf(plan.There, shownOfLive), Others: firstOf(plan.Others, shownOfLive),
		Unadopted: firstOf(plan.Unadopted, shownOfLive), ThereInAll: len(plan.There), OthersInAll: len(plan.Others), UnadoptedInAll: len(plan.Unadopted), ObservedAt: plan.ObservedAt}
	for _, seat := range plan.Seats {
		if seat.Kind == usher.PlanSeat {
			v.Given++
		} else {
			v.Queued++
		}
	}
	switch plan.Adoption() {
	case ledger.AdoptionUnread:
		v.Unread = true
	case ledger.AdoptionOpen:
		v.Unfinished = true
	}
	return v
}

func firstOf[T any](list []T, n int) []T { return list[:min(n, len(list))] }

// GoLive implements web.GoingLive.
func (s portalsPage) GoLive(ctx context.Context, by usher.Principal, portal, plan string, withoutAdoption bool) error {
	p, err := s.named(ctx, portal)
	if err != nil {
		return err
	}
	return s.d.ledger.ConfirmLive(ctx, by, p.ID, plan, withoutAdoption)
}

// mistakeOf makes a refusal that has words of its own one that a page shows; any other error stays what it is.
func mistakeOf(err error) error {
	if _, is := errors.AsType[*usher.InvalidError](err); is || !errors.Is(err, usher.ErrInvalid) && !errors.Is(err, usher.ErrStale) {
		return err
	}
	return &usher.InvalidError{Problem: saidOf(err)}
}

// saidOf is an error for a person, without the kinds by which programs tell errors apart.
func saidOf(err error) string {
	text := err.Error()
	for _, kind := range []error{usher.ErrStale, usher.ErrInvalid} {
		text = strings.TrimSuffix(strings.TrimPrefix(text, kind.Error()+": "), ": "+kind.Error())
	}
	return text
}

package demo

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/usher"
)

// historyDays is how long the history of the company is.
const historyDays = 90

// The last day in hours before its end: when the nightly roster comes, and when the agency's file was to come.
const (
	nightlyBefore = 4 * time.Hour
	agencyBefore  = 2 * time.Hour
)

// history makes the past of the company on a daemon of its own whose clock is put forward from act to act. Everything
// goes the roads of every day: SCIM over HTTP, files in folders, portals' own exports, and what an admin tells usher.
//
// Its invariant: time passes only while usher is at rest, so that nothing is done on two days at once.
type history struct {
	*daemon.Daemon
	clock    *clock
	today    time.Time // the end of the history
	data     string
	settings settings
	staff    *staff
	portals  *counterparts
	okta     okta
	entra    entra
	report   func(string)

	scim, files []usher.Portal // by how they are reached
	subs        map[string]usher.Subscription
	failing     bool // the academy answers nothing
}

// open opens the daemon of the history on its first day. Whoever calls it serves, which closes the daemon.
func (h *history) open(ctx context.Context, how daemon.Options) (err error) {
	if h.staff, err = newStaff(); err != nil {
		return err
	}
	if how.ConfigFile, err = h.settings.write(h.data); err != nil {
		return err
	}
	h.clock = newClock(h.day(0))
	how.Data, how.Listen, how.Env, how.Clock, how.Zone = h.data, freeListen, h.settings.lookUp, h.clock.now, time.UTC
	h.Daemon, err = daemon.Open(ctx, how)
	return err
}

// know looks up what the configuration has set up.
func (h *history) know(ctx context.Context) error {
	h.subs = map[string]usher.Subscription{}
	all, err := h.look().Portals(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if h.config(p.Name).Kind == "scim" {
			h.scim = append(h.scim, p)
		} else {
			h.files = append(h.files, p)
		}
	}
	subs, err := h.look().Subscriptions(ctx)
	for _, s := range subs {
		h.subs[s.Name] = s
	}
	return err
}

// introduce gives the directories that push their tokens.
func (h *history) introduce(ctx context.Context) error {
	for name, to := range map[string]**directory{byOkta: &h.okta.directory, byEntra: &h.entra.directory} {
		token, err := newToken(ctx, h.Daemon, h.data, name, 2*historyDays*24*time.Hour)
		if err != nil {
			return err
		}
		*to = newDirectory(name, h.SCIMURL(), token)
	}
	return nil
}

func (h *history) config(portal string) (found config.Portal) {
	for _, p := range h.Config().Portals {
		if p.Name == portal {
			found = p
		}
	}
	return found
}

func (h *history) look() *store.Tx { return h.Store().Look() }

// day is when a day of the history begins; historyDays is its end.
func (h *history) day(n float64) time.Time {
	return h.today.Add(time.Duration((n - historyDays) * float64(24*time.Hour)))
}

// act is one dated thing of the history.
type act struct {
	day float64
	do  func(context.Context, *history) error
}

// play makes the history, act after act.
func (h *history) play(ctx context.Context, acts []act) error {
	if err := errors.Join(h.know(ctx), h.introduce(ctx)); err != nil {
		return err
	}
	week := -1
	for i, a := range acts {
		if now := int(a.day) / 7; now != week && h.report != nil {
			week = now
			h.report(fmt.Sprintf("week %d of %d", week+1, historyDays/7+1))
		}
		if err := h.until(ctx, h.day(a.day)); err != nil {
			return fmt.Errorf("act %d, on day %g: %w", i, a.day, err)
		}
		if err := a.do(ctx, h); err != nil {
			return fmt.Errorf("act %d, on day %g: %w", i, a.day, err)
		}
		if err := h.rest(ctx); err != nil {
			return fmt.Errorf("act %d, on day %g: %w", i, a.day, err)
		}
	}
	return nil
}

// until lets time pass. Leases are by the database's clock, which runs as ever, so nobody loses one by it; nor do
// schedules run, which wait until both clocks agree.
func (h *history) until(ctx context.Context, at time.Time) error {
	if !h.clock.now().Before(at) {
		return nil
	}
	h.clock.forward(at)
	if err := h.Ledger().Sweep(ctx); err != nil {
		return err
	}
	return h.rest(ctx)
}

// pass lets some time pass.
func (h *history) pass(ctx context.Context, d time.Duration) error {
	return h.until(ctx, h.clock.now().Add(d))
}

// file is a path in the folder of the history.
func (h *history) file(parts ...string) string {
	return filepath.Join(append([]string{h.data}, parts...)...)
}

package demo

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// studyAtProsci has most of those with a profile there sign in, some of them longer ago.
func (h *history) studyAtProsci() {
	for i, e := range h.staff.all {
		if i%idles != 0 {
			at := h.clock.now().Add(-time.Duration(7*i%120) * time.Hour)
			_ = h.portals.prosci.Login(e.address(), usher.TimeOf(at)) // an error says that they have no profile
		}
	}
}

// learns has those watch something who do, and takes the list of what was done.
func learns(ctx context.Context, h *history) error {
	for i, p := range h.portals.itpro.People() {
		if p.Status != "Active" || i%idles == 0 || !slices.Contains(p.Pools, fakeportal.Subscription) {
			continue
		}
		at := h.clock.now().Add(-time.Duration(5+31*i%150) * time.Hour)
		if err := h.portals.itpro.View(p.Email, "Networking", fmt.Sprintf("Episode %d", 1+i%24), at); err != nil {
			return err
		}
	}
	list, err := h.portals.itpro.Activity(fakeportal.Viewings)
	if err != nil {
		return err
	}
	return h.takeActivity(ctx, "itpro", list)
}

// idles: one of so many with a seat does nothing there.
const idles = 5

func (h *history) takeActivity(ctx context.Context, portal string, list []byte) error {
	last := map[string]usher.Time{}
	_, err := h.ReadActivity(portal, list, func(address string, at usher.Time) error {
		last[address] = max(last[address], at)
		return nil
	})
	if err != nil {
		return err
	}
	p, err := h.look().PortalNamed(ctx, portal)
	if err != nil {
		return err
	}
	var done []ledger.Activity
	for address, at := range last {
		done = append(done, ledger.Activity{Address: address, At: at})
	}
	slices.SortFunc(done, func(a, b ledger.Activity) int { return strings.Compare(a.Address, b.Address) })
	_, _, err = h.Ledger().TakeActivity(ctx, admin("list of viewings"), p.ID, done)
	return err
}

// byHand has the admin of ITPro do things there of which nobody told usher.
func byHand(_ context.Context, h *history) error {
	at := h.clock.now()
	for _, t := range []fakeportal.Task{
		{Action: "Invite", First: "Dónal", Last: "Quirke", Email: "donal.quirke@partner.example", Access: "ITProTV Subscription"},
		{Action: "Invite", First: "Trainer", Last: "Account", Email: "trainer@meridian.example", Access: "ProPortal Admin"},
	} {
		if err := h.portals.itpro.Do(t, at); err != nil {
			return err
		}
	}
	return nil
}

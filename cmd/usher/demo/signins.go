package demo

import (
	"context"
	"crypto/rand"
	"time"

	"usher/internal/usher"
)

// staffConnection is what people sign in over: the demo's identity provider.
const staffConnection = "staff"

// signIns has every so-manyth of those whom the identity providers know sign in, and others another day.
func signIns(every, from int) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		for i, e := range h.staff.all {
			if e.directory != byOkta || e.joins > 0 || e.leaves != 0 || e.left || i%every != from {
				continue
			}
			if err := h.signIn(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}

// signIn begins a session for somebody, as a sign-in over the identity provider does.
func (h *history) signIn(ctx context.Context, e *employee) error {
	now := h.clock.now()
	in := usher.SignedIn{
		Connection: staffConnection, Subject: e.externalID, Address: e.address(), AddressVerified: true,
		GivenName: e.given, FamilyName: e.family, At: usher.TimeOf(now),
	}
	rule := usher.LinkRule{Domains: []string{"meridian.example"}, Trusted: true}
	_, _, err := h.Ledger().SignIn(ctx, in, rule, usher.Session{Hash: rand.Text() + rand.Text(), ExpiresAt: usher.TimeOf(now.Add(8 * time.Hour))})
	return err
}

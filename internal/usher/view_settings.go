package usher

import "time"

// TokenView is a token in a list, never with its secret.
type TokenView struct {
	Credential

	// Directory is the one that it opens; empty for a token of the API, which has a Name and Scopes instead.
	Directory, Name string
	Scopes          []Scope
}

// State is live, expired or revoked.
func (t TokenView) State(now Time) string {
	switch {
	case t.RevokedAt != 0:
		return "revoked"
	case now >= t.ExpiresAt:
		return "expired"
	}
	return "live"
}

// ActiveRevisionView is the active revision: what all processes compute with.
type ActiveRevisionView struct {
	Number     int64
	ActiveFrom Time
	By         string
	// Proposed is the number of the one that waits for somebody to confirm it; zero: none does.
	Proposed      int64
	Subscriptions []SubscriptionView
	ByDepartment  bool
	Groups        []string
	Guards        Guards
}

// SubscriptionView is a subscription as the active revision has it.
type SubscriptionView struct {
	Name, Portal, Code string
	Seats              int
	StartsAt, EndsAt   Time // zero: open; EndsAt is the instant after the last day
	Rule, Priority     string
	Settle, Grace      time.Duration
	OnLeave            OnLeave
	Requestable        bool
}

// AttemptView is a sign-in that was refused, with the name and the address of whom it concerns.
type AttemptView struct {
	Attempt

	Name, Address string
}

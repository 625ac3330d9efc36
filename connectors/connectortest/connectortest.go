// Package connectortest is the suite that every connector passes. A connector's own test
// is one call of [Run] and what is special about its portal.
package connectortest

import (
	"testing"

	"usher/connectors"
	"usher/internal/usher"
)

// Setup is one connector with a portal of its own: either Each with Portal, or Whole.
type Setup struct {
	Each   connectors.Each
	Portal Portal
	// Teams says that the connector keeps teams.
	Teams bool
	// Hides says that the portal does not show all it holds: after a lost answer it has to
	// be told once more.
	Hides bool
	// Blind says that nothing can be read back at the portal: after a lost answer, or the
	// loss of what was known of an account, it has to be told once more.
	Blind bool
	// Keeps tells what the portal holds of what is desired, such as names without accents or
	// no title. Nil is all of it.
	Keeps func(usher.Desired) usher.Desired

	Whole connectors.Whole
	// Templates and Pools are given to Whole.
	Templates []usher.Template
	Pools     []connectors.Pool
	// Adapt makes the suite's changes such as can occur at this portal: with subscriptions
	// that it has, with values for its columns. Nil leaves them as they are.
	Adapt func(*usher.AccountChange)
}

// Portal is the other side as the suite needs it: a real one, or a fake that holds state.
type Portal interface {
	// Writes is how many requests for a change arrived so far.
	Writes() int
	// Accounts is what the portal holds, in any order.
	Accounts(kind usher.AccountKind) []usher.Seen
	// SetSeats limits how many people can be active; 0 means no limit.
	SetSeats(int)
	// LoseAnswers lets the next n writes take effect and loses their answers.
	LoseAnswers(n int)
	// Busy refuses the next n writes without effect and asks to try again later.
	Busy(n int)
}

// Run puts the connector that setup makes through the suite; setup is called for each
// case and gives a fresh portal every time.
func Run(t *testing.T, setup func(*testing.T) Setup) {
	t.Helper()
	s := setup(t)
	switch {
	case s.Each != nil && s.Portal != nil && s.Whole == nil:
		cases := eachCases()
		if s.Teams {
			cases = append(cases, teamCases()...)
		}
		if _, ok := s.Each.(connectors.Reader); ok {
			cases = append(cases, readCases()...)
		}
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) { c.run(newBench(t, setup(t))) })
		}
	case s.Whole != nil && s.Each == nil:
		for _, c := range wholeCases() {
			t.Run(c.name, func(t *testing.T) { c.run(t, setup(t)) })
		}
	default:
		t.Fatal("connectortest: set Each and Portal, or Whole")
	}
}

package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// ExplainedPortal is what a portal should hold for the person, was told and showed.
type ExplainedPortal struct {
	Portal string `json:"portal"`
	Kind   string `json:"kind"`
	Live   bool   `json:"live"`
	// Wanted is what the portal should hold, in words; Standing how far that has come.
	Wanted   string        `json:"wanted"`
	Standing string        `json:"standing,omitempty"`
	Told     []Telling     `json:"told,omitempty"` // newest first
	Seen     *ShownAccount `json:"seen,omitempty"` // nil: never seen, or gone
	SeenAt   time.Time     `json:"seenAt,omitzero"`
	// Notes say what is out of the ordinary: the last admin, values without a counterpart,
	// corrections, seats that are not ours.
	Notes []string `json:"notes,omitempty"`
	// Trouble is why the portal as a whole is left alone for now.
	Trouble string `json:"trouble,omitempty"`
}

// Telling is one call to a portal, or one row of a file handed to it.
type Telling struct {
	At     time.Time `json:"at"`
	What   string    `json:"what,omitempty"`
	Result string    `json:"result"`
}

// ShownAccount is what a portal was seen to hold.
type ShownAccount struct {
	Active        bool     `json:"active"`
	UserName      string   `json:"userName,omitempty"`
	Address       string   `json:"address,omitempty"`
	Department    string   `json:"department,omitempty"`
	Title         string   `json:"title,omitempty"`
	Subscriptions []string `json:"subscriptions,omitempty"`
}

// maxTold is how many calls and rows are shown for each portal.
const maxTold = 5

func (x *explainer) portals(e *Explanation) error {
	portals, err := x.tx.Portals(x.ctx)
	if err != nil {
		return err
	}
	for _, p := range portals {
		if p.RetiredAt != 0 {
			continue
		}
		told, err := x.portal(p)
		if err != nil {
			return fmt.Errorf("portal %s: %w", p.Name, err)
		}
		e.Portals = append(e.Portals, told)
	}
	return nil
}

func (x *explainer) portal(p usher.Portal) (ExplainedPortal, error) {
	told := ExplainedPortal{Portal: p.Name, Kind: p.Kind, Live: p.Live, Wanted: "no account"}
	a, err := x.tx.AccountOf(x.ctx, p.ID, usher.AccountPerson, x.person.ID)
	if errors.Is(err, usher.ErrNotFound) {
		return told, nil
	}
	if err != nil {
		return told, err
	}
	told.Wanted, told.Standing = wantedThere(a), x.standing(p, a)
	told.Seen, told.SeenAt = seenOf(a.Seen), a.SeenAt.Std()
	if p.Failures > 0 {
		told.Trouble = fmt.Sprintf("the portal fails and is left alone until %s: %s", instant(p.PausedUntil.Std()), p.LastError)
	}
	if told.Notes, err = x.notes(p, a); err != nil {
		return told, err
	}
	told.Told, err = x.told(a)
	return told, err
}

func wantedThere(a usher.Account) string {
	switch {
	case a.Desired == nil:
		return "no account"
	case !a.Desired.Active:
		return "no active account"
	}
	what := "an active account of " + a.Desired.UserName
	if subs := a.Desired.Subscriptions; len(subs) > 0 {
		what += " with " + strings.Join(subs, ", ")
	}
	if a.Desired.Admin {
		what += " as an admin"
	}
	return what
}

func reasonOf(lastError string) string {
	if lastError == "" {
		return ""
	}
	return ": " + lastError
}

// told are the last calls and rows about an account, newest first.
func (x *explainer) told(a usher.Account) ([]Telling, error) {
	attempts, err := x.tx.Attempts(x.ctx, a.ID, maxTold)
	if err != nil {
		return nil, err
	}
	rows, err := x.tx.BatchRowsOf(x.ctx, a.ID, maxTold)
	if err != nil {
		return nil, err
	}
	var list []Telling
	for _, t := range attempts {
		result := string(t.Result) + reasonOf(t.Reason)
		if t.EndedAt == 0 {
			result = "no answer yet"
		}
		list = append(list, Telling{At: t.StartedAt.Std(), Result: result})
	}
	for _, r := range rows {
		what := fmt.Sprintf("row %d of %s: %s", r.Row, r.Batch, r.Action)
		list = append(list, Telling{At: r.HandedAt.Std(), What: what, Result: settled(r.BatchRow)})
	}
	slices.SortStableFunc(list, func(a, b Telling) int { return b.At.Compare(a.At) })
	return list[:min(len(list), maxTold)], nil
}

// settled says what became of a row.
func settled(r usher.BatchRow) string {
	switch r.State {
	case usher.RowOpen:
		return "not confirmed yet"
	case usher.RowSuperseded:
		return "superseded by a newer list"
	case usher.RowUnconfirmed:
		return "given up on " + instant(r.SettledAt.Std()) + reasonOf(r.Note)
	}
	return fmt.Sprintf("%s by %s on %s%s", r.State, r.SettledBy, instant(r.SettledAt.Std()), reasonOf(r.Note))
}

func seenOf(s *usher.Seen) *ShownAccount {
	if s == nil {
		return nil
	}
	return &ShownAccount{Active: s.Active, UserName: s.UserName, Address: s.Address, Department: s.Department, Title: s.Title, Subscriptions: s.Subscriptions}
}

// words tell of an account: `active, mara@example.com, Sales`.
func (s *ShownAccount) words() string {
	parts := []string{"not active"}
	if s.Active {
		parts[0] = "active"
	}
	for _, part := range append([]string{s.UserName, s.Address, s.Title, s.Department}, s.Subscriptions...) {
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}

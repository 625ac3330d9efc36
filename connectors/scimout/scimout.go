// Package scimout keeps the accounts of any SCIM 2.0 portal in line.
//
// Its invariant: every write is preceded by a reading of what the portal holds, so that
// nothing is written that is there already, a create that was answered unclearly is found
// again instead of repeated, and no account is touched that carries another system's
// externalId. Accounts are deactivated, never deleted.
package scimout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"

	"usher/connectors"
	"usher/internal/usher"
)

// Doer sends one request; *http.Client is one. Time-outs, the rate limit and the guard
// against inner addresses are its business.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Options describe one portal.
type Options struct {
	// BaseURL is the portal's SCIM base, such as https://portal.example/scim/v2.
	BaseURL string
	// Token is sent as bearer token (RFC 6750); empty when Client signs by itself.
	Token string
	// Client sends the requests.
	Client Doer
	// Match is the attribute by which an existing account is recognised as a person's.
	// Empty means MatchUserName.
	Match Match
	// NoSeatsStatus and NoSeatsPattern say what "no seats left" looks like: a status of
	// the list and a text that matches. Empty means DefaultNoSeatsStatus and
	// DefaultNoSeatsPattern.
	NoSeatsStatus  []int
	NoSeatsPattern *regexp.Regexp
	// Verify reads every new account back, for portals that answer 201 and make nothing when
	// no seat is left: one that is not found then is a refusal for want of seats.
	Verify bool
	// SignIn says that an account takes its seat at the first sign-in and not before.
	SignIn bool
	// Accept is the Accept header. Empty means SCIM's type, and JSON if need be.
	Accept string
	// ProductsPath is the attribute that says what somebody may use, such as userType, or
	// URN:licenseTypes[], where [] marks a list; Products is what a subscription puts there,
	// by its name. A portal that shows less than was asked for gave a lower seat.
	ProductsPath string
	Products     map[string][]string
	// Attributes are texts that every account carries, by path.
	Attributes map[string]string
	// MaxBody is the largest answer that is read, in bytes. Zero means 16 MiB.
	MaxBody int64
}

// Match names the attribute by which an account is recognised.
type Match string

// The attributes that portals match on.
const (
	MatchUserName   Match = "userName"
	MatchExternalID Match = "externalId"
	MatchEmails     Match = "emails"
)

// DefaultNoSeatsPattern matches the wordings seen at portals whose pool is used up.
var DefaultNoSeatsPattern = regexp.MustCompile(`(?i)\b(no|not enough|insufficient|out of|too few|exceed(?:s|ed)?|maximum|limit)\b[^.]{0,30}\b(seat|licen[cs]e)s?\b|` +
	`\b(seat|licen[cs]e)s?\b[^.]{0,40}\b(exhausted|exceeded|reached|used up|limit|full|unavailable)\b`)

// DefaultNoSeatsStatus are the statuses under which portals say so.
func DefaultNoSeatsStatus() []int {
	return []int{
		http.StatusBadRequest, http.StatusPaymentRequired, http.StatusForbidden,
		http.StatusConflict, http.StatusUnprocessableEntity,
	}
}

// Connector is a [connectors.Each] and [connectors.Reader] for one portal.
type Connector struct {
	options Options
	base    string
	people  memo
	teams   memo
	config  config
	// filtersByKey says that the portal once answered a look-up by externalId.
	filtersByKey atomic.Bool
}

// New makes the connector of one portal, or says which option is wrong.
func New(o Options) (*Connector, error) {
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("scimout: BaseURL must be an http or https URL without user and query")
	}
	if o.Client == nil {
		return nil, errors.New("scimout: Client is missing")
	}
	switch o.Match {
	case "":
		o.Match = MatchUserName
	case MatchUserName, MatchExternalID, MatchEmails:
	default:
		return nil, fmt.Errorf("scimout: Match %q is none of userName, externalId, emails", o.Match)
	}
	if o.NoSeatsPattern == nil {
		o.NoSeatsPattern = DefaultNoSeatsPattern
	}
	if len(o.NoSeatsStatus) == 0 {
		o.NoSeatsStatus = DefaultNoSeatsStatus()
	}
	if o.MaxBody <= 0 {
		o.MaxBody = 16 << 20
	}
	o.Accept = cmp.Or(o.Accept, scimType+", application/json;q=0.9")
	if err := o.checkPaths(); err != nil {
		return nil, err
	}
	return &Connector{options: o, base: strings.TrimRight(o.BaseURL, "/")}, nil
}

// Deliver implements [connectors.Each].
func (c *Connector) Deliver(ctx context.Context, changes []usher.AccountChange) ([]usher.Outcome, error) {
	outcomes := make([]usher.Outcome, 0, len(changes))
	for i, change := range changes {
		if ctx.Err() != nil {
			return append(outcomes, notTried(changes[i:], "stopped before its turn", 0)...), nil //nolint:nilerr // the outcomes say it
		}
		d := c.delivery(change)
		f := d.settle(d.bring(ctx))
		outcomes = append(outcomes, d.out)
		if f != nil && f.Portal {
			rest := notTried(changes[i+1:], "the portal as a whole does not work: "+f.Cause, f.Seconds())
			return append(outcomes, rest...), f.Down()
		}
	}
	return outcomes, nil
}

// delivery starts on one change.
func (c *Connector) delivery(change usher.AccountChange) *delivery {
	d := &delivery{Connector: c, memo: &c.people, change: change, out: usher.Outcome{RemoteID: change.RemoteID}}
	if change.Kind == usher.AccountTeam {
		d.memo = &c.teams
	}
	return d
}

// notTried are the outcomes of changes that had no turn.
func notTried(changes []usher.AccountChange, reason string, retryAfter int) []usher.Outcome {
	out := make([]usher.Outcome, len(changes))
	for i, c := range changes {
		out[i] = usher.Outcome{Result: usher.Retry, Reason: reason, RemoteID: c.RemoteID, RetryAfter: retryAfter}
	}
	return out
}

var (
	_ connectors.Each   = (*Connector)(nil)
	_ connectors.Reader = (*Connector)(nil)
)

// Package pluralsight keeps the people of a Pluralsight Skills plan in line over the
// vendor's interface for provisioning and deprovisioning, which takes CSV files.
//
// Its invariant: a file goes for real only after the same file went as a dry run and nothing
// was said against it, and a person's outcome says no more than the portal said: it takes a
// file for processing, and shows what came of it on a page for people. Nothing is read back,
// so what got no answer is told again; that is harmless, because provisioning adds what is
// missing and takes nothing, and a person has the same id in every file.
package pluralsight

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// DefaultURL is where the vendor's interface is.
const DefaultURL = "https://integrations-api.pluralsight.com"

// Doer sends one request; *http.Client is one. Time-outs, the rate limit and the guard
// against inner addresses are its business.
type Doer interface {
	Do(*http.Request) (*http.Response, error)
}

// Options describe one plan.
type Options struct {
	// BaseURL is where the interface is. Empty means DefaultURL.
	BaseURL string
	// User and Token sign in: Basic where User is given, which is "pluralsight" at the
	// vendor's, else Token goes as bearer token.
	User, Token string
	// Client sends the requests.
	Client Doer
	// Products are the ids of the products that a subscription gives, by its name. One that
	// is not named gives a place in the plan without a product.
	Products map[string][]int
	// Batch is how many people go into one file. Zero means 200.
	Batch int

	// The rest is about what the vendor does not publish; it is assumed.

	// NoSeats says in which words a record is refused for want of licences. Nil: in none.
	NoSeats *regexp.Regexp
	// Absent says in which words a record is refused because the person is not in the plan,
	// which for a leaver is as good as removed. Nil means DefaultAbsent.
	Absent *regexp.Regexp
	// Results is the path at which the outcome of the latest run can be asked for, such as
	// /{run}/results, where {run} is provision or deprovision. Empty: nowhere.
	Results string
	// Wait passes the time between two looks at Results. Nil means a second of the clock.
	Wait func(context.Context) error
}

// DefaultAbsent matches how services say that they do not know somebody.
var DefaultAbsent = regexp.MustCompile(`(?i)\b(not found|does ?n[o']t exist|not (?:a member|in|on|part) (?:of )?(?:the|this|your) plan|no such user|unknown user)\b`)

// Connector is a [connectors.Each] for one plan.
type Connector struct {
	options Options
	base    string
}

// New makes the connector of one plan, or says which option is wrong.
func New(o Options) (*Connector, error) {
	if o.BaseURL == "" {
		o.BaseURL = DefaultURL
	}
	u, err := url.Parse(o.BaseURL)
	if err != nil || u.Host == "" || (u.Scheme != "https" && u.Scheme != "http") || u.RawQuery != "" || u.User != nil {
		return nil, errors.New("pluralsight: BaseURL must be an http or https URL without user and query")
	}
	if o.Client == nil {
		return nil, errors.New("pluralsight: Client is missing")
	}
	for name, ids := range o.Products {
		if slices.ContainsFunc(ids, func(id int) bool { return id <= 0 }) {
			return nil, fmt.Errorf("pluralsight: Products of %s: ids are numbers from 1", name)
		}
	}
	if o.Results != "" && !strings.HasPrefix(o.Results, "/") {
		return nil, errors.New("pluralsight: Results must be a path that begins with /")
	}
	if o.Batch <= 0 {
		o.Batch = 200
	}
	if o.Absent == nil {
		o.Absent = DefaultAbsent
	}
	if o.Wait == nil {
		o.Wait = aSecond
	}
	return &Connector{options: o, base: strings.TrimRight(o.BaseURL, "/")}, nil
}

// aSecond passes.
func aSecond(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Second):
		return nil
	}
}

// Deliver implements [connectors.Each]. Whoever leaves goes first, so that what they free is
// there for those who come.
func (c *Connector) Deliver(ctx context.Context, changes []usher.AccountChange) ([]usher.Outcome, error) {
	d := &delivery{Connector: c, changes: changes, outcomes: make([]usher.Outcome, len(changes))}
	errands := d.sort()
	for _, key := range slices.SortedFunc(maps.Keys(errands), leaversFirst) {
		for records := range slices.Chunk(errands[key], c.options.Batch) {
			if f := d.run(ctx, key, records); f != nil && f.Portal {
				return d.finish("the portal as a whole does not work: "+f.Cause, f.Seconds()), f.Down()
			}
		}
	}
	return d.finish("stopped before its turn", 0), nil
}

// finish gives those who had no turn their outcome.
func (d *delivery) finish(reason string, retryAfter int) []usher.Outcome {
	for i := range d.outcomes {
		if d.outcomes[i].Result == "" {
			d.outcomes[i] = usher.Outcome{Result: usher.Retry, Reason: reason, RemoteID: d.changes[i].RemoteID, RetryAfter: retryAfter}
		}
	}
	return d.outcomes
}

var _ connectors.Each = (*Connector)(nil)

package scimout

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"usher/connectors"
	"usher/internal/usher"
)

const (
	// pageSize is how many accounts are asked for at once.
	pageSize = 100
	// maxRounds is how often a list that changes under the reader is read over.
	maxRounds = 4
	// maxAccounts ends the reading of a portal that makes accounts up as it is read.
	maxAccounts = 2_000_000
)

// page is one ListResponse (RFC 7644 3.4.2).
type page struct {
	total     int
	resources []resource
}

// list reads a ListResponse. One without resources is an answer only if it says that
// there are none.
func (a answer) list() (page, error) {
	object, ok := a.object()
	total, err := strconv.Atoi(text(object, "totalResults"))
	_, listed := attribute(object, "Resources").([]any)
	if !ok || (!listed && (err != nil || total != 0)) {
		return page{}, connectors.Unclear(false, "the portal's answer is not the JSON of a list")
	}
	p := page{total: total}
	for _, r := range values(object, "Resources") {
		p.resources = append(p.resources, r)
	}
	return p, nil
}

// Read implements [connectors.Reader]. People and teams come and go while pages are read,
// which moves the others past the reader: a list whose total changed is read over until it
// holds still. A list that shows fewer than it says is no information on who is not there.
func (c *Connector) Read(ctx context.Context, kind usher.AccountKind, each func(usher.Seen) error) error {
	l := &listing{Connector: c, kind: kind, each: each, seen: map[string]bool{}}
	var missing error
	for range maxRounds {
		var err error
		missing, err = l.round(ctx)
		var f *connectors.Failure
		if errors.As(err, &f) && f.Portal {
			return f.Down()
		}
		if err != nil {
			return fmt.Errorf("read %s accounts: %w", kind, err)
		}
		if missing == nil {
			return nil
		}
	}
	return fmt.Errorf("read %s accounts, %d times: %w", kind, maxRounds, missing)
}

// listing is one reading.
type listing struct {
	*Connector
	kind usher.AccountKind
	each func(usher.Seen) error
	seen map[string]bool
}

// round reads the list from its start, and says what shows that it was not all of it.
func (l *listing) round(ctx context.Context) (missing, err error) {
	shown := map[string]bool{}
	first := 0
	for start := 1; ; {
		p, err := l.page(ctx, start)
		if err != nil {
			return nil, err
		}
		if start == 1 {
			first = p.total
		} else if p.total != first {
			missing = errors.New("the portal's list changed while it was read")
		}
		before := len(shown)
		for _, r := range p.resources {
			shown[r.id()] = true
			if err := l.hand(ctx, r); err != nil {
				return nil, err
			}
		}
		start += len(p.resources)
		if len(shown) == before || start > p.total {
			if len(shown) < p.total {
				missing = fmt.Errorf("the portal says it holds %d, and shows %d", p.total, len(shown))
			}
			return missing, nil
		}
	}
}

// page asks for the accounts from start on. The members of groups are read one group at a
// time, as a page of large groups would be too large.
func (l *listing) page(ctx context.Context, start int) (page, error) {
	query := url.Values{"startIndex": {strconv.Itoa(start)}, "count": {strconv.Itoa(pageSize)}}
	if l.kind == usher.AccountTeam {
		query.Set("excludedAttributes", "members")
	}
	a, err := l.do(ctx, request{method: http.MethodGet, path: endpoint(l.kind), query: query})
	if err != nil {
		return page{}, err
	}
	return a.list()
}

// hand gives an account that was not seen yet to the caller.
func (l *listing) hand(ctx context.Context, r resource) error {
	id := r.id()
	if id == "" {
		return connectors.Unclear(false, "the portal's list shows an account without id")
	}
	if l.seen[id] {
		return nil
	}
	if len(l.seen) == maxAccounts {
		return connectors.Refuse("the portal's list does not end", "")
	}
	l.seen[id] = true
	if l.kind == usher.AccountPerson {
		return l.each(r.seenUser())
	}
	group, err := l.delivery(usher.AccountChange{Kind: l.kind}).get(ctx, id)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return l.each(group.seenGroup())
}

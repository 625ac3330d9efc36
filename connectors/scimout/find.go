package scimout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// matcher is one way to recognise an account.
type matcher struct {
	attribute string
	value     string
	// equal checks the portal's answer: some portals ignore a filter that they do not know.
	equal func(resource) bool
	// decides says that the way must work at this portal.
	decides bool
}

// find shows the account of the change, or nothing when the portal holds none.
func (d *delivery) find(ctx context.Context) error {
	if id := d.out.RemoteID; id != "" {
		r, err := d.get(ctx, id)
		if !gone(err) {
			return d.claim(r, err)
		}
		d.out.RemoteID = ""
	}
	for _, m := range d.matchers() {
		id, err := d.lookup(ctx, m)
		if err != nil {
			return err
		}
		if id != "" {
			r, err := d.get(ctx, id)
			if gone(err) {
				err = connectors.Unclear(false, "the account vanished between look-up and reading")
			}
			return d.claim(r, err)
		}
	}
	return nil
}

// gone says whether the portal answered that there is no such account.
func gone(err error) bool {
	var f *connectors.Failure
	return errors.As(err, &f) && (f.Status == http.StatusNotFound || f.Status == http.StatusGone)
}

// claim shows a found account if it may be taken for the change's own: it carries our
// externalId or none.
func (d *delivery) claim(r resource, err error) error {
	if err != nil {
		return err
	}
	if key := text(r, "externalId"); key != "" && key != d.change.Desired.Key {
		return connectors.Refuse("account "+connectors.Words(r.id())+" at the portal belongs to another system", fmt.Sprintf("its externalId is %q", connectors.Words(key)))
	}
	d.show(r)
	return nil
}

// matchers are the ways to find the account, ours first: it survives a rename.
func (d *delivery) matchers() []matcher {
	want := d.change.Desired
	byKey := matcher{attribute: "externalId", value: want.Key, equal: func(r resource) bool { return text(r, "externalId") == want.Key }}
	byName := matcher{
		attribute: "displayName", value: want.DisplayName, decides: true,
		equal: func(r resource) bool { return strings.EqualFold(text(r, "displayName"), want.DisplayName) },
	}
	if d.change.Kind == usher.AccountPerson {
		switch d.options.Match {
		case MatchExternalID:
			byKey.decides = true
			return []matcher{byKey}
		case MatchUserName:
			byName = byUserName(want)
		case MatchEmails:
			byName = byAddress(want)
		}
	}
	if want.Key == "" {
		return []matcher{byName}
	}
	return []matcher{byKey, byName}
}

func byUserName(want usher.Desired) matcher {
	return matcher{
		attribute: "userName", value: want.UserName, decides: true,
		equal: func(r resource) bool { return strings.EqualFold(text(r, "userName"), want.UserName) },
	}
}

func byAddress(want usher.Desired) matcher {
	return matcher{attribute: "emails.value", value: want.Address, decides: true, equal: func(r resource) bool {
		for _, email := range values(r, "emails") {
			if strings.EqualFold(text(email, "value"), want.Address) {
				return true
			}
		}
		return false
	}}
}

// lookup asks for the one account that m recognises; empty when there is none.
func (d *delivery) lookup(ctx context.Context, m matcher) (string, error) {
	if m.value == "" {
		return "", connectors.Refuse("there is nothing to recognise the account by: "+m.attribute+" is empty", "")
	}
	a, err := d.do(ctx, request{method: http.MethodGet, path: d.endpoint(), query: url.Values{"filter": {m.attribute + " eq " + quote(m.value)}}})
	var f *connectors.Failure
	if errors.As(err, &f) && f.Result == usher.Refused && !m.decides {
		if f.Status == http.StatusBadRequest && d.filtersByKey.Load() { // it is there perhaps, under a name that was changed since
			return "", connectors.Unclear(false, "the portal refused to look for the account by "+m.attribute+", which it did before")
		}
		return "", nil // this portal cannot filter by it
	}
	if err != nil {
		return "", err
	}
	found, err := a.list()
	if err != nil {
		return "", err
	}
	if !m.decides {
		d.filtersByKey.Store(true)
	}
	return m.pick(found.resources)
}

// pick is the id of the one account among those found.
func (m matcher) pick(found []resource) (string, error) {
	var ids []string
	for _, r := range found {
		if r.id() != "" && m.equal(r) {
			ids = append(ids, r.id())
		}
	}
	switch {
	case len(ids) == 1:
		return ids[0], nil
	case len(ids) > 1:
		return "", connectors.Refuse("several accounts at the portal have the same "+m.attribute, connectors.Words(strings.Join(ids, ", ")))
	case len(found) > 0 && m.decides:
		return "", connectors.Refuse("the portal does not filter by "+m.attribute+": it answered with other accounts", "")
	}
	return "", nil
}

// quote writes a text as a filter's literal (RFC 7644 3.4.2.2: a JSON string).
func quote(text string) string {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text always can be
	return strings.TrimSuffix(b.String(), "\n")
}

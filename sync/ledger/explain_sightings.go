package ledger

import (
	"fmt"
	"strings"
	"time"

	"usher/internal/usher"
)

// Sighting is a place where an address that is nobody's was seen.
type Sighting struct {
	At time.Time `json:"at"`
	// Where is "directory okta", "portal learning" or "event person.moved".
	Where string `json:"where"`
	What  string `json:"what"`
}

// maxSightings bounds the events in which an address is looked for.
const maxSightings = 10

// sightings are the places where the text was seen, oldest first in each kind.
func (x *explainer) sightings(text string) ([]Sighting, error) {
	var all []Sighting
	for _, place := range []func(string) ([]Sighting, error){x.inRecords, x.atPortals, x.inEvents} {
		found, err := place(text)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// inRecords are the records that bear the address although it finds nobody.
func (x *explainer) inRecords(text string) ([]Sighting, error) {
	records, err := x.tx.RecordsBearing(x.ctx, text)
	if err != nil {
		return nil, err
	}
	var found []Sighting
	for _, r := range records {
		what, err := x.bearer(r)
		if err != nil {
			return nil, err
		}
		found = append(found, Sighting{At: r.ModifiedAt.Std(), Where: "directory " + x.policy.directories[r.Directory].Name, What: what})
	}
	return found, nil
}

func (x *explainer) bearer(r usher.Record) (string, error) {
	says := x.record(r).Says
	what := []string{fmt.Sprintf("%s record %s of nobody", says, r.ID)}
	if r.Person != "" {
		p, err := x.tx.Person(x.ctx, r.Person)
		if err != nil {
			return "", err
		}
		what[0] = fmt.Sprintf("%s record of %s", says, calledWithAddress(nameOf(p)))
	}
	open, err := x.tx.OpenConflictsOf(x.ctx, r.ID, "")
	for _, k := range open {
		what = append(what, fmt.Sprintf("conflict %d (%s): %s", k.Number, k.Kind, k.Detail))
	}
	return strings.Join(what, "; "), err
}

// atPortals are the accounts that portals show under the address.
func (x *explainer) atPortals(text string) ([]Sighting, error) {
	key := sightingKey(text)
	accounts, err := x.tx.AccountsShown(x.ctx, func(s usher.Seen) bool {
		return sightingKey(s.Address) == key || sightingKey(s.UserName) == key
	})
	var found []Sighting
	for _, a := range accounts {
		what := "an account of nobody whom usher knows"
		if a.Subject != "" {
			p, err := x.tx.Person(x.ctx, a.Subject)
			if err != nil {
				return nil, err
			}
			what = "the account of " + calledWithAddress(nameOf(p))
		}
		found = append(found, Sighting{At: a.SeenAt.Std(), Where: "portal " + x.policy.portals[a.Portal].Name, What: what + ": " + seenOf(a.Seen).words()})
	}
	return found, err
}

// sightingKey compares what a portal shows, which need not be an address.
func sightingKey(text string) string {
	if key, err := usher.FoldAddress(text); err == nil {
		return key
	}
	return usher.FoldText(text)
}

// inEvents are the newest events that tell of the address, as it is written or folded.
func (x *explainer) inEvents(text string) ([]Sighting, error) {
	var found []Sighting
	known := map[usher.ID]bool{}
	for _, spelling := range []string{text, sightingKey(text)} {
		events, err := x.tx.EventsSaying(x.ctx, string(payload(spelling)), maxSightings)
		if err != nil {
			return nil, err
		}
		for _, e := range events {
			if told := x.event(e); !known[e.ID] {
				found = append(found, Sighting{At: told.At, Where: "event " + told.Kind, What: told.words()})
			}
			known[e.ID] = true
		}
	}
	return found, nil
}

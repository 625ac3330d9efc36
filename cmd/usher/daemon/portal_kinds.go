package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/connectors/ascender"
	"usher/connectors/proportal"
	"usher/connectors/prosci"
	"usher/internal/config"
	"usher/sync/reconcile"
)

// The portals that take files and have a connector of their own. What they are is in
// docs/portals; what a company has there is in the configuration.

func newProsci(p config.Portal, c *config.Config) (reconcile.Connector, error) {
	portal, err := prosci.New(prosci.Options{
		Subscriptions: codes(p, c), Columns: columnNames(p), Export: p.Exports.Columns,
		NoBOM: !p.Upload.BOM, LF: p.Upload.LF, KeepProfiles: p.KeepProfiles,
	})
	return reconcile.Connector{Whole: portal}, err
}

func newAscender(p config.Portal, c *config.Config) (reconcile.Connector, error) {
	return reconcile.Connector{Whole: ascender.New(ascender.Options{Subscriptions: byCode(p, c), Columns: columnNames(p), Enterprise: p.EnterpriseAgreement})}, nil
}

func newProPortal(p config.Portal, c *config.Config) (reconcile.Connector, error) {
	return reconcile.Connector{Whole: proportal.New(proPortalOptions(p, c))}, nil
}

func newMyACI(p config.Portal, c *config.Config) (reconcile.Connector, error) {
	return reconcile.Connector{Whole: proportal.NewMyACI(proPortalOptions(p, c))}, nil
}

func proPortalOptions(p config.Portal, c *config.Config) proportal.Options {
	e := p.Exports
	return proportal.Options{
		Subscriptions: byCode(p, c), Dates: e.Dates,
		Export: proportal.ExportColumns{
			Email: e.Columns["email"], Status: e.Columns["status"], FirstName: e.Columns["firstName"], LastName: e.Columns["lastName"],
			Access: e.Columns["access"], Licences: e.Columns["licences"], Teams: e.Columns["teams"],
			LastActive: e.Columns["lastActive"], Invited: e.Columns["invited"],
		},
		Activity: proportal.ActivityColumns{Email: e.Activity["email"], At: e.Activity["at"]},
		Words: proportal.Words{
			Active: listed(e.Words["active"]), Pending: listed(e.Words["pending"]), Inactive: listed(e.Words["inactive"]),
			Seat: listed(e.Words["seat"]), Admin: listed(e.Words["admin"]), Both: listed(e.Words["both"]),
		},
	}
}

// codes are what a portal calls its subscriptions, by their names.
func codes(p config.Portal, c *config.Config) map[string]string {
	out := map[string]string{}
	for _, s := range c.Subscriptions {
		if s.Portal == p.Name {
			out[s.Name] = s.Code
		}
	}
	return out
}

// byCode are the names of a portal's subscriptions, by what it calls them.
func byCode(p config.Portal, c *config.Config) map[string]string {
	out := map[string]string{}
	for name, code := range codes(p, c) {
		out[code] = name
	}
	return out
}

func columnNames(p config.Portal) []string {
	var names []string
	for _, c := range p.Columns {
		names = append(names, c.Name)
	}
	return names
}

// listed are words with commas between them.
func listed(text string) []string {
	var words []string
	for word := range strings.SplitSeq(text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// readable says by which keys the lists of a kind can be described.
func readable(kind string) (columns, activity, words []string) {
	switch kind {
	case "prosci":
		return []string{"email", "firstName", "lastName", "access", "lastLogin", "[P410]"}, nil, nil
	case "proportal", "myaci":
		return []string{"email", "status", "firstName", "lastName", "access", "licences", "teams", "lastActive", "invited"},
			[]string{"email", "at"}, []string{"active", "pending", "inactive", "seat", "admin", "both"}
	}
	return nil, nil, nil
}

// checkLists finds keys by which nothing is read of a portal's lists.
func checkLists(p config.Portal) config.Problems {
	var problems config.Problems
	columns, activity, words := readable(p.Kind)
	check := func(key string, given map[string]string, known []string) {
		for _, name := range slices.Sorted(maps.Keys(given)) {
			if slices.Contains(known, name) || p.Kind == "prosci" && strings.HasPrefix(name, "[") {
				continue
			}
			hint := "the lists of a " + p.Kind + " portal are read without it"
			if len(known) > 0 {
				hint = "known: " + strings.Join(known, ", ")
			}
			problems = append(problems, config.Problem{Path: fmt.Sprintf("portals.%s.exports.%s.%s", p.Name, key, name), Message: "names nothing that is read", Hint: hint})
		}
	}
	check("columns", p.Exports.Columns, columns)
	check("activity", p.Exports.Activity, activity)
	check("words", p.Exports.Words, words)
	if p.Exports.Dates != "" && words == nil {
		problems = append(problems, config.Problem{Path: "portals." + p.Name + ".exports.dates", Message: "names nothing that is read", Hint: "the lists of a " + p.Kind + " portal are read without it"})
	}
	return problems
}

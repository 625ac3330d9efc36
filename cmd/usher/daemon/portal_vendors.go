package daemon

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/time/rate"

	"usher/connectors/pluralsight"
	"usher/connectors/scimout"
	"usher/internal/config"
	"usher/internal/outbound"
	"usher/sync/reconcile"
)

// usualRate is how many requests a second a portal gets of which nothing else is known.
const usualRate = 10

// filePeople is how many people go to a portal in one file at most: as many as halves can be
// tried of within one call, should the portal not say whom it objects to.
const filePeople = 50

// newSCIM makes the way to a SCIM portal: its keys, and its vendor's profile where they say
// nothing.
func newSCIM(p config.Portal, _ *config.Config) (reconcile.Connector, error) {
	profile, err := scimout.ProfileNamed(p.Profile)
	if err != nil {
		return reconcile.Connector{}, err
	}
	pattern, err := noSeats(p)
	if err != nil {
		return reconcile.Connector{}, err
	}
	options, err := profile.Fill(scimout.Options{
		BaseURL: p.URL, Token: p.Token.Reveal(), Match: scimout.Match(p.Match),
		NoSeatsStatus: p.NoSeats.Status, NoSeatsPattern: pattern,
		Verify: decided(p.Verify, "always", profile.Verify), SignIn: decided(p.SeatTaken, "sign_in", profile.SignIn),
		ProductsPath: p.ProductAttribute, Products: products(p), Attributes: p.Attributes,
		Client: caller(p, pace(p.Rate, profile)),
	})
	if err != nil {
		return reconcile.Connector{}, err
	}
	portal, err := scimout.New(options)
	return reconcile.Connector{Each: portal, ObserveEvery: p.ObserveEvery}, err
}

// newPluralsight makes the way to a Pluralsight plan. One call is under way at a time: the
// portal works on a file after it answered, and says what the latest came to.
func newPluralsight(p config.Portal, _ *config.Config) (reconcile.Connector, error) {
	pattern, err := noSeats(p)
	if err != nil {
		return reconcile.Connector{}, err
	}
	ids, err := numbers(products(p))
	if err != nil {
		return reconcile.Connector{}, err
	}
	if pattern == nil {
		pattern = scimout.DefaultNoSeatsPattern
	}
	plan, err := pluralsight.New(pluralsight.Options{
		BaseURL: p.URL, User: p.User, Token: p.Token.Reveal(), Products: ids, NoSeats: pattern, Results: p.Results,
		Client: caller(p, pace(p.Rate, scimout.Profile{})),
	})
	return reconcile.Connector{Each: plan, Workers: 1, Batch: filePeople}, err
}

// caller makes the client of a portal.
func caller(p config.Portal, pace *rate.Limiter) *http.Client {
	return outbound.New(outbound.Options{Version: Version(), AllowPrivate: p.AllowPrivate, BodyLimit: 16 << 20, Limiter: pace})
}

// pace is how fast a portal is called: as configured in requests a second, else as its vendor
// says, else as usual.
func pace(configured int, profile scimout.Profile) *rate.Limiter {
	if configured == 0 && profile.PerMinute > 0 {
		return rate.NewLimiter(rate.Limit(float64(profile.PerMinute)/60), max(profile.Burst, 1))
	}
	perSecond := cmp.Or(configured, usualRate)
	return rate.NewLimiter(rate.Limit(perSecond), perSecond)
}

// decided is a key of three words: yes is one of them, and auto leaves it to the profile.
func decided(word, yes string, profile bool) bool {
	return word == yes || profile && (word == "auto" || word == "")
}

// noSeats is the pattern that is configured; nil for none.
func noSeats(p config.Portal) (*regexp.Regexp, error) {
	if p.NoSeats.Pattern == "" {
		return nil, nil
	}
	return regexp.Compile(p.NoSeats.Pattern)
}

// products are the portal's words for what each subscription gives.
func products(p config.Portal) map[string][]string {
	out := map[string][]string{}
	for name, list := range p.Products {
		for word := range strings.SplitSeq(list, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out[name] = append(out[name], word)
			}
		}
	}
	return out
}

// numbers are products that are known by numbers.
func numbers(products map[string][]string) (map[string][]int, error) {
	out := map[string][]int{}
	for name, words := range products {
		for _, word := range words {
			n, err := strconv.Atoi(word)
			if err != nil || n <= 0 {
				return nil, fmt.Errorf("products.%s: products are numbers from 1, with commas between", name)
			}
			out[name] = append(out[name], n)
		}
	}
	return out, nil
}

// CheckPortals finds what is wrong with portals that have an interface, beyond the form of
// the keys.
func CheckPortals(c *config.Config) config.Problems {
	var problems config.Problems
	for _, p := range c.Portals {
		if p.Kind != "scim" && p.Kind != "pluralsight" {
			continue
		}
		fault := func(key, message, hint string) {
			problems = append(problems, config.Problem{Path: "portals." + p.Name + key, Message: message, Hint: hint})
		}
		profile, err := scimout.ProfileNamed(p.Profile)
		switch {
		case err != nil:
			continue // the key itself is at fault
		case p.Profile != "" && p.URL == "" && profile.URL == "":
			fault(".url", "is missing", "take it from the admin page of "+profile.Vendor+": each customer has another one")
			continue
		case p.Teams != nil && *p.Teams && (profile.NoTeams || p.Kind == "pluralsight"):
			fault(".teams", "cannot be: this portal keeps no groups over its interface", "leave it out")
		}
		for name := range p.Products {
			if !sells(c, p.Name, name) {
				fault(".products."+name, "names no subscription of this portal", "the names are those of subscriptions")
			}
		}
		if p.Kind == "scim" && p.URL == "" && p.Profile == "" {
			continue // said already
		}
		if _, err := kinds()[p.Kind](p, c); err != nil {
			fault("", "cannot be used: "+err.Error(), "")
		}
	}
	return problems
}

// sells says whether a subscription is one of a portal.
func sells(c *config.Config, portal, subscription string) bool {
	for _, s := range c.Subscriptions {
		if s.Name == subscription && s.Portal == portal {
			return true
		}
	}
	return false
}

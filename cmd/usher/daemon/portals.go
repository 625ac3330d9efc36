package daemon

import (
	"fmt"
	"regexp"

	"golang.org/x/time/rate"

	"usher/connectors/scimout"
	"usher/connectors/worklist"
	"usher/internal/config"
	"usher/internal/outbound"
)

// connector makes the connector of one portal: a connectors.Each or a connectors.Whole.
type connector func(config.Portal) (any, error)

// kinds are the connectors that there are, by the kind that the configuration names.
func kinds() map[string]connector {
	return map[string]connector{
		"scim":     newSCIM,
		"worklist": func(config.Portal) (any, error) { return worklist.New(worklist.Options{BOM: true, CRLF: true}), nil },
	}
}

func newSCIM(p config.Portal) (any, error) {
	var pattern *regexp.Regexp
	if p.NoSeats.Pattern != "" {
		var err error
		if pattern, err = regexp.Compile(p.NoSeats.Pattern); err != nil {
			return nil, err
		}
	}
	return scimout.New(scimout.Options{
		BaseURL: p.URL, Token: p.Token.Reveal(), Match: scimout.Match(p.Match),
		NoSeatsStatus: p.NoSeats.Status, NoSeatsPattern: pattern,
		Client: outbound.New(outbound.Options{
			Version: Version(), AllowPrivate: p.AllowPrivate, BodyLimit: 16 << 20,
			Limiter: rate.NewLimiter(rate.Limit(p.Rate), max(1, p.Rate)),
		}),
	})
}

// connectorsOf makes the connectors of a configuration, by portal.
func connectorsOf(c *config.Config) (map[string]any, error) {
	made := map[string]any{}
	for _, p := range c.Portals {
		build, ok := kinds()[p.Kind]
		if !ok {
			return nil, fmt.Errorf("portal %s: no connector of kind %q", p.Name, p.Kind)
		}
		var err error
		if made[p.Name], err = build(p); err != nil {
			return nil, fmt.Errorf("portal %s: %w", p.Name, err)
		}
	}
	return made, nil
}

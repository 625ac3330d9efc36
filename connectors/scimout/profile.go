package scimout

import (
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

//go:embed profiles.json
var profilesFile []byte

// Profile is what is known of one vendor's SCIM interface: the values of [Options] that fit
// it. It is data, with what of it the vendor publishes and what is assumed.
type Profile struct {
	Name   string `json:"name"`
	Vendor string `json:"vendor"`
	// URL is the base where it is the same for all customers.
	URL   string `json:"url"`
	Match Match  `json:"match"`
	// PerMinute and Burst are how many requests the vendor takes; 0 where it does not say.
	PerMinute int    `json:"perMinute"`
	Burst     int    `json:"burst"`
	Accept    string `json:"accept"`
	NoSeats   struct {
		Status  []int  `json:"status"`
		Pattern string `json:"pattern"`
	} `json:"noSeats"`
	Verify   bool   `json:"verify"`
	SignIn   bool   `json:"signIn"`
	Products string `json:"products"`
	// NoTeams says that the vendor keeps no groups over SCIM.
	NoTeams bool `json:"noTeams"`
	// Documented and Assumed name the values by where they come from, in words.
	Documented []string `json:"documented"`
	Assumed    []string `json:"assumed"`
}

// Profiles are those that there are.
func Profiles() ([]Profile, error) {
	var out []Profile
	if err := json.Unmarshal(profilesFile, &out); err != nil {
		return nil, fmt.Errorf("scimout: profiles.json: %w", err)
	}
	return out, nil
}

// ProfileNamed is one of them; an empty name is that of the profile that says nothing.
func ProfileNamed(name string) (Profile, error) {
	profiles, err := Profiles()
	if err != nil || name == "" {
		return Profile{}, err
	}
	names := make([]string, len(profiles))
	for i, p := range profiles {
		if p.Name == name {
			return p, nil
		}
		names[i] = p.Name
	}
	return Profile{}, fmt.Errorf("scimout: there is no profile %q; there are %s", name, strings.Join(names, ", "))
}

// Fill gives options what the profile says where they say nothing. Verify and SignIn are the
// caller's to decide, since a no of theirs cannot be told from silence.
func (p Profile) Fill(o Options) (Options, error) {
	o.BaseURL = cmp.Or(o.BaseURL, p.URL)
	o.Match = cmp.Or(o.Match, p.Match)
	o.Accept = cmp.Or(o.Accept, p.Accept)
	o.ProductsPath = cmp.Or(o.ProductsPath, p.Products)
	if len(o.NoSeatsStatus) == 0 {
		o.NoSeatsStatus = p.NoSeats.Status
	}
	if o.NoSeatsPattern == nil && p.NoSeats.Pattern != "" {
		pattern, err := regexp.Compile(p.NoSeats.Pattern)
		if err != nil {
			return o, fmt.Errorf("scimout: profile %s: %w", p.Name, err)
		}
		o.NoSeatsPattern = pattern
	}
	return o, nil
}

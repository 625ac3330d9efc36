package config

import "slices"

func (d *decoder) checkRole(path string, r Role, all *Config) {
	switch {
	case len(r.People) == 0 && len(r.Groups) == 0:
		d.fault(path, "gives its role to nobody", "name people, or a connection and its groups")
	case len(r.Groups) > 0 && r.Connection == "":
		d.fault(path+".groups", "are of no connection", "name the one whose word counts: groups that a directory pushes give no role")
	case len(r.Groups) == 0 && r.Connection != "":
		d.fault(path+".connection", "has no groups", "people have their role over every connection")
	}
	if r.Connection != "" && !slices.ContainsFunc(all.SignIn.Connections, func(c Connection) bool { return c.Name == r.Connection }) {
		d.fault(path+".connection", "names a connection that is not declared", "one of signin.connections")
	}
	if len(r.Subscriptions) > 0 && r.Role != "seat_admin" {
		d.fault(path+".subscriptions", "goes with seat_admin alone", "owners and auditors see all of them")
	}
	for i, name := range r.Subscriptions {
		if !slices.ContainsFunc(all.Subscriptions, func(s Subscription) bool { return s.Name == name }) {
			d.fault(item(path+".subscriptions", i), "names a subscription that is not declared", "one of subscriptions")
		}
	}
	for i, group := range r.Groups {
		if group == "" {
			d.fault(item(path+".groups", i), "is empty", "as the provider writes it; Entra sends ids")
		}
	}
}

package config

import (
	"maps"
	"slices"
	"strings"
)

// check finds what is wrong between keys, once each of them is well formed.
func (d *decoder) check(c *Config) {
	d.checkServer(c)
	d.checkMail(c.Mail)
	d.checkNotifications(c)
	for _, dir := range c.Directories {
		d.checkDirectory(join("directories", dir.Name), dir, c.Directories)
	}
	for _, p := range c.Portals {
		d.checkPortal(join("portals", p.Name), p)
		d.checkHandover(join("portals", p.Name), p, c)
	}
	for _, connection := range c.SignIn.Connections {
		d.checkConnection(join("signin.connections", connection.Name), connection, c)
	}
	d.checkSAMLKey(c.SignIn.SAMLKey)
	for i, role := range c.SignIn.Roles {
		d.checkRole(item("signin.roles", i), role, c)
	}
	for _, s := range c.Subscriptions {
		d.checkSubscription(join("subscriptions", s.Name), s, c.Portals)
	}
}

// fault reports a problem at a path that has none yet.
func (d *decoder) fault(path, message, hint string) {
	if !d.failed[path] {
		d.fail(d.locate(path), path, message, hint)
	}
}

// found takes what further checks found. Where a path or what is below it has a problem already,
// one that only says where it looked follows from that.
func (d *decoder) found(problems Problems) {
	reported := slices.Sorted(maps.Keys(d.failed))
	for _, p := range problems {
		if p.Pos.Line == 0 {
			if slices.ContainsFunc(reported, func(path string) bool { return path == p.Path || strings.HasPrefix(path, p.Path+".") }) {
				continue
			}
			p.Pos = d.locate(p.Path)
		}
		d.problems = append(d.problems, p)
	}
}

// locate gives the place of a path, or of the nearest key above it.
func (d *decoder) locate(path string) Pos {
	for path != "" {
		if pos, found := d.places[path]; found {
			return pos
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return d.pos(1, 1)
}

func (d *decoder) given(path string) bool {
	_, given := d.places[path]
	return given
}

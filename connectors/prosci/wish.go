package prosci

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/usher"
)

// reader turns changes into wishes.
type reader struct {
	*Portal
	shelf map[string]template
	codes map[string]string // by subscription
}

// reader reads what all changes have in common. Pools go before the settings.
func (p *Portal) reader(h connectors.Handover) (reader, error) {
	shelf, err := p.shelf(h.Templates)
	if err != nil {
		return reader{}, err
	}
	r := reader{p, shelf, map[string]string{}}
	maps.Copy(r.codes, p.options.Subscriptions)
	for _, pool := range h.Pools {
		r.codes[pool.Subscription] = pool.Code
	}
	taken := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(r.codes)) {
		code := canonical(r.codes[name])
		if code == "" && len(r.codes) == 1 {
			code = r.onlyTool()
		}
		if other, twice := taken[code]; twice && code != "" {
			return r, fmt.Errorf("subscriptions %q and %q have the same code %s; give each the code of its own tool", other, name, code)
		}
		taken[code], r.codes[name] = name, code
	}
	if _, known := shelf[anyTool]; known && len(r.codes) == 1 {
		r.nameOnlyTool()
	}
	return r, nil
}

// onlyTool is the tool of the only template, for a portal with one subscription.
func (r reader) onlyTool() string {
	for _, t := range r.shelf {
		if len(r.shelf) == 1 && len(t.tools) == 1 {
			return t.tools[0].code
		}
	}
	return ""
}

// nameOnlyTool puts a template that names no tool where the only subscription looks for it.
func (r reader) nameOnlyTool() {
	for _, code := range r.codes {
		if _, better := r.shelf[code]; !better && code != "" {
			t := r.shelf[anyTool]
			t.tools = []tool{{code: code, heading: t.tools[0].heading, at: t.tools[0].at, expires: t.tools[0].expires}}
			r.shelf[code] = t
		}
	}
}

// read says what a change asks for.
func (r reader) read(c usher.AccountChange) *wish {
	w := &wish{change: c}
	if c.Kind == usher.AccountTeam {
		w.refuse("the Prosci Portal keeps no teams; set teams: false for this portal")
		return w
	}
	w.identify()
	if c.Desired.Active && len(c.Desired.Unmapped) > 0 {
		w.refuse("%s", strings.Join(c.Desired.Unmapped, "; "))
	}
	w.checkCells()
	r.move(w)
	r.addTasks(w)
	return w
}

// identify says under which names and address a row goes. Whom the portal knows keeps their
// address there, byte for byte; of a leaver whose names are gone it has them still.
func (w *wish) identify() {
	c := w.change
	var seen usher.Seen
	if c.Seen != nil {
		seen = *c.Seen
	}
	w.person.first = cmp.Or(cleanName(c.Desired.GivenName), cleanName(seen.GivenName))
	w.person.last = cmp.Or(cleanName(c.Desired.FamilyName), cleanName(seen.FamilyName))
	w.person.address = cmp.Or(c.RemoteID, seen.RemoteID)
	if w.known = w.person.address != ""; !w.known {
		w.person.address = cleanAddress(c.Desired.Address)
	}
}

// move finds the files in which a change's tools go.
func (r reader) move(w *wish) {
	moves := r.moves(w)
	if len(moves) == 0 || w.refused != "" {
		return
	}
	codes := make([]string, len(moves))
	for i, m := range moves {
		codes[i] = m.code
	}
	if t, ok := r.shelf[strings.Join(codes, "+")]; ok {
		w.add(t, moves)
	} else if missing := r.missing(codes); len(missing) > 0 {
		w.refuse("no template for %s%s; %s, and hand it over with `usher portal learn`", r.called(codes), alone(codes, missing), download)
	} else {
		for _, m := range moves {
			w.add(r.shelf[m.code], []move{m})
		}
	}
	if w.refused != "" {
		w.parts = nil
	}
}

// missing are the tools that have no template of their own.
func (r reader) missing(codes []string) []string {
	return slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		_, ok := r.shelf[code]
		return ok
	})
}

// alone says which templates would do as well.
func alone(codes, missing []string) string {
	if len(codes) == 1 {
		return ""
	}
	return " together, and none for " + strings.Join(missing, ", ") + " alone"
}

// called names tools as a person ticks them.
func (r reader) called(codes []string) string {
	names := slices.Clone(codes)
	for i, code := range codes {
		for subscription, its := range r.codes {
			if its == code {
				names[i] = fmt.Sprintf("%s [%s]", subscription, code)
			}
		}
	}
	return strings.Join(names, " + ")
}

// moves are the tools that change, by number.
func (r reader) moves(w *wish) []move {
	gives, takes := w.change.Moves()
	byCode := map[string]move{}
	for _, name := range slices.Concat(gives, takes) {
		code, known := r.codes[name]
		switch {
		case !known:
			w.refuse("the portal has no subscription %q; name it under subscriptions in the settings", name)
		case code == "":
			w.refuse("subscription %q has no code; write under it in the settings which tool it is, such as code: P410", name)
		case slices.Contains(gives, name):
			byCode[code] = move{code: code, gives: []string{name}}
		default:
			byCode[code] = move{code: code, takes: []string{name}}
		}
	}
	return slices.SortedFunc(maps.Values(byCode), func(a, b move) int { return byNumber(a.code, b.code) })
}

// add has moves stand in a file, if the columns there can be filled.
func (w *wish) add(t template, moves []move) {
	w.parts = append(w.parts, part{t, moves})
	if !gives(moves) {
		return // nothing but letters beside the name
	}
	for _, name := range slices.Sorted(maps.Keys(w.change.Desired.Values)) {
		value := w.change.Desired.Values[name]
		if value == "" || len(t.columnsOf(name)) == 0 {
			continue
		}
		if why := unwritable(t.dated(name), value); why != "" {
			w.refuse("%s %s; correct it where it comes from, or for this portal", name, why)
		}
	}
}

// gives says that a row gives a tool.
func gives(moves []move) bool {
	return slices.ContainsFunc(moves, func(m move) bool { return len(m.gives) > 0 })
}

// takes says that a row takes a tool away.
func takes(moves []move) bool {
	return slices.ContainsFunc(moves, func(m move) bool { return len(m.gives) == 0 })
}

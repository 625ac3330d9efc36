package proportal

import (
	"cmp"
	"slices"

	"usher/internal/usher"
)

// teamNames are the teams that one call speaks of, by folded name.
type teamNames struct {
	owner   map[string]usher.ID // which account of a team has the name
	renamed map[string]string   // new names by old ones
	ended   map[string]bool
	ours    map[string]bool // every team that usher is known to keep
}

// kept are those that usher keeps there, whether anybody is told of them now or not.
func teamsOf(changes []usher.AccountChange, kept []string) teamNames {
	t := teamNames{map[string]usher.ID{}, map[string]string{}, map[string]bool{}, map[string]bool{}}
	for _, c := range teamsInOrder(changes) {
		name, there := usher.FoldText(clean(c.Desired.DisplayName)), usher.FoldText(clean(thereAs(c)))
		t.ours[name], t.ours[there] = true, true
		switch {
		case !c.Desired.Active:
			t.ended[there] = true
		case t.owner[name] == "":
			t.owner[name] = c.Account
			if there != name {
				t.renamed[there] = clean(c.Desired.DisplayName)
			}
		}
	}
	for _, name := range kept {
		t.ours[usher.FoldText(clean(name))] = true
	}
	for _, c := range changes {
		for _, name := range c.Desired.Teams {
			t.ours[usher.FoldText(clean(name))] = true
		}
	}
	return t
}

// teamsInOrder are the changes of teams, those first that the portal has.
func teamsInOrder(changes []usher.AccountChange) []usher.AccountChange {
	var teams []usher.AccountChange
	for _, c := range changes {
		if c.Kind == usher.AccountTeam {
			teams = append(teams, c)
		}
	}
	slices.SortFunc(teams, func(a, b usher.AccountChange) int {
		switch {
		case made(a) && !made(b):
			return -1
		case made(b) && !made(a):
			return 1
		}
		return cmp.Compare(a.Account, b.Account)
	})
	return teams
}

// made says that the portal has a team.
func made(c usher.AccountChange) bool { return c.Seen != nil && c.Seen.Active }

// thereAs is the name by which the portal has a team.
func thereAs(c usher.AccountChange) string {
	if c.Seen != nil {
		return cmp.Or(c.Seen.DisplayName, c.Seen.RemoteID, c.RemoteID, c.Desired.DisplayName)
	}
	return cmp.Or(c.RemoteID, c.Desired.DisplayName)
}

// teamSteps make, rename or end a team. Who is in it is the people's.
func teamSteps(c usher.AccountChange) []step {
	name, there := clean(c.Desired.DisplayName), clean(thereAs(c))
	switch {
	case !c.Desired.Active && c.Seen != nil && !made(c):
		return nil
	case !c.Desired.Active:
		return []step{{change: c, action: deleteTeam, team: there}}
	case !made(c) && (c.RemoteID != "" || c.ReadBack):
		return []step{{change: c, action: createTeam, team: name, notes: []string{"only if the portal does not list it yet"}}}
	case !made(c):
		return []step{{change: c, action: createTeam, team: name}}
	case !same(name, there):
		return []step{{change: c, action: renameTeam, team: there, notes: []string{"new name " + name}}}
	}
	return nil
}

// wanted are the teams in which a person should be, each once.
func wanted(c usher.AccountChange) []string {
	var names []string
	for _, name := range c.Desired.Teams {
		name = clean(name)
		if name != "" && !slices.ContainsFunc(names, func(other string) bool { return same(name, other) }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// memberships are the steps that put a person into teams and out of them. given is the team
// that an invitation carries. Nobody is taken out of a team that usher does not keep: somebody
// at the portal made it.
func (r *rendering) memberships(c usher.AccountChange, given string) []step {
	var steps []step
	want := wanted(c)
	in := r.seenIn(c)
	if given != "" {
		in = append(in, given)
	}
	for _, name := range want {
		if !slices.ContainsFunc(in, func(other string) bool { return same(name, other) }) {
			steps = append(steps, step{change: c, action: addToTeam, who: whoIs(c), team: name, notes: r.later(c)})
		}
	}
	for _, name := range in {
		key := usher.FoldText(clean(name))
		if r.teams.ours[key] && !r.teams.ended[key] && !slices.ContainsFunc(want, func(other string) bool { return same(name, other) }) {
			steps = append(steps, step{change: c, action: removeFromTeam, who: whoIs(c), team: clean(name)})
		}
	}
	return steps
}

// seenIn are the teams in which the portal shows a person, by the names that these will have.
func (r *rendering) seenIn(c usher.AccountChange) []string {
	if c.Seen == nil {
		return nil
	}
	names := slices.Clone(c.Seen.Teams)
	for i, name := range names {
		names[i] = cmp.Or(r.teams.renamed[usher.FoldText(clean(name))], name)
	}
	return names
}

// later is what a row says that has to wait for the person to come.
func (r *rendering) later(c usher.AccountChange) []string {
	if c.Seen == nil || r.pending(*c.Seen) {
		return []string{onceActive}
	}
	return nil
}

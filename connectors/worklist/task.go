package worklist

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// action is what a row asks for.
type action string

// The actions, in the order of the list.
const (
	release    action = "release"
	endTeam    action = "end team"
	createTeam action = "create team"
	reactivate action = "reactivate"
	invite     action = "invite"
	change     action = "change"
	changeTeam action = "change team"
)

// rank is the action's place in the list.
func (a action) rank() int {
	return slices.Index([]action{release, endTeam, createTeam, reactivate, invite, change, changeTeam}, a)
}

// actionOf tells what a change asks for. What was never seen at the portal is asked for
// from the start, whether an earlier list did so or not.
func actionOf(c usher.AccountChange) action {
	team := c.Kind == usher.AccountTeam
	switch {
	case team && !c.Desired.Active:
		return endTeam
	case team && c.Seen == nil:
		return createTeam
	case team:
		return changeTeam
	case !c.Desired.Active:
		return release
	case c.Seen == nil:
		return invite
	case !c.Seen.Active:
		return reactivate
	}
	return change
}

// task is one row.
type task struct {
	change usher.AccountChange
	action action
	depth  int
}

// cells are the row's cells after its number.
func (t task) cells(names map[string]string) []string {
	d := t.change.Desired
	cells := []string{string(t.action), d.DisplayName, d.Address, t.knownAs(), "", "", "", "", "", "", "", "", t.why()}
	switch {
	case t.change.Kind == usher.AccountTeam:
		cells[11] = join(t.members(names))
	case d.Active:
		copy(cells[4:], []string{d.UserName, d.GivenName, d.FamilyName, d.Title, d.Department,
			t.manager(names), join(d.Subscriptions), join(d.Teams)})
	}
	return cells
}

// knownAs is what the portal knows the account by where that is not what it should be.
func (t task) knownAs() string {
	if id := t.change.RemoteID; id != identity(t.change) {
		return id
	}
	return ""
}

// manager names the manager, as far as known.
func (t task) manager(names map[string]string) string {
	d := t.change.Desired
	switch {
	case t.change.ManagerRemoteID != "":
		return t.change.ManagerRemoteID
	case d.Manager == "":
		return ""
	case names[string(d.Manager)] != "":
		return names[string(d.Manager)]
	}
	return "(not at this portal yet)"
}

// members names a team's members, those too who are invited by the same list.
func (t task) members(names map[string]string) []string {
	out := slices.Clone(t.change.MemberRemoteIDs)
	for _, person := range t.change.Desired.Members {
		out = append(out, names[string(person)])
	}
	slices.Sort(out)
	return slices.Compact(slices.DeleteFunc(out, func(name string) bool { return name == "" }))
}

// text says in words what the row asks for.
func (t task) text() string {
	who := t.change.Desired.DisplayName
	if address := t.change.Desired.Address; address != "" {
		who = strings.TrimSpace(who + " <" + address + ">")
	}
	if who == "" {
		who = t.change.RemoteID
	}
	text := string(t.action) + " " + who
	if names := t.change.Desired.Subscriptions; len(names) > 0 && t.change.Desired.Active {
		text += " for " + strings.Join(names, ", ")
	}
	return text
}

// why says what makes the row necessary.
func (t task) why() string {
	switch t.action {
	case release:
		return "no seat here any more"
	case endTeam:
		return "the team is no more"
	case reactivate:
		return "has a seat again"
	case invite:
		return "has a seat and was not seen here"
	case createTeam:
		return "not seen here"
	}
	if differ := differences(t.change); len(differ) > 0 {
		return "differs here: " + strings.Join(differ, ", ")
	}
	return "to be checked"
}

// differences name what a portal was seen to hold otherwise. What it does not show counts
// as equal.
func differences(c usher.AccountChange) []string {
	want, seen := c.Desired, c.Seen
	var out []string
	for _, f := range []struct{ name, want, seen string }{
		{"address", want.Address, seen.Address},
		{"user name", want.UserName, seen.UserName},
		{"name", want.DisplayName, seen.DisplayName},
		{"given name", want.GivenName, seen.GivenName},
		{"family name", want.FamilyName, seen.FamilyName},
		{"title", want.Title, seen.Title},
		{"department", want.Department, seen.Department},
		{"manager", c.ManagerRemoteID, seen.Manager},
		{"subscriptions", join(want.Subscriptions), join(seen.Subscriptions)},
		{"members", join(slices.Sorted(slices.Values(c.MemberRemoteIDs))), join(slices.Sorted(slices.Values(seen.Members)))},
	} {
		if f.seen != "" && f.seen != f.want {
			out = append(out, f.name)
		}
	}
	return out
}

// known maps the people among the changes, by key (the person's id), to what the portal
// knows or will know them by.
func known(changes []usher.AccountChange) map[string]string {
	out := map[string]string{}
	for _, c := range changes {
		if c.Kind == usher.AccountPerson && c.Desired.Active {
			out[c.Desired.Key] = identity(c)
		}
	}
	return out
}

// join puts names into one cell.
func join(names []string) string { return strings.Join(names, "; ") }

package worklist

import (
	"cmp"
	"maps"
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
	cells := []string{string(t.action), d.DisplayName, d.Address, t.knownAs(), "", "", "", "", "", "", "", "", t.why(names)}
	switch {
	case t.change.Kind == usher.AccountTeam:
		cells[11] = join(t.members(names))
	case d.Active:
		copy(cells[4:], []string{
			d.UserName, d.GivenName, d.FamilyName, d.Title, d.Department,
			t.manager(names), join(d.Subscriptions), join(d.Teams),
		})
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
func (t task) text(names map[string]string) string {
	who := t.change.Desired.DisplayName
	if address := t.change.Desired.Address; address != "" {
		who = strings.TrimSpace(who + " <" + address + ">")
	}
	if who == "" {
		who = t.change.RemoteID
	}
	text := string(t.action) + " " + who
	subscriptions := t.change.Desired.Subscriptions
	switch {
	case t.action == change, t.action == changeTeam:
		return text + " (" + t.differences(names) + ")"
	case len(subscriptions) > 0 && t.change.Desired.Active:
		text += " for " + strings.Join(subscriptions, ", ")
	}
	if t.change.Desired.Admin {
		text += " as an admin"
	}
	return text
}

// why says what makes the row necessary.
func (t task) why(names map[string]string) string {
	switch t.action {
	case release:
		return "no seat here any more"
	case endTeam:
		return "the team is no more"
	case reactivate:
		return t.reason("has a seat again")
	case invite:
		return t.reason("has a seat and was not seen here")
	case createTeam:
		return "not seen here"
	}
	return "differs here (" + t.differences(names) + ")"
}

// reason says beside why what else the account is to be: an admin's, and what the portal's own
// columns say.
func (t task) reason(why string) string {
	d := t.change.Desired
	if d.Admin && len(d.Subscriptions) == 0 {
		why = "administers the portal, without a seat"
	}
	parts := []string{why}
	if d.Admin && len(d.Subscriptions) > 0 {
		parts = append(parts, "administers the portal")
	}
	for _, column := range slices.Sorted(maps.Keys(d.Values)) {
		parts = append(parts, column+": "+d.Values[column])
	}
	return strings.Join(parts, "; ")
}

// admin says whether somebody administers the portal.
func admin(is bool) string {
	if is {
		return "yes"
	}
	return "no"
}

// own are the differences that only some portals have: admins and columns of their own.
func (t task) own() []difference {
	d, seen := t.change.Desired, t.change.Seen
	var list []difference
	switch {
	case seen.Admin != nil:
		list = append(list, difference{"admin", admin(d.Admin), admin(*seen.Admin)})
	case d.Admin:
		list = append(list, difference{"admin", admin(true), ""})
	}
	for _, column := range slices.Sorted(maps.Keys(d.Values)) {
		list = append(list, difference{column, d.Values[column], seen.Values[column]})
	}
	return list
}

// difference is what should be there and what was seen; empty where nothing was.
type difference struct{ name, want, seen string }

// differences say what should be there, such as "title: Lead", where the portal was seen to
// hold something else; where it was not, what it was not seen to hold: a person who confirms
// a row says nothing of the manager.
func (t task) differences(names map[string]string) string {
	want, seen := t.change.Desired, t.change.Seen
	var other, unseen []string
	for _, f := range append([]difference{
		{"address", want.Address, seen.Address},
		{"user name", want.UserName, seen.UserName},
		{"name", want.DisplayName, seen.DisplayName},
		{"given name", want.GivenName, seen.GivenName},
		{"family name", want.FamilyName, seen.FamilyName},
		{"title", want.Title, seen.Title},
		{"department", want.Department, seen.Department},
		{"manager", t.manager(names), seen.Manager},
		{"subscriptions", join(want.Subscriptions), join(seen.Subscriptions)},
		{"members", join(t.members(names)), join(slices.Sorted(slices.Values(seen.Members)))},
	}, t.own()...) {
		switch {
		case f.want == f.seen:
		case f.seen != "":
			other = append(other, f.name+": "+cmp.Or(f.want, "none"))
		default:
			unseen = append(unseen, f.name+": "+f.want)
		}
	}
	if len(other) == 0 {
		other = unseen
	}
	return cmp.Or(strings.Join(other, "; "), "nothing that is known; to be checked")
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

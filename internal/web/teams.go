package web

import (
	"context"
	"net/url"
	"slices"

	"usher/internal/usher"
)

// Teams are the teams and their people.
type Teams interface {
	// Teams lists them by name after one of them, TeamPeople lists the people of one by their manager. next is the place after the
	// part that is given; nil: there is no more.
	Teams(ctx context.Context, after usher.TeamMark, limit int) (list []usher.TeamRow, next *usher.TeamMark, err error)
	Team(ctx context.Context, id usher.ID) (usher.TeamRow, error)
	TeamPeople(ctx context.Context, team usher.ID, after usher.TeamMark, limit int) (list []usher.TeamPerson, next *usher.TeamMark, err error)
}

var teamRoutes = []Route{
	{Method: "GET", Path: "/teams", Access: usher.AccessReaders, serve: listTeams},
	{Method: "GET", Path: "/teams/{id}", Access: usher.AccessReaders, serve: showTeam},
}

// teamPart is how many teams, or people of one, a page lists.
const teamPart = 50

func listTeams(v *visit) error {
	after, err := v.teamMark()
	if err != nil {
		return err
	}
	list, next, err := v.o.Teams.Teams(v.r.Context(), after, teamPart)
	if err != nil {
		return err
	}
	for i := range list {
		list[i].Seats = v.readableSeats(list[i].Seats)
	}
	return v.show("teams", struct {
		Teams []usher.TeamRow
		Next  string
		First bool
	}{list, nextOf(next), after == usher.TeamMark{}})
}

// readableSeats are those of a team's seats that the visitor may see. The list may be shared: it stays as it is.
func (v *visit) readableSeats(seats []usher.TeamSeats) []usher.TeamSeats {
	return slices.DeleteFunc(slices.Clone(seats), func(s usher.TeamSeats) bool { return !v.By.Rights.MayRead(s.Subscription) })
}

// teamMark is the place in a list that the address names.
func (v *visit) teamMark() (usher.TeamMark, error) {
	q := v.r.URL.Query()
	if !wellFormed(q) {
		return usher.TeamMark{}, usher.ErrNotFound
	}
	return usher.TeamMark{Manager: q.Get("manager"), ManagerID: usher.ID(q.Get("of")), Name: q.Get("name"), ID: usher.ID(q.Get("id"))}, nil
}

// nextOf is a place in a list for an address, as teamMark reads it; empty for none.
func nextOf(m *usher.TeamMark) string {
	if m == nil {
		return ""
	}
	q := url.Values{"name": {m.Name}, "id": {string(m.ID)}}
	if m.Manager != "" || m.ManagerID != "" {
		q.Set("manager", m.Manager)
		q.Set("of", string(m.ManagerID))
	}
	return "?" + q.Encode()
}

// reportsOf are people of a team who have the same manager.
type reportsOf struct {
	Manager usher.PersonName // empty: nobody is known
	People  []usher.TeamPerson
}

func showTeam(v *visit) error {
	team, err := v.o.Teams.Team(v.r.Context(), usher.ID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	after, err := v.teamMark()
	if err != nil {
		return err
	}
	people, next, err := v.o.Teams.TeamPeople(v.r.Context(), team.ID, after, teamPart)
	if err != nil {
		return err
	}
	team.Seats = v.readableSeats(team.Seats)
	return v.showTitled("team", team.Name, struct {
		usher.TeamRow

		Groups []reportsOf
		Next   string
		First  bool
	}{team, v.byManager(people), nextOf(next), after == usher.TeamMark{}})
}

// byManager groups people who come in the order of their managers, with the seats that the visitor may see.
func (v *visit) byManager(people []usher.TeamPerson) (groups []reportsOf) {
	for _, p := range people {
		p.Seats = slices.DeleteFunc(p.Seats, func(s usher.NamedSeat) bool { return !v.By.Rights.MayRead(s.Subscription) })
		if last := len(groups) - 1; last >= 0 && groups[last].Manager == p.Manager {
			groups[last].People = append(groups[last].People, p)
			continue
		}
		groups = append(groups, reportsOf{p.Manager, []usher.TeamPerson{p}})
	}
	return groups
}

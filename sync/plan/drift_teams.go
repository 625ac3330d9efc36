package plan

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// teams tells in which of usher's teams a person is not, and in which they should not be: one that
// somebody made at the portal is nobody's business here. Whoever has not come yet can be in none.
func (d *drifting) teams() (words []string) {
	if d.Seen.Teams == nil || !d.Portal.Teams {
		return nil
	}
	missing := slices.DeleteFunc(set(d.Desired.Teams), func(name string) bool { return inTeam(d.Seen.Teams, name) || !inTeam(d.Teams, name) })
	if len(missing) > 0 && !Awaited(*d.Seen) {
		words = append(words, "is not in "+strings.Join(missing, ", "))
	}
	wrong := slices.DeleteFunc(set(d.Seen.Teams), func(name string) bool { return inTeam(d.Desired.Teams, name) || !inTeam(d.Teams, name) })
	if len(wrong) > 0 {
		words = append(words, "is in "+strings.Join(wrong, ", ")+", and should not be")
	}
	return words
}

// InTeams says that a portal which shows teams shows all of those.
func InTeams(s usher.Seen, teams []string) bool {
	return s.Teams == nil || !slices.ContainsFunc(teams, func(name string) bool { return !inTeam(s.Teams, name) })
}

func inTeam(list []string, name string) bool {
	return slices.ContainsFunc(list, func(other string) bool { return usher.FoldText(spell(other)) == usher.FoldText(spell(name)) })
}

// Awaited says that the portal waits for somebody whom it invited.
func Awaited(s usher.Seen) bool {
	return slices.Contains([]string{"waiting", "pending", "invited", "pending transfer"}, usher.FoldText(strings.TrimSpace(s.Status)))
}

package plan

import (
	"cmp"
	"slices"
	"strings"

	"usher/internal/usher"
)

// The sources of teams, as in usher.Team.Source.
const (
	TeamOfDepartment = "department"
	TeamOfGroup      = "group"
)

// Teams are the teams that a person belongs to: one for the department, then one for each pushed group whose display
// name matches a pattern, by name. Patterns are globs (* any text, ? one character) in which case does not count. The
// teams carry no ID; (Source, Key) is what makes them the same team, so two spellings of a department are one team.
func Teams(byDepartment bool, groupPatterns []string, a usher.Attributes, groups []usher.GroupRef) []usher.Team {
	var teams []usher.Team
	for _, g := range groups {
		if matchesAny(groupPatterns, g.DisplayName) {
			teams = append(teams, usher.Team{Name: g.DisplayName, Source: TeamOfGroup, Key: string(g.ID)})
		}
	}
	slices.SortFunc(teams, func(a, b usher.Team) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Key, b.Key)) })
	teams = slices.Compact(teams)
	if name := strings.TrimSpace(a.Department); byDepartment && name != "" {
		department := usher.Team{Name: name, Source: TeamOfDepartment, Key: usher.FoldText(name)}
		teams = slices.Insert(teams, 0, department)
	}
	return teams
}

func matchesAny(patterns []string, name string) bool {
	key := []rune(usher.FoldText(name))
	return slices.ContainsFunc(patterns, func(p string) bool { return glob([]rune(usher.FoldText(p)), key) })
}

// glob matches in time len(pattern) x len(text) at worst: on a mismatch only the last star takes one more character,
// because an earlier one can gain nothing.
func glob(pattern, text []rune) bool {
	p, t := 0, 0
	star, mark := -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, mark = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			mark++
			p, t = star+1, mark
		default:
			return false
		}
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

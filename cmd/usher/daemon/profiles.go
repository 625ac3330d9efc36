package daemon

import (
	"maps"
	"slices"
	"strconv"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/plan"
)

// nature is how the portals of a kind work, where the configuration does not say.
type nature struct {
	hard, teams, adminSeats bool
	// whole says that the portal takes files or a person's work.
	whole bool
	// exports says that its own lists tell what became of a file.
	exports bool
}

// natures are those of the kinds that the configuration knows.
func natures() map[string]nature {
	return map[string]nature{
		"scim":        {hard: true},
		"pluralsight": {hard: true},
		"worklist":    {hard: true, whole: true},
		"prosci":      {whole: true, exports: true},
		"ascender":    {hard: true, adminSeats: true, whole: true, exports: true},
		"proportal":   {hard: true, teams: true, whole: true, exports: true},
		"myaci":       {hard: true, whole: true, exports: true},
	}
}

// portalOf is a portal as configured.
func portalOf(p config.Portal) usher.Portal {
	kind := natures()[p.Kind]
	made := usher.Portal{
		Name: p.Name, Kind: p.Kind, Live: p.Live, Hard: p.Pool == "hard" || p.Pool == "" && kind.hard, Teams: chosen(p.Teams, kind.teams),
		Profile: usher.Profile{Whole: kind.whole, Admins: p.Admins, AdminSeats: chosen(p.AdminSeats, kind.adminSeats), Columns: columnsOf(p)},
	}
	if kind.exports {
		made.Profile.Waiting, made.Profile.Reissue = p.Waiting, p.Reissue
	}
	return made
}

// chosen is what the configuration says, or what is usual.
func chosen(said *bool, usual bool) bool {
	if said != nil {
		return *said
	}
	return usual
}

func columnsOf(p config.Portal) []usher.Column {
	var columns []usher.Column
	for _, c := range p.Columns {
		columns = append(columns, usher.Column{Name: c.Name, From: c.From.Value, Values: c.Values})
	}
	return columns
}

// CheckProfiles finds the mistakes in what a configuration says of how portals work.
func CheckProfiles(c *config.Config) config.Problems {
	var problems config.Problems
	for _, p := range c.Portals {
		path := "portals." + p.Name
		for i, address := range p.Admins {
			if _, err := usher.FoldAddress(address); err != nil {
				problems = append(problems, config.Problem{Path: path + ".admins[" + strconv.Itoa(i) + "]", Message: "is not an address: " + err.Error()})
			}
		}
		for _, column := range p.Columns {
			problems = append(problems, checkColumn(path+".columns."+column.Name, column)...)
		}
		problems = append(problems, checkLists(p)...)
	}
	return append(problems, checkCodes(c)...)
}

// checkCodes wants each of a portal's subscriptions to have a code of its own: by it their seats are told apart.
func checkCodes(c *config.Config) config.Problems {
	var problems config.Problems
	type code struct{ portal, key string }
	first := map[code]string{}
	exports := map[string]bool{} // by portal: its lists tell seats apart by code alone
	for _, p := range c.Portals {
		exports[p.Name] = natures()[p.Kind].exports
	}
	for _, s := range c.Subscriptions {
		k := code{s.Portal, usher.FoldText(s.Code)}
		if other, taken := first[k]; taken && (s.Code != "" || exports[s.Portal]) {
			problems = append(problems, config.Problem{Path: "subscriptions." + s.Name + ".code", Message: sameCode(s.Code, other), Hint: "one code for each subscription of a portal"})
			continue
		}
		first[k] = s.Name
	}
	return problems
}

func sameCode(code, other string) string {
	if code == "" {
		return "is missing, as it is for subscription " + other + " of the same portal"
	}
	return "is that of subscription " + other
}

func checkColumn(path string, c config.Column) config.Problems {
	var problems config.Problems
	if c.From.Value != "" || c.From.Pos.Line != 0 { // else it is missing, which is reported
		problems = appendProblem(problems, path, c.From, plan.CheckAttribute(c.From.Value))
	}
	seen := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(c.Values)) {
		key := usher.FoldText(from)
		if seen[key] {
			problems = append(problems, config.Problem{Path: path + ".values." + from, Message: "is given twice", Hint: "case does not count"})
		}
		seen[key] = true
	}
	if c.Name == plan.FirstName || c.Name == plan.LastName {
		problems = append(problems, config.Problem{Path: path, Message: "is filled from the person's name", Hint: "correct it for one person with `usher portal correct`"})
	}
	return problems
}

package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/plan"
)

// CheckRules finds the mistakes in the rules and priorities of a configuration, each at
// its place in the file.
func CheckRules(c *config.Config) config.Problems {
	var problems config.Problems
	for _, s := range c.Subscriptions {
		_, err := plan.CompileRule(s.Rule.Value)
		problems = appendProblem(problems, "subscriptions."+s.Name+".rule", s.Rule, err)
		_, err = plan.CompilePriority(s.Priority.Value)
		problems = appendProblem(problems, "subscriptions."+s.Name+".priority", s.Priority, err)
	}
	return problems
}

func appendProblem(problems config.Problems, path string, text config.Text, err error) config.Problems {
	if err == nil {
		return problems
	}
	p := config.Problem{Pos: text.Pos, Path: path, Message: err.Error()}
	if e, ok := errors.AsType[*plan.RuleError](err); ok {
		p = config.Problem{Pos: text.At(offsetOf(text.Value, e.Line, e.Column)), Path: path, Message: e.Message, Hint: e.Hint}
	}
	return append(problems, p)
}

// offsetOf is how many characters of text come before a place in it.
func offsetOf(text string, line, column int) int {
	offset := column - 1
	for before := range strings.Lines(text) {
		if line--; line <= 0 {
			break
		}
		offset += len([]rune(before))
	}
	return offset
}

// policyOf is the part of the configuration that decides who sits where. Its dates are
// civil ones: a term begins and ends at midnight in zone.
func policyOf(c *config.Config, zone *time.Location) ledger.Policy {
	p := ledger.Policy{
		Teams: ledger.TeamPolicy{ByDepartment: c.Teams.ByDepartment, Groups: c.Teams.Groups},
		Guards: usher.Guards{
			Releases:    usher.Limit(c.Guards.Releases),
			Invitations: usher.Limit(c.Guards.Invitations),
			Addresses:   usher.Limit(c.Guards.Addresses),
			Managers:    usher.Limit(c.Guards.Managers),
			Rows:        c.Guards.Rows.Percent,
			ArmedFrom:   c.Guards.ArmedFrom,
		},
	}
	for _, s := range c.Subscriptions {
		p.Subscriptions = append(p.Subscriptions, ledger.SubscriptionPolicy{
			Name: s.Name, Portal: s.Portal, Code: s.Code, Seats: s.Seats,
			StartsAt: midnight(s.Starts, 0, zone), EndsAt: midnight(s.Ends, 1, zone),
			Rule: s.Rule.Value, Priority: s.Priority.Value, Settle: s.Settle, Grace: s.Grace, OnLeave: usher.OnLeave(s.OnLeave), Requestable: s.Requestable,
		})
	}
	slices.SortFunc(p.Subscriptions, func(a, b ledger.SubscriptionPolicy) int { return strings.Compare(a.Name, b.Name) })
	return p
}

// midnight is the first instant of the day that comes days after d, or zero for no date.
// A last day is over at the next midnight, which a change to summer time can move.
func midnight(d config.Date, days int, zone *time.Location) usher.Time {
	if d.IsZero() {
		return 0
	}
	return usher.TimeOf(time.Date(d.Year, time.Month(d.Month), d.Day+days, 0, 0, 0, 0, zone))
}

// setupOf is the part that takes effect at once.
func setupOf(c *config.Config) ledger.Setup {
	var s ledger.Setup
	for _, d := range c.Directories {
		s.Directories = append(s.Directories, usher.Directory{
			Name: d.Name, Kind: usher.DirectoryKind(d.Kind), Rank: d.Rank, EmployeeNumbers: d.EmployeeNumbers, Owner: d.Lifecycle == "owner",
			Zone: d.Zone, LeadDays: d.LeadDays, StandIn: usher.StandIn{For: d.StandsIn.For, After: d.StandsIn.After},
		})
	}
	for _, p := range c.Portals {
		s.Portals = append(s.Portals, portalOf(p))
	}
	return s
}

// PreviewConfig names who would be seated, queued or released by the configuration in a
// file, and changes nothing.
func (d *Daemon) PreviewConfig(ctx context.Context, file string) (usher.RevisionPlan, error) {
	c, err := LoadConfig(file, d.options.Env)
	if err != nil {
		return usher.RevisionPlan{}, err
	}
	return d.ledger.Preview(ctx, policyOf(c, d.options.Zone))
}

package ledger

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"usher/internal/usher"
	"usher/sync/plan"
)

// wanted says what the rules and decisions want now, and what they looked at.
func (x *explainer) wanted(sub usher.Subscription) (bool, string, error) {
	decisions, err := x.tx.DecisionsFor(x.ctx, x.person.ID)
	if err != nil {
		return false, "", err
	}
	managers, err := x.chain(x.person)
	if err != nil {
		return false, "", err
	}
	pool, _ := x.policy.pool(sub.ID)
	facts := plan.FactsOf(x.person, namesOf(x.groups), managers, x.bestDirectory(x.records))
	w, err := plan.Entitle(sub, pool.rule, pool.priority, x.person, facts, decisionFor(decisions, sub.ID), x.now())
	switch {
	case err != nil:
		return false, "nobody can say, and what is stays: " + err.Error(), nil //nolint:nilerr // it is the answer
	case !x.person.Active:
		return w.Wanted, w.Reason + x.gone(), nil
	case w.By != plan.ByRule || pool.rule.Empty():
		return w.Wanted, w.Reason, nil
	}
	because := []string{"rule of " + sub.Name + ": " + pool.rule.String()}
	for _, fact := range pool.rule.Looks(facts) {
		because = append(because, x.says(pool.rule, fact))
	}
	return w.Wanted, strings.Join(because, "; "), nil
}

// gone names the directories whose word made the person inactive.
func (x *explainer) gone() string {
	var said []string
	for _, r := range x.records {
		if word := x.record(r).absence(); word != "" {
			said = append(said, word)
		}
	}
	if len(said) == 0 {
		return ""
	}
	return ": " + strings.Join(said, ", ")
}

// absence says why the record does not make its person active; empty where it does.
func (r ExplainedRecord) absence() string {
	var what string
	switch r.Says {
	case "active":
		return ""
	case "over":
		what = "names " + r.Ends + " as the last day"
	case "to come":
		what = "names " + r.Starts + " as the first day"
	case "absent":
		what = "does not name them since " + instant(r.AbsentSince)
	default:
		what = "says " + r.Says + " since " + instant(r.AsOf)
	}
	return "directory " + r.Directory + " " + what
}

// says tells one fact and which directory it comes from.
func (x *explainer) says(rule *plan.Rule, fact plan.Fact) string {
	switch {
	case fact.Name == "guest":
		return map[bool]string{true: "is a guest", false: "is no guest"}[slices.Contains(fact.Values, "true")]
	case fact.Name == "groups" && len(fact.Values) == 0:
		return "in no group"
	case len(fact.Values) == 0:
		return "no " + fact.Noun() + " is known"
	case fact.Many && len(fact.Values) > 1:
		return fmt.Sprintf("the %s are %s", fact.Noun(), quoted(fact.Values))
	}
	noun := fact.Noun()
	if fact.Many {
		noun = strings.TrimSuffix(noun, "s")
	}
	return fmt.Sprintf("the %s is %s%s", noun, quoted(fact.Values), x.source(rule, fact))
}

// source is the first directory that says the same of the person as the fact does.
func (x *explainer) source(rule *plan.Rule, fact plan.Fact) string {
	for _, r := range x.records {
		d := x.policy.directories[r.Directory]
		alone := plan.Merge([]plan.Observation{{Directory: d, Record: r}}, x.now())
		facts := plan.FactsOf(usher.Person{Attributes: alone.Attributes, Address: alone.Address}, nil, nil, d.Name)
		if slices.ContainsFunc(rule.Looks(facts), func(f plan.Fact) bool { return reflect.DeepEqual(f, fact) }) {
			return " in directory " + d.Name
		}
	}
	return ""
}

func quoted(values []string) string {
	var parts []string
	for _, v := range values {
		parts = append(parts, fmt.Sprintf("%q", v))
	}
	return strings.Join(parts, ", ")
}

package plan

import (
	"math"
	"slices"

	"github.com/expr-lang/expr"
)

// maxPriority is the largest priority either way: beyond it a float no longer holds every whole number.
const maxPriority = 1 << 53

// Rule says who is entitled to a subscription: a condition over Facts, such as
//
//	department == "Sales" and not inGroup("Interns")
//
// The nil Rule and the rule of an empty text entitle nobody. A Rule never changes, so many goroutines may share it.
type Rule struct{ expression *expression }

// CompileRule compiles the text of a rule, which must give true or false. The error is a *RuleError.
func CompileRule(text string) (*Rule, error) {
	x, err := compile(text, expr.AsBool(), expr.WarnOnAny())
	if err != nil {
		return nil, err
	}
	return &Rule{x}, nil
}

// Entitled says whether the rule holds for the person of whom f are the facts. An error means that nobody knows: it is
// no reason to give or to take a seat. The error is a *RuleError and holds nothing about the person.
func (r *Rule) Entitled(f *Facts) (bool, error) {
	if r.Empty() {
		return false, nil
	}
	v, err := r.expression.run(f)
	if err != nil {
		return false, err
	}
	return v.(bool), nil
}

// Empty says whether the rule has no text, and so entitles nobody.
func (r *Rule) Empty() bool { return r == nil || r.expression == nil }

// Groups are the names of groups that the text of the rule names literally, by inGroup("name") or "name" in groups, so
// that a group which no directory pushed can be found. Sorted, without repetition.
func (r *Rule) Groups() []string {
	if r.Empty() {
		return nil
	}
	return slices.Clone(r.expression.groups)
}

// UsesManagers says whether the rule looks at the line of managers, so that a change further up can change its answer.
func (r *Rule) UsesManagers() bool { return !r.Empty() && r.expression.managers }

// String is the text of the rule on one line.
func (r *Rule) String() string {
	if r.Empty() {
		return ""
	}
	return r.expression.text
}

// Priority orders a subscription's queue: a number computed from Facts, higher is served first, such as
//
//	title startsWith "Head" ? 10 : 0
//
// The nil Priority and that of an empty text are 0 for everybody. A Priority never changes and may be shared.
type Priority struct{ expression *expression }

// CompilePriority compiles the text of a priority, which must give a number. The error is a *RuleError.
func CompilePriority(text string) (*Priority, error) {
	x, err := compile(text, expr.AsFloat64())
	if err != nil {
		return nil, err
	}
	return &Priority{x}, nil
}

// Of is the priority of the person of whom f are the facts; a fraction is cut off. A number beyond 2^53 either way, or
// no number, is an error (a *RuleError).
func (p *Priority) Of(f *Facts) (int64, error) {
	if p.empty() {
		return 0, nil
	}
	v, err := p.expression.run(f)
	if err != nil {
		return 0, err
	}
	n := v.(float64)
	if !(math.Abs(n) <= maxPriority) { // also catches what is not a number
		return 0, &RuleError{Line: 1, Column: 1, Message: "the priority of this person is out of range", Hint: "keep it between -2^53 and 2^53"}
	}
	return int64(n), nil
}

// UsesManagers says whether the priority looks at the line of managers.
func (p *Priority) UsesManagers() bool { return !p.empty() && p.expression.managers }

func (p *Priority) empty() bool { return p == nil || p.expression == nil }

package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"usher/internal/usher"
)

// The bounds of a text. With those of the grammar (see inspector) an evaluation takes time in proportion to the nodes
// of the text and, at worst, to the square of the person's longest list, whatever the text says.
const (
	maxText   = 16 << 10 // bytes; also bounds the parser's recursion
	maxNodes  = 1000
	maxMemory = 100_000 // the machine's own units: list elements made
)

// expression is a compiled text with what was learnt from it.
type expression struct {
	text     string
	program  *vm.Program
	groups   []string
	managers bool // the line of managers counts
}

// compile returns nil for an empty text, and a *RuleError for one that cannot be used.
func compile(text string, result ...expr.Option) (*expression, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	if len(text) > maxText {
		return nil, &RuleError{Line: 1, Column: 1, Message: fmt.Sprintf("longer than %d bytes", maxText), Hint: "put the people into a group and ask for it with inGroup"}
	}
	look := &inspector{}
	program, err := expr.Compile(text, append(result, expr.Env(environment{}), expr.MaxNodes(maxNodes), expr.Patch(look))...)
	if look.problem != nil {
		err = look.problem.Bind(file.NewSource(text))
	}
	if err != nil {
		return nil, ruleError(err)
	}
	slices.Sort(look.groups)
	return &expression{
		text: strings.Join(strings.Fields(text), " "), program: program,
		groups: slices.Compact(look.groups), managers: look.managers,
	}, nil
}

// run evaluates the expression. The library's message can hold values of the person, so only the place is told.
func (x *expression) run(f *Facts) (any, error) {
	machine := vm.VM{MemoryBudget: maxMemory}
	v, err := machine.Run(x.program, environmentOf(f))
	if err == nil {
		return v, nil
	}
	e := ruleError(err)
	e.Message = "cannot be computed for this person"
	e.Hint = `a custom attribute may be absent or of another type: ask for it first, as in custom["x"] != nil and custom["x"] > 3`
	return nil, e
}

// RuleError says where the text of a rule or priority is wrong and how to mend it.
type RuleError struct {
	Line, Column int // from 1, in characters
	Message      string
	Hint         string // empty when there is none
}

// Error implements error.
func (e *RuleError) Error() string {
	s := fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unwrap makes errors.Is(err, usher.ErrInvalid) hold.
func (e *RuleError) Unwrap() error { return usher.ErrInvalid }

func ruleError(err error) *RuleError {
	e := &RuleError{Line: 1, Column: 1, Message: err.Error()}
	if at, ok := errors.AsType[*file.Error](err); ok {
		e.Line, e.Column, e.Message = max(at.Line, 1), at.Column+1, at.Message
	}
	e.Hint = hint(e.Message)
	return e
}

// inspector walks the syntax tree once. It refuses what would make the answer depend on more than the facts (clock,
// order of a map), grow without bound (ranges, variables, predicates inside predicates, joined lists) or fail late (a
// regular expression that is not there at compile time), and learns which groups are named and whether managers count.
type inspector struct {
	problem  *file.Error
	groups   []string
	managers bool
}

// functions are the library's own that rules may call.
func functions() []string {
	return []string{
		"all", "any", "none", "one", "filter", "count", "find", "len", "first", "last",
		"lower", "upper", "trim", "trimPrefix", "trimSuffix", "hasPrefix", "hasSuffix", "indexOf",
		"int", "float", "string", "abs", "min", "max", "floor", "ceil", "round",
	}
}

// Visit implements ast.Visitor.
func (i *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BinaryNode:
		i.binary(n)
	case *ast.CallNode:
		i.call(n)
	case *ast.BuiltinNode:
		if !slices.Contains(functions(), n.Name) {
			i.refuse(n, "the function %s is not available here", n.Name)
		}
	case *ast.PredicateNode:
		if ast.Find(n.Node, isPredicate) != nil {
			i.refuse(n, "a condition over a list inside another one is not available here")
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		i.refuse(n, "let and ; are not available here: write one condition")
	case *ast.IdentifierNode:
		i.identifier(n)
	}
}

func (i *inspector) identifier(n *ast.IdentifierNode) {
	switch n.Value {
	case "$env":
		i.refuse(n, "$env is not available here: write the name itself")
	case "managers", "reportsTo":
		i.managers = true
	}
}

func (i *inspector) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "..":
		i.refuse(n, "ranges (..) are not available here: compare with >= and <=")
	case "matches":
		if _, ok := n.Right.(*ast.StringNode); !ok {
			i.refuse(n.Right, "matches takes a regular expression in quotes")
		}
	case "in":
		if list, ok := n.Right.(*ast.IdentifierNode); ok && list.Value == "groups" {
			i.named(n.Left)
		}
	}
}

func (i *inspector) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || len(n.Arguments) != 1 {
		return // the type check says what is wrong
	}
	switch callee.Value {
	case "inGroup":
		i.named(n.Arguments[0])
	case "reportsTo":
		if s, ok := n.Arguments[0].(*ast.StringNode); ok {
			if _, err := usher.FoldAddress(s.Value); err != nil {
				i.refuse(s, "reportsTo takes the address of a manager: %v", err)
			}
		}
	}
}

func (i *inspector) named(n ast.Node) {
	if s, ok := n.(*ast.StringNode); ok {
		i.groups = append(i.groups, s.Value)
	}
}

func (i *inspector) refuse(n ast.Node, format string, args ...any) {
	if i.problem == nil {
		i.problem = &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
	}
}

func isPredicate(n ast.Node) bool {
	_, ok := n.(*ast.PredicateNode)
	return ok
}

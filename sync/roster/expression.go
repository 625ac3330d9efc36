package roster

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"usher/internal/table"
)

// The bounds of an expression. With those of the grammar (see inspector) an evaluation takes time and memory
// in proportion to its nodes and the longest cell, whatever the text says.
const (
	maxText   = 4 << 10  // bytes; also bounds the parser's recursion
	maxNodes  = 200      // of the syntax tree
	maxResult = 64 << 10 // bytes that a function may return; also pieces of a split
	maxMemory = 100_000  // the machine's own units: list elements made
)

// reference is a column that an expression names: by its name, or by the identifier made of it.
type reference struct {
	name       string // folded
	identifier bool
}

// expression is a compiled one. It sees the cells that it refers to and nothing else.
type expression struct {
	text       string
	program    *vm.Program
	references []reference
}

// environment is what the program sees: the cells of the references, in their order.
type environment struct {
	Cells []string `expr:"$cells"`
}

func compileExpression(text string) (*expression, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the expression is longer than %d bytes", maxText)
	}
	look := &inspector{}
	options := append(functions(), expr.Env(environment{}), expr.MaxNodes(maxNodes), expr.Patch(look), expr.AsKind(reflect.String))
	program, err := expr.Compile(text, options...)
	if look.problem == nil && look.loose != nil {
		look.refuse(look.loose, `row takes the name of a column in quotes, as in row["First name"]`)
	}
	if look.problem != nil {
		err = look.problem.Bind(file.NewSource(text))
	}
	if err != nil {
		return nil, expressionError(err)
	}
	return &expression{text: text, program: program, references: look.references}, nil
}

// expressionError says where the text is wrong, in one line.
func expressionError(err error) error {
	if at, ok := errors.AsType[*file.Error](err); ok {
		return fmt.Errorf("the expression is wrong at line %d, column %d: %s", max(at.Line, 1), at.Column+1, at.Message)
	}
	return fmt.Errorf("the expression is wrong: %w", err)
}

// run evaluates the expression. The library's message could hold values of a person, so it is not passed on.
func (x *expression) run(machine *vm.VM, cells []string) (string, error) {
	v, err := machine.Run(x.program, environment{cells})
	s, ok := v.(string)
	if err != nil || !ok || len(s) > maxResult {
		return "", errors.New("the expression cannot be computed for this row")
	}
	return s, nil
}

// functions are all that an expression may call. The library's own are not used: its replace can make a
// text of any length.
func functions() []expr.Option {
	one := func(name string, f func(string) string) expr.Option {
		return expr.Function(name, func(in ...any) (any, error) { return bounded(f(in[0].(string))) }, new(func(string) string))
	}
	return []expr.Option{
		expr.DisableAllBuiltins(),
		one("trim", strings.TrimSpace), one("lower", strings.ToLower), one("upper", strings.ToUpper),
		expr.Function("split", func(in ...any) (any, error) { return split(in[0].(string), in[1].(string)) }, new(func(string, string) []string)),
		expr.Function("replace", func(in ...any) (any, error) { return replace(in[0].(string), in[1].(string), in[2].(string)) }, new(func(string, string, string) string)),
		expr.Function("len", func(in ...any) (any, error) { return lengthOf(in[0]), nil }, new(func(string) int), new(func([]string) int)),
	}
}

var errTooLong = errors.New("too long")

func bounded(s string) (string, error) {
	if len(s) > maxResult {
		return "", errTooLong
	}
	return s, nil
}

func split(s, separator string) ([]string, error) {
	if len(s) > maxResult {
		return nil, errTooLong
	}
	return strings.Split(s, separator), nil
}

// replace knows the length of the result before it makes it.
func replace(s, old, with string) (string, error) {
	if old == "" {
		return s, nil
	}
	if len(s)+strings.Count(s, old)*(len(with)-len(old)) > maxResult {
		return "", errTooLong
	}
	return strings.ReplaceAll(s, old, with), nil
}

func lengthOf(v any) int {
	if list, ok := v.([]string); ok {
		return len(list)
	}
	return len([]rune(v.(string)))
}

// inspector walks the syntax tree once, turns names of columns into places among the cells, and refuses what
// could grow without bound or fail late.
type inspector struct {
	references []reference
	problem    *file.Error
	loose      ast.Node // row without the name of a column behind it
}

const rowWord = "row"

// Visit implements ast.Visitor. Children are visited before their parents.
func (i *inspector) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		i.identifier(node, n)
	case *ast.MemberNode:
		if row, ok := n.Node.(*ast.IdentifierNode); ok && row.Value == rowWord {
			i.member(node, n)
		}
	case *ast.BinaryNode:
		if n.Operator == ".." || n.Operator == "matches" {
			i.refuse(n, "%s is not available here", n.Operator)
		}
	case *ast.VariableDeclaratorNode, *ast.SequenceNode:
		i.refuse(n, "let and ; are not available here: write one expression")
	}
}

func (i *inspector) identifier(node *ast.Node, n *ast.IdentifierNode) {
	switch n.Value {
	case rowWord:
		i.loose = n
	case "$env":
		i.refuse(n, "$env is not available here: write the name of a column")
	case "trim", "lower", "upper", "split", "replace", "len": // what is called is visited too
	default:
		i.replace(node, reference{identifierOf(n.Value), true})
	}
}

func (i *inspector) member(node *ast.Node, n *ast.MemberNode) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok {
		return
	}
	i.loose = nil
	i.replace(node, reference{table.FoldHeader(name.Value), false})
}

func (i *inspector) replace(node *ast.Node, r reference) {
	at := slices.Index(i.references, r)
	if at < 0 {
		at = len(i.references)
		i.references = append(i.references, r)
	}
	ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "$cells"}, Property: &ast.IntegerNode{Value: at}})
}

func (i *inspector) refuse(n ast.Node, format string, args ...any) {
	if i.problem == nil {
		i.problem = &file.Error{Location: n.Location(), Message: fmt.Sprintf(format, args...)}
	}
}

// identifierOf turns the name of a column into the identifier by which an expression can name it:
// "First name" is first_name, "E-Mail" e_mail.
func identifierOf(name string) string {
	words := strings.FieldsFunc(table.FoldHeader(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	return strings.Join(words, "_")
}

package plan

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
)

// Fact is one of the facts about a person, in a form that can be told.
type Fact struct {
	// Name is the one that the text of a rule uses, such as costCenter or custom["x"].
	Name string
	// Values are what is known; none when nothing is.
	Values []string
	// Many says that the fact is a list: groups, emails, managers.
	Many bool
}

// Noun is the fact's name in words: "cost center".
func (f Fact) Noun() string {
	var words strings.Builder
	for _, r := range f.Name {
		if unicode.IsUpper(r) && !strings.HasPrefix(f.Name, "custom[") {
			words.WriteByte(' ')
			r = unicode.ToLower(r)
		}
		words.WriteRune(r)
	}
	return words.String()
}

// Looks are the facts that the text of the rule looks at, with what f says of them, in the order of the text.
func (r *Rule) Looks(f *Facts) []Fact {
	if r.Empty() {
		return nil
	}
	look := &onlooker{}
	root := r.expression.program.Node()
	ast.Walk(&root, look)
	var facts []Fact
	for _, name := range look.names() {
		facts = append(facts, f.fact(name))
	}
	return facts
}

// onlooker gathers the names of facts in a syntax tree.
type onlooker struct{ seen []seenName }

type seenName struct {
	at   int // place in the text
	name string
}

// Visit implements ast.Visitor.
func (o *onlooker) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		name := n.Value
		switch name {
		case "inGroup":
			name = "groups"
		case "reportsTo":
			name = "managers"
		case "custom":
			return // the member says which
		}
		o.add(n, name)
	case *ast.MemberNode:
		of, ok := n.Node.(*ast.IdentifierNode)
		key, text := n.Property.(*ast.StringNode)
		if ok && text && of.Value == "custom" {
			o.add(n, fmt.Sprintf("custom[%q]", key.Value))
		}
	}
}

func (o *onlooker) add(n ast.Node, name string) {
	o.seen = append(o.seen, seenName{n.Location().From, name})
}

// names are the names in the order of the text, each once.
func (o *onlooker) names() []string {
	slices.SortStableFunc(o.seen, func(a, b seenName) int { return a.at - b.at })
	var names []string
	for _, s := range o.seen {
		if !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	return names
}

// fact tells the fact of a name.
func (f *Facts) fact(name string) Fact {
	if quoted, ok := strings.CutPrefix(name, "custom["); ok {
		fact := Fact{Name: name}
		key, _ := strconv.Unquote(strings.TrimSuffix(quoted, "]")) // as Visit quoted it
		if v := f.Custom[key]; v != nil {
			fact.Values = []string{fmt.Sprint(v)}
		}
		return fact
	}
	fields := reflect.ValueOf(*f)
	for i := range fields.NumField() {
		if fields.Type().Field(i).Tag.Get("expr") != name {
			continue
		}
		switch v := fields.Field(i).Interface().(type) {
		case []string:
			return Fact{Name: name, Values: v, Many: true}
		case string:
			if v == "" {
				return Fact{Name: name}
			}
			return Fact{Name: name, Values: []string{v}}
		case bool:
			return Fact{Name: name, Values: []string{fmt.Sprint(v)}}
		}
	}
	return Fact{Name: name}
}

package config

import (
	"fmt"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// kind is what a node is; a set of them where several will do.
type kind uint16

const (
	mappingKind kind = 1 << iota
	sequenceKind
	textKind
	integerKind
	floatKind
	boolKind
	nullKind
	brokenKind // already reported
)

// node is one value of the file, free of the parser's types.
type node struct {
	kind    kind
	pos     Pos
	text    string // a scalar's value, before interpolation
	marks   []mark // where the characters of text are
	entries []entry
	items   []*node
}

// entry is one key of a mapping and its value.
type entry struct {
	key   string
	pos   Pos
	value *node
}

// node turns a value of the parser into one of ours and reports what is not taken.
func (r *report) node(path string, from ast.Node) *node {
	n := &node{pos: r.at(from.GetToken())}
	switch from := from.(type) {
	case *ast.MappingNode:
		n.kind = mappingKind
		r.entries(path, n, from.Values)
	case *ast.MappingValueNode:
		n.kind = mappingKind
		r.entries(path, n, []*ast.MappingValueNode{from})
	case *ast.SequenceNode:
		n.kind = sequenceKind
		for i, value := range from.Values {
			n.items = append(n.items, r.node(item(path, i), value))
		}
	case *ast.AliasNode, *ast.AnchorNode:
		r.refuse(n, path, "anchors and aliases are not taken", "write the value out")
	case *ast.TagNode:
		r.refuse(n, path, "tags are not taken", "write the value without it")
	default:
		scalarNode(n, from)
	}
	return n
}

func (r *report) refuse(n *node, path, message, hint string) {
	n.kind = brokenKind
	r.add(n.pos, path, message, hint)
}

// entries reads the keys of a mapping and reports those that come twice.
func (r *report) entries(path string, n *node, values []*ast.MappingValueNode) {
	first := make(map[string]Pos, len(values))
	for i, v := range values {
		token := v.Key.GetToken()
		pos := r.at(token)
		if i == 0 {
			n.pos = pos
		}
		child := join(path, token.Value)
		if _, plain := v.Key.(ast.ScalarNode); !plain || v.Key.IsMergeKey() {
			r.add(pos, path, "merge keys and complex keys are not taken", "write the keys out")
			continue
		}
		if before, twice := first[token.Value]; twice {
			r.add(pos, child, "is given twice", fmt.Sprintf("first in line %d", before.Line))
			continue
		}
		first[token.Value] = pos
		n.entries = append(n.entries, entry{token.Value, pos, r.node(child, v.Value)})
	}
}

// scalarNode reads a scalar and finds where its characters are.
func scalarNode(n *node, from ast.Node) {
	token, line, column := from.GetToken(), n.pos.Line, n.pos.Column
	source := strings.TrimLeft(token.Origin, " \t\n")
	switch from := from.(type) {
	case *ast.StringNode:
		n.kind = textKind
	case *ast.LiteralNode:
		n.kind = textKind
		token = from.Value.GetToken()
		source, line, column = token.Origin, line+1, 1
	case *ast.IntegerNode:
		n.kind = integerKind
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		n.kind = floatKind
	case *ast.BoolNode:
		n.kind = boolKind
	default:
		n.kind = nullKind
	}
	n.text = token.Value
	n.marks = align(n.text, source, line, column)
}

// at gives the place of the character at offset of a scalar's text.
func (n *node) at(offset int) Pos {
	return Text{Pos: n.pos, marks: n.marks}.At(offset)
}

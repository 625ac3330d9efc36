package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxSize   = 1 << 20 // bytes of a file
	maxTokens = 30_000  // the parser's time grows with their square: this is half a second
	maxFlow   = 32      // brackets open at once
	maxColumn = 160     // of a key or dash in block style: bounds the depth, as every level is indented
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

// quoted finds what a message of the parser may have copied from the file.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|'\w'`)

// parseTree reads one document. It gives nil for an empty one and for one that
// is not YAML, which is reported.
func parseTree(text string, r *report) (root *node) {
	defer func() {
		if recover() != nil { // the parser is not ours: its fault must not stop the daemon
			r.add(r.pos(1, 1), "", "cannot be read as YAML", "")
			root = nil
		}
	}()
	tokens := lexer.Tokenize(text)
	if tooComplex(tokens, r) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		syntaxProblem(err, r)
		return nil
	}
	return document(file, r)
}

// tooComplex refuses what would take the recursive parser too deep or too long.
func tooComplex(tokens token.Tokens, r *report) bool {
	if len(tokens) > maxTokens {
		r.add(r.pos(1, 1), "", fmt.Sprintf("holds more than %d YAML tokens", maxTokens), "")
		return true
	}
	flow := 0
	for _, t := range tokens {
		column := 0
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			flow++
		case token.MappingEndType, token.SequenceEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			column = t.Position.Column
		}
		if flow > maxFlow || flow <= 0 && column > maxColumn {
			r.add(r.at(t), "", "is nested too deeply", "")
			return true
		}
	}
	return false
}

// syntaxProblem reports what the parser said, without what it quotes.
func syntaxProblem(err error, r *report) {
	var syntax yaml.Error
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		r.add(r.pos(1, 1), "", "cannot be read as YAML", "")
		return
	}
	message := quoted.ReplaceAllString(syntax.GetMessage(), "…")
	r.add(r.at(syntax.GetToken()), "", "is not YAML: "+message, "")
}

// document gives the root of the only document.
func document(file *ast.File, r *report) *node {
	var root *node
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root == nil:
			root = r.node("", doc.Body)
		default:
			r.add(r.at(doc.Body.GetToken()), "", "holds a second document", "keep one, without ---")
			return root
		}
	}
	return root
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

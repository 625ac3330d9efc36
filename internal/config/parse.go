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
	maxBlank  = 100     // blank lines in a row: the lexer's time grows with their square
	maxFlow   = 32      // brackets open at once
	maxColumn = 160     // of a key or dash in block style: bounds the depth, as every level is indented
)

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
	if tooBlank(text, r) {
		return nil
	}
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

// tooBlank refuses a long run of blank lines.
func tooBlank(text string, r *report) bool {
	run, number := 0, 0
	for line := range strings.Lines(text) {
		run++
		number++
		if strings.TrimSpace(line) != "" {
			run = 0
		}
		if run > maxBlank {
			r.add(r.pos(number, 1), "", fmt.Sprintf("holds more than %d blank lines in a row", maxBlank), "remove some")
			return true
		}
	}
	return false
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
			flow = max(0, flow-1)
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType:
			column = t.Position.Column
		}
		if flow > maxFlow || flow == 0 && column > maxColumn {
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

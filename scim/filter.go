package scim

import (
	"encoding/json"
	"net/http"
	"strings"

	"usher/internal/usher"
)

// The limits within which a filter or path is read at all. They bound the parser's
// stack and the size of the SQL that a filter becomes.
const (
	maxFilterBytes = 4 << 10
	maxFilterDepth = 16
	maxComparisons = 20
)

// parseFilter reads a filter (RFC 7644 section 3.4.2.2) and resolves it against the
// schemas. What it accepts can be answered; everything else is an invalidFilter
// problem, because a filter that wrongly finds nobody makes an identity provider
// create everybody again.
func (k *kind) parseFilter(text string) (usher.Filter, error) {
	p := &parser{kind: k, text: text, scimType: invalidFilter}
	if err := p.check(); err != nil {
		return nil, err
	}
	f, err := p.or()
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// parser is a recursive-descent parser over one filter or PATCH path.
type parser struct {
	kind     *kind
	text     string
	at       int
	scimType string // of its problems

	within      *attribute // the attribute whose value filter is being read
	depth       int
	comparisons int

	// A PATCH path selects elements in memory, so that every sub-attribute can be
	// compared. seed collects what its equalities ask of an element, which is the
	// element to create when none fits; vague says that more than equalities was asked.
	patch bool
	seed  map[string]any
	vague bool
}

func (p *parser) check() error {
	if len(p.text) > maxFilterBytes {
		return &problem{http.StatusBadRequest, p.scimType, "a filter or path has at most 4096 bytes"}
	}
	if err := usher.ValidText(p.text); err != nil {
		return badRequest(p.scimType, "%v", err)
	}
	return nil
}

// fail is a problem at the place where the parser stands.
func (p *parser) fail(format string, args ...any) error {
	return badRequest(p.scimType, "at character %d: "+format, append([]any{p.at + 1}, args...)...)
}

func (p *parser) or() (usher.Filter, error) {
	left, err := p.and()
	for err == nil && p.word("or") {
		p.vague = true
		var right usher.Filter
		right, err = p.and()
		left = usher.Or{Left: left, Right: right}
	}
	return left, err
}

func (p *parser) and() (usher.Filter, error) {
	left, err := p.term()
	for err == nil && p.word("and") {
		var right usher.Filter
		right, err = p.term()
		left = usher.And{Left: left, Right: right}
	}
	return left, err
}

func (p *parser) term() (usher.Filter, error) {
	if p.word("not") {
		p.vague = true
		if !p.symbol('(') {
			return nil, p.fail("not takes a filter in parentheses, such as not (title pr)")
		}
		f, err := p.group(')')
		return usher.Not{Filter: f}, err
	}
	if p.symbol('(') {
		return p.group(')')
	}
	return p.comparison()
}

// group reads a filter up to its closing bracket.
func (p *parser) group(closing byte) (usher.Filter, error) {
	if p.depth++; p.depth > maxFilterDepth {
		return nil, p.fail("brackets nest deeper than %d", maxFilterDepth)
	}
	f, err := p.or()
	if err == nil && !p.symbol(closing) {
		err = p.fail("%q is missing", closing)
	}
	p.depth--
	return f, err
}

func (p *parser) comparison() (usher.Filter, error) {
	if p.comparisons++; p.comparisons > maxComparisons {
		return nil, p.fail("a filter has at most %d comparisons", maxComparisons)
	}
	a, err := p.attribute()
	if err != nil {
		return nil, err
	}
	if p.symbol('[') {
		return p.element(a)
	}
	return p.condition(a)
}

// attribute reads the name of an attribute that the schemas know.
func (p *parser) attribute() (*attribute, error) {
	p.blanks()
	start := p.at
	name := p.name()
	var a *attribute
	if p.within != nil {
		a = p.within.sub(name)
	} else {
		a = p.kind.find(name)
	}
	if a != nil {
		return a, nil
	}
	p.at = start
	if name == "" {
		return nil, p.fail("an attribute is missing")
	}
	return nil, p.fail("%s has no attribute of this name; see /Schemas", p.kind.name)
}

// element reads what follows `emails[`: the value filter and, perhaps, a condition on
// a sub-attribute of the same element, as in emails[type eq "work"].value eq "x".
func (p *parser) element(a *attribute) (usher.Filter, error) {
	inner, err := p.selection(a)
	if err != nil {
		return nil, err
	}
	if p.at < len(p.text) && p.text[p.at] == '.' {
		p.at++
		p.within = a
		sub, err := p.attribute()
		p.within = nil
		if err != nil {
			return nil, err
		}
		more, err := p.condition(sub)
		if err != nil {
			return nil, err
		}
		inner = usher.And{Left: inner, Right: more}
	}
	if a.path+".value" != usher.PathMembers && a.path+".value" != usher.PathGroups {
		return usher.Element{Path: a.path, Filter: inner}, nil
	}
	if _, ok := equalities(inner); !ok {
		return nil, p.fail("inside %s[] only value eq can be compared, joined by or", a.path)
	}
	return inner, nil // one value each: "some element equals" is "some value equals"
}

// selection reads the filter inside the brackets after a.
func (p *parser) selection(a *attribute) (usher.Filter, error) {
	if p.within != nil || !a.multiValued || a.typ != typeComplex {
		return nil, p.fail("a value filter in brackets stands only after a multi-valued complex attribute")
	}
	p.within = a
	f, err := p.group(']')
	p.within = nil
	return f, err
}

// equalities are the texts of a filter that only compares by eq, joined by or.
func equalities(f usher.Filter) ([]string, bool) {
	switch f := f.(type) {
	case usher.Compare:
		return []string{f.Text}, f.Op == usher.Equal
	case usher.Or:
		left, okLeft := equalities(f.Left)
		right, okRight := equalities(f.Right)
		return append(left, right...), okLeft && okRight
	}
	return nil, false
}

// literal is a value to compare with, as it stands in the filter.
type literal struct {
	form byte // 's'tring, 'n'umber, 'b'oolean, or 0 for null
	text string
}

func (p *parser) literal() (literal, error) {
	p.blanks()
	rest := p.text[p.at:]
	if strings.HasPrefix(rest, `"`) {
		return p.quoted(rest)
	}
	n := strings.IndexAny(rest, " \t\r\n()[]")
	if n < 0 {
		n = len(rest)
	}
	word := rest[:n]
	v := literal{form: 'n', text: word}
	switch {
	case strings.EqualFold(word, "null"):
		v = literal{}
	case strings.EqualFold(word, "true"), strings.EqualFold(word, "false"):
		v = literal{form: 'b', text: strings.ToLower(word)}
	case !strings.ContainsAny(word[:min(1, n)], "-0123456789") || !json.Valid([]byte(word)):
		return v, p.fail("a value is missing or not quoted: write a string in double quotes, a number, true, false or null")
	}
	p.at += n
	return v, nil
}

// quoted reads a JSON string, with all of JSON's escapes.
func (p *parser) quoted(rest string) (literal, error) {
	end := 1
	for end < len(rest) && rest[end] != '"' {
		if rest[end] == '\\' {
			end++
		}
		end++
	}
	if end >= len(rest) {
		return literal{}, p.fail("the closing quote is missing")
	}
	v := literal{form: 's', text: rest[1:end]}
	if strings.ContainsFunc(v.text, func(r rune) bool { return r == '\\' || r < ' ' }) {
		if json.Unmarshal([]byte(rest[:end+1]), &v.text) != nil {
			return literal{}, p.fail("the string is not a JSON string; check its escapes")
		}
		if err := usher.ValidText(v.text); err != nil {
			return literal{}, p.fail("%v", err)
		}
	}
	p.at += end + 1
	return v, nil
}

func (p *parser) end() error {
	if p.blanks(); p.at < len(p.text) {
		return p.fail("this was not expected here; join comparisons by and or or")
	}
	return nil
}

func (p *parser) blanks() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// symbol steps over c if it comes next.
func (p *parser) symbol(c byte) bool {
	if p.blanks(); p.at < len(p.text) && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

// word steps over a keyword, in any case, if it comes next.
func (p *parser) word(w string) bool {
	p.blanks()
	start := p.at
	if strings.EqualFold(p.name(), w) {
		return true
	}
	p.at = start
	return false
}

// name steps over the characters of an attribute path or keyword.
func (p *parser) name() string {
	start := p.at
	for p.at < len(p.text) && nameByte(p.text[p.at]) {
		p.at++
	}
	return p.text[start:p.at]
}

func nameByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' ||
		c == '.' || c == ':' || c == '_' || c == '-' || c == '$'
}

package roster

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"usher/internal/table"
)

// Mapper maps the rows of one directory's rosters. It may be used by several readings at once.
type Mapper struct {
	mapping    Mapping
	sources    [attributes]source
	custom     []customSource // by name
	key        attribute
	required   []attribute
	words      vocabulary
	dates      layout
	keyPattern *regexp.Regexp
	separator  rune
	encoding   string
	sum        string
}

// source is where an attribute comes from: a column, an expression, or nowhere.
type source struct {
	column     string // folded
	expression *expression
}

type customSource struct {
	name string // x.NAME
	source
}

func (s source) absent() bool { return s.column == "" && s.expression == nil }

// Compile checks a mapping. Every mistake is reported at once: the error joins one *MappingError for each.
func Compile(m Mapping) (*Mapper, error) {
	c := &compiler{Mapper: &Mapper{mapping: m, key: attributes, sum: m.Fingerprint()}}
	c.columns()
	c.identity()
	c.contents()
	c.file()
	if len(c.errs) > 0 {
		return nil, errors.Join(c.errs...)
	}
	return c.Mapper, nil
}

// Mapping is what the Mapper was made from.
func (m *Mapper) Mapping() Mapping { return m.mapping }

// Fingerprint is that of the mapping. A Mapper without columns takes them from each file's header, which then is part
// of every row's hash.
func (m *Mapper) Fingerprint() string { return m.sum }

// automatic says that the columns are taken from the header.
func (m *Mapper) automatic() bool { return len(m.mapping.Columns) == 0 }

type compiler struct {
	*Mapper
	errs []error
}

func (c *compiler) refuse(key, format string, args ...any) {
	c.errs = append(c.errs, &MappingError{key, fmt.Sprintf(format, args...)})
}

func (c *compiler) columns() {
	for _, name := range slices.Sorted(maps.Keys(c.mapping.Columns)) {
		key := "columns." + name
		s, err := compileSource(c.mapping.Columns[name])
		if err != nil {
			c.refuse(key, "%v", err)
		}
		if own, found := strings.CutPrefix(name, "x."); found {
			if own == "" || !plainName(own) {
				c.refuse(key, "an attribute of one's own is x. and letters, digits, - or _")
			}
			c.custom = append(c.custom, customSource{name, s})
			continue
		}
		if a, ok := c.known(key, name); ok {
			c.sources[a] = s
		}
	}
}

// compileSource reads the name of a column, or an expression.
func compileSource(text string) (source, error) {
	if formula, found := strings.CutPrefix(strings.TrimSpace(text), "="); found {
		x, err := compileExpression(strings.TrimSpace(formula))
		return source{expression: x}, err
	}
	folded := table.FoldHeader(text)
	if folded == "" {
		return source{}, errors.New("names no column; write its name as the header has it, or an expression after =")
	}
	return source{column: folded}, nil
}

func plainName(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && (r >= utf8.RuneSelf || !isDigit(byte(r)) && (r|0x20 < 'a' || r|0x20 > 'z'))
	})
}

// known is the attribute of that name.
func (c *compiler) known(key, name string) (attribute, bool) {
	at := slices.Index(Attributes(), name)
	if at < 0 {
		c.refuse(key, "%q is no attribute; %s, or x.NAME for one of your own", name, nearest(name, Attributes()))
	}
	return attribute(at), at >= 0
}

// identity settles by what rows are found again, and what none may lack.
func (c *compiler) identity() {
	if c.mapping.Key != "" {
		c.keyNamed(c.mapping.Key)
	} else if !c.automatic() {
		c.keyFound()
	}
	names := c.mapping.Required
	if names == nil && !c.sources[email].absent() {
		names = []string{email.String()}
	}
	for _, name := range names {
		if a, ok := c.known("format.required", name); ok && a != c.key {
			c.needs("format.required", a)
			c.required = append(c.required, a)
		}
	}
	if c.mapping.KeyPattern != "" {
		pattern, err := regexp.Compile(`\A(?:` + c.mapping.KeyPattern + `)\z`)
		if err != nil {
			c.refuse("format.key_pattern", "is no regular expression: %v", err)
		}
		c.keyPattern = pattern
	}
}

func (c *compiler) keyNamed(name string) {
	a, ok := c.known("format.key", name)
	if !ok {
		return
	}
	if !slices.Contains(identities(), a) {
		c.refuse("format.key", "%s does not tell people apart; use one of %s", name, attributeNames(identities()))
		return
	}
	c.key = a
	c.needs("format.key", a)
	if a != externalID && !c.sources[externalID].absent() {
		c.refuse("format.key", "must be externalId where that is mapped: both are what finds a record again")
	}
}

func (c *compiler) keyFound() {
	for _, a := range identities() {
		if !c.sources[a].absent() {
			c.key = a
			return
		}
	}
	c.refuse("format.key", "nothing tells people apart; map one of %s", attributeNames(identities()))
}

// needs refuses a setting that names an attribute without a column. Where the header decides, that shows later.
func (c *compiler) needs(key string, a attribute) {
	if !c.automatic() && c.sources[a].absent() {
		c.refuse(key, "%s has no column; add columns.%[1]s", a)
	}
}

func (c *compiler) contents() {
	var errs []error
	if c.words, errs = newVocabulary(c.mapping); len(errs) > 0 {
		c.errs = append(c.errs, errs...)
	}
	dates, err := compileLayout(c.mapping.DateFormat)
	if err != nil {
		c.refuse("format.dates", "%v", err)
	}
	c.dates = dates
}

func (c *compiler) file() {
	switch c.mapping.Encoding {
	case "", "utf-8":
	case table.Windows1252:
		c.encoding = table.Windows1252
	default:
		c.refuse("format.encoding", "%q is not known; use utf-8 or windows-1252; UTF-16 is found by itself", c.mapping.Encoding)
	}
	switch s := c.mapping.Separator; s {
	case "":
	case "tab":
		c.separator = '\t'
	case ",", ";", "|", "\t":
		c.separator = rune(s[0])
	default:
		c.refuse("format.separator", `%q is not known; use ",", ";", "|" or tab`, s)
	}
	if c.mapping.MinRows < 0 {
		c.refuse("format.min_rows", "cannot be negative")
	}
	if c.mapping.MaxBytes < 0 {
		c.refuse("max_bytes", "cannot be negative")
	}
	if c.mapping.MaxRows < 0 {
		c.refuse("max_rows", "cannot be negative")
	}
}

func attributeNames(list []attribute) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.String()
	}
	return strings.Join(names, ", ")
}

package roster

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// Proposal is a mapping for files like one that was looked at.
type Proposal struct {
	// Mapping holds the columns, the key and, where a sample shows them, the form of dates and the words
	// of the status.
	Mapping Mapping
	// Found says for each attribute where it is taken from and why, in the order of Attributes.
	Found []Found
	// Unmapped are the columns that nothing is taken from.
	Unmapped []string
	// Words are those of the status column in the sample that are not known.
	Words []string
}

// Found is one attribute of a Proposal.
type Found struct {
	Attribute string
	Column    string
	Why       string
}

// Propose finds the columns of the header by well-known names, in any order and several languages. Where there is a
// sample of rows, addresses are also found by their form, and the form of dates where only one is possible.
func Propose(header []string, sample [][]string) Proposal {
	p := &proposer{header: header, sample: sample, taken: map[int]bool{}, columns: map[attribute]int{}}
	p.byName()
	p.byForm()
	p.byFlag()
	return p.proposal()
}

type proposer struct {
	header  []string
	sample  [][]string
	taken   map[int]bool
	columns map[attribute]int
	found   []Found
	// active and left are the words of a status column that has its own.
	active, left []string
}

// byName gives each attribute the column whose name is the first of the usual ones.
func (p *proposer) byName() {
	for _, u := range usualNames() {
		for word := range strings.FieldsSeq(u.names) {
			if at := p.named(word); at >= 0 {
				p.take(u.attribute, at, "by its name")
				break
			}
		}
	}
}

// named is the first free column with a name that reads like the word.
func (p *proposer) named(word string) int {
	for column, name := range p.header {
		if !p.taken[column] && wordOf(name) == word {
			return column
		}
	}
	return -1
}

func (p *proposer) take(a attribute, column int, why string) {
	p.taken[column] = true
	p.columns[a] = column
	p.found = append(p.found, Found{a.String(), p.header[column], why})
}

// byForm looks for addresses where no column has a name for them.
func (p *proposer) byForm() {
	if _, found := p.columns[email]; found || len(p.sample) == 0 {
		return
	}
	for column := range p.header {
		shaped := 0
		for _, row := range p.sample {
			if _, err := usher.FoldAddress(trim(row[column])); err == nil {
				shaped++
			}
		}
		if !p.taken[column] && table.FoldHeader(p.header[column]) != ProblemColumn && 10*shaped >= 9*len(p.sample) {
			p.take(email, column, fmt.Sprintf("%d of the %d cells looked at are addresses", shaped, len(p.sample)))
			return
		}
	}
}

func (p *proposer) proposal() Proposal {
	out := Proposal{Mapping: Mapping{Columns: map[string]string{}}}
	slices.SortStableFunc(p.found, func(a, b Found) int {
		return slices.Index(Attributes(), a.Attribute) - slices.Index(Attributes(), b.Attribute)
	})
	out.Found = p.found
	for a, column := range p.columns {
		out.Mapping.Columns[a.String()] = p.header[column]
	}
	for column, name := range p.header {
		if !p.taken[column] && table.FoldHeader(name) != ProblemColumn {
			out.Unmapped = append(out.Unmapped, name)
		}
	}
	for _, a := range identities() {
		if _, found := p.columns[a]; found && out.Mapping.Key == "" {
			out.Mapping.Key = a.String()
		}
	}
	out.Mapping.DateFormat, out.Mapping.Active, out.Mapping.Left = p.dateFormat(), p.active, p.left
	out.Words = p.unknownWords(out.Mapping)
	return out
}

// dateFormat is the only form in which all dates of the sample can be read that are not ISO 8601; empty when there is
// none, or more than one.
func (p *proposer) dateFormat() string {
	var odd []string
	for _, a := range []attribute{starts, ends} {
		for _, v := range p.cells(a) {
			if _, code, _ := (layout{}).date(v); code == dateAmbiguous || code == dateInvalid {
				odd = append(odd, v)
			}
		}
	}
	var fits []string
	for _, text := range []string{"D.M.YYYY", "D/M/YYYY", "M/D/YYYY", "D-M-YYYY", "M-D-YYYY", "YYYY/M/D", "YYYY.M.D", "YYYYMMDD", "D-MMM-YYYY", "D MMM YYYY"} {
		l, err := compileLayout(text)
		if err == nil && len(odd) > 0 && !slices.ContainsFunc(odd, func(v string) bool { _, code, _ := l.date(v); return code != "" }) {
			fits = append(fits, text)
		}
	}
	if len(fits) != 1 {
		return ""
	}
	return fits[0]
}

// cells are the texts that the sample has for an attribute.
func (p *proposer) cells(a attribute) []string {
	column, found := p.columns[a]
	if !found {
		return nil
	}
	var out []string
	for _, row := range p.sample {
		if v := trim(row[column]); v != "" {
			out = append(out, v)
		}
	}
	return out
}

func (p *proposer) unknownWords(m Mapping) []string {
	words, _ := newVocabulary(m)
	odd := map[string]bool{}
	for _, v := range p.cells(status) {
		if _, known := words[foldWord(v)]; !known {
			odd[v] = true
		}
	}
	return slices.Sorted(maps.Keys(odd))
}

// YAML is the mapping as it is written below a directory's roster settings in the configuration, with what needs a
// decision as comments.
func (p Proposal) YAML() string {
	var b strings.Builder
	b.WriteString("columns:\n")
	for _, f := range p.Found {
		fmt.Fprintf(&b, "  %s: %s # %s\n", f.Attribute, quoteYAML(f.Column), f.Why)
	}
	for _, name := range p.Unmapped {
		fmt.Fprintf(&b, "  # not used: %s\n", quoteYAML(name))
	}
	fmt.Fprintf(&b, "format:\n  key: %s\n", p.Mapping.Key)
	if p.Mapping.DateFormat != "" {
		fmt.Fprintf(&b, "  dates: %s # the only form that fits the dates looked at\n", p.Mapping.DateFormat)
	}
	if len(p.Mapping.Active) > 0 {
		fmt.Fprintf(&b, "status:\n  active: [%s]\n  left: [%s]\n", quoteYAML(p.Mapping.Active[0]), quoteYAML(p.Mapping.Left[0]))
	}
	if len(p.Words) > 0 {
		active, gone, leave := usualWords()
		words := make([]string, len(p.Words))
		for i, w := range p.Words {
			words[i] = quoteYAML(w)
		}
		fmt.Fprintf(&b, "status:\n  # words that are not known; add each to the list where it belongs: %s\n", strings.Join(words, ", "))
		for _, list := range []struct {
			key   string
			words []string
		}{{"active", active}, {"left", gone}, {"leave", leave}} {
			fmt.Fprintf(&b, "  %s: [%s]\n", list.key, strings.Join(list.words, ", "))
		}
	}
	return b.String()
}

// quoteYAML writes a text as a YAML scalar within double quotes, whose escapes are those of JSON.
func quoteYAML(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // a text can be encoded
	}
	return string(text)
}

package roster

import (
	"fmt"
	"slices"
	"strings"

	"usher/internal/table"
	"usher/internal/usher"
)

// statusUnread is what a file is found to have, as Finding.Code says it, that looks like a status and is
// not read as one.
const statusUnread = "file.status_unread"

// flags are names of columns that say with two words whether somebody is there, as wordOf writes them.
func flags() []string {
	return []string{
		"active", "isactive", "activeuser", "enabled", "isenabled", "accountenabled", "accountactive", "useractive", "employed", "isemployed",
		"aktiv", "aktiviert", "actif", "activo", "attivo", "actief", "aktywny", "ativo",
	}
}

// pairs are the words for yes and no with which such columns are filled.
func pairs() [][2]string {
	return [][2]string{
		{"true", "false"}, {"yes", "no"}, {"y", "n"}, {"1", "0"}, {"x", "-"}, {"ja", "nein"}, {"ja", "nee"}, {"wahr", "falsch"},
		{"vrai", "faux"}, {"oui", "non"}, {"sí", "no"}, {"si", "no"}, {"sì", "no"}, {"tak", "nie"}, {"sim", "não"},
	}
}

// LooksLikeStatus says that a column has a name under which exports say whether somebody is there.
func LooksLikeStatus(column string) bool {
	word := wordOf(column)
	return slices.Contains(flags(), word) || slices.ContainsFunc(usualNames(), func(u usualName) bool {
		return u.attribute == status && slices.Contains(strings.Fields(u.names), word)
	})
}

// byFlag takes a column of two words for the status where no column has a name for one. What its words
// mean is proposed with it: nobody would leave by a column whose words are not known.
func (p *proposer) byFlag() {
	if _, found := p.columns[status]; found || len(p.sample) == 0 {
		return
	}
	for column, name := range p.header {
		if p.taken[column] || !slices.Contains(flags(), wordOf(name)) {
			continue
		}
		words := map[string]bool{}
		for _, row := range p.sample {
			if word := foldWord(row[column]); word != "" {
				words[word] = true
			}
		}
		if p.flagged(column, words) {
			return
		}
	}
}

// flagged takes a column whose words are a pair, or are known.
func (p *proposer) flagged(column int, words map[string]bool) bool {
	known, _ := newVocabulary(Mapping{})
	unknown := len(words) == 0
	for word := range words {
		if _, ok := known[word]; !ok {
			unknown = true
		}
	}
	if !unknown {
		p.take(status, column, "by its name")
		return true
	}
	for _, pair := range pairs() {
		if len(words) > 0 && len(words) == count(words, pair) {
			p.active, p.left = pair[:1], pair[1:]
			p.take(status, column, fmt.Sprintf("by its name; %s is who is there, and %s who is not", quoteYAML(pair[0]), quoteYAML(pair[1])))
			return true
		}
	}
	return false
}

// count is how many of a pair are among words.
func count(words map[string]bool, pair [2]string) (n int) {
	for _, word := range pair {
		if words[foldWord(word)] {
			n++
		}
	}
	return n
}

// unreadStatus tells of a column that looks like a status where none is read: everybody in the file counts
// as there, also whom the column calls gone.
func (r *reading) unreadStatus() {
	if b := r.bound[status]; b.column >= 0 || b.expression != nil {
		return
	}
	for i, name := range r.sheet.Header {
		if LooksLikeStatus(name) && !slices.Contains(r.used, i) && table.FoldHeader(name) != ProblemColumn {
			r.note(usher.Finding{
				Row: 1, Column: name, Code: statusUnread, Severity: usher.SeverityWarning,
				Text: "is not read: everybody in the file counts as there. Name it under columns as status, with its words under status, as usher map proposes",
			})
		}
	}
}

package roster

import (
	"fmt"
	"strings"

	"usher/internal/usher"
)

// employment is what a status word says of somebody.
type employment int

const (
	employed employment = iota + 1
	left
	onLeave
)

// The words that are known where a mapping declares none. A word that can mean two things is not among them.
func usualWords() (active, gone, leave []string) {
	return []string{"active", "employed", "aktiv", "actif", "activo", "attivo", "actief", "aktywny", "ativo"},
		[]string{
			"left", "leaver", "terminated", "inactive", "resigned", "retired", "dismissed", "deceased", "former",
			"ausgeschieden", "inaktiv", "ausgetreten", "inactif", "parti", "inactivo", "baja", "inattivo", "cessato",
			"inactief", "nieaktywny", "inativo",
		},
		[]string{"leave", "on leave", "leave of absence", "loa", "beurlaubt", "in elternzeit", "en congé"}
}

// vocabulary knows the words of the status column, folded.
type vocabulary map[string]employment

func newVocabulary(m Mapping) (vocabulary, []error) {
	active, gone, leave := m.Active, m.Left, m.Leave
	if active == nil && gone == nil && leave == nil {
		active, gone, leave = usualWords()
	}
	v := vocabulary{}
	var errs []error
	for _, list := range []struct {
		key   string
		means employment
		words []string
	}{{"status.active", employed, active}, {"status.left", left, gone}, {"status.leave", onLeave, leave}} {
		for _, word := range list.words {
			folded := foldWord(word)
			switch before, known := v[folded]; {
			case folded == "":
				errs = append(errs, &MappingError{list.key, "has an empty word; an empty cell is never a status"})
			case known && before != list.means:
				errs = append(errs, &MappingError{list.key, fmt.Sprintf("%q is in another list as well; a word has one meaning", word)})
			}
			v[folded] = list.means
		}
	}
	if len(active) == 0 {
		errs = append(errs, &MappingError{"status.active", "has no word; name those of the people that are employed"})
	}
	return v, errs
}

// means is what a word says. Folding leaves a folded word as it is, so one that is known needs none.
func (v vocabulary) means(word string) (employment, bool) {
	if e, known := v[word]; known {
		return e, true
	}
	e, known := v[foldWord(word)]
	return e, known
}

func foldWord(s string) string { return usher.FoldText(strings.Join(strings.Fields(s), " ")) }

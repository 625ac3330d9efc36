package scim

import (
	"strconv"

	"usher/internal/usher"
)

// maxWork bounds what the operations of one PATCH may cost together, because they run
// while the record is locked and, on SQLite, nobody else can write. It is enough for
// maxOperations, each with three comparisons on a list of maxElements, and takes a small
// part of a second.
const maxWork = 8_000_000

// textUnit is how many bytes of text cost as much as one value.
const textUnit = 32

// work is what the operations of one PATCH may still cost, and the texts that they
// compared in their folded form, because folding is what takes longest.
type work struct {
	left   int
	folded map[string]string
}

func newWork() *work { return &work{left: maxWork, folded: map[string]string{}} }

// spend takes what the operation costs on the attribute's present value: how much there
// is to look at, times how often.
func (w *work) spend(o patchOp, old any) error {
	list, _ := old.([]any)
	size, times := worth(list), max(o.path.comparisons, 1)
	if named, ok := o.value.([]any); ok {
		size, times = size+worth(named), max(len(named), 1)
	}
	if w.left -= size * times; w.left < 0 {
		return tooLarge("%s: the operations compare too many values; send them in several requests", o.path.attribute.path)
	}
	return nil
}

// worth is how much there is to look at in a decoded JSON value.
func worth(v any) int {
	sum := 1
	switch v := v.(type) {
	case string:
		sum += len(v) / textUnit
	case []any:
		for _, e := range v {
			sum += worth(e)
		}
	case map[string]any:
		for _, e := range v {
			sum += worth(e)
		}
	}
	return sum
}

// holds says whether a filter on the sub-attributes of a holds for one element of it.
func (w *work) holds(a *attribute, f usher.Filter, element map[string]any) bool {
	switch f := f.(type) {
	case usher.And:
		return w.holds(a, f.Left, element) && w.holds(a, f.Right, element)
	case usher.Or:
		return w.holds(a, f.Left, element) || w.holds(a, f.Right, element)
	case usher.Not:
		return !w.holds(a, f.Filter, element)
	case usher.Compare:
		have, ok := w.comparable(a.sub(f.Path[len(a.path)+len("."):]), element)
		if f.Op == usher.NotEqual {
			return !ok || have != f.Text
		}
		return ok && compares(have, f.Op, f.Text)
	}
	return false
}

// comparable is what an object holds under the simple attribute a, in the form in which
// it is compared; false when that is nothing.
func (w *work) comparable(a *attribute, object map[string]any) (string, bool) {
	switch v := object[a.name].(type) {
	case string:
		return w.fold(a, v), v != "" && a.stored()
	case bool:
		return strconv.FormatBool(v), a.stored()
	}
	return "", false
}

// fold is attribute.fold, once for each text.
func (w *work) fold(a *attribute, text string) string {
	if a.caseExact {
		return text
	}
	key, ok := w.folded[text]
	if !ok {
		key = a.fold(text)
		w.folded[text] = key
	}
	return key
}

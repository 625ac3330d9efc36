package scim

import (
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"usher/internal/usher"
)

const (
	// defaultCount is how many resources a page has when the client does not say.
	defaultCount = 100
	// maxCount is how many it has at the most.
	maxCount = 200
)

// search is what a client asks of a list: the query parameters of RFC 7644 section
// 3.4.2, or the same members of a SearchRequest (section 3.4.3).
type search struct {
	filter            string
	sortBy, sortOrder string
	start, count      int
	shape             shape
}

// searchOf reads query parameters; unknown ones are ignored, because Entra sends flags
// for itself.
func searchOf(values url.Values) (search, error) {
	for _, name := range []string{"filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes"} {
		if len(values[name]) > 1 {
			return search{}, badRequest(invalidValue, "the query names %s twice", name)
		}
	}
	if values.Get("cursor") != "" {
		return search{}, badRequest("invalidCursor", "usher gives out no cursors; page with startIndex and count")
	}
	start, err := number(values.Get("startIndex"), "startIndex", 1)
	if err != nil {
		return search{}, err
	}
	count, err := number(values.Get("count"), "count", defaultCount)
	if err != nil {
		return search{}, err
	}
	return search{
		filter: values.Get("filter"), sortBy: values.Get("sortBy"), sortOrder: values.Get("sortOrder"),
		start: start, count: count,
		shape: shape{commaList(values.Get("attributes")), commaList(values.Get("excludedAttributes"))},
	}, nil
}

func number(text, name string, fallback int) (int, error) {
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, badRequest(invalidValue, "%s must be an integer", name)
	}
	return n, nil
}

// commaList splits a list of names.
func commaList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
}

// readSearch reads a SearchRequest.
func readSearch(w http.ResponseWriter, r *http.Request) (search, error) {
	body, err := readDocument(w, r, userBounds())
	if err != nil {
		return search{}, err
	}
	f := fields{body: body}
	s := search{
		filter: f.text("filter"), sortBy: f.text("sortBy"), sortOrder: f.text("sortOrder"),
		start: f.integer("startIndex", 1), count: f.integer("count", defaultCount),
		shape: shape{f.texts("attributes"), f.texts("excludedAttributes")},
	}
	return s, f.err
}

// fields reads the members of a SearchRequest and keeps the first mistake.
type fields struct {
	body map[string]any
	err  error
}

func (f *fields) get(name string) any {
	for key, value := range f.body {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

func (f *fields) refuse(name, want string) {
	if f.err == nil {
		f.err = badRequest(invalidValue, "%s must be %s", name, want)
	}
}

func (f *fields) text(name string) string {
	value := f.get(name)
	text, ok := value.(string)
	if !ok && value != nil {
		f.refuse(name, "a string")
	}
	return text
}

func (f *fields) texts(name string) []string {
	value := f.get(name)
	list, ok := value.([]any)
	if !ok && value != nil {
		f.refuse(name, "an array of strings")
	}
	var texts []string
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			f.refuse(name, "an array of strings")
		}
		texts = append(texts, text)
	}
	return texts
}

func (f *fields) integer(name string, fallback int) int {
	value := f.get(name)
	if value == nil {
		return fallback
	}
	n, ok := value.(float64)
	if !ok || n != math.Trunc(n) || math.Abs(n) > math.MaxInt32 {
		f.refuse(name, "an integer")
	}
	return int(n)
}

// query resolves the search against the resource type.
func (c *collection) query(directory usher.ID, s search) (usher.Query, error) {
	q := usher.Query{Directory: directory, Offset: max(s.start, 1) - 1, Limit: min(max(s.count, 0), maxCount)}
	var err error
	if strings.TrimSpace(s.filter) != "" {
		if q.Filter, err = c.kind.parseFilter(s.filter); err != nil {
			return q, err
		}
	}
	if s.sortBy != "" {
		if q.SortBy, err = c.kind.sortPath(s.sortBy); err != nil {
			return q, err
		}
	}
	switch strings.ToLower(s.sortOrder) {
	case "", "ascending":
	case "descending":
		q.Descending = true
	default:
		return q, badRequest(invalidValue, "sortOrder must be ascending or descending")
	}
	return q, nil
}

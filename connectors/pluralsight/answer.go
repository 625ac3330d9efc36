package pluralsight

import (
	"encoding/json"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"usher/connectors"
)

// The published statuses. The third one's text is cut short where it is published.
var (
	processing = regexp.MustCompile(`(?i)^processing\b`)
	objects    = regexp.MustCompile(`(?i)^validation completed with err`)
	noFiles    = regexp.MustCompile(`(?i)^no files\b`)
)

// answer is what the portal said to a file.
type answer struct {
	status     string
	processing bool // it took the file, or still works on it
	objects    bool // it has something against a record or more
	words      string
	body       any
}

// read understands an answer, or says why it is none. The HTTP status under which the portal
// objects is not published, so the text decides.
func read(resp *http.Response, body []byte, write bool) (answer, *connectors.Failure) {
	var a answer
	object, ok := parse(resp, body)
	if ok {
		a.status, _ = object["status"].(string)
		a.processing, a.objects = processing.MatchString(a.status), objects.MatchString(a.status)
		a.body, a.words = object, connectors.Words(strings.Join(texts(object), " "))
	}
	switch {
	case a.objects && (resp.StatusCode < 300 || resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusUnprocessableEntity):
		return a, nil
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return a, failed(resp, a, write)
	case !ok:
		return a, connectors.Unclear(write, "the portal's answer is not the JSON of a status")
	case resp.Request.Method == http.MethodPost && !a.processing:
		f := connectors.Unclear(write, "the portal answered with a status that is not known")
		f.Detail = connectors.Words(a.status)
		return a, f
	case a.status == "":
		return a, connectors.Unclear(write, "the portal's answer holds no status")
	}
	return a, nil
}

// parse reads the body as a JSON object. A page for people cannot be an answer.
func parse(resp *http.Response, body []byte) (map[string]any, bool) {
	if media, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); media == "text/html" {
		return nil, false
	}
	var object map[string]any
	err := json.Unmarshal(body, &object)
	return object, err == nil && object != nil
}

// about is what the answer says of one record; empty where it does not name it by id or
// address. How it names records is not published: the innermost object or text that does.
func (a answer) about(r record) string { return connectors.Words(about(a.body, r)) }

func about(value any, r record) string {
	switch v := value.(type) {
	case string:
		if mentions(v, r.id) || mentions(strings.ToLower(v), strings.ToLower(r.email)) {
			return v
		}
	case []any:
		for _, item := range v {
			if words := about(item, r); words != "" {
				return words
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			words := about(v[name], r)
			if _, direct := v[name].(string); direct && words != "" {
				return strings.Join(texts(v), " ")
			}
			if words != "" {
				return words
			}
		}
	}
	return ""
}

// mentions says whether a text holds a word that may hold signs.
func mentions(text, word string) bool {
	inside := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_+@", r) }
	for rest := text; word != ""; {
		i := strings.Index(rest, word)
		if i < 0 {
			return false
		}
		before, after := []rune(rest[:i]), []rune(rest[i+len(word):])
		if (len(before) == 0 || !inside(before[len(before)-1])) && (len(after) == 0 || !inside(after[0])) {
			return true
		}
		rest = rest[i+len(word):]
	}
	return false
}

// texts are all texts in a value, by name.
func texts(value any) []string {
	var out []string
	switch v := value.(type) {
	case string:
		out = append(out, v)
	case []any:
		for _, item := range v {
			out = append(out, texts(item)...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(out, texts(v[name])...)
		}
	}
	return out
}

package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/internal/usher"
)

// maxBody bounds what a request says in JSON, maxText a text in it, in bytes.
const (
	maxBody = 64 << 10
	maxText = 500
)

// plainText says whether a text holds nothing that no store keeps and no list shows.
func plainText(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl)
}

// readQuery reads the parameters of a request, each of which is known and comes once.
func readQuery(r *http.Request, known []string) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: "the query cannot be read: " + err.Error()}
	}
	for name, values := range query {
		switch {
		case !slices.Contains(known, name):
			return nil, invalid(name, "is no parameter here; there "+among(known))
		case len(values) > 1:
			return nil, invalid(name, "comes more than once")
		case !plainText(values[0]) || len(values[0]) > maxText:
			return nil, invalid(name, "has control characters, is no UTF-8 or is too long")
		}
	}
	return query, nil
}

func among(known []string) string {
	if len(known) == 0 {
		return "is none"
	}
	return "is " + strings.Join(known, ", ")
}

// choice is a parameter that has one of some values, the first where it is not given.
func (v *visit) choice(name string, values ...string) (string, error) {
	given := v.query.Get(name)
	if given == "" {
		return values[0], nil
	}
	if !slices.Contains(values, given) {
		return "", invalid(name, "is none of "+strings.Join(slices.DeleteFunc(values, func(s string) bool { return s == "" }), ", "))
	}
	return given, nil
}

// number is the number in the path.
func (v *visit) number() (int64, error) {
	n, err := strconv.ParseInt(v.r.PathValue("number"), 10, 64)
	if err != nil || n < 1 || strconv.FormatInt(n, 10) != v.r.PathValue("number") {
		return 0, nothingHere()
	}
	return n, nil
}

// read reads the body of a request as JSON into one of our own values: no field that is not known,
// nothing after it.
func (v *visit) read(into any) error {
	media, _, err := mime.ParseMediaType(v.r.Header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported-media-type", Detail: "send JSON, with Content-Type: application/json"}
	}
	body, err := io.ReadAll(http.MaxBytesReader(v.w, v.r.Body, maxBody))
	if err != nil {
		return unreadable(err)
	}
	if err := plainObject(body); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return unreadable(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: "something stands after the JSON value"}
	}
	return v.still()
}

// plainObject refuses what another reader could understand otherwise than encoding/json, which takes the last of equal names,
// in whatever case, and repairs text that is no UTF-8.
func plainObject(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	if begin, err := decoder.Token(); err != nil || begin != json.Delim('{') || !utf8.Valid(body) {
		return unreadable(err)
	}
	seen := map[string]bool{}
	for decoder.More() {
		token, err := decoder.Token()
		if err != nil {
			return unreadable(err)
		}
		name, _ := token.(string)
		folded := strings.ToLower(strings.ToUpper(name))
		if seen[folded] {
			return invalid(name, "comes more than once")
		}
		seen[folded] = true
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return unreadable(err)
		}
	}
	return nil
}

// unreadable says what is wrong with a body; nil is what no error says more of.
func unreadable(err error) *Problem {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Detail: "the body has more than 64 KiB"}
	}
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && e.Field != "" {
		return invalid(e.Field, "is of another type; it is to be a "+e.Type.String())
	}
	if err != nil {
		if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			name, _ := strconv.Unquote(quoted)
			return invalid(name, "is no field here")
		}
	}
	return &Problem{Status: http.StatusBadRequest, Code: "invalid", Detail: "the body cannot be read as JSON"}
}

// reason is the reason for a change. Every change has one.
func reason(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return invalid("reason", "is missing: say why, for the record")
	case !plainText(text) || len(text) > maxText:
		return invalid("reason", "has control characters or more than 500 bytes")
	}
	return nil
}

// day reads a last day, which counts to its end; zero for none.
func (v *visit) day(field, text string) (usher.Time, error) {
	if text == "" {
		return 0, nil
	}
	day, err := time.ParseInLocation(time.DateOnly, text, v.Zone)
	if err != nil {
		return 0, invalid(field, "is not a day written as YYYY-MM-DD")
	}
	end := usher.TimeOf(day.AddDate(0, 0, 1))
	if end <= usher.TimeOf(v.Now()) {
		return 0, invalid(field, "is over; name a day that is not")
	}
	return end, nil
}

package oidc

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-jose/go-jose/v4/json"

	"usher/internal/usher"
)

// claims are the members of a JSON object by their exact names. encoding/json would take SUB for sub and the last of
// two equal names; another library the first, and the two would see two people.
type claims map[string]any

// readClaims refuses an object with two members of one name, and text that is no UTF-8: both would be repaired in
// silence.
func readClaims(text []byte) (claims, error) {
	var c claims
	if !utf8.Valid(text) {
		return nil, refuse(CodeMalformed, "the token holds text that is no UTF-8")
	}
	if err := json.Unmarshal(text, &c); err != nil || c == nil {
		return nil, refuse(CodeMalformed, "the token holds no JSON object, or one with two members of one name")
	}
	return c, nil
}

func (c claims) has(name string) bool {
	_, ok := c[name]
	return ok
}

// text is empty where the claim is missing or no text.
func (c claims) text(name string) string {
	text, _ := c[name].(string)
	return text
}

// texts is a claim that is a list of texts or one text; false if it is there and neither.
func (c claims) texts(name string) ([]string, bool) {
	switch value := c[name].(type) {
	case nil:
		return nil, true
	case string:
		return []string{value}, true
	case []any:
		list := make([]string, 0, len(value))
		for _, v := range value {
			text, ok := v.(string)
			if !ok {
				return nil, false
			}
			list = append(list, text)
		}
		return list, true
	}
	return nil, false
}

// time is a NumericDate (RFC 7519 2), which may have a fraction; zero if it is missing, no number, or no date between
// 1970 and 9999.
func (c claims) time(name string) usher.Time {
	seconds, ok := c[name].(float64)
	if !ok || seconds <= 0 || seconds > 253402300799 {
		return 0
	}
	return usher.Time(math.Round(seconds * 1e6))
}

// isTrue is true for true and "true" alone. Some providers write every boolean as a text, and "false" is one too.
func isTrue(value any) bool { return value == true || value == "true" }

// number is a number, or a text that is one.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case float64:
		return v, true
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil
	}
	return 0, false
}

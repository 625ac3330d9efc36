package usher_test

import (
	"fmt"
	"testing"

	"usher/internal/usher"
)

func TestFieldsOf(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{"", "", "[]"},
		{"", `{"displayName":"Ann","seats":3,"old":false}`, "[{display name  Ann} {old  no} {seats  3}]"},
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"y"}`, "[{b x y}]"},
		{`{"a":{"b":"x","c":[1,"two",null]}}`, `{"a":{"b":"x"}}`, "[{a c 1, two,  }]"},
		{`{"id":12345678901234567890}`, "", "[{id 12345678901234567890 }]"},
		{`[1]`, `"x"`, "[]"},
		{`{broken`, `{"a":[{"b":1,"a":"x","c":null}]}`, `[{a  a x; b 1}]`},
		{"", `{"emails":[{"type":"work","value":"a@x.example","primary":true},{"value":"b@x.example"}]}`, "[{emails  a@x.example, b@x.example}]"},
		{"", `{"externalID":"7","externalId":"8","aB":"y"}`, "[{a b  y} {external ID  7} {external id  8}]"},
	} {
		if got := fmt.Sprint(usher.FieldsOf([]byte(c.before), []byte(c.after))); got != c.want {
			t.Errorf("%s to %s: %s, want %s", c.before, c.after, got, c.want)
		}
	}
}

package scim

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestReadDocument(t *testing.T) {
	for _, c := range []struct {
		body string
		want string // the document as JSON, or a part of the refusal's detail
		ok   bool
	}{
		{`{"a":[1,-2.5e3,true,false,null,"x",{},[]]}`, `{"a":[1,-2500,true,false,null,"x",{},[]]}`, true},
		{" \t\r\n{ \"a\" : 1 } \n", `{"a":1}`, true},
		{`{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}`, `{"a":{"x":1},"b":{"x":1},"c":[{"x":1},{"x":1}]}`, true},
		{`{"a":"{\"a\":1,\"a\":2}[[","b":"\\"}`, `{"a":"{\"a\":1,\"a\":2}[[","b":"\\"}`, true},
		{`{"a":"a","b":"a"}`, `{"a":"a","b":"a"}`, true},
		{`{"a":"\\u0000"}`, `{"a":"\\u0000"}`, true},
		{`{"é":1,"é":2}`, "twice", false},
		{`{"a":1,"a":2}`, "twice", false},
		{`{"userName":1,"USERNAME":2}`, "twice", false},
		{"{\"k\":1,\"\u212a\":2}", "twice", false}, // the Kelvin sign
		{`{"a":1,"\u0061":2}`, "twice", false},
		{`{"x":[{"y":{"a":1,"b":2,"A":3}}]}`, "twice", false},
		{`{"a":1} garbage`, "not valid JSON", false},
		{`{"a":1}{"b":2}`, "not valid JSON", false},
		{`{"a":1}]`, "not valid JSON", false},
		{`{"a":1`, "not valid JSON", false},
		{`{"a":"`, "not valid JSON", false},
		{`{"a\u":1}`, "not valid JSON", false},
		{`{"a":1,}`, "not valid JSON", false},
		{`}}}}]]],,,"`, "not valid JSON", false},
		{`,`, "not valid JSON", false},
		{``, "not valid JSON", false},
		{`[]`, "one JSON object", false},
		{`"x"`, "one JSON object", false},
		{`null`, "one JSON object", false},
		{"{\"a\":\"\xff\"}", "UTF-8", false},
		{`{"a":"\u0000"}`, "NUL", false},
		{`{"\u0000":1}`, "NUL", false},
		{"{\"a\":\"\x00\"}", "not valid JSON", false},
	} {
		r := httptest.NewRequest("POST", "/Users", strings.NewReader(c.body))
		document, err := readDocument(httptest.NewRecorder(), r, userBounds())
		switch {
		case c.ok && err != nil:
			t.Errorf("%s: %v", c.body, err)
		case c.ok && encoded(t, document) != encoded(t, decoded(t, c.want)):
			t.Errorf("%s: read as %v", c.body, document)
		case !c.ok && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v, want a refusal with %q", c.body, err, c.want)
		}
	}
}

// Names that are equal but for case have one hash; without it every name of an object
// would be compared with every other.
func TestFoldedHash(t *testing.T) {
	other := 0
	for r := range unicode.MaxRune {
		if s := unicode.SimpleFold(r); s != r && utf8.ValidRune(r) {
			other++
			if foldedHash([]byte("x"+string(r))) != foldedHash([]byte("X"+string(s))) {
				t.Errorf("%q and %q differ", r, s)
			}
		}
	}
	if other < 2000 {
		t.Errorf("only %d characters have another case", other)
	}
	if foldedHash([]byte("ab")) == foldedHash([]byte("ba")) {
		t.Error("the order of characters does not count")
	}
}

// BenchmarkScanNames is the body whose names take longest: as many objects with as many
// names as the weight of a Group allows.
func BenchmarkScanNames(b *testing.B) {
	member := "{" + counted(maxNames, `"name#":1`) + "}"
	text := []byte(`{"members":[` + counted(groupBounds().weight/(maxNames+objectWeight)-1, member) + `]}`)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s := scan{text: text, left: groupBounds().weight}
		if err := s.run(); err != nil {
			b.Fatal(err)
		}
	}
}

// FuzzReadDocument checks that what is read is what encoding/json reads, and that
// nothing within the bounds makes it panic.
func FuzzReadDocument(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,true,null,"x",{"b":[]}]}`, `{"a":1,"A":2}`, `{"a":"\"{["}`, `{"a":"\u0000"}`, `{"\u0061":1}`,
		`[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[`, `}`, `,,,`, `"\`, `{"a":1} x`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := httptest.NewRequest("POST", "/Users", strings.NewReader(string(text)))
		document, err := readDocument(httptest.NewRecorder(), r, userBounds())
		if err != nil {
			return
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil || !reflect.DeepEqual(document, want) {
			t.Errorf("%q read as %v, encoding/json says %v, %v", text, document, want, err)
		}
	})
}

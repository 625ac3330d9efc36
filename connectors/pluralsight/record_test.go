package pluralsight

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"usher/internal/usher"
)

func TestPlain(t *testing.T) {
	for name, want := range map[string]string{
		"Seán": "Sean", "O'Brien": "OBrien", "O’Brien": "OBrien", "Müller-Łukasiewicz": "Mueller-Lukasiewicz", "Zoë": "Zoe",
		"Zoe\u0308": "Zoe", "Strauß": "Strauss", "Þór Æsir": "Thor AEsir", "İnci": "Inci", "Nguyễn Thị": "Nguyen Thi", "Jean – Luc": "Jean - Luc",
		`=HYPERLINK("x")`: "HYPERLINKx", "-Ann-": "Ann", "Ann, \"MD\"": "Ann MD", "  Ann\u00a0\t Lee ": "Ann Lee",
		"李小龍": "李小龍", "Дмитрий": "Дмитрий", "Ann\x00\u200bLee": "AnnLee", "😀": "", "'": "", "A?\u0300": "A", "α?\u0301": "ά", "Ǽ": "AE", "ä\u0300": "ae",
	} {
		if got := plain(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

// TestFilesKeepTheirShape: whatever people are called, a line has four cells and no quotes.
func TestFilesKeepTheirShape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := usher.AccountChange{Desired: usher.Desired{
			Active: true, Key: rapid.String().Draw(t, "id"), Address: rapid.String().Draw(t, "address"),
			GivenName: rapid.String().Draw(t, "given"), FamilyName: rapid.String().Draw(t, "family"),
		}}
		r := newRecord(0, c)
		if r.objection() != "" {
			return
		}
		text := string(file([]record{r}))
		if strings.Count(text, "\n") != 2 || strings.Count(text, ",") != 6 || strings.ContainsAny(text, "\"'\r;\x00") || !utf8.ValidString(text) {
			t.Fatalf("%q", text)
		}
		if plain(r.first) != r.first {
			t.Fatalf("%q changes again", r.first)
		}
	})
}

// FuzzAnswer reads whatever the portal may answer.
func FuzzAnswer(f *testing.F) {
	for _, body := range []string{
		`{"status":"Processing"}`, `{"status":"No files"}`, `{"status":"Validation Completed With Errors","errors":[{"id":"7","message":"bad"}]}`,
		`{"status":"validation completed with err","rows":["7: bad",["x",{"a":{"b":"7"}}]]}`, `{"status":7}`, `null`, `[`, "\x00", `{"status":"\u0000"}`,
	} {
		f.Add(200, []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		resp := &http.Response{StatusCode: status, Header: http.Header{}, Request: &http.Request{Method: http.MethodPost}}
		a, failure := read(resp, body, true)
		if !utf8.ValidString(a.words) || len([]rune(a.words)) > 301 {
			t.Errorf("words %q", a.words)
		}
		if failure == nil && a.processing == a.objects {
			t.Errorf("%q: neither taken nor objected to", body)
		}
		if words := a.about(record{id: "7", email: "a@example.com"}); words != "" && !json.Valid(body) {
			t.Errorf("%q says %q of a record", body, words)
		}
	})
}

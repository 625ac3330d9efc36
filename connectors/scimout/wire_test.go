package scimout_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// TestWire pins what goes over the wire, call by call.
func TestWire(t *testing.T) {
	for _, v := range []struct {
		name   string
		portal scimportal.Options
		story  func(*testing.T, *rig)
	}{
		{"person", scimportal.Options{}, personStory},
		{"person-without-patch", scimportal.Options{NoPatch: true}, personStory},
		{"person-empty-answers", scimportal.Options{EmptyAnswers: true, NoVersions: true}, personStory},
		{"team", scimportal.Options{}, teamStory},
		{"team-without-patch", scimportal.Options{NoPatch: true}, teamStory},
		{"read", scimportal.Options{PageSize: 2}, readStory},
	} {
		t.Run(v.name, func(t *testing.T) {
			tape := &recorder{}
			r := start(t, v.portal, scimout.Options{Client: &http.Client{Transport: tape}})
			v.story(t, r)
			golden(t, filepath.Join("testdata", "wire", v.name+".golden"), tape.Bytes())
		})
	}
}

func personStory(t *testing.T, r *rig) {
	boss := ann()
	boss.Desired = usher.Desired{Active: true, Key: "person-bo", UserName: `bo"ss`, Address: "bo@example.com", DisplayName: "Bo <R&D>"}
	boss = r.done(t, boss)
	c := ann()
	c.Desired.Manager, c.ManagerRemoteID = "person-bo", boss.RemoteID
	c = r.done(t, c)
	c.Desired.UserName, c.Desired.Address, c.Desired.FamilyName = "ann.ray@example.com", "ann.ray@example.com", "Ray"
	c.Desired.Title, c.Desired.Department = "", "Legal"
	c.Desired.Manager, c.ManagerRemoteID = "", ""
	c = r.done(t, c)
	c.Desired.Active = false
	r.done(t, c)
}

func teamStory(t *testing.T, r *rig) {
	for i := range 3 {
		r.direct(t, http.MethodPost, "/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	c := usher.AccountChange{
		Account: "account-team", Kind: usher.AccountTeam, MemberRemoteIDs: []string{"user-2", "user-1", "user-2"},
		Desired: usher.Desired{Active: true, Key: "team-1", DisplayName: "R&D"},
	}
	c = r.done(t, c)
	c.Desired.DisplayName, c.MemberRemoteIDs = "Research", []string{"user-3", "user-2"}
	c = r.done(t, c)
	c.Desired.Active = false
	r.done(t, c)
}

func readStory(t *testing.T, r *rig) {
	for i := range 3 {
		r.direct(t, http.MethodPost, "/Users", fmt.Sprintf(`{"userName":"u%d"}`, i))
	}
	r.direct(t, http.MethodPost, "/Groups", `{"displayName":"g","members":[{"value":"user-1"}]}`)
	for _, kind := range []usher.AccountKind{usher.AccountPerson, usher.AccountTeam} {
		if err := r.Read(t.Context(), kind, func(usher.Seen) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

// recorder writes down every call.
type recorder struct{ bytes.Buffer }

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	query, err := url.QueryUnescape(req.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(r, "%s %s %s\n", req.Method, req.URL.Path, query)
	for _, name := range []string{"Accept", "Content-Type", "If-Match"} {
		if value := req.Header.Get(name); value != "" {
			fmt.Fprintf(r, "%s: %s\n", name, value)
		}
	}
	if req.Body == nil {
		req.Body = http.NoBody
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) > 0 {
		if err := json.Indent(&r.Buffer, body, "", "  "); err != nil {
			return nil, err
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err == nil {
		fmt.Fprintf(r, "-> %d\n\n", resp.StatusCode)
	}
	return resp, err
}

// golden compares with a file, or writes it when UPDATE_GOLDEN is set.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if os.Getenv("UPDATE_GOLDEN") != "" {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (UPDATE_GOLDEN=1 writes it anew):\n%s", path, got)
	}
}

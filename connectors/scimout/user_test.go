package scimout_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"usher/connectors/scimout"
	"usher/connectors/scimout/scimportal"
	"usher/internal/usher"
)

// TestAdoption: which account may be taken for Ann's.
func TestAdoption(t *testing.T) {
	const (
		hers     = `{"userName":"ann@example.com","emails":[{"value":"ANN@example.com"}]}`
		ours     = `{"userName":"old@example.com","externalId":"person-ann","emails":[{"value":"old@example.com"}]}`
		foreign  = `{"userName":"ann@example.com","externalId":"okta-17","emails":[{"value":"ann@example.com"}]}`
		byName   = `{"userName":"ANN@example.com","emails":[{"value":"else@example.com"}]}`
		second   = `{"userName":"ann2","emails":[{"value":"x@example.com"},{"value":"ann@example.com"}]}`
		stranger = `{"userName":"bob@example.com","emails":[{"value":"bob@example.com"}]}`
	)
	for _, v := range []struct {
		name   string
		match  scimout.Match
		there  []string
		result usher.OutcomeResult
		reason string
		made   int
	}{
		{"nobody like her", "", []string{stranger}, usher.Done, "", 2},
		{"her account, nobody's", "", []string{hers}, usher.Done, "", 1},
		{"ours under an old name", "", []string{stranger, ours}, usher.Done, "", 2},
		{"another system's", "", []string{foreign}, usher.Refused, `belongs to another system: its externalId is "okta-17"`, 1},
		{"by address", scimout.MatchEmails, []string{hers}, usher.Done, "", 1},
		{"by a second address", scimout.MatchEmails, []string{second}, usher.Done, "", 1},
		{"by address, two of them", scimout.MatchEmails, []string{hers, second}, usher.Refused, "several accounts at the portal have the same emails.value", 2},
		{"by address, the name is another's", scimout.MatchEmails, []string{byName}, usher.Refused, "the userName belongs to account user-1 there", 1},
		{"by externalId, ours", scimout.MatchExternalID, []string{ours}, usher.Done, "", 1},
		{"by externalId, the name is taken", scimout.MatchExternalID, []string{hers}, usher.Refused, "the userName belongs to account user-1 there", 1},
	} {
		t.Run(v.name, func(t *testing.T) {
			r := start(t, scimportal.Options{}, scimout.Options{Match: v.match})
			for _, body := range v.there {
				r.direct(t, http.MethodPost, "/Users", body)
			}
			o, down := r.one(t, ann())
			if o.Result != v.result || !strings.Contains(o.Reason, v.reason) || down != nil {
				t.Errorf("outcome %+v, want %s: %s", o, v.result, v.reason)
			}
			if s := r.portal.Stats(); s.Made != v.made {
				t.Errorf("%d accounts, want %d", s.Made, v.made)
			}
			if o.Result == usher.Refused && o.RemoteID != "" {
				t.Errorf("the outcome claims account %s", o.RemoteID)
			}
		})
	}
}

// TestRaceForTheName: somebody makes her account between look-up and create.
func TestRaceForTheName(t *testing.T) {
	for body, want := range map[string]usher.OutcomeResult{
		`{"userName":"ann@example.com"}`:                        usher.Done,
		`{"userName":"ann@example.com","externalId":"okta-17"}`: usher.Refused,
	} {
		r := start(t, scimportal.Options{}, scimout.Options{})
		var raced atomic.Bool
		r.portal.SetFault(func(req *http.Request) scimportal.Fault {
			if req.Method == http.MethodPost && raced.CompareAndSwap(false, true) {
				r.direct(t, http.MethodPost, "/Users", body)
			}
			return scimportal.Fault{}
		})
		if o, _ := r.one(t, ann()); o.Result != want {
			t.Errorf("against %s: %+v, want %s", body, o, want)
		}
		if users := r.portal.Users(); len(users) != 1 {
			t.Errorf("%d accounts", len(users))
		}
	}
}

// TestChangedMeanwhile: nothing is written over what was not seen.
func TestChangedMeanwhile(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := r.done(t, ann())
	c.Desired.Title = "Director"
	var raced atomic.Bool
	r.portal.SetFault(func(req *http.Request) scimportal.Fault {
		if req.Method == http.MethodPatch && raced.CompareAndSwap(false, true) {
			r.direct(t, http.MethodPatch, "/Users/"+c.RemoteID, `{"Operations":[{"op":"replace","path":"title","value":"Clown"}]}`)
		}
		return scimportal.Fault{}
	})
	if o, _ := r.one(t, c); o.Result != usher.Retry {
		t.Errorf("outcome %+v, want retry", o)
	}
	r.done(t, c)
	if u := r.portal.Users()[0]; u.Title != "Director" {
		t.Errorf("title %q", u.Title)
	}
}

// TestGone: an account that was deleted at the portal is made again for who has a seat,
// and is as good as released for who has none.
func TestGone(t *testing.T) {
	for _, active := range []bool{true, false} {
		r := start(t, scimportal.Options{}, scimout.Options{})
		c := r.done(t, ann())
		r.direct(t, http.MethodDelete, "/Users/"+c.RemoteID, "")
		c.Desired.Active = active
		after := r.done(t, c)
		if (after.RemoteID != "") != active || (after.Seen != nil) != active || after.RemoteID == c.RemoteID {
			t.Errorf("active %t: account %q after %q", active, after.RemoteID, c.RemoteID)
		}
	}
}

// TestWrongPlace: a base URL at which nothing is proves no release.
func TestWrongPlace(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := r.done(t, ann())
	c.Desired.Active = false
	r.portal.SetFault(func(*http.Request) scimportal.Fault { return scimportal.Fault{Status: http.StatusNotFound} })
	if o, _ := r.one(t, c); o.Result != usher.Refused {
		t.Errorf("outcome %+v, want refused", o)
	}
}

// TestManagerRefused: it costs nobody the seat, and is tried again with every delivery.
func TestManagerRefused(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := ann()
	c.Desired.Manager, c.ManagerRemoteID = "boss", "user-2"
	for _, want := range []int{2, 3} {
		o, _ := r.one(t, c)
		if o.Result != usher.Done || o.Seen == nil || !o.Seen.Active || !strings.Contains(o.Reason, "does not take the manager") {
			t.Fatalf("outcome %+v", o)
		}
		if r.Writes() != want {
			t.Errorf("%d writes, want %d", r.Writes(), want)
		}
		c.RemoteID = o.RemoteID
	}
	r.direct(t, http.MethodPost, "/Users", `{"userName":"boss"}`)
	if c = r.done(t, c); c.Seen.Manager != "user-2" {
		t.Errorf("manager %q", c.Seen.Manager)
	}
}

// TestManagerNotThereYet: the line that stands is left until the new manager is known.
func TestManagerNotThereYet(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	boss := ann()
	boss.Desired.Key, boss.Desired.UserName, boss.Desired.Address = "boss", "boss@example.com", "boss@example.com"
	boss = r.done(t, boss)
	c := ann()
	c.Desired.Manager, c.ManagerRemoteID = "boss", boss.RemoteID
	c = r.done(t, c)
	c.Desired.Manager, c.ManagerRemoteID = "new-boss", ""
	r.done(t, c)
	if u := r.portal.Users()[1]; u.Manager != boss.RemoteID {
		t.Errorf("manager %q", u.Manager)
	}
}

// TestOwnSpelling: a portal that keeps values its own way is told once per value.
func TestOwnSpelling(t *testing.T) {
	r := start(t, scimportal.Options{Normalise: func(doc map[string]any) {
		if title, ok := doc["title"].(string); ok {
			doc["title"] = strings.ToUpper(title)
		}
		delete(doc, "displayName")
	}}, scimout.Options{})
	c := r.done(t, ann())
	if r.Writes() != 1 {
		t.Errorf("%d writes for a create", r.Writes())
	}
	o, _ := r.one(t, c)
	if o.Wrote || o.Reason != "the portal does not show as sent: displayName, title" {
		t.Errorf("second pass: %+v", o)
	}
	for _, title := range []string{"Director", "", "Engineer"} {
		c.Desired.Title, c.Desired.DisplayName = title, "Ann "+title
		before := r.Writes()
		c = r.done(t, r.done(t, c))
		if n := r.Writes() - before; n != 1 {
			t.Errorf("title %q took %d writes", title, n)
		}
		if got := r.portal.Users()[0].Title; got != strings.ToUpper(title) {
			t.Errorf("title %q at the portal, want %q", got, title)
		}
	}
}

// TestActiveIsNotBelieved: a portal that accepts and does not do it. A release is told
// again every time, an activation once.
func TestActiveIsNotBelieved(t *testing.T) {
	for _, v := range []struct{ sticks, want bool }{{true, false}, {false, true}} {
		sticks := !v.sticks
		r := start(t, scimportal.Options{Normalise: func(doc map[string]any) { doc["active"] = sticks }}, scimout.Options{})
		c := r.done(t, withActive(ann(), sticks, r, t))
		sticks = v.sticks
		r.direct(t, http.MethodPatch, "/Users/"+c.RemoteID, `{"Operations":[{"op":"replace","path":"nickName","value":"x"}]}`)
		c.Desired.Active = v.want
		before := r.Writes()
		for range 3 {
			o, _ := r.one(t, c)
			if o.Result != usher.Unknown || o.Seen == nil || o.Seen.Active == v.want {
				t.Errorf("active %t: outcome %+v", v.want, o)
			}
		}
		if n, want := r.Writes()-before, map[bool]int{false: 3, true: 1}[v.want]; n != want {
			t.Errorf("active %t was told %d times, want %d", v.want, n, want)
		}
	}
}

// withActive is c, whose account is there and as active as said.
func withActive(c usher.AccountChange, active bool, r *rig, t *testing.T) usher.AccountChange {
	r.direct(t, http.MethodPost, "/Users", fmt.Sprintf(`{"userName":%q,"externalId":%q}`, c.Desired.UserName, c.Desired.Key))
	c.Desired.Active = active
	return c
}

// TestHiddenActive: a portal that does not show active is believed its acknowledgement.
func TestHiddenActive(t *testing.T) {
	r := start(t, scimportal.Options{Hide: []string{"active"}}, scimout.Options{})
	c := r.done(t, ann())
	for _, active := range []bool{false, true} {
		c.Desired.Active = active
		before := r.Writes()
		c = r.done(t, r.done(t, c))
		if r.Writes() != before+1 || c.Seen.Active != active || r.portal.Users()[0].Active != active {
			t.Errorf("active %t: %d writes, seen %+v, held %+v", active, r.Writes()-before, c.Seen, r.portal.Users()[0])
		}
	}
}

// TestOtherAddressesStay: what usher knows nothing of is left alone, by PATCH and by PUT.
func TestOtherAddressesStay(t *testing.T) {
	for _, noPatch := range []bool{false, true} {
		r := start(t, scimportal.Options{NoPatch: noPatch}, scimout.Options{})
		r.direct(t, http.MethodPost, "/Users", `{"userName":"ann@example.com","nickName":"Annie","emails":[
			{"value":"home@example.com","type":"home","primary":true},{"value":"before@example.com","type":"work"}]}`)
		c := r.done(t, ann())
		if got := fmt.Sprint(r.portal.Users()[0].Addresses); got != "[home@example.com ann@example.com]" {
			t.Errorf("addresses %s", got)
		}
		if c.Seen.Address != "ann@example.com" {
			t.Errorf("seen %+v", c.Seen)
		}
	}
}

// TestLeaverIsOnlyClosed: nothing else of a leaver's account is touched or demanded.
func TestLeaverIsOnlyClosed(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := r.done(t, ann())
	c.Desired = usher.Desired{Key: c.Desired.Key, UserName: "gone@example.com", Address: "gone@example.com"}
	r.done(t, c)
	if u := r.portal.Users()[0]; u.Active || u.UserName != "ann@example.com" || u.Title != "Engineer" {
		t.Errorf("the portal holds %+v", u)
	}
}

// TestNoSeats: other wordings are told from other refusals by status and pattern.
func TestNoSeats(t *testing.T) {
	for detail, want := range map[string]bool{
		"No seats left: 5 of 5 licenses are in use":       true,
		"License limit reached":                           true,
		"You have exceeded the number of licences":        true,
		"The license key of the portal is broken":         false, // the status alone says nothing
		"All seats have been used up":                     true,
		"not enough available licenses for this group":    true,
		"Insufficient licences":                           true,
		"seat map upload failed":                          false,
		"The user has no manager":                         false,
		"userName must not be longer than 64 characters.": false,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/scim+json")
			if r.Method == http.MethodGet {
				fmt.Fprint(w, `{"totalResults":0}`)
				return
			}
			w.WriteHeader(http.StatusConflict)
			fmt.Fprintf(w, `{"detail":%q}`, detail)
		}))
		c, err := scimout.New(scimout.Options{BaseURL: server.URL, Client: server.Client()})
		if err != nil {
			t.Fatal(err)
		}
		o, _ := (&rig{Connector: c}).one(t, ann())
		server.Close()
		if o.Result != usher.Refused || o.NoSeats != want || !strings.Contains(o.Reason, detail) {
			t.Errorf("%q: %+v, want no seats: %t", detail, o, want)
		}
	}
}

// TestFilterIgnored: a portal that answers with everybody has not found anybody.
func TestFilterIgnored(t *testing.T) {
	posts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			posts++
		}
		fmt.Fprint(w, `{"totalResults":1,"Resources":[{"id":"7","userName":"bob@example.com"}]}`)
	}))
	defer server.Close()
	c, err := scimout.New(scimout.Options{BaseURL: server.URL, Client: server.Client()})
	if err != nil {
		t.Fatal(err)
	}
	o, _ := (&rig{Connector: c}).one(t, ann())
	if o.Result != usher.Refused || posts != 0 || !strings.Contains(o.Reason, "does not filter by userName") {
		t.Errorf("%d writes, outcome %+v", posts, o)
	}
	err = c.Read(t.Context(), usher.AccountPerson, func(usher.Seen) error { return nil })
	if err != nil {
		t.Errorf("reading: %v", err)
	}
}

// TestNoFilterByKey: portals that cannot filter by externalId are asked by name only.
func TestNoFilterByKey(t *testing.T) {
	r := start(t, scimportal.Options{NoFilter: []string{"externalId"}}, scimout.Options{})
	c := r.done(t, ann())
	c.RemoteID = ""
	r.done(t, c)
	if r.portal.Stats().Made != 1 {
		t.Errorf("%d accounts", r.portal.Stats().Made)
	}
}

// TestRefusedFilterByKey: a portal that did filter by externalId and refuses it once does not
// say that the account is not there; under another name a second one would be made.
func TestRefusedFilterByKey(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := r.done(t, ann())
	c.RemoteID, c.Desired.UserName = "", "ann.stone@example.com"
	r.portal.SetFault(func(req *http.Request) scimportal.Fault {
		if strings.HasPrefix(req.URL.Query().Get("filter"), "externalId") {
			return scimportal.Fault{Status: http.StatusBadRequest}
		}
		return scimportal.Fault{}
	})
	if o, _ := r.one(t, c); o.Result != usher.Retry || r.portal.Stats().Made != 1 {
		t.Errorf("%+v, %d accounts", o, r.portal.Stats().Made)
	}
	r.portal.SetFault(nil)
	if r.done(t, c); r.portal.Stats().Made != 1 {
		t.Errorf("%d accounts", r.portal.Stats().Made)
	}
}

// TestMadeNothing: a portal that says 201 and makes nothing is found out. One that is known
// to do so when no seat is left has none.
func TestMadeNothing(t *testing.T) {
	for _, v := range []struct {
		body   string
		verify bool
	}{{"", false}, {"", true}, {`{"id":"user-9","active":true}`, true}} {
		body := v.body
		r := start(t, scimportal.Options{}, scimout.Options{Verify: v.verify})
		r.portal.SetFault(func(req *http.Request) scimportal.Fault {
			if req.Method != http.MethodPost {
				return scimportal.Fault{}
			}
			return scimportal.Fault{Body: body + " ", ContentType: "application/scim+json"}
		})
		want := map[bool]usher.OutcomeResult{false: usher.Unknown, true: usher.Refused}[v.verify]
		if o, _ := r.one(t, ann()); o.Result != want || o.NoSeats != v.verify || o.Seen != nil || o.RemoteID != "" {
			t.Errorf("answered %q: %+v", body, o)
		}
	}
}

// TestUnknownKind: a kind that nobody knows is refused.
func TestUnknownKind(t *testing.T) {
	r := start(t, scimportal.Options{}, scimout.Options{})
	c := ann()
	c.Kind = "robot"
	if o, _ := r.one(t, c); o.Result != usher.Refused {
		t.Errorf("outcome %+v", o)
	}
}

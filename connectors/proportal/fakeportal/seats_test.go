package fakeportal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"usher/connectors/proportal/fakeportal"
)

var now = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// peopled is a portal with so many people of each kind, by address "kind-n@example.com".
func peopled(t *testing.T, purchased int, kinds map[string]int) *fakeportal.Portal {
	t.Helper()
	p := fakeportal.New(purchased)
	access := map[string]string{"subscription": "ITProTV Subscription", "admin_only": "ProPortal Admin", "both": "Both", "deactivated": "ITProTV Subscription"}
	for _, kind := range []string{"deactivated", "subscription", "admin_only", "both"} {
		for i := range kinds[kind] {
			email := fmt.Sprintf("%s-%d@example.com", kind, i)
			must(t, p.Do(fakeportal.Task{Action: "Invite", First: "Some", Last: "Body", Email: email, Access: access[kind]}, now))
			if kind == "deactivated" {
				must(t, p.Do(fakeportal.Task{Action: "Deactivate Subscription", Email: email}, now))
			}
		}
	}
	return p
}

// TestSampleSeats is the seat arithmetic of sample 01.
func TestSampleSeats(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("..", "testdata", "01_seats.case.json"))
	must(t, err)
	var sample struct {
		Cases []struct {
			Name, Then, Outcome             string
			Purchased, Allocated, Available int
			Users                           map[string]int
		}
	}
	must(t, json.Unmarshal(content, &sample))
	then := map[string]fakeportal.Task{
		"remove_admin on both":         {Action: "Remove Admin Rights", Email: "both-0@example.com"},
		"activate the deactivated one": {Action: "Activate Subscription", Email: "deactivated-0@example.com"},
	}
	if len(sample.Cases) != 5 {
		t.Fatalf("%d cases", len(sample.Cases))
	}
	for _, c := range sample.Cases {
		t.Run(c.Name, func(t *testing.T) {
			p := peopled(t, c.Purchased, c.Users)
			if c.Then != "" {
				err := p.Do(then[c.Then], now)
				refused, _ := errors.AsType[*fakeportal.Refusal](err)
				if (c.Outcome == "refused") != (err != nil) || err != nil && (refused == nil || !refused.NoSeats) {
					t.Errorf("%s: %v", c.Then, err)
				}
			}
			purchased, allocated, available := p.Seats(fakeportal.Subscription)
			if purchased != c.Purchased || allocated != c.Allocated || available != c.Available {
				t.Errorf("%d of %d taken, %d left; want %d and %d", allocated, purchased, available, c.Allocated, c.Available)
			}
		})
	}
}

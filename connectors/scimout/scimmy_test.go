package scimout_test

import (
	"bufio"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors/scimout"
	"usher/internal/usher"
)

// TestScimmy keeps a server in line that somebody else wrote: npm scimmy.
func TestScimmy(t *testing.T) {
	calls := &counter{next: http.DefaultTransport}
	c, err := scimout.New(scimout.Options{
		BaseURL: startScimmy(t), Token: peerToken, Client: &http.Client{Transport: calls, Timeout: 10 * time.Second},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &staffed{T: t, Connector: c, calls: calls}
	s.people, s.teams = company(30, 3)

	s.converge("the first load")
	s.check()
	if s.calls.writes.Load() < 30 {
		t.Fatalf("%d writes were counted for 30 new people: the count shows nothing", s.calls.writes.Load())
	}
	s.quiet("a second pass")

	s.people[4].Desired.DisplayName, s.people[4].Desired.FamilyName = "Zoë Ünal", "Ünal"
	s.people[4].Desired.UserName, s.people[4].Desired.Address = "unal@example.com", "unal@example.com"
	s.people[5].Desired.Department, s.people[5].Desired.Title = "Legal", ""
	s.people[6].Desired.Manager = ""
	s.people[7].Desired.Manager = "person-2"
	s.people[8].Desired.Active = false
	s.teams[0].Desired.DisplayName = "Research"
	s.teams[1].Desired.Members = s.teams[1].Desired.Members[3:]
	s.teams[2].Desired.Members = nil
	s.converge("a day's changes")
	s.check()
	s.quiet("a pass after them")

	for i := range s.people { // as after a restore
		s.people[i].RemoteID, s.people[i].Seen = "", nil
	}
	s.quiet("a pass that knows no ids")
	s.people[8].Desired.Active = true
	s.converge("a return")
	s.check()
}

// staffed is a company and the portal that should hold it.
type staffed struct {
	*testing.T
	*scimout.Connector
	calls         *counter
	people, teams []usher.AccountChange
}

// company makes people who report to one of three managers, who report to the first
// person, and teams of equal size.
func company(people, teams int) (persons, groups []usher.AccountChange) {
	groups = make([]usher.AccountChange, teams)
	for i := range groups {
		groups[i] = usher.AccountChange{
			Account: usher.ID(fmt.Sprintf("team-account-%d", i)), Kind: usher.AccountTeam,
			Desired: usher.Desired{Active: true, Key: fmt.Sprintf("team-%d", i), DisplayName: fmt.Sprintf("Team %d", i)},
		}
	}
	for i := range people {
		id, address := usher.ID(fmt.Sprintf("person-%d", i)), fmt.Sprintf("person%d@example.com", i)
		d := usher.Desired{
			Active: true, Key: string(id), UserName: address, Address: address, DisplayName: fmt.Sprintf("Zoë O'Neill %d", i),
			GivenName: "Zoë", FamilyName: fmt.Sprintf("O'Neill %d", i), Title: `Engineer, "staff"`, Department: "R&D <EU>",
		}
		switch {
		case i > 3:
			d.Manager = usher.ID(fmt.Sprintf("person-%d", 1+i%3))
		case i > 0:
			d.Manager = "person-0"
		}
		persons = append(persons, usher.AccountChange{Account: "account-" + id, Kind: usher.AccountPerson, Desired: d})
		groups[i%teams].Desired.Members = append(groups[i%teams].Desired.Members, id)
	}
	return persons, groups
}

// converge delivers until the managers and members that are known after the first pass
// are there, too.
func (s *staffed) converge(what string) {
	s.Helper()
	for range 2 {
		s.pass(what)
	}
}

// pass delivers everybody and every team once and wants it done.
func (s *staffed) pass(what string) {
	s.Helper()
	for i := range s.people {
		s.people[i].ManagerRemoteID = s.remote(s.people[i].Desired.Manager)
	}
	s.deliver(what, s.people)
	for i := range s.teams {
		s.teams[i].MemberRemoteIDs = nil
		for _, m := range s.teams[i].Desired.Members {
			s.teams[i].MemberRemoteIDs = append(s.teams[i].MemberRemoteIDs, s.remote(m))
		}
	}
	s.deliver(what, s.teams)
}

func (s *staffed) deliver(what string, changes []usher.AccountChange) {
	s.Helper()
	outcomes, err := s.Deliver(s.Context(), changes)
	if err != nil || len(outcomes) != len(changes) {
		s.Fatalf("%s: %d outcomes for %d changes, error %v", what, len(outcomes), len(changes), err)
	}
	for i, o := range outcomes {
		if o.Result != usher.Done || o.Reason != "" {
			s.Fatalf("%s: %s is %s: %s", what, changes[i].Account, o.Result, o.Reason)
		}
		changes[i].RemoteID, changes[i].Seen = o.RemoteID, o.Seen
	}
}

// remote is a person's id at the portal; empty when not known.
func (s *staffed) remote(person usher.ID) string {
	for _, c := range s.people {
		if c.Desired.Key == string(person) {
			return c.RemoteID
		}
	}
	return ""
}

// quiet wants a pass to write nothing.
func (s *staffed) quiet(what string) {
	s.Helper()
	before := s.calls.writes.Load()
	s.pass(what)
	if n := s.calls.writes.Load() - before; n != 0 {
		s.Errorf("%s wrote %d times, want never", what, n)
	}
}

// check reads the portal and compares it with the company.
func (s *staffed) check() {
	s.Helper()
	for kind, changes := range map[usher.AccountKind][]usher.AccountChange{usher.AccountPerson: s.people, usher.AccountTeam: s.teams} {
		held := map[string]usher.Seen{}
		if err := s.Read(s.Context(), kind, func(seen usher.Seen) error {
			held[seen.RemoteID] = seen
			return nil
		}); err != nil {
			s.Fatal(err)
		}
		if len(held) != len(changes) {
			s.Errorf("the portal holds %d %s accounts, want %d", len(held), kind, len(changes))
		}
		for _, c := range changes {
			seen, want := held[c.RemoteID], c.Desired
			slices.Sort(seen.Members)
			slices.Sort(c.MemberRemoteIDs)
			same := seen.Active == want.Active && seen.Key == want.Key && seen.UserName == want.UserName && seen.Address == want.Address &&
				seen.DisplayName == want.DisplayName && seen.GivenName == want.GivenName && seen.FamilyName == want.FamilyName &&
				seen.Title == want.Title && seen.Department == want.Department && seen.Manager == c.ManagerRemoteID &&
				slices.Equal(seen.Members, c.MemberRemoteIDs)
			if !same {
				s.Errorf("the portal holds %+v, want %+v", seen, c)
			}
		}
	}
}

// counter counts what asks for a change.
type counter struct {
	next   http.RoundTripper
	writes atomic.Int64
}

func (c *counter) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		c.writes.Add(1)
	}
	return c.next.RoundTrip(r)
}

const peerToken = "peer-token"

// startScimmy starts the server and gives its base URL.
func startScimmy(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "testdata", "peers", "scimmy")
	node, err := exec.LookPath("node")
	if err != nil {
		missing(t, "node is not installed")
	}
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "scimmy-routers")); err != nil {
		missing(t, "the packages of testdata/peers/scimmy are not installed: run `npm ci` there")
	}
	cmd := exec.Command(node, "server.mjs")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "PEER_TOKEN="+peerToken)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = stdin.Close() // on which the server ends
		if err := cmd.Wait(); err != nil {
			t.Errorf("scimmy: %v", err)
		}
	})
	late := time.AfterFunc(30*time.Second, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("scimmy did not say where it listens: %v", err)
	}
	return strings.TrimSpace(line)
}

// missing skips the test, but not in CI.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("in CI nothing may be missing: %s", what)
	}
	t.Skip(what)
}

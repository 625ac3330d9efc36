package daemon_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/drop"
	"usher/sync/ledger"
)

// filesConfig has two seats at each of four portals. Whoever is not in IT is entitled; the
// admin of ProPortal is.
const filesConfig = `
listen: 127.0.0.1:0
data: %s
store: %q
portals:
  prosci: {kind: prosci, live: true, exports: {folder: exports/prosci, complete: true}}
  ascender:
    kind: ascender
    live: true
    exports: {folder: exports/ascender, complete: true}
    columns: {Functional Area: {from: department, values: {Sales: Sales Team, Marketing: Marketing Team}}}
  proportal: {kind: proportal, live: true, teams: false, admins: [dan@example.com], exports: {folder: exports/proportal, complete: true}}
  myaci: {kind: myaci, live: true, teams: false, exports: {folder: exports/myaci, complete: true}}
subscriptions:
  proxima: {portal: prosci, code: P410, seats: 2, rule: 'department != "IT"', settle: 0s}
  seats: {portal: ascender, seats: 2, rule: 'department != "IT"', settle: 0s}
  itprotv: {portal: proportal, seats: 2, rule: 'department != "IT"', settle: 0s}
  users: {portal: myaci, code: user, seats: 2, rule: 'department != "IT"', settle: 0s}
  content: {portal: myaci, code: Essentials, seats: 2, rule: 'department != "IT"', settle: 0s}
`

// fileStory is a daemon, its portals, and the people who carry files between them.
type fileStory struct {
	*running
	sites  map[string]stand
	token  string
	people map[string]usher.ID // records, by first name
	took   int                 // exports
}

// TestPortalsOfFilesEndToEnd: from a directory's push through files to four portals, and by their
// own exports back: joiners are seated, a leaver's seat goes to the next in line, who has a
// new address is never invited twice, and the proof is complete.
func TestPortalsOfFilesEndToEnd(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newFileStory(t, place)
		asc := s.sites["ascender"].(ascenderSite)
		itpro := s.sites["proportal"].(teamSite)

		for _, name := range []string{"ann", "bob", "cat", "dan"} {
			s.push("POST", name, name+"@example.com", map[string]string{"dan": "IT"}[name], true)
		}
		s.workUntil("ann and bob are in", func() bool { return s.everywhere("ann@example.com", "bob@example.com") && s.admin(itpro) })
		s.wantStates("before any export", "ann", usher.Invited, s.names()...)
		s.look()
		s.untilStates("ann", usher.Active, s.names()...)
		s.untilStates("bob", usher.Active, s.names()...)
		s.wantStates("two seats are taken", "cat", usher.Queued, s.names()...)
		if _, taken, _ := itpro.Seats(fakeportal.Subscription); taken != 2 {
			t.Errorf("%d seats are taken at ProPortal: the admin takes none", taken)
		}
		if got := asc.area("ann@example.com"); got != "Sales Team" {
			t.Errorf("Functional Area of ann: %q", got)
		}

		s.push("PUT", "ann", "ann.moved@example.com", "Marketing", true)
		s.push("PUT", "bob", "bob@example.com", "Sales", false)
		s.workUntil("bob is out, and ann has her address", func() bool { return s.everywhere("ann.moved@example.com") })
		s.wantStates("no export shows that the seat is free", "bob", usher.Releasing, "ascender", "proportal", "myaci")
		s.wantStates("a soft pool waits for no confirmation", "bob", "", "prosci")
		s.wantStates("no export shows that bob's seat is free", "cat", usher.Queued, s.names()...)
		if got := asc.area("ann.moved@example.com"); got != "Marketing Team" {
			t.Errorf("Functional Area of ann, who moved: %q", got)
		}
		s.look()
		s.untilStates("bob", "", s.names()...)
		s.workUntil("cat is in", func() bool { return s.everywhere("ann.moved@example.com", "cat@example.com") })
		s.look()
		s.untilStates("cat", usher.Active, s.names()...)
		s.wantStates("nothing of hers was lost", "ann", usher.Active, s.names()...)
		s.wantQuiet()
		s.wantProof()
	})
}

func newFileStory(t *testing.T, place store.Options) *fileStory {
	t.Helper()
	c := configAt(t, place)
	file := filepath.Join(t.TempDir(), "usher.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, filesConfig, c.Data, c.Store.Reveal()), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &fileStory{running: start(t, daemon.Options{ConfigFile: file}), people: map[string]usher.ID{}, sites: map[string]stand{
		"prosci": newProsciSite(), "ascender": newAscenderSite(),
		"proportal": teamSite{fakeportal.New(2), fakeportal.Subscription},
		"myaci":     teamSite{fakeportal.NewMyACI(2, map[string]int{"Essentials": 2}), fakeportal.User},
	}}
	t.Cleanup(s.explain)
	s.token, _ = s.running.token("default")
	for _, name := range s.names() {
		s.learn(name)
	}
	return s
}

// explain says of a story that failed where it stands.
func (s *fileStory) explain() {
	if !s.Failed() {
		return
	}
	look, ctx := s.Store().Look(), context.Background()
	seats, err := look.Subscriptions(ctx)
	s.Logf("%+v, %v", seats, err)
	for _, name := range s.names() {
		s.Logf("%s: %q are seated there", name, s.sites[name].seated())
	}
	batches, err := look.Batches(ctx, "")
	for _, head := range batches {
		b, _ := look.BatchNamed(ctx, head.Name)
		for _, r := range b.Rows {
			s.Logf("%s carried %t, row %d %s %s: %s", b.Name, b.CarriedAt != 0, r.Row, r.State, r.Text, r.Note)
		}
	}
	s.Log(err, s.log)
}

func (s *fileStory) names() []string { return slices.Sorted(maps.Keys(s.sites)) }

// learn does what `usher portal learn` does, with what the portal gives to download.
func (s *fileStory) learn(name string) {
	s.Helper()
	content, err := s.sites[name].template()
	s.check(err)
	if content == nil {
		return
	}
	learned, err := s.LearnTemplate(name, content)
	s.check(err)
	sum := sha256.Sum256(content)
	s.check(s.Ledger().Learn(s.Context(), ann(), usher.Template{
		Portal: s.portal(name).ID, Key: learned.Key, Name: "template", SHA256: hex.EncodeToString(sum[:]), Content: content,
	}))
}

func (s *fileStory) portal(name string) usher.Portal {
	s.Helper()
	p, err := s.Store().Look().PortalNamed(s.Context(), name)
	s.check(err)
	return p
}

// push has the directory say how somebody is now. Without a department they are in Sales.
func (s *fileStory) push(method, first, address, department string, active bool) {
	s.Helper()
	if department == "" {
		department = "Sales"
	}
	const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User",%q],"userName":%q,"active":%t,"displayName":"%s O'Neill",
		"name":{"givenName":%q,"familyName":"O'Neill"},"emails":[{"value":%[2]q,"primary":true}],%[1]q:{"department":%[6]q}}`,
		enterprise, address, active, first, first, department)
	path, status := "/scim/v2/Users", 201
	if method == "PUT" {
		path, status = path+"/"+string(s.people[first]), 200
	}
	s.people[first] = usher.ID(s.want(status, method, path, s.token, body).id())
}

// workUntil has every visit carried to its portal that comes up until f holds.
func (s *fileStory) workUntil(what string, f func() bool) {
	s.Helper()
	eventually(s.T, what, func() bool {
		open, err := s.Store().Look().OpenVisits(s.Context(), "")
		s.check(err)
		for _, v := range open {
			s.visit(v)
		}
		return f()
	})
}

// visit carries what of a visit is written, and was not carried before, from the portal's folder.
func (s *fileStory) visit(v usher.Visit) {
	s.Helper()
	batches, err := s.Store().Look().BatchesOf(s.Context(), v.ID)
	s.check(err)
	if v.DoneAt != 0 || slices.ContainsFunc(batches, func(b usher.Batch) bool { return b.WrittenAt == 0 }) {
		return
	}
	for name, at := range s.sites {
		if s.portal(name).ID != v.Portal {
			continue
		}
		h, err := s.Handing(name)
		s.check(err)
		for _, b := range batches {
			content, err := os.ReadFile(filepath.Join(h.Place, b.Name))
			s.check(err)
			if err := at.carry(b.Name, b.Kind, content); err != nil {
				s.Fatalf("%s: %v\n%.2000s", b.Name, err, content)
			}
		}
	}
	_, err = s.Ledger().CarryVisit(s.Context(), ann(), v.ID, "")
	s.check(err)
}

// look has everybody sign in who may, and each portal's export put into its folder and taken.
func (s *fileStory) look() {
	s.Helper()
	s.took++
	for name, at := range s.sites {
		s.check(at.come())
		content, extension, err := at.export()
		s.check(err)
		s.bring(name, fmt.Sprintf("users%d%s", s.took, extension), content)
	}
}

// bring puts an export with its done-marker, which has to be the newer one, into its folder, and
// has the daemon look there until it was taken.
func (s *fileStory) bring(portal, file string, content []byte) {
	s.Helper()
	portals := s.Config().Portals
	p := portals[slices.IndexFunc(portals, func(p config.Portal) bool { return p.Name == portal })]
	path, made := filepath.Join(s.Config().Data, p.Exports.Folder, file), time.Now()
	s.check(os.MkdirAll(filepath.Dir(path), 0o750))
	s.check(os.WriteFile(path, content, 0o600))
	s.check(os.Chtimes(path, made, made))
	s.check(os.WriteFile(path+".done", nil, 0o600))
	s.check(os.Chtimes(path+".done", made, made.Add(time.Second)))
	eventually(s.T, "the export of "+portal+" is taken", func() bool {
		if err := s.FetchExport(s.Context(), p); err != nil && !drop.IsQuiet(err) && !errors.Is(err, usher.ErrBusy) {
			s.Fatal(err)
		}
		return s.exports(portal) >= s.took
	})
}

func (s *fileStory) exports(portal string) int {
	s.Helper()
	taken, err := s.Store().Look().Exports(s.Context(), s.portal(portal).ID, 10)
	s.check(err)
	if strings.Contains(s.log.String(), "an export was refused") {
		s.Fatalf("%s", s.log)
	}
	return len(taken)
}

// everywhere says that at every portal those have a seat and nobody else.
func (s *fileStory) everywhere(addresses ...string) bool {
	return !slices.ContainsFunc(s.names(), func(name string) bool { return !slices.Equal(s.sites[name].seated(), addresses) })
}

// admin says that dan is an admin of a ProPortal and nothing else.
func (s *fileStory) admin(at teamSite) bool {
	dan, there := at.Person("dan@example.com")
	return there && dan.Admin && len(dan.Pools) == 0
}

// states are the states of somebody's seats at a portal that are not released.
func (s *fileStory) states(first, portal string) (states []usher.SeatState) {
	s.Helper()
	record, err := s.Store().Look().RecordAny(s.Context(), s.people[first])
	s.check(err)
	seats, err := s.Store().Look().SeatsAt(s.Context(), s.portal(portal).ID, record.Person)
	s.check(err)
	for _, seat := range seats {
		states = append(states, seat.State)
	}
	return states
}

// all says that somebody's seats at the portals have a state; empty for none at all.
func (s *fileStory) all(first string, want usher.SeatState, portals []string) bool {
	s.Helper()
	for _, name := range portals {
		states := s.states(first, name)
		if (len(states) == 0) != (want == "") || slices.ContainsFunc(states, func(state usher.SeatState) bool { return state != want }) {
			return false
		}
	}
	return true
}

func (s *fileStory) untilStates(first string, want usher.SeatState, portals ...string) {
	s.Helper()
	eventually(s.T, fmt.Sprintf("%s is %q at %v", first, want, portals), func() bool { return s.all(first, want, portals) })
}

func (s *fileStory) wantStates(why, first string, want usher.SeatState, portals ...string) {
	s.Helper()
	if s.all(first, want, portals) {
		return
	}
	for _, name := range portals {
		s.Errorf("%s: %s at %s is %v, want %q", why, first, name, s.states(first, name), want)
	}
}

// wantQuiet wants nobody invited twice, nothing left to do, and `usher check` to find nothing.
func (s *fileStory) wantQuiet() {
	s.Helper()
	for name, at := range s.sites {
		if twice := at.twice(); len(twice) > 0 {
			s.Errorf("%s: invited twice: %q", name, twice)
		}
	}
	open, err := s.Store().Look().OpenVisits(s.Context(), "")
	s.check(err)
	for _, v := range open {
		text, err := s.SheetText(s.Context(), v.ID)
		s.check(err)
		s.Errorf("a visit is open:\n%s", text)
	}
	key, err := s.Key()
	s.check(err)
	findings, err := s.Ledger().Check(s.Context(), key)
	if err != nil || len(findings) > 0 {
		s.Errorf("check: %+v, %v", findings, err)
	}
}

// wantProof wants evidence that bob is gone from every portal, by what its own export showed.
func (s *fileStory) wantProof() {
	s.Helper()
	confirmed := map[string]string{}
	totals, err := s.Ledger().Evidence(s.Context(), "", 0, func(e ledger.Evidence) error {
		if e.Handed == 0 || e.Confirmed < e.Handed || e.Address != "bob@example.com" {
			s.Errorf("evidence %+v", e)
		}
		confirmed[e.Portal] = e.ConfirmedHow
		return nil
	})
	if err != nil || totals.Confirmed != len(s.sites) || totals.Open != 0 {
		s.Errorf("evidence: %+v, %v", totals, err)
	}
	for _, name := range s.names() {
		if !strings.Contains(confirmed[name], "export users2") {
			s.Errorf("%s: confirmed by %q", name, confirmed[name])
		}
	}
	if bytes.Contains([]byte(s.log.String()), []byte("@example.com")) {
		s.Error("the log holds an address")
	}
}

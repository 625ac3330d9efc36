package ledger_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// typists is how many people search at once.
const typists = 8

// TestSearchesAsTyped has eight people type names, addresses, numbers and teams letter by letter among USHER_SEARCH_PEOPLE
// people, and says how long answers take.
func TestSearchesAsTyped(t *testing.T) {
	people := 1000
	if text := os.Getenv("USHER_SEARCH_PEOPLE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatalf("USHER_SEARCH_PEOPLE=%q is not a number of people", text)
		}
		people = n
	}
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := storetest.Open(t, place)
		company := fillCompany(t, s, people)
		l := ledger.New(s, ledger.Options{})
		began := time.Now()
		if _, err := l.FindPeople(t.Context(), usher.PeopleSearch{By: overseer, Limit: 25}); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d people on %s: the first search, which reads everybody, took %s", people, s.Engine(), time.Since(began).Round(time.Millisecond))
		took, worked := typeAll(t, l, company)
		slices.Sort(took)
		slices.Sort(worked)
		p95 := took[len(took)*95/100]
		t.Logf("%d searches by %d at once: p50 %s, p95 %s, p99 %s, longest %s; of our processors' time p50 %s, p95 %s", len(took), typists, took[len(took)/2], p95,
			took[len(took)*99/100], took[len(took)-1], worked[len(took)/2], worked[len(took)*95/100])
	})
}

// typeAll has everybody type texts from the company, and gives how long each answer took, and for how long a processor worked on
// it in this process: what else the machine does changes the first alone.
func typeAll(t *testing.T, l *ledger.Ledger, company []string) (took, worked []time.Duration) {
	t.Helper()
	var mu sync.Mutex
	var all sync.WaitGroup
	for typist := range typists {
		all.Go(func() {
			runtime.LockOSThread() // processor time is told by thread
			defer runtime.UnlockOSThread()
			r := rand.New(rand.NewPCG(7, uint64(typist)))
			var own, busy []time.Duration
			for range 40 {
				text := company[r.IntN(len(company))]
				for n := 1; n <= min(8, len(text)); n++ {
					q := usher.PeopleSearch{Find: text[:n], By: overseer, Limit: 25}
					if r.IntN(4) == 0 {
						q.Subscription = "adkar"
					}
					began, used := time.Now(), processorTime()
					found, err := l.FindPeople(t.Context(), q)
					own, busy = append(own, time.Since(began)), append(busy, processorTime()-used)
					if err != nil || len(found.People) == 0 && q.Subscription == "" {
						t.Errorf("%q: %d found, %v", text[:n], len(found.People), err)
						return
					}
				}
			}
			mu.Lock()
			defer mu.Unlock()
			took, worked = append(took, own...), append(worked, busy...)
		})
	}
	all.Wait()
	return took, worked
}

// fillCompany writes people past the ledger, which would take its time, and gives texts by which some are found.
func fillCompany(t *testing.T, s *store.Store, people int) (texts []string) {
	t.Helper()
	given, family := syllables(600, 1), syllables(6000, 2)
	sub := usher.Subscription{ID: "s-adkar", Name: "adkar", Portal: "portal", Purchased: people, OnLeave: usher.LeaveKeep}
	r := rand.New(rand.NewPCG(3, 3))
	write := func(f func(tx *store.Tx) error) {
		t.Helper()
		if err := s.Write(t.Context(), f); err != nil {
			t.Fatal(err)
		}
	}
	var okta usher.ID
	write(func(tx *store.Tx) (err error) {
		if okta, err = tx.PutDirectory(t.Context(), usher.Directory{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1}); err != nil {
			return err
		}
		if _, err := tx.PutPortal(t.Context(), usher.Portal{ID: "portal", Name: "learning", Kind: "scim"}); err != nil {
			return err
		}
		portal, err := tx.PortalNamed(t.Context(), "learning")
		if err != nil {
			return err
		}
		sub.Portal = portal.ID
		return tx.InsertSubscription(t.Context(), sub)
	})
	var teams []usher.Team
	write(func(tx *store.Tx) error {
		for i, name := range syllables(500, 4) {
			team, err := tx.PutTeam(t.Context(), usher.Team{ID: tx.NewID(), Name: "Team " + name, Source: "test", Key: strconv.Itoa(i)})
			if err != nil {
				return err
			}
			teams = append(teams, team)
		}
		return nil
	})
	var managers []usher.ID
	for from := 0; from < people; from += 1000 {
		write(func(tx *store.Tx) error {
			for i := from; i < min(from+1000, people); i++ {
				// Few names are frequent, as in life.
				a, b := given[int(float64(len(given))*r.Float64()*r.Float64()*r.Float64())], family[int(float64(len(family))*r.Float64()*r.Float64())]
				team := teams[r.IntN(len(teams))]
				address := fmt.Sprintf("%s.%s%d@example.com", a, b, i%97)
				p := usher.Person{ID: tx.NewID(), Active: i%20 > 0, Address: address, Revision: 1, CreatedAt: tx.Now(), ChangedAt: tx.Now(),
					Attributes: usher.Attributes{DisplayName: title(a) + " " + title(b), GivenName: title(a), FamilyName: title(b), Department: "Department " + team.Name, Title: "Consultant", UserName: address}}
				if len(managers) > 0 {
					p.Manager = managers[r.IntN(len(managers))]
				}
				if i%10 == 0 {
					managers = append(managers, p.ID)
				}
				if err := fillPerson(t, tx, p, okta, i, team, sub.ID); err != nil {
					return err
				}
				if i%50 == 1 {
					texts = append(texts, a, b, address, fmt.Sprintf("e%06d", i), strings.ToLower(p.Attributes.DisplayName), strings.ToLower(team.Name))
				}
			}
			return nil
		})
	}
	return texts
}

// fillPerson writes one of them, with what finds them and a seat for each second.
func fillPerson(t *testing.T, tx *store.Tx, p usher.Person, okta usher.ID, i int, team usher.Team, sub usher.ID) error {
	t.Helper()
	if err := tx.InsertPerson(t.Context(), p); err != nil {
		return err
	}
	for _, known := range []usher.Identifier{
		{Space: usher.SpaceAddress, Key: fmt.Sprint(i, p.Address), Kind: usher.KindEmail, Shown: p.Address},
		{Space: usher.SpaceEmployee, Key: fmt.Sprint("hr\n", i), Kind: usher.KindEmployee, Shown: fmt.Sprintf("E%06d", i)},
		{Space: usher.SpaceExternal, Key: fmt.Sprint(okta, "\n", i), Kind: usher.KindExternal, Shown: fmt.Sprintf("00u%x", i*7919)},
	} {
		known.Person = p.ID
		if _, err := tx.PutIdentifier(t.Context(), known); err != nil {
			return err
		}
	}
	if _, err := tx.SetTeamsOf(t.Context(), p.ID, []usher.ID{team.ID}); err != nil || i%2 > 0 {
		return err
	}
	return tx.InsertSeat(t.Context(), usher.Seat{ID: tx.NewID(), Subscription: sub, Person: p.ID, State: usher.Active, Reason: "test", RequestedAt: tx.Now(), SeatedAt: tx.Now(), ChangedAt: tx.Now()})
}

// syllables are made-up names, all different.
func syllables(n int, seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 9))
	parts := []string{"ma", "ra", "li", "an", "der", "sen", "lo", "ka", "tor", "bru", "nel", "vi", "sto", "fen", "gar", "qui", "zo", "we", "ho", "pe", "ber", "lind", "mar", "tin"}
	seen := map[string]bool{}
	var list []string
	for len(list) < n {
		name := ""
		for range 2 + r.IntN(3) {
			name += parts[r.IntN(len(parts))]
		}
		if !seen[name] {
			seen[name], list = true, append(list, name)
		}
	}
	return list
}

// processorTime is how long processors have worked for this thread; zero where the system does not tell.
func processorTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD, of Linux
	var used syscall.Rusage
	if err := syscall.Getrusage(thread, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func title(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

package daemon_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/api"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/roster/rostertest"
)

// uploadPath is where the directory hr takes its files.
const uploadPath = "/api/v1/directories/hr/rosters"

// rosterConfig has a directory of files beside the usual one, and seats for who is in Sales.
func rosterConfig(t *testing.T, place store.Options) *config.Config {
	c := configAt(t, place)
	hr := fileDirectory("hr", 2)
	c.Directories[0].EmployeeNumbers, hr.EmployeeNumbers = "hr", "hr"
	c.Directories = []config.Directory{c.Directories[0], hr, fileDirectory("contractors", 3)}
	seatsFor(c, 1000, `department == "Sales"`)
	return c
}

func eachRosterDaemon(t *testing.T, f func(r *running)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		f(start(t, daemon.Options{Config: rosterConfig(t, place)}))
	})
}

// upload sends a file and gives what usher made of it.
func (r *running) upload(status int, token string, content []byte) api.Report {
	r.Helper()
	var report api.Report
	r.check(json.Unmarshal([]byte(r.want(status, "POST", uploadPath+"?name=people.csv", token, string(content)).text), &report))
	return report
}

// plans are those of the directory hr, newest first.
func (r *running) plans() []usher.Plan {
	r.Helper()
	hr, err := r.Store().Look().DirectoryNamed(r.Context(), "hr")
	r.check(err)
	plans, err := r.Store().Look().Plans(r.Context(), hr.ID, 100)
	r.check(err)
	return plans
}

// active counts the people who are there.
func (r *running) active() int {
	r.Helper()
	n, _, err := r.Store().Look().CountPeople(r.Context())
	r.check(err)
	return n
}

// archived are the names of the files of hr that were kept, hidden ones too.
func (r *running) archived() (names []string) {
	r.Helper()
	entries, err := os.ReadDir(filepath.Join(r.Config().Data, "archive", "hr"))
	if !os.IsNotExist(err) {
		r.check(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestUpload(t *testing.T) {
	eachRosterDaemon(t, func(r *running) {
		token, _ := r.token("hr")
		got := r.upload(200, token, rostertest.Good(100))
		if got.State != usher.PlanApplied || got.Counts.Rows != 100 || got.Counts.Applied != 95 || r.active() != 95 {
			t.Errorf("%+v, and %d people", got, r.active())
		}
		if files := r.archived(); len(files) != 1 || !strings.HasSuffix(files[0], got.SHA256[:8]+"-people.csv") {
			t.Errorf("archived: %q", files)
		}
		if again := r.upload(200, token, rostertest.Good(100)); again.State != usher.PlanUnchanged || again.Plan == got.Plan {
			t.Errorf("again: %+v", again)
		}
		refused := r.upload(422, token, []byte("<html>502 Bad Gateway</html>"))
		if refused.State != usher.PlanRefused || len(refused.Findings) == 0 || refused.Findings[0].Text == "" || r.active() != 95 {
			t.Errorf("%+v, and %d people", refused, r.active())
		}
	})
}

func TestUploadIsForItsOwnDirectory(t *testing.T) {
	eachRosterDaemon(t, func(r *running) {
		own, _ := r.token("hr")
		another, _ := r.token("contractors")
		scim, _ := r.token("default")
		for _, c := range []struct {
			name, method, path, token string
			status                    int
		}{
			{"no token", "POST", uploadPath, "", 401},
			{"a wrong token", "POST", uploadPath, own[:len(own)-1] + "!", 401},
			{"the token of a SCIM client", "POST", uploadPath, scim, 401},
			{"the token of another directory of files", "POST", uploadPath, another, 404},
			{"the name of another directory", "POST", strings.Replace(uploadPath, "hr", "contractors", 1), own, 404},
			{"the name of no directory", "POST", strings.Replace(uploadPath, "hr", "nobody", 1), own, 404},
			{"no name", "POST", "/api/v1/directories/rosters", own, 404},
			{"something below", "POST", uploadPath + "/1", own, 404},
			{"reading", "GET", uploadPath, own, 405},
			{"another method", "PUT", uploadPath, own, 405},
			{"users, with the token of a directory of files", "GET", "/scim/v2/Users", own, 401},
			{"a user, with the token of a directory of files", "POST", "/scim/v2/Users", own, 401},
			{"groups, with the token of a directory of files", "GET", "/scim/v2/Groups", own, 401},
		} {
			if got := r.call(c.method, c.path, c.token, string(rostertest.Good(30))); got.status != c.status {
				t.Errorf("%s: %d, want %d: %.200s", c.name, got.status, c.status, got.text)
			}
		}
		if r.active() != 0 || len(r.plans()) != 0 || len(r.archived()) != 0 {
			t.Errorf("%d people, plans %+v, files %q", r.active(), r.plans(), r.archived())
		}
	})
}

// TestUploadCutOff: what did not come whole is not looked at, whatever it says of its length.
func TestUploadCutOff(t *testing.T) {
	eachRosterDaemon(t, func(r *running) {
		token, _ := r.token("hr")
		content := rostertest.Good(100)
		half := content[:bytes.LastIndexByte(content[:len(content)/2], '\n')+1]
		before := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: usher\r\nAuthorization: Bearer %s\r\n", uploadPath, token)
		r.cutOff(fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", before, len(content), half))
		r.cutOff(fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n", before, len(half), half))
		r.cutOff(fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s", before, len(content), half))
		if r.active() != 0 || len(r.plans()) != 0 || len(r.archived()) != 0 {
			t.Errorf("%d people, plans %+v, files %q", r.active(), r.plans(), r.archived())
		}
		if got := r.upload(200, token, content); got.Counts.Applied != 95 {
			t.Errorf("the whole file then: %+v", got)
		}
	})
}

// cutOff sends a request that does not end, and waits until usher has given it up.
func (r *running) cutOff(request string) {
	r.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.URL(), "http://"))
	r.check(err)
	defer conn.Close()
	_, err = io.WriteString(conn, request)
	r.check(err)
	r.check(conn.(*net.TCPConn).CloseWrite())
	r.check(conn.SetReadDeadline(time.Now().Add(15 * time.Second)))
	answer, err := io.ReadAll(conn)
	r.check(err)
	if !strings.HasPrefix(string(answer), "HTTP/1.1 503") {
		r.Errorf("answered %.200q, want 503: send it again", answer)
	}
}

// TestUploadTooLarge sends a byte more than usher takes.
func TestUploadTooLarge(t *testing.T) {
	r := start(t, daemon.Options{Config: rosterConfig(t, store.Options{Folder: t.TempDir()})})
	token, _ := r.token("hr")
	endless := io.LimitReader(spaces{}, 200<<20+1)
	req, err := http.NewRequestWithContext(t.Context(), "POST", r.URL()+uploadPath, endless)
	r.check(err)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultTransport.RoundTrip(req)
	r.check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	r.check(err)
	if res.StatusCode/100 != 4 || !strings.Contains(string(text), "200 MiB") {
		t.Errorf("%d %.300s", res.StatusCode, text)
	}
	if len(r.plans()) != 0 || len(r.archived()) != 0 {
		t.Errorf("plans %+v, files %q", r.plans(), r.archived())
	}
}

type spaces struct{}

// Read implements io.Reader.
func (spaces) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// leaving is the good roster of n people in which the next few are said to have left.
func leaving(n, few int) []byte {
	return rostertest.Table(n, func(i int, row []string) []string {
		if i < few {
			row[rostertest.Status] = "terminated"
		}
		return row
	})
}

// TestHeldConfirmedUndone: too many leavers wait for a human, and what a human let go can
// be put back.
func TestHeldConfirmedUndone(t *testing.T) {
	eachRosterDaemon(t, func(r *running) {
		token, _ := r.token("hr")
		r.upload(200, token, rostertest.Good(100))
		held := r.upload(200, token, leaving(100, 20))
		if held.State != usher.PlanOpen || held.Counts.Held != 19 || len(held.Reasons) == 0 || r.active() != 95 {
			t.Fatalf("%+v, and %d people", held, r.active())
		}
		confirm := func(number int64) usher.Plan {
			t.Helper()
			_, err := r.Ledger().ConfirmPlan(t.Context(), ann(), number, ledger.Selection{})
			r.check(err)
			p, err := r.Ledger().ApplyPlan(t.Context(), number)
			r.check(err)
			return p
		}
		if p := confirm(held.Plan); p.State != usher.PlanApplied || p.Counts.Applied != 19 || r.active() != 76 {
			t.Fatalf("confirmed: %+v, and %d people", p, r.active())
		}
		back, err := r.Ledger().UndoPlan(t.Context(), ann(), held.Plan)
		r.check(err)
		if back.State != usher.PlanOpen || r.active() != 76 {
			t.Fatalf("undo goes by itself: %+v, and %d people", back, r.active())
		}
		if p := confirm(back.Number); p.Counts.Applied != 19 || r.active() != 95 {
			t.Fatalf("undone: %+v, and %d people", p, r.active())
		}
		if same := r.upload(200, token, rostertest.Good(100)); same.State != usher.PlanUnchanged {
			t.Errorf("the file from before: %+v", same)
		}
	})
}

// TestFetch takes complete files from a folder, and what is not complete when it is.
func TestFetch(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		folder := t.TempDir()
		c.Directories[1].Source.Folder = config.Folder{Path: folder, Ready: config.Ready{Settle: "marker", Marker: "{name}.done", Rest: time.Second}}
		r := start(t, daemon.Options{Config: c})
		fetch := func(want int) []usher.Plan {
			t.Helper()
			taken, why, err := r.Fetch(t.Context(), "hr")
			r.check(err)
			if len(taken) != want || (why == "") != (want > 0) {
				t.Fatalf("taken %+v: %q", taken, why)
			}
			return taken
		}
		fetch(0)
		put(t, filepath.Join(folder, "people.csv"), rostertest.Good(60), time.Hour)
		fetch(0) // without its marker it is not complete
		put(t, filepath.Join(folder, "people.csv.done"), nil, time.Minute)
		if p := fetch(1)[0]; p.State != usher.PlanApplied || p.Counts.Applied != 57 || p.File.Name != "people.csv" {
			t.Errorf("%+v", p)
		}
		fetch(0)
		if r.active() != 57 || len(r.archived()) != 1 {
			t.Errorf("%d people, files %q", r.active(), r.archived())
		}
		if _, _, err := r.Fetch(t.Context(), "contractors"); err == nil {
			t.Error("a directory without a source was fetched")
		}
	})
}

// put writes a file as if it had been written a while ago.
func put(t *testing.T, file string, content []byte, ago time.Duration) {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	then := time.Now().Add(-ago)
	if err := os.Chtimes(file, then, then); err != nil {
		t.Fatal(err)
	}
}

// TestScheduledFetch: the time for a file passes while usher is down; the file is taken
// once it is up again.
func TestScheduledFetch(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		folder := t.TempDir()
		c.Directories[1].Source.Folder = config.Folder{Path: folder, Ready: config.Ready{Settle: "rename", Marker: "{name}.done", Rest: time.Second}}
		c.Directories[1].Schedule = config.Schedule{Cron: "0 * * * *", Deadline: 12 * time.Hour}
		put(t, filepath.Join(folder, "people.csv"), rostertest.Good(60), 0)
		r := start(t, daemon.Options{Config: c})
		db := storetest.Raw(t, place)
		eventually(t, "the schedule is known", func() bool {
			_, rows := storetest.Rows(t, db, `select name from setting where name like 'schedule roster hr%'`)
			return len(rows) == 1
		})
		r.stop()
		past := usher.TimeOf(time.Now().Add(-2 * time.Hour))
		storetest.Exec(t, place, `update setting set value = $1 where name like 'schedule roster hr%'`, fmt.Sprint(int64(past)))
		r = start(t, daemon.Options{Config: c})
		eventually(t, "the file is taken", func() bool { return len(r.plans()) == 1 && r.plans()[0].State == usher.PlanApplied })
		if r.active() != 57 {
			t.Errorf("%d people", r.active())
		}
	})
}

// clockFrom is a clock that shows at now, and goes.
func clockFrom(at time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return at.Add(time.Since(began)) }
}

// TestLateFeed: a file that does not come raises an alarm and is no information.
func TestLateFeed(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := rosterConfig(t, place)
		c.Directories[1].Schedule.ExpectedBy = "0 6 * * *"
		early := time.Date(2026, 7, 1, 5, 0, 0, 0, time.UTC)
		up := func(hours int) *running {
			t.Helper()
			return start(t, daemon.Options{Config: c, Clock: clockFrom(early.Add(time.Duration(hours) * time.Hour))})
		}
		late := func(r *running) string {
			t.Helper()
			for line := range strings.Lines(r.want(200, "GET", "/metrics", "", "").text) {
				if rest, ok := strings.CutPrefix(line, `usher_feed_late_seconds{directory="hr"} `); ok {
					return strings.TrimSpace(rest)
				}
			}
			return ""
		}
		r := up(0)
		token, _ := r.token("hr")
		eventually(t, "usher looks for late files", func() bool { return late(r) == "0" })
		r.upload(200, token, rostertest.Good(60))
		r.stop()
		r = up(2)
		eventually(t, "the file came in time", func() bool { return late(r) == "0" })
		r.stop()
		r = up(26)
		eventually(t, "an alarm", func() bool { return late(r) != "" && late(r) != "0" })
		if n := len(events(r, usher.EventFeedLate)); n != 1 || r.active() != 57 {
			t.Errorf("%d alarms; %d people", n, r.active())
		}
		token, _ = r.token("hr") // the first one has expired
		r.upload(200, token, rostertest.Good(60))
		r.stop()
		r = up(27)
		eventually(t, "the alarm ends", func() bool { return late(r) == "0" })
		if all := events(r, usher.EventFeedLate, usher.EventFeedCame); len(all) != 2 {
			t.Errorf("%+v", all)
		}
	})
}

// events are those of some kinds.
func events(r *running, kinds ...usher.EventKind) (found []usher.Event) {
	r.Helper()
	all, err := r.Store().Look().Events(r.Context(), store.EventQuery{Limit: 100_000})
	r.check(err)
	for _, e := range all {
		if slices.Contains(kinds, e.Kind) {
			found = append(found, e)
		}
	}
	return found
}

// TestTwoDirectories: a directory that pushes and one of files know the same people. In
// whichever order they come, each is one person, who holds the same seats.
func TestTwoDirectories(t *testing.T) {
	const people = 40
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		first := newPairOf(t, place)
		first.push(people)
		first.file(people)
		second := newPairOf(t, store.Options{Folder: t.TempDir()})
		second.file(people)
		second.push(people)
		a, b := first.people(), second.people()
		if len(a) != people || !slices.Equal(a, b) {
			t.Errorf("%d people where the push came first, %d where the file did:\n%s\n\n%s", len(a), len(b), strings.Join(a, "\n"), strings.Join(b, "\n"))
		}
		if seats := strings.Count(strings.Join(a, "\n"), "adkar"); seats != people/5 {
			t.Errorf("%d seats, want %d", seats, people/5)
		}
	})
}

// pair is a daemon that knows people from two directories.
type pair struct {
	*running
	scim, hr string // tokens
}

func newPairOf(t *testing.T, place store.Options) pair {
	t.Helper()
	r := start(t, daemon.Options{Config: rosterConfig(t, place)})
	scim, _ := r.token("default")
	hr, _ := r.token("hr")
	return pair{r, scim, hr}
}

// push says of the first n people but every third what an identity provider knows: a name
// of its own, no department.
func (p pair) push(n int) {
	p.Helper()
	for i, row := range rostertest.Rows(n) {
		if i%3 == 0 {
			continue // the file alone knows them
		}
		p.want(201, "POST", "/scim/v2/Users", p.scim, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,
			"displayName":"Pushed %d","active":true,"emails":[{"value":%q,"primary":true}],
			"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"employeeNumber":%q}}`, row[rostertest.UPN], i, row[rostertest.Email], row[rostertest.ID]))
	}
}

// file brings all n, of whom nobody has left.
func (p pair) file(n int) {
	p.Helper()
	got := p.upload(200, p.hr, rostertest.Table(n, func(_ int, row []string) []string {
		row[rostertest.Status], row[rostertest.End] = "active", ""
		return row
	}))
	if got.Counts.Applied != n {
		p.Fatalf("%+v", got)
	}
}

// people are all of them in words, with their seats.
func (p pair) people() (lines []string) {
	p.Helper()
	eventually(p.T, "everything is computed", func() bool {
		due, err := p.Store().Look().CountDue(p.Context())
		p.check(err)
		return due == 0
	})
	list, err := p.Store().Look().People(p.Context(), usher.Person{}, 1000)
	p.check(err)
	for _, one := range list {
		seats, err := p.Store().Look().LiveSeatsOf(p.Context(), one.ID)
		p.check(err)
		line := fmt.Sprintf("%s %s active=%t %q %q", one.Name(), one.Address, one.Active, one.Attributes.Department, one.Attributes.Title)
		if len(seats) > 0 {
			line += " adkar " + string(seats[0].State)
		}
		lines = append(lines, line)
	}
	slices.Sort(lines)
	return lines
}

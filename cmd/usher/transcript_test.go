package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMain(m *testing.M) { storetest.Main(m) }

// session is an admin at the command line, beside a daemon that serves.
type session struct {
	*testing.T
	file, data string // configuration and data folder
	daemon     *daemon.Daemon
	token      string
	transcript strings.Builder
	last       string // output of the last command
	plan       string // id of the plan that was shown last
}

const settings = `
listen: 127.0.0.1:0
data: %s
store: %q
portals:
  prosci: {kind: worklist, live: true, columns: {Area: {from: department, values: {Sales: Selling}}}}
  later: {kind: worklist}
subscriptions:
  adkar: {portal: prosci, seats: 3, rule: 'department == "Sales"', settle: 0s}
  hub: {portal: later, seats: 1, rule: '%s'}
teams: {by_department: true}
guards:
  releases: {min: 1, percent: 0}
  armed_from: 1
`

func newSession(t *testing.T, place store.Options) *session {
	t.Helper()
	s := &session{T: t, file: filepath.Join(t.TempDir(), "usher.yaml"), data: place.Folder}
	if place.URL == "" {
		place.URL = "sqlite"
	} else {
		s.data = t.TempDir()
	}
	s.configure(place.URL, "true")
	var err error
	s.daemon, err = daemon.Open(t.Context(), daemon.Options{ConfigFile: s.file, Command: inDaemon, Log: daemon.NewLog(config.Log{Level: "error", Format: "text"}, os.Stderr)})
	s.check(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.daemon.Serve(ctx) }()
	t.Cleanup(func() { cancel(); s.check(<-ended) })
	text, err := os.ReadFile(s.daemon.TokenFile())
	s.check(err)
	s.token = strings.TrimSpace(string(text))
	return s
}

func (s *session) configure(url, rule string) {
	s.Helper()
	s.check(os.WriteFile(s.file, fmt.Appendf(nil, settings, s.data, url, rule), 0o600))
}

func (s *session) check(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

// push sends a User and gives its path.
func (s *session) push(method, path, userName, name, email string, active bool) string {
	s.Helper()
	body := fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
		"userName":%q,"displayName":%q,"emails":[{"value":%q,"primary":true}],"active":%v,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Sales"}}`, userName, name, email, active)
	req, err := http.NewRequestWithContext(s.Context(), method, s.daemon.URL()+path, strings.NewReader(body))
	s.check(err)
	req.Header.Set("Authorization", "Bearer "+s.token)
	res, err := http.DefaultClient.Do(req)
	s.check(err)
	res.Body.Close()
	if res.StatusCode >= 300 {
		s.Fatalf("%s %s answered %s", method, path, res.Status)
	}
	return strings.TrimPrefix(res.Header.Get("Location"), s.daemon.URL())
}

// silent runs a command that is no part of the transcript.
func (s *session) silent(line string) (code int, stdout, stderr string) {
	s.Helper()
	var out, remarks strings.Builder
	p := process{args: append(words(line), "--config", s.file, "--as", "ann"), stdout: &out, stderr: &remarks, env: os.LookupEnv}
	code = run(s.Context(), p)
	return code, out.String(), remarks.String()
}

// words splits a command line; quotes keep words together.
func words(line string) (list []string) {
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}

// run runs a command; {plan} in it is the id of the plan that was shown last.
func (s *session) run(line string) {
	s.Helper()
	line = strings.ReplaceAll(line, "{plan}", s.plan)
	code, stdout, stderr := s.silent(line)
	s.last = stdout + stderr
	if id := planID.FindString(s.last); id != "" {
		s.plan = id
	}
	fmt.Fprintf(&s.transcript, "$ usher %s\n%s", line, stdout)
	for remark := range strings.Lines(stderr) {
		fmt.Fprintf(&s.transcript, "# %s", remark)
	}
	if code != exitOK {
		fmt.Fprintf(&s.transcript, "# exit code %d\n", code)
	}
	s.transcript.WriteString("\n")
}

// until waits until the output of a command has a text.
func (s *session) until(line, text string) {
	s.Helper()
	var out string
	if !eventually(s.T, func() bool {
		_, out, _ = s.silent(line)
		return strings.Contains(out, text)
	}) {
		s.Fatalf("%s never said %q, only:\n%s", line, text, out)
	}
}

// eventually waits until f holds, and says whether it came to that.
func eventually(t *testing.T, f func() bool) bool {
	t.Helper()
	for deadline := time.Now().Add(15 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if f() {
			return true
		}
	}
	return false
}

var (
	planID = regexp.MustCompile(`(?m)\b[0-9a-f]{8}$`)
	// volatile is what differs from run to run, and what stands for it, as wide as it is.
	volatile = []struct {
		pattern *regexp.Regexp
		shown   string
	}{
		{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`), "YYYY-MM-DD hh:mm:ss"},
		{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d`), "YYYY-MM-DD hh:mm"},
		{regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`), "an-id-of-thirty-six-characters-xxxxx"},
		{regexp.MustCompile(`--plan [0-9a-f]{8}`), "--plan xxxxxxxx"},
		{regexp.MustCompile(`\b[0-9a-f]{12}\b`), "xxxxxxxxxxxx"},
		{regexp.MustCompile(`\b[a-z2-7]{16}\b`), "public-id-of-one"},
		{regexp.MustCompile(`(?m)the team moved  \d+$`), "the team moved"}, // sealed by then, or not
	}
)

// golden compares the transcript with the file that both engines share.
func (s *session) golden(file string) {
	s.Helper()
	got := strings.NewReplacer(filepath.Dir(s.file), "/etc", s.data, "/data").Replace(s.transcript.String())
	for _, v := range volatile {
		got = v.pattern.ReplaceAllString(got, v.shown)
	}
	file = filepath.Join("testdata", file)
	if *update {
		s.check(os.MkdirAll(filepath.Dir(file), 0o755))
		s.check(os.WriteFile(file, []byte(got), 0o644))
	}
	want, err := os.ReadFile(file)
	s.check(err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		s.Errorf("the transcript differs from %s (go test -update writes it):\n%s", file, diff)
	}
}

// TestTranscript is a morning at the command line. On SQLite the commands go to the
// daemon over its socket, on PostgreSQL to the database; nobody sees a difference.
func TestTranscript(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		names := map[string]string{"ann": "Ann Miller", "bob": "Bob Stone", "cat": "Cat Stone", "dan": "Dan Ray"}
		paths := map[string]string{}
		for _, first := range []string{"ann", "bob", "cat", "dan"} {
			paths[first] = s.push("POST", "/scim/v2/Users", first, names[first], first+"@example.com", true)
		}
		s.push("POST", "/scim/v2/Users", "second-ann", "Ann Miller", "ann@example.com", true)
		s.until("batch", "prosci-0001")

		for _, line := range []string{
			"people", "people stone --csv", "people nobody", "seats", "seats adkar", "seats adkar --state queued", "teams", "teams Sales",
			"directories", "portals", "conflicts", "conflicts show 1", "conflicts dismiss 1", "conflicts dismiss 1", "conflicts dismiss 9",
			"portal live later", "portal live later --plan 00000000", "portal live nowhere",
		} {
			s.run(line)
		}
		s.run("portal live later")
		s.run("portal live later --plan {plan}")
		s.run("portal live later --plan {plan} --without-adoption")
		s.run(`portal live later --plan {plan} --without-adoption --reason "nobody is there"`)
		s.run("portal live later")

		for _, line := range []string{
			"batch --portal prosci", "batch show prosci-0001-worklist.csv", "batch confirm prosci-0001-worklist.csv", "batch confirm prosci-0001-worklist.csv --rows 1-9",
			"batch confirm prosci-0001-worklist.csv --refuse 3", "batch confirm prosci-0001-worklist.csv --rows 1,2 --refuse 2 --note twice", "portal show prosci", `batch confirm prosci-0001-worklist.csv --rows 1-3`, "batch confirm prosci-0001-worklist.csv --rows 1", "batch --portal prosci", "seats adkar",
		} {
			s.run(line)
		}

		s.until("batch", "later-0001")
		s.run("batch confirm later-0001-worklist.csv --rows all")
		url := "sqlite"
		if place.URL != "" {
			url = place.URL
		}
		for _, rule := range []string{`department == "Nobody"`, `department == "None"`} {
			s.configure(url, rule)
			s.check(s.daemon.Reload(t.Context()))
		}
		for _, line := range []string{"revisions", "revisions show 3", "revisions show 9", "revisions discard 3", "revisions confirm 3"} {
			s.run(line)
		}
		s.configure(url, `department == "No"`)
		s.check(s.daemon.Reload(t.Context()))
		s.run(`revisions confirm 4 --reason "tool changed"`)
		s.until("seats hub", "leaving")
		s.run("seats hub")

		for _, first := range []string{"ann", "bob", "cat"} {
			s.push("PUT", paths[first], first, names[first], first+"@example.com", false)
		}
		s.until("holds", "releases")
		for _, line := range []string{"holds", "holds show 1", `holds allow 1 --reason "the team moved"`, "holds allow 1", "holds", "holds --all"} {
			s.run(line)
		}

		for _, line := range []string{
			`person add guest@partner.example --name "Gil Est" --sponsor dan@example.com --until 2999-12-31 --grant hub`, "person add guest@partner.example --name Gil --sponsor dan --until 2999-12-31",
			"person add late@partner.example --name Late --sponsor dan --until 2001-01-01", "person add x@partner.example --name X --sponsor dan --until tomorrow",
			"person alias dan@example.com daniel@example.com", "person alias dan@example.com guest@partner.example",
			"seat withhold daniel@example.com adkar --reason x", "seat clear dan@example.com adkar", "seat clear dan@example.com adkar", "seat grant dan@example.com nothing", "seat grant nobody@example.com adkar", "seat release dan@example.com hub",
		} {
			s.run(line)
		}

		for _, line := range []string{
			`portal correct prosci dan@example.com --column area --value Training --reason "moves in May, HR is late"`,
			`portal correct prosci dan@example.com --column "First name" --value Daniel --reason "goes by it"`,
			"portal corrections prosci", "portal corrections prosci --csv",
			"portal correct prosci dan@example.com --column area --value Training", "portal correct prosci dan@example.com --column area", "portal correct prosci dan@example.com --column size --value L --reason x",
			"portal correct prosci nobody@example.com --column area --value L --reason x", "portal correct nowhere dan@example.com --column area --value L --reason x",
			"portal correct prosci dan@example.com --column AREA --clear", "portal correct prosci dan@example.com --column area --clear", "portal corrections prosci --json",
			"portal corrections later",
		} {
			s.run(line)
		}

		for _, line := range []string{"token create --directory nowhere", "token list", "token revoke nosuch", "events --kind hold.closed", "events --person gil@example.com", "events --since yesterday", "nonsense", "seat grant"} {
			s.run(line)
		}
		s.golden("transcript.golden")
	})
}

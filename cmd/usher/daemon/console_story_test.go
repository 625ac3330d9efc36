package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
	"usher/internal/web/browsertest"
	"usher/sync/ledger"
)

// story is a new user's installation, and the browser in which its owner works.
type story struct {
	*running
	b       *browsertest.Browser
	scripts bool
	file    string // the configuration
	token   string // of the directory that pushes
	records map[string]string
}

// storyStart is a configuration at the first start, and storyPortal what is added to it later.
const (
	storyStart = `
listen: 127.0.0.1:0
data: %s
directories:
  default: {kind: scim, rank: 1}
  hr: {kind: file, rank: 2}
`
	storyPortal = `
portals:
  learning: {kind: worklist}
subscriptions:
  adkar: {portal: learning, seats: %d, rule: 'department == "Sales"', settle: 0s}
`
)

// TestConsoleStory goes the whole way in a browser, from the first start on, as whoever brings usher into a company: once with scripts,
// where each state is looked at, and once without.
func TestConsoleStory(t *testing.T) {
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprintf("scripts %v", scripts), func(t *testing.T) {
			t.Parallel()
			s := newStory(t, scripts)
			for _, chapter := range []func(){s.keyboard, s.firstSteps, s.goLive, s.workThroughTheList, s.roster, s.massLeave, s.whatIf, s.times} {
				chapter()
			}
		})
	}
}

func newStory(t *testing.T, scripts bool) *story {
	s := &story{scripts: scripts, file: filepath.Join(t.TempDir(), "usher.yaml"), records: map[string]string{}}
	if err := os.WriteFile(s.file, fmt.Appendf(nil, storyStart, t.TempDir()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.running = start(t, daemon.Options{ConfigFile: s.file})
	written, err := os.ReadFile(s.TokenFile())
	s.check(err)
	s.token = strings.TrimSpace(string(written))
	olga, err := s.Ledger().AddGuest(t.Context(), ann(), ledger.Guest{Address: "olga@example.com", GivenName: "Olga", FamilyName: "Owner", Sponsor: "IT", EndsAt: usher.TimeOf(time.Now().AddDate(1, 0, 0))})
	s.check(err)
	link, _, err := s.MakeLoginLink(t.Context(), ann(), olga.ID, true)
	s.check(err)
	s.b = browsertest.New(t)
	s.b.Scripts(scripts)
	s.b.Look(browsertest.Desktop, false)
	s.b.Open(link)
	s.click("form button")
	s.says("Signed in as Olga Owner.")
	return s
}

// configure adds to the configuration, and has the daemon read it.
func (s *story) configure(more string) {
	s.Helper()
	s.check(os.WriteFile(s.file, fmt.Appendf(nil, storyStart+"%s", s.Config().Data, more), 0o600))
	s.check(s.Reload(s.Context()))
}

// push has the directory bring somebody of a department.
func (s *story) push(name, department string) {
	s.Helper()
	s.records[name] = s.want(201, "POST", "/scim/v2/Users", s.token, fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,
		"displayName":"%s Berg","active":true,"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":%q}}`, strings.ToLower(name)+"@example.com", name, department)).id()
}

// leave has the directory switch somebody off.
func (s *story) leave(name string) {
	s.Helper()
	s.want(200, "PATCH", "/scim/v2/Users/"+s.records[name], s.token,
		`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"active","value":false}]}`)
}

// open opens a page.
func (s *story) open(path string) {
	s.Helper()
	s.b.Open(s.URL() + path)
}

// click and follow lead to another page, and wait for it: a browser without scripts says too early that it is there.
func (s *story) click(css string) {
	s.Helper()
	s.leads(func() { s.b.Click(css) })
}

func (s *story) follow(words string) {
	s.Helper()
	s.leads(func() { s.b.Follow(words) })
}

func (s *story) leads(act func()) {
	s.Helper()
	s.b.Run(`document.documentElement.dataset.before = "yes"`)
	act()
	eventually(s.T, "the next page is there", func() bool {
		return s.b.Run(`return document.documentElement.dataset.before ?? document.readyState`) == "complete"
	})
}

// page is what a reader sees of the page, in one line.
func (s *story) page() string {
	s.Helper()
	return strings.Join(strings.Fields(s.b.Run(`return document.body ? document.body.innerText : ""`)), " ")
}

// count is how many elements of the page a CSS selector means.
func (s *story) count(css string) int {
	s.Helper()
	n, err := strconv.Atoi(s.b.Run("return String(document.querySelectorAll(`" + css + "`).length)"))
	s.check(err)
	return n
}

// says wants the page to have all of these words, and lacks that it has none of them.
func (s *story) says(words ...string) {
	s.Helper()
	text := s.page()
	for _, w := range words {
		if !strings.Contains(text, w) {
			s.Fatalf("%s does not say %q: %s", s.b.At(), w, text)
		}
	}
}

func (s *story) lacks(words ...string) {
	s.Helper()
	text := s.page()
	if i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(text, w) }); i >= 0 {
		s.Fatalf("%s says %q: %s", s.b.At(), words[i], text)
	}
}

// until opens the page again until it has these words.
func (s *story) until(words string) {
	s.Helper()
	s.wait(words, true)
}

// lives waits until the page has these words: with scripts it comes to them by itself, without them its reader looks again.
func (s *story) lives(words string) {
	s.Helper()
	s.wait(words, !s.scripts)
}

func (s *story) wait(words string, again bool) {
	s.Helper()
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(s.page(), words); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("%s does not come to say %q: %s\n%s", s.b.At(), words, s.page(), s.log)
		}
		if again {
			s.b.Open(s.b.At())
		}
	}
}

// good looks at a state of a page, and keeps a picture of it.
func (s *story) good(step string) {
	s.Helper()
	s.b.Run(`scrollTo(0, 0)`)
	if !s.scripts {
		s.b.Keep("story-plain-" + step)
		return
	}
	s.b.Good(step)
	s.b.Keep("story-" + step)
}

// because fills in the reason of a form, which may have to be unfolded first, and sends it.
func (s *story) because(form, button string) {
	s.Helper()
	s.b.Enter(form+" input[name=reason]", "as agreed")
	s.click(form + " " + button)
}

// keyboard: whoever uses no mouse comes first to the link past the menu.
func (s *story) keyboard() {
	s.Helper()
	s.open("/today")
	s.b.Press(browsertest.Tab)
	if at := s.b.Focused(); at != "Skip to the content" {
		s.Errorf("the first key leads to %q", at)
	}
	s.b.Press(browsertest.Tab)
	s.b.Press(browsertest.Tab)
	if at := s.b.Focused(); at != "Today" {
		s.Errorf("behind the name stands %q, not the menu", at)
	}
	eventually(s.T, "the link past the menu leads to the content", func() bool { // a busy browser may miss a key right after it has opened a page
		s.open("/people")
		s.b.Press(browsertest.Tab)
		s.b.Press(browsertest.Return)
		return strings.HasSuffix(s.b.At(), "#content")
	})
	s.b.Press(browsertest.Tab)
	if at := s.b.Run(`return document.activeElement.id`); at != "q" {
		s.Errorf("behind the link past the menu comes %q, not the first field", at)
	}
}

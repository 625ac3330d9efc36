package daemon_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// step is how the page of today shows a step that is done.
func step(words string) string { return "done " + words }

// firstSteps: an empty installation says what to do, and ticks it off.
func (s *story) firstSteps() {
	s.Helper()
	s.open("/today")
	s.until("1 person joined")
	s.says("The first seat", step("Make a token for your directory"), "Connect the directory", "There is no subscription yet", "Nothing waits for a decision.")
	s.lacks(step("Connect the directory"), step("Add a portal"))
	s.good("first-start")
	for _, name := range []string{"Ann", "Bob", "Cid"} {
		s.push(name, "Sales")
	}
	s.open("/today")
	s.until("4 people joined")
	s.says(step("Connect the directory"))
	s.lacks(step("Add a portal"))
	s.configure(fmt.Sprintf(storyPortal, 2))
	s.open("/today")
	s.until("nobody is seated until it is live")
	s.says(step("Add a portal and a subscription"))
	s.lacks(step("Look at the portal"))
	s.good("before-live")
}

// goLive: the portal is looked at, and made live by what was seen.
func (s *story) goLive() {
	s.Helper()
	s.follow("Look at the portal's accounts")
	s.follow("learning")
	s.follow("See by name what making it live would do")
	s.says("2 people would be given a seat, 1 would stay queued", "Ann Berg", "Bob Berg", "Cid Berg")
	s.good("live-plan")
	s.b.Click("input[name=without_adoption]")
	s.because("form[action$='/live']", "button")
	s.says("The portal is live")
	s.open("/today")
	s.until("Occupied 2 Queued 1")
	s.lacks("The first seat")
}

// workThroughTheList: tasks at the portal are ticked off row by row.
func (s *story) workThroughTheList() {
	s.Helper()
	s.open("/today")
	s.until("Files and lists to carry to portals and confirm")
	s.follow("Files and lists to carry to portals and confirm")
	s.follow("Visit 1")
	s.says("What to do, in this order", "ann@example.com", "bob@example.com")
	s.good("visit")
	for range 2 {
		s.tick()
	}
	s.says("It was closed", "nothing is left to do")
	s.good("visit-closed")
	s.open("/today")
	s.says("Nothing waits for a decision.")
	s.good("today-seated")
	s.open("/seats/adkar?q=ann")
	s.says("Ann Berg", "active")
	s.good("seats")
	s.follow("Ann Berg")
	s.says("Ann Berg", "ann@example.com", "adkar", "Because")
	s.good("person")
}

// tick says that the first task of a visit is done.
func (s *story) tick() {
	s.Helper()
	s.b.Click("ol input[name=row]")
	s.click("button[form=tick][value=done]")
	s.says("The rows are settled.")
}

// people is a file of people, whose addresses are those.
func (s *story) people(name string, addresses ...string) string {
	s.Helper()
	text := "employee_id,given_name,family_name,email,department\n"
	for i, address := range addresses {
		text += fmt.Sprintf("%05d,%s,Contractor,%s,Sales\n", i+1, []string{"Dora", "Emil", "Fay", "Gus"}[i], address)
	}
	path := filepath.Join(s.T.TempDir(), name)
	s.check(os.WriteFile(path, []byte(text), 0o600))
	return path
}

// roster: a file with a mistake, its error sheet, the mended file, one class of it confirmed, and the way back.
func (s *story) roster() {
	s.Helper()
	before := s.active()
	s.open("/plans")
	s.follow("Upload a roster")
	s.good("upload")
	s.b.Enter("#file", s.people("people.csv", "dora@example.com", "emil at example.com", "fay@example.com", "gus@example.com"))
	s.click("main button.main")
	s.says("The file was read.", "Findings in the file", "emil at example.com", "3 email", "all of it waits")
	s.good("findings")
	s.errorSheet()
	s.b.Enter("#file", s.people("mended.csv", "dora@example.com", "emil@example.com", "fay@example.com", "gus@example.com"))
	s.click("form[enctype='multipart/form-data'] button")
	s.says("The file was read.", "mended.csv", "joiners")
	s.lacks("Findings in the file")
	s.click("main table a[href*='class=joiner']")
	s.says("Dora Contractor", "Emil Contractor")
	s.good("plan")
	s.because("#decide", "button[value=class]")
	s.lives("changes were applied")
	if s.active() != before+4 {
		s.Fatalf("%d people, want %d", s.active(), before+4)
	}
	s.good("applied")
	s.goBack(before)
}

// goBack undoes the plan of the page.
func (s *story) goBack(before int) {
	s.Helper()
	s.b.Click("details:has(form[action$='/undo']) summary")
	s.because("form[action$='/undo']", "button")
	s.says("This is the way back.")
	s.good("way-back")
	s.because("#decide", "button[value=all]")
	s.lives("changes were applied")
	if s.active() != before {
		s.Fatalf("%d people after the way back, want %d", s.active(), before)
	}
	s.open("/people?q=Contractor")
	s.says("Nobody is found.")
}

// errorSheet: the sheet that the page offers has the row and what is wrong with it.
func (s *story) errorSheet() {
	s.Helper()
	var cookies []string
	for _, c := range s.b.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
	}
	at := strings.TrimPrefix(s.b.Run(`return document.querySelector("a[download][href$='format=csv']").href`), s.URL())
	got := s.call(http.MethodGet, at, "", "", "Cookie", strings.Join(cookies, "; "))
	if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") || !strings.Contains(got.text, "emil at example.com") || strings.Contains(got.text, "dora") {
		s.Errorf("the error sheet: %d %v %s", got.status, got.header, got.text)
	}
}

// massLeave: more leave than go by themselves, and somebody lets them go.
func (s *story) massLeave() {
	s.Helper()
	for _, name := range []string{"Hal", "Ida", "Jon", "Kim", "Leo"} {
		s.push(name, "Sales")
	}
	s.configure(fmt.Sprintf(storyPortal, 8))
	s.open("/today")
	s.until("Occupied 8")
	s.finishVisit()
	for _, name := range []string{"Ann", "Bob", "Cid", "Hal", "Ida"} {
		s.leave(name)
	}
	s.open("/today")
	s.says("Holds to allow or discard")
	s.good("today-hold")
	s.follow("Holds to allow or discard")
	s.follow("Hold 1")
	s.says("releases of seats in adkar", "2 people", "Hal Berg", "Ida Berg")
	s.good("hold")
	s.because("form[action$='/allow']", "button")
	s.says("What it stopped goes on.", "It stopped releases of seats in adkar", "allowed by olga@example.com")
	s.good("hold-allowed")
	s.workOff("Occupied 3")
	s.lacks("Hal Berg", "Ida Berg", "Ann Berg")
	s.says("Jon Berg", "Kim Berg", "Leo Berg")
}

// finishVisit works through all visits that there are.
func (s *story) finishVisit() {
	s.Helper()
	s.open("/portals")
	s.until("to do")
	for strings.Contains(s.page(), "to do") {
		s.workThrough()
		s.open("/portals")
	}
}

// workThrough ticks off a visit from the page of portals.
func (s *story) workThrough() {
	s.Helper()
	s.click("main table a[href^='/visits/']")
	for range s.count("ol input[name=row]") {
		s.b.Click("ol input[name=row]:not(:checked)")
	}
	s.click("button[form=tick][value=done]")
	s.says("The rows are settled.")
}

// workOff works through visits as they come, one after the other, until the page of the subscription has these words.
func (s *story) workOff(words string) {
	s.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		s.open("/seats/adkar")
		if strings.Contains(s.page(), words) {
			return
		}
		if time.Now().After(deadline) {
			s.Fatalf("the seats do not come to %q: %s", words, s.page())
		}
		s.open("/portals")
		if strings.Contains(s.page(), "to do") {
			s.workThrough()
		}
	}
}

// whatIf: an assumption is answered with names.
func (s *story) whatIf() {
	s.Helper()
	s.open("/seats/adkar")
	s.follow("What if")
	s.b.Enter("input[name=seats]", "-6")
	s.b.Enter("textarea[name=hired]", "Nora New")
	s.b.Enter("input[name=hires]", "2")
	s.click("form.assumption button")
	s.until("Over by 1 at the end")
	s.says("What would come of it", "Queued at the end: 3", "Nora New", "Hire 2", "Jon Berg, never seen active")
	s.good("what-if")
	s.open("/seats/adkar")
	s.says("Purchased 8", "Occupied 3")
}

// times are shown in the viewer's zone by a script, and in UTC without.
func (s *story) times() {
	s.Helper()
	s.b.Zone("Asia/Tokyo")
	s.open("/today")
	shown := s.b.Run(`return document.querySelector("main time").innerText`)
	if want := map[bool]string{true: "GMT+9", false: "UTC"}[s.scripts]; !strings.HasSuffix(shown, want) {
		s.Errorf("a time is shown as %q, want it in %s", shown, want)
	}
	s.good("tokyo")
}

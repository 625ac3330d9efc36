package prosci

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// action is what a task asks for: what no file can do at the portal.
type action string

// The actions.
const (
	deleteProfile action = "delete profile"
	addAdmin      action = "add as Admin"
	makeAdmin     action = "make Admin"
	editProfile   action = "edit profile"
	checkProfile  action = "check profile"
)

// task is something that a person does at the portal.
type task struct {
	action action
	// address, first and last are what the profile is to say; empty: as it is.
	address, first, last string
}

// taskHeader are the columns of a list of tasks.
var taskHeader = []string{
	"row", "task", "person", "address there", "new address", "first name", "last name", "customer type", "where", "who can do it", "why",
}

// addTasks adds what no file can do.
func (r reader) addTasks(w *wish) {
	if w.refused != "" {
		return
	}
	c := w.change
	switch {
	case !c.Desired.Active:
		// Whoever is only without a seat keeps the profile, and what they learned with it. A soft pool
		// has no seat left to release by now: what the files take counts.
		if _, takes := c.Moves(); c.Left && len(takes) > 0 && !r.options.KeepProfiles {
			w.tasks = append(w.tasks, task{action: deleteProfile})
		}
	default:
		w.addAdmin()
		w.addEdit()
	}
	if len(w.parts) == 0 && len(w.tasks) == 0 {
		if w.done = w.inLine(); !w.done {
			w.tasks = append(w.tasks, task{action: checkProfile})
		}
	}
}

// inLine says that the portal was seen to hold all that it keeps of what is desired: what
// changed is a title, a manager or the like, of which it knows nothing.
func (w *wish) inLine() bool {
	c := w.change
	return c.Seen != nil && !c.ReadBack && len(c.Desired.Values) == 0 && c.Seen.Active == c.Desired.Active &&
		(!c.Desired.Admin || c.Seen.Admin != nil)
}

// addAdmin has whom the settings declare made an Admin. Nobody who is one is made less.
func (w *wish) addAdmin() {
	seen := w.change.Seen
	switch {
	case !w.change.Desired.Admin:
	case seen == nil && len(w.parts) == 0:
		w.tasks = append(w.tasks, task{action: addAdmin, first: w.person.first, last: w.person.last})
	case seen == nil, seen.Admin != nil && !*seen.Admin:
		w.tasks = append(w.tasks, task{action: makeAdmin})
	}
}

// addEdit has a profile corrected that says something else. A new address is never written
// into a file: the portal would take it for a new person.
func (w *wish) addEdit() {
	var t task
	if address := cleanAddress(w.change.Desired.Address); w.known && address != "" && sameAs(address) != sameAs(w.person.address) {
		t.address = address
		if _, err := usher.FoldAddress(address); err != nil {
			w.refuse("%s: the new address is %v; correct it where the person comes from", roleEmail, err)
		}
	}
	if seen := w.change.Seen; seen != nil {
		if seen.GivenName != "" && cleanName(seen.GivenName) != w.person.first {
			t.first = w.person.first
		}
		if seen.FamilyName != "" && cleanName(seen.FamilyName) != w.person.last {
			t.last = w.person.last
		}
	}
	if t != (task{}) {
		t.action = editProfile
		w.tasks = append(w.tasks, t)
	}
}

// taskFile lists the tasks that are meant; no file where there are none.
func taskFile(name string, wishes []*wish, meant func(task) bool) ([]connectors.File, error) {
	file := connectors.File{Name: name, Kind: usher.BatchTasks, Notes: []string{"work through the list from the top, and confirm each row"}}
	var cells [][]string
	for _, w := range wishes {
		for _, t := range w.tasks {
			if !meant(t) {
				continue
			}
			number := len(cells) + 1
			cells = append(cells, append([]string{strconv.Itoa(number)}, t.cells(w)...))
			row := usher.BatchRow{
				Row: number, Account: w.change.Account, Generation: w.change.Generation,
				Action: string(t.action), Text: t.text(w), State: usher.RowOpen,
			}
			if t.action == deleteProfile {
				row.Told = &usher.Desired{} // a report that lists the profile, without tools, shows that it is not deleted
			}
			file.Rows = append(file.Rows, row)
		}
	}
	if len(cells) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	err := table.WriteCSV(&out, taskHeader, cells, table.Options{BOM: true, CRLF: true, ForPeople: true})
	file.Content = out.Bytes()
	return []connectors.File{file}, err
}

// cells are a row's cells after its number.
func (t task) cells(w *wish) []string {
	customerType := ""
	if slices.Contains([]action{addAdmin, makeAdmin}, t.action) {
		customerType = "Admin"
	}
	name := strings.TrimSpace(w.person.first + " " + w.person.last)
	return []string{string(t.action), name, w.person.address, t.address, t.first, t.last, customerType, t.where(), t.who(), w.change.Why}
}

// where says where at the portal a task is done.
func (t task) where() string {
	switch t.action {
	case deleteProfile:
		return "Manage Organization, Users, Edit, Delete Portal Profile; only after the files that take the tools away"
	case addAdmin:
		return "Manage Organization, Users, add a user with customer type Admin"
	}
	return "Manage Organization, Users, Edit"
}

// who says who can do a task.
func (t task) who() string {
	switch {
	case t.action == deleteProfile:
		return "an admin, one by one; Prosci's support for a list, or where the person is a license admin"
	case t.address != "":
		return "an admin; where single sign-on is on, the address follows the identity provider at the next login"
	}
	return "an admin"
}

// text says in words what a task asks for.
func (t task) text(w *wish) string {
	text := string(t.action) + ": " + w.person.name()
	var parts []string
	for _, f := range [][2]string{{"e-mail address", t.address}, {"first name", t.first}, {"last name", t.last}} {
		if f[1] != "" && t.action == editProfile {
			parts = append(parts, f[0]+": "+f[1])
		}
	}
	if t.action == checkProfile {
		parts = append(parts, w.expected())
	}
	if len(parts) == 0 {
		return text
	}
	return fmt.Sprintf("%s (%s)", text, strings.Join(parts, "; "))
}

// expected says what should be there of somebody of whom no difference is known.
func (w *wish) expected() string {
	if !w.change.Desired.Active {
		return "should have no tool"
	}
	if len(w.change.Desired.Subscriptions) == 0 {
		return "should have a profile and no tool"
	}
	return "should have " + words(w.change.Desired.Subscriptions)
}

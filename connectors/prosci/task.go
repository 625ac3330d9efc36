package prosci

import (
	"bytes"
	"fmt"
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
	endAdmin      action = "make User"
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
		_, takes := c.Moves()
		switch {
		case !c.Left:
		case !r.options.KeepProfiles && (len(takes) > 0 || w.administers()):
			w.tasks = append(w.tasks, task{action: deleteProfile})
		case w.administers():
			w.tasks = append(w.tasks, task{action: endAdmin})
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
// changed is a title, a manager or the like, of which it knows nothing. Whoever is to have nothing, and is
// there as an Admin without a tool, has nothing: asking again would end with the same answer.
func (w *wish) inLine() bool {
	c := w.change
	switch {
	case c.Seen == nil || c.ReadBack:
		return false
	case !c.Desired.Active && c.Seen.Active:
		return w.administers() && c.Seen.Subscriptions != nil && len(c.Seen.Subscriptions) == 0
	}
	return c.Seen.Active == c.Desired.Active && (!c.Desired.Admin || c.Seen.Admin != nil) && w.showsValues()
}

// administers says that the portal shows the person as an Admin.
func (w *wish) administers() bool {
	seen := w.change.Seen
	return seen != nil && seen.Admin != nil && *seen.Admin
}

// showsValues says that the portal shows every value that is desired.
func (w *wish) showsValues() bool {
	for name, value := range w.change.Desired.Values {
		if shown, ok := w.change.Seen.Values[name]; !ok || strings.TrimSpace(shown) != value {
			return false
		}
	}
	return true
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
	customerType := map[action]string{addAdmin: "Admin", makeAdmin: "Admin", endAdmin: "User"}[t.action]
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
	case t.action == endAdmin:
		return "an admin; Prosci's support where the person is a license admin"
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
	text := "should have a profile and no tool"
	if len(w.change.Desired.Subscriptions) > 0 {
		text = "should have " + words(w.change.Desired.Subscriptions)
	}
	for _, name := range valueNames(w.change.Desired.Values) {
		text += "; " + name + ": " + w.change.Desired.Values[name]
	}
	return text
}

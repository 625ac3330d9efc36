package ascender

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// sortTasks puts a list into working order; who leaves comes first, each with all their rows.
func sortTasks(tasks []task) {
	slices.SortStableFunc(tasks, func(a, b task) int {
		if a.person.leaves != b.person.leaves {
			return cmp.Compare(rank(a.person.leaves), rank(b.person.leaves))
		}
		if a.person.leaves {
			return 0
		}
		return cmp.Or(cmp.Compare(slices.Index(actions, a.action), slices.Index(actions, b.action)), cmp.Compare(a.person.turn, b.person.turn))
	})
}

func rank(leaves bool) int {
	if leaves {
		return 0
	}
	return 1
}

// The columns of a list of tasks besides those of the upload, which say what to enter.
var (
	taskHead = []string{"row", "action", "person", "address", "status"}
	taskTail = []string{"new address", "licence", "why", "how"}
)

// tasksFile writes a list for a person.
func (v *visit) tasksFile(name string, tasks []task) (connectors.File, error) {
	file := connectors.File{Name: name, Kind: usher.BatchTasks}
	if len(tasks) == 0 {
		return file, nil
	}
	header, places := v.taskHeader()
	var cells [][]string
	for i, t := range tasks {
		p := t.person
		row := []string{strconv.Itoa(i + 1), t.action, p.name(), p.address, p.status()}
		for _, place := range places {
			row = append(row, t.cells[place])
		}
		cells = append(cells, append(row, t.address, t.licence, p.change.Why, t.how))
		file.Rows = append(file.Rows, rowOf(i, p, t.action, t.text, t.moves))
	}
	file.Notes = taskNotes(tasks)
	var content bytes.Buffer
	if err := table.WriteCSV(&content, header, cells, table.Options{BOM: true, CRLF: true, ForPeople: true}); err != nil {
		return file, fmt.Errorf("write %s: %w", name, err)
	}
	file.Content = content.Bytes()
	return file, nil
}

func (v *visit) taskHeader() (header []string, places []int) {
	header = slices.Clone(taskHead)
	for i, c := range v.columns {
		if c.role != roleEmail {
			header, places = append(header, c.name), append(places, i)
		}
	}
	return append(header, taskTail...), places
}

// taskNotes are what is true of a list as a whole.
func taskNotes(tasks []task) []string {
	has := func(action string) bool {
		return slices.ContainsFunc(tasks, func(t task) bool { return t.action == action })
	}
	var notes []string
	if has(actionDeactivate) {
		notes = append(notes, "Export the reports of everybody who is deactivated before you begin: no reports can be pulled of them afterwards.")
	}
	if has(actionReactivate) {
		notes = append(notes, "Whoever is reactivated has lost their assignments: give them again by hand.")
	}
	return notes
}

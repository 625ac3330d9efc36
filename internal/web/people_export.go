package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// exportColumns are the columns of a list of people.
var exportColumns = []string{"Name", "Address", "Status", "Department", "Title", "Manager", "Seats"}

// errStopped says that whoever takes a file goes away.
var errStopped = errors.New("nobody takes the file any longer")

// exportPeople writes whom the list shows as a file, without holding all of them.
func exportPeople(v *visit) error {
	q, err := v.peopleSearch()
	if err != nil {
		return err
	}
	format, kind := table.CSV, "text/csv; charset=utf-8"
	switch v.r.URL.Query().Get("format") {
	case "csv":
	case "xlsx":
		format, kind = table.XLSX, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	default:
		return &usher.InvalidError{Attribute: "format", Problem: "is neither csv nor xlsx"}
	}
	q.After = ""
	// What cannot be found is said in words, before the file begins.
	probe := q
	probe.Limit = 1
	if _, err := v.o.People.FindPeople(v.r.Context(), probe); err != nil {
		return err
	}
	name := "people-" + v.o.Now().Format(time.DateOnly) + "." + strings.ToLower(string(format))
	v.w.Header().Set("Content-Type", kind)
	v.w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if err := v.writePeople(format, q); err != nil {
		v.o.Failed(v.r, err)
		panic(http.ErrAbortHandler) // the browser must not take half a file for all of it
	}
	return nil
}

func (v *visit) writePeople(format table.Format, q usher.PeopleSearch) error {
	var failed error
	rows := func(yield func([]string) bool) {
		failed = v.o.People.ExportPeople(v.r.Context(), v.By, q, func(part []usher.PersonView) error {
			for _, p := range part {
				if !yield(exportRow(p)) {
					return errStopped
				}
			}
			return nil
		})
	}
	err := table.Write(v.w, format, exportColumns, rows, table.Options{ForPeople: true, BOM: true, CRLF: true, Sheet: "People"})
	return errors.Join(failed, err)
}

func exportRow(p usher.PersonView) []string {
	manager := ""
	if p.Manager != nil {
		manager = p.Manager.Name
	}
	return []string{p.Name, p.Address, p.State, p.Department, p.Title, manager, strings.Join(seatsInWords(p.Seats), "; ")}
}

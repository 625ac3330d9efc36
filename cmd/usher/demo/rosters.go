package demo

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"usher/internal/usher"
)

// rosterHeader are the columns of both directories of files.
func rosterHeader() []string {
	return []string{"employee_id", "first_name", "last_name", "email", "department", "title", "manager_email", "status", "start_date", "end_date", "country"}
}

// edit changes a row of a file before it is written; false leaves the row out.
type edit func(e *employee, row []string) bool

// The places of what edits change.
const (
	rosterEmail   = 3
	rosterTitle   = 5
	rosterManager = 6
	rosterStatus  = 7
	rosterStart   = 8
)

// roster drops the file of a directory as of a day into its folder, and has it fetched.
func roster(directory string, day int, edits ...edit) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		if err := h.drop(directory, day, edits...); err != nil {
			return err
		}
		plans, why, err := h.Fetch(ctx, directory)
		if err == nil && len(plans) == 0 {
			err = fmt.Errorf("no file of directory %s was taken: %s", directory, why)
		}
		return err
	}
}

// drop writes a file with its done-marker, which has to be the newer one.
func (h *history) drop(directory string, day int, edits ...edit) error {
	now := h.clock.now()
	folder, name := h.settings["HR_FOLDER"], "people-"
	if directory == byAgency {
		folder, name = h.settings["AGENCY_FOLDER"], "contractors-"
	}
	content, err := h.rosterOf(directory, day, edits)
	if err != nil {
		return err
	}
	return dropFile(filepath.Join(folder, name+now.UTC().Format("2006-01-02-1504")+".csv"), content, now)
}

// dropFile puts a file and its marker into place, as of a time.
func dropFile(path string, content []byte, at time.Time) error {
	for i, file := range []string{path, path + ".done"} {
		if i == 1 {
			content = nil
		}
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
		if err := os.Chtimes(file, at, at.Add(time.Duration(i)*time.Second)); err != nil {
			return err
		}
	}
	return nil
}

// announcedFrom is from which day on HR knows who is to come after the history.
const announcedFrom = 62

func (h *history) rosterOf(directory string, day int, edits []edit) ([]byte, error) {
	rows := [][]string{rosterHeader()}
	for _, e := range h.staff.all {
		if e.directory != directory || e.joins > day && (e.joins <= historyDays || day < announcedFrom) {
			continue
		}
		row := h.rosterRow(e, day)
		if !slices.ContainsFunc(edits, func(change edit) bool { return !change(e, row) }) {
			rows = append(rows, row)
		}
	}
	var file bytes.Buffer
	err := csv.NewWriter(&file).WriteAll(rows)
	return file.Bytes(), err
}

func (h *history) rosterRow(e *employee, day int) []string {
	date := func(n int) string { return h.day(float64(n)).UTC().Format(time.DateOnly) }
	started, status, ends := e.joins, "active", ""
	if started == 0 {
		started = -400 - 13*len(e.given)
	}
	if e.leaves != 0 && e.leaves <= day {
		status = "terminated"
	}
	if e.leaves != 0 && day >= announcedFrom {
		ends = date(e.leaves)
	}
	return []string{e.number, e.given, e.family, e.address(), e.department, e.title, e.manager, status, date(started), ends, e.country}
}

// undoLast puts back what the newest plan of a directory changed.
func undoLast(directory, why string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		p, err := h.newest(ctx, directory)
		if err != nil {
			return err
		}
		back, err := h.Ledger().UndoPlan(ctx, admin(why), p.Number)
		if err == nil {
			_, err = h.ConfirmPlan(ctx, admin(why), back.Number, confirmAll)
		}
		return err
	}
}

// discardLast drops the newest plan, which waits.
func discardLast(directory, why string) func(context.Context, *history) error {
	return func(ctx context.Context, h *history) error {
		p, err := h.newest(ctx, directory)
		if err == nil {
			_, err = h.Ledger().DiscardPlan(ctx, admin(why), p.Number)
		}
		return err
	}
}

func (h *history) newest(ctx context.Context, directory string) (usher.Plan, error) {
	d, err := h.look().DirectoryNamed(ctx, directory)
	if err != nil {
		return usher.Plan{}, err
	}
	plans, err := h.look().Plans(ctx, d.ID, 1)
	if err != nil || len(plans) == 0 {
		return usher.Plan{}, fmt.Errorf("directory %s has no plan: %w", directory, err)
	}
	return plans[0], nil
}

package web

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// Visits are occasions at which somebody works at a portal for usher (the ledger).
type Visits interface {
	// SheetView is the sheet of a visit with at most so many of its steps.
	SheetView(ctx context.Context, visit usher.ID, most int) (usher.SheetView, error)
	// BatchRows are rows of a batch after a number.
	BatchRows(ctx context.Context, batch string, after, limit int) (rows []usher.BatchRow, more bool, err error)
	// ConfirmBatchRows says what came of rows of a visit, all of which have to be open.
	ConfirmBatchRows(ctx context.Context, by usher.Principal, visit usher.ID, rows []usher.RowRef, done bool, note string) error
	// CarryVisit notes that files and lists were carried to the portal; an empty batch means all.
	CarryVisit(ctx context.Context, by usher.Principal, visit usher.ID, batch string) (usher.Visit, error)
}

// VisitWays is how a portal's visits go, as the configuration has it.
type VisitWays interface {
	// VisitHints says where a portal's files are, and whether usher reads its export.
	VisitHints(ctx context.Context, portal string) (place string, exports bool, err error)
	// ReadRefusals reads a portal's answer to an upload: the rows that it names are refused with its message. It says how many.
	ReadRefusals(ctx context.Context, by usher.Principal, batch, name string, content []byte) (refused, unknown int, err error)
}

// answerBytes bounds a portal's answer to an upload.
const answerBytes = 8 << 20

var visitRoutes = []Route{
	{Method: "GET", Path: "/visits/{id}", Access: usher.AccessOverseers, serve: showVisit},
	{Method: "POST", Path: "/visits/{id}/rows", Access: usher.AccessDeciders, Fresh: true, serve: settleRows},
	{Method: "POST", Path: "/visits/{id}/carried", Access: usher.AccessDeciders, Fresh: true, serve: carryVisit},
	{Method: "POST", Path: "/visits/{id}/refused", Access: usher.AccessDeciders, Fresh: true, Body: answerBytes, serve: bringRefusals},
}

// rowsPart is how many rows of a batch a page shows, and stepsPart how many steps of a visit.
const (
	rowsPart  = 50
	stepsPart = 100
)

type visitPage struct {
	usher.SheetView

	Place   string
	Exports bool
	Lists   []visitBatch
	Zone    string
}

// visitBatch is a batch with the rows that are shown of it.
type visitBatch struct {
	usher.BatchView

	Shown []usher.BatchRow
	// Next is the row after which the next part begins; 0: there is none.
	Next  int
	First bool // the rows begin with the first
}

// Minutes is about how long the visit takes.
func (p visitPage) Minutes() int { return minutes(p.takes()) }

// Long says that it is longer than a visit should be.
func (p visitPage) Long() bool { return p.takes() > p.Longest }

func (p visitPage) takes() time.Duration {
	if p.Exports {
		return p.WithExport
	}
	return p.Takes
}

// HasTasks says that there are tasks to tick off.
func (p visitPage) HasTasks() bool {
	for _, s := range p.Steps {
		if s.Row > 0 {
			return true
		}
	}
	return false
}

func showVisit(v *visit) error {
	page, err := v.visitPage(usher.ID(v.r.PathValue("id")))
	if err != nil {
		return err
	}
	return v.showTitled("visit", "Visit "+strconv.FormatInt(page.Number, 10)+" to "+page.Portal, page)
}

func (v *visit) visitPage(id usher.ID) (page visitPage, err error) {
	ctx := v.r.Context()
	if page.SheetView, err = v.o.Visits.SheetView(ctx, id, stepsPart); err != nil {
		return page, err
	}
	if page.Place, page.Exports, err = v.o.VisitWays.VisitHints(ctx, page.Portal); err != nil {
		return page, err
	}
	page.Zone = v.zone()
	for _, b := range page.Batches {
		list, err := v.rowsOf(b)
		if err != nil {
			return page, err
		}
		page.Lists = append(page.Lists, list)
	}
	return page, nil
}

// rowsOf are the rows of a batch that a page shows: the first, or those after the one that the address names.
func (v *visit) rowsOf(b usher.BatchView) (list visitBatch, err error) {
	after, q := 0, v.r.URL.Query()
	if q.Get("batch") == b.Name {
		after, _ = strconv.Atoi(q.Get("after"))
	}
	rows, more, err := v.o.Visits.BatchRows(v.r.Context(), b.Name, after, rowsPart)
	list = visitBatch{BatchView: b, Shown: rows, First: after <= 0}
	if more {
		list.Next = rows[len(rows)-1].Row
	}
	return list, err
}

func settleRows(v *visit) error {
	id := v.r.PathValue("id")
	rows, err := rowRefs(v.r.PostForm["row"])
	if err != nil {
		return err
	}
	done, note := false, v.r.PostFormValue("note")
	switch v.r.PostFormValue("answer") {
	case "done":
		done = true
	case "refused":
	default:
		return &usher.InvalidError{Attribute: "answer", Problem: "is neither done nor refused"}
	}
	if err := v.o.Visits.ConfirmBatchRows(v.r.Context(), v.By, usher.ID(id), rows, done, note); err != nil {
		return err
	}
	return v.done(visitPath(id), "rows-settled")
}

// rowRefs reads rows as a form names them: the batch, a slash, the number.
func rowRefs(texts []string) (rows []usher.RowRef, err error) {
	for _, text := range texts {
		batch, number, _ := strings.Cut(text, "/")
		row, err := strconv.Atoi(number)
		if err != nil {
			return nil, &usher.InvalidError{Attribute: "row", Problem: "is none of a batch"}
		}
		rows = append(rows, usher.RowRef{Batch: batch, Row: row})
	}
	return rows, nil
}

func carryVisit(v *visit) error {
	id := v.r.PathValue("id")
	if _, err := v.o.Visits.CarryVisit(v.r.Context(), v.withReason(), usher.ID(id), v.r.PostFormValue("batch")); err != nil {
		return err
	}
	return v.done(visitPath(id), "visit-carried")
}

func bringRefusals(v *visit) error {
	id, batch := v.r.PathValue("id"), v.r.PostFormValue("batch")
	sheet, err := v.o.Visits.SheetView(v.r.Context(), usher.ID(id), 0)
	if err != nil {
		return err
	}
	file, name, err := v.sent("file")
	if err != nil {
		return err
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return err
	}
	if !sheet.Has(batch) {
		return &usher.InvalidError{Attribute: "batch", Problem: "is not part of this visit"}
	}
	_, unknown, err := v.o.VisitWays.ReadRefusals(v.r.Context(), v.withReason(), batch, name, content)
	switch {
	case err != nil:
		return err
	case unknown > 0:
		return v.done(visitPath(id), "refusals-some-unknown")
	}
	return v.done(visitPath(id), "refusals-read")
}

// visitPath is where a visit's page is.
func visitPath(id string) string { return "/visits/" + url.PathEscape(id) }

// asInvalid says whether an error is a mistake of whoever sent something.
func asInvalid(err error) (*usher.InvalidError, bool) { return errors.AsType[*usher.InvalidError](err) }

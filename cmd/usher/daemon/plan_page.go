package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"

	"usher/internal/api"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// planPages are the plans of package web.
type planPages struct {
	*ledger.Ledger

	d     *Daemon
	files uploads
}

// FileDirectories implements web.Plans.
func (p planPages) FileDirectories() []string { return p.d.FileDirectories() }

// ConfirmPlan implements web.Plans: nobody waits until all of it is applied.
func (p planPages) ConfirmPlan(ctx context.Context, by usher.Principal, number int64, s web.Selection) error {
	_, err := p.d.letGo(ctx, by, number, ledger.Selection{Class: s.Class, Seqs: s.Changes, Held: s.Held})
	if err == nil {
		p.d.finishSoon()
	}
	return err
}

// DiscardPlan implements web.Plans.
func (p planPages) DiscardPlan(ctx context.Context, by usher.Principal, number int64) error {
	_, err := p.Ledger.DiscardPlan(ctx, by, number)
	return err
}

// UndoPlan implements web.Plans.
func (p planPages) UndoPlan(ctx context.Context, by usher.Principal, number int64) (int64, error) {
	back, err := p.Ledger.UndoPlan(ctx, by, number)
	return back.Number, err
}

// Upload implements web.Plans.
func (p planPages) Upload(ctx context.Context, by usher.Principal, u web.Upload) (int64, error) {
	origin := "upload"
	if u.Review {
		origin = usher.OriginByHand
	}
	made, err := p.files.take(ctx, by, u.Directory, u.Name, origin, u.Content, Planning{ByHand: u.Review, Part: u.Part, Instead: u.Instead, Later: true})
	tooMany, many := errors.AsType[*api.TooManyError](err)
	switch {
	case many:
		return 0, &web.Refusal{Status: http.StatusTooManyRequests, Words: fmt.Sprintf("As many files of %s have come as may in an hour. Send the next one in %s.", u.Directory, tooMany.After.Round(1e9))}
	case errors.Is(err, api.ErrTooLarge):
		return 0, &web.Refusal{Status: http.StatusRequestEntityTooLarge, Words: fmt.Sprintf("The file has more than %d MiB. Divide it.", api.Limit>>20)}
	case errors.Is(err, usher.ErrNotFound):
		return 0, &usher.InvalidError{Attribute: "directory", Problem: "is none that takes files: choose one of those in the list"}
	case errors.Is(err, usher.ErrBusy):
		return 0, &web.Refusal{Status: http.StatusConflict, Words: fmt.Sprintf("Another file of %s is being read. Send this one when it is done.", u.Directory)}
	}
	return made.Number, err
}

// ErrorSheet implements web.Plans.
func (p planPages) ErrorSheet(ctx context.Context, number int64, workbook, only bool) (io.ReadCloser, error) {
	plan, err := p.d.store.Look().PlanProgress(ctx, number)
	if err != nil {
		return nil, fmt.Errorf("plan %d: %w", number, err)
	}
	format := table.CSV
	if workbook {
		format = table.XLSX
	}
	var sheet *temporary
	err = p.d.errorSheet(ctx, plan, format, only, func(write func(io.Writer) error) error {
		sheet, err = newTemporary(write)
		return err
	})
	unread, is := errors.AsType[*table.FileError](err)
	switch {
	case is:
		return nil, &usher.InvalidError{Attribute: "the file", Problem: "cannot be read as a table, so there is no sheet of its rows: " + unread.Problem}
	case errors.Is(err, fs.ErrNotExist):
		return nil, &usher.InvalidError{Attribute: "the file", Problem: "is not kept here any longer, so there is no sheet of its rows; send it again"}
	case err != nil:
		return nil, fmt.Errorf("error sheet of plan %d: %w", number, err)
	}
	return sheet, nil
}

// temporary is a file that is gone once it is closed.
type temporary struct{ *os.File }

// newTemporary gives what is written, from its start.
func newTemporary(write func(io.Writer) error) (*temporary, error) {
	file, err := os.CreateTemp("", "usher-sheet-*")
	if err != nil {
		return nil, err
	}
	t := &temporary{file}
	if err = write(file); err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// Close implements io.Closer.
func (t *temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }

package reconcile_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"usher/connectors"
	"usher/connectors/worklist"
	"usher/internal/store"
	"usher/internal/table"
	"usher/internal/usher"
	"usher/sync/reconcile"
)

func list() connectors.Whole { return worklist.New(worklist.Options{}) }

// batches waits for n batches whose files are written, newest first.
func (w *world) batches(n int) []usher.Batch {
	w.Helper()
	var found []usher.Batch
	w.eventually(func() string {
		var err error
		found, err = w.store.Look().Batches(w.Context(), w.portal.ID)
		w.check(err)
		written := 0
		for _, b := range found {
			if b.WrittenAt != 0 {
				written++
			}
		}
		if written == n && len(found) == n {
			return ""
		}
		return fmt.Sprintf("%d batches, %d of them written, want %d", len(found), written, n)
	})
	for i, b := range found {
		var err error
		found[i], err = w.store.Look().BatchNamed(w.Context(), b.Name)
		w.check(err)
	}
	return found
}

// confirm says that every open row was done at the portal.
func (w *world) confirm(b usher.Batch) {
	w.Helper()
	for _, r := range b.Rows {
		if r.State == usher.RowOpen {
			w.check(w.ledger.ConfirmBatchRow(w.Context(), usher.System("test"), b.Name, r.Row, true, ""))
		}
	}
}

// counted are the options of an engine whose looks at the store are counted.
func (w *world) counted(c reconcile.Connector) (reconcile.Options, *atomic.Int64) {
	var looks atomic.Int64
	o := quickOptions(w, "test", c)
	o.Look = func() reconcile.Reads { looks.Add(1); return w.store.Look() }
	return o, &looks
}

func TestAHardPoolHasOneOpenBatch(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		folder := filepath.Join(w.TempDir(), "outbox", "learning")
		ann := w.join("ann")
		w.join("bob")
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: folder})
		w.start(o)
		first := w.batches(1)[0]
		if content, err := os.ReadFile(filepath.Join(folder, first.Name)); err != nil || string(content) != string(first.Content) || len(first.Rows) != 2 {
			w.Fatalf("%d rows, file %q, %v", len(first.Rows), content, err)
		}
		w.push(ann, false)
		rounds(w, looks)
		w.batches(1)
		w.confirm(first)
		second := w.batches(2)[0]
		if len(second.Rows) != 1 || second.Rows[0].Action != "release" {
			w.Fatalf("second batch %+v", second.Rows)
		}
		w.confirm(second)
		w.inLine()
		rounds(w, looks)
		w.batches(2)
	})
}

func TestASoftPoolIsToldAnew(t *testing.T) {
	eachWorld(t, usher.Portal{Live: true}, func(w *world) {
		ann := w.join("ann")
		w.run(reconcile.Connector{Whole: list(), Folder: w.TempDir()})
		first := w.batches(1)[0]
		w.push(ann, false)
		w.batches(2)
		first, err := w.store.Look().BatchNamed(w.Context(), first.Name)
		w.check(err)
		if first.ClosedAt == 0 || first.Rows[0].State != usher.RowSuperseded {
			w.Errorf("the first batch still asks for ann: %+v", first)
		}
	})
}

func TestChangesAreGathered(t *testing.T) {
	eachWorld(t, usher.Portal{Live: true}, func(w *world) {
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: w.TempDir(), Gather: time.Second})
		w.start(o)
		w.join("ann")
		rounds(w, looks)
		w.join("bob")
		if b := w.batches(1)[0]; len(b.Rows) != 2 {
			w.Errorf("%d rows", len(b.Rows))
		}
	})
}

func TestNoFileForAPortalThatIsNotLive(t *testing.T) {
	eachWorld(t, usher.Portal{Hard: true}, func(w *world) {
		w.join("ann")
		o, looks := w.counted(reconcile.Connector{Whole: list(), Folder: w.TempDir()})
		w.start(o)
		rounds(w, looks)
		w.batches(0)
		w.check(w.ledger.GoLive(w.Context(), usher.System("test"), w.portal.ID))
		w.batches(1)
	})
}

var errDisk = errors.New("disk full")

// TestFilesAreWrittenAgain: whatever happens between the commit of a batch and the note
// that its file is there, the file comes, with the bytes that were committed.
func TestFilesAreWrittenAgain(t *testing.T) {
	for name, write := range map[string]func(string, fs.FileMode, func(io.Writer) error) error{
		"not written": func(string, fs.FileMode, func(io.Writer) error) error { return errDisk },
		"written but not noted": func(path string, perm fs.FileMode, write func(io.Writer) error) error {
			return errors.Join(table.WriteFileAtomic(path, perm, write), errDisk)
		},
	} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, live(), func(w *world) {
				folder := w.TempDir()
				w.join("ann")
				o := quickOptions(w, "test", reconcile.Connector{Whole: list(), Folder: folder})
				var struck atomic.Bool
				o.WriteFile = func(path string, perm fs.FileMode, content func(io.Writer) error) error {
					if !struck.Swap(true) {
						return write(path, perm, content)
					}
					return table.WriteFileAtomic(path, perm, content)
				}
				w.start(o)
				w.eventually(func() string {
					if h := w.health(); h.Failures == 0 {
						return "nobody says that the file was not written"
					}
					return ""
				})
				b := w.batches(1)[0]
				if content, err := os.ReadFile(filepath.Join(folder, b.Name)); err != nil || string(content) != string(b.Content) {
					w.Errorf("file %q, %v", content, err)
				}
				w.eventually(func() string {
					if h := w.health(); h.Failures != 0 {
						return "the portal still counts as failing: " + h.LastError
					}
					return ""
				})
			})
		})
	}
}

func TestAForeignFileIsNotOverwritten(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		folder := w.TempDir()
		path := filepath.Join(folder, portalName+"-0001-worklist.csv")
		w.check(os.WriteFile(path, []byte("mine"), 0o600))
		w.join("ann")
		w.run(reconcile.Connector{Whole: list(), Folder: folder})
		w.eventually(func() string {
			if h := w.health(); h.Failures == 0 {
				return "nobody says that the name is taken"
			}
			return ""
		})
		if content, err := os.ReadFile(path); err != nil || string(content) != "mine" {
			w.Fatalf("file %q, %v", content, err)
		}
		w.check(os.Remove(path))
		w.batches(1)
	})
}

// picky is a Whole that refuses everybody whose name begins with x, and everything while
// its template is missing.
type picky struct{ connectors.Whole }

func (p picky) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	if len(h.Templates) == 0 {
		return nil, nil, errors.New("the template has no column named E-mail")
	}
	outcomes := make([]usher.Outcome, len(h.Changes))
	var fit []usher.AccountChange
	for i, c := range h.Changes {
		outcomes[i] = usher.Outcome{Result: usher.Awaiting}
		if c.Desired.UserName[0] == 'x' {
			outcomes[i] = usher.Outcome{Result: usher.Refused, Reason: "the file has no room for x"}
			continue
		}
		fit = append(fit, c)
	}
	files, _, err := p.Whole.Render(connectors.Handover{Changes: fit})
	return files, outcomes, err
}

func TestRefusedRows(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		xavier := w.join("xavier")
		w.join("ann")
		w.check(w.store.Write(w.Context(), func(tx *store.Tx) error {
			return tx.PutTemplate(w.Context(), usher.Template{ID: tx.NewID(), Portal: w.portal.ID, Name: "template.csv", Content: []byte("E-mail")})
		}))
		w.run(reconcile.Connector{Whole: picky{list()}, Folder: w.TempDir()})
		if b := w.batches(1)[0]; len(b.Rows) != 1 {
			w.Errorf("%d rows", len(b.Rows))
		}
		w.eventually(func() string {
			if a := w.account(xavier); !a.Refused || a.LastError != "the file has no room for x" {
				return fmt.Sprintf("xavier's account %+v", a)
			}
			return ""
		})
	})
}

func TestATemplateThatCannotBeUsed(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		w.join("ann")
		w.run(reconcile.Connector{Whole: picky{list()}, Folder: w.TempDir()})
		w.eventually(func() string {
			if h := w.health(); h.LastError != "render: the template has no column named E-mail" {
				return fmt.Sprintf("health %+v", h)
			}
			return ""
		})
		w.batches(0)
	})
}

// titleless is a Whole for a portal that keeps no titles: a change of nothing else is done.
type titleless struct{ connectors.Whole }

func (p titleless) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	outcomes := make([]usher.Outcome, len(h.Changes))
	var fit []usher.AccountChange
	for i, c := range h.Changes {
		outcomes[i] = usher.Outcome{Result: usher.Awaiting}
		if c.Seen != nil && c.Seen.Active == c.Desired.Active {
			outcomes[i] = usher.Outcome{Result: usher.Done}
			continue
		}
		fit = append(fit, c)
	}
	files, _, err := p.Whole.Render(connectors.Handover{Changes: fit})
	return files, outcomes, err
}

func TestAChangeThatAsksNothingOfThePortalIsInLine(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		ann := w.join("ann")
		w.run(reconcile.Connector{Whole: titleless{list()}, Folder: w.TempDir()})
		w.confirm(w.batches(1)[0])
		_, err := w.ledger.ChangeRecord(w.Context(), w.okta, ann.ID, func(old usher.Record) (usher.Record, error) {
			r := record(old, "ann", true)
			r.Attributes.Title = "Lead"
			var err error
			r.Document, err = json.Marshal(r.Attributes)
			return r, err
		})
		w.check(err)
		w.eventually(func() string {
			if a := w.account(ann); a.Desired == nil || a.Desired.Title != "Lead" || a.Confirmed < a.Generation {
				return fmt.Sprintf("ann's account %+v", a)
			}
			return ""
		})
		w.batches(1)
	})
}

func TestATemplateEndsThePause(t *testing.T) {
	eachWorld(t, live(), func(w *world) {
		w.join("ann")
		xavier := w.join("xavier")
		stop := w.run(reconcile.Connector{Whole: picky{list()}, Folder: w.TempDir()})
		w.eventually(func() string {
			if h := w.health(); h.PausedUntil == 0 {
				return "no pause for want of a template"
			}
			return ""
		})
		learned := usher.Template{Portal: w.portal.ID, Name: "template.csv", SHA256: "1", Content: []byte("E-mail")}
		began := time.Now()
		w.check(w.ledger.Learn(w.Context(), usher.System("test"), learned))
		w.batches(1)
		if took := time.Since(began); took > 15*time.Second {
			w.Errorf("the pause went on for %s", took)
		}
		w.eventually(func() string {
			if !w.account(xavier).Refused {
				return "xavier is not refused"
			}
			return ""
		})
		stop()
		learned.SHA256 = "2"
		w.check(w.ledger.Learn(w.Context(), usher.System("test"), learned))
		if w.account(xavier).Refused {
			w.Error("another template has nobody tried again who was refused")
		}
	})
}

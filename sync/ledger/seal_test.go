package ledger_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// editsVariable sets how many edits of the history are tried on each engine.
const editsVariable = "USHER_SEAL_EDITS"

func sealKey() []byte { return bytes.Repeat([]byte{7}, 32) }

func (w *world) seal() ledger.Head {
	w.Helper()
	head, err := w.ledger.Seal(w.Context(), sealKey(), "test")
	w.check(err)
	return head
}

func (w *world) verify(head *ledger.Head) ledger.SealReport {
	w.Helper()
	report, err := w.ledger.VerifySeals(w.Context(), sealKey(), head)
	w.check(err)
	return report
}

// live lets some people join, wait and leave: a short history.
func (w *world) live() map[string]usher.Record {
	w.Helper()
	w.sell(w.seats(2))
	r := w.pushAll("ann", "bob", "cy", "dan")
	w.deliver()
	w.change(w.okta, r["ann"].ID, leaves)
	w.deliver()
	return r
}

func TestSealsAreWhole(t *testing.T) {
	eachWorld(t, func(w *world) {
		if head := w.seal(); head.Number != 0 {
			w.Fatalf("an empty history has head %v", head)
		}
		w.live()
		unsealed := w.verify(nil)
		if unsealed.Unsealed == 0 || unsealed.OldestUnsealed == 0 {
			w.Fatalf("before sealing: %+v", unsealed)
		}
		head := w.seal()
		w.clock.add(time.Second)
		w.push(user("eve"))
		later := w.seal()
		for _, kept := range []*ledger.Head{nil, &head, &later} {
			report := w.verify(kept)
			if len(report.Breaches) > 0 || report.Unsealed != 0 || report.Head != later {
				w.Errorf("%+v", report)
			}
		}
		if head.Number < 20 || later.Number <= head.Number {
			w.Errorf("heads %v and %v", head, later)
		}
		if report, err := w.ledger.VerifySeals(w.Context(), bytes.Repeat([]byte{8}, 32), nil); err != nil || len(report.Breaches) == 0 {
			w.Errorf("another key: %v, %d breaches", err, len(report.Breaches))
		}
		if _, err := w.ledger.Seal(w.Context(), []byte("short"), "test"); !errors.Is(err, usher.ErrInvalid) {
			w.Errorf("short key: %v", err)
		}
	})
}

func TestANewEndDoesNotCoverTheCutOfTheOld(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newWorld(t, place)
		w.live()
		head := w.seal()
		for _, kept := range []ledger.Head{{}, head} {
			w.check(w.ledger.Follows(t.Context(), kept))
		}
		w.push(user("eve"))
		w.seal()
		w.check(w.ledger.Follows(t.Context(), head))
		statements(fmt.Sprintf("update event_seal set number = -number where number >= %d", head.Number))(w, storetest.Raw(t, place))
		if err := w.ledger.Follows(t.Context(), head); !errors.Is(err, ledger.ErrCut) {
			t.Errorf("cut: %v", err)
		}
		statements("delete from event_seal where number < 0")(w, storetest.Raw(t, place))
		w.push(user("fay"))
		w.push(user("gil"))
		if again := w.seal(); again.Number < head.Number {
			t.Fatalf("the chain did not grow past its old end: %v", again)
		}
		if err := w.ledger.Follows(t.Context(), head); !errors.Is(err, ledger.ErrCut) {
			t.Errorf("cut and grown again: %v", err)
		}
		if report := w.verify(&head); len(report.Breaches) == 0 {
			t.Error("verified")
		}
	})
}

func TestOneSealerAtATime(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.live()
		w.seal()
		w.push(user("eve"))
		lease, err := w.store.TakeLease(w.Context(), "sealer", "another", time.Minute)
		w.check(err)
		if _, err := w.ledger.Seal(w.Context(), sealKey(), "test"); !errors.Is(err, usher.ErrBusy) {
			w.Fatalf("second sealer: %v", err)
		}
		w.check(w.store.DropLease(w.Context(), lease))
		w.seal()
	})
}

func TestErasedPayloadsLeaveTheChainWhole(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.live()
		w.seal()
		w.clock.add(time.Hour)
		w.push(user("eve"))
		w.seal()
		erased, err := w.ledger.ErasePayloads(w.Context(), w.ann, usher.TimeOf(w.clock.now().Add(-time.Minute)))
		if err != nil || erased < 10 {
			w.Fatalf("erased %d, %v", erased, err)
		}
		head := w.seal()
		if report := w.verify(&head); len(report.Breaches) > 0 {
			w.Errorf("%+v", report.Breaches)
		}
		events, err := w.store.Look().Events(w.Context(), store.EventQuery{Limit: 1000})
		w.check(err)
		kept := 0
		for _, e := range events {
			if strings.Contains(string(e.After), "ann@example.com") || e.ErasedAt != 0 && e.Salt != "" {
				w.Errorf("event %s (%s) still says %s", e.ID, e.Kind, e.After)
			}
			if strings.Contains(string(e.After), "eve@example.com") {
				kept++
			}
		}
		if kept == 0 {
			w.Error("what was younger was erased too")
		}
		if again, err := w.ledger.ErasePayloads(w.Context(), w.ann, usher.TimeOf(w.clock.now().Add(-time.Minute))); again != 0 || err != nil {
			w.Errorf("erased again: %d, %v", again, err)
		}
	})
}

// TestEveryEditIsFound does to a sealed history what somebody with the database in their
// hands could do: change a byte, drop a row, cut the end.
func TestEveryEditIsFound(t *testing.T) {
	edits := 200
	if text := os.Getenv(editsVariable); text != "" {
		var err error
		if edits, err = strconv.Atoi(text); err != nil || edits < 1 {
			t.Fatalf("%s is %q, want a number", editsVariable, text)
		}
	}
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		w := newWorld(t, place)
		w.live()
		w.seal()
		w.clock.add(time.Minute)
		_, err := w.ledger.ErasePayloads(w.Context(), w.ann, usher.TimeOf(w.clock.now().Add(-time.Minute-2*time.Millisecond)))
		w.check(err)
		head := w.seal()
		if report := w.verify(&head); len(report.Breaches) > 0 {
			t.Fatalf("untouched: %+v", report.Breaches)
		}
		h := newHistory(t, storetest.Raw(t, place))
		for done := 0; done < edits; {
			what, err := h.tamper()
			if err == nil {
				done++
				if report := w.verify(&head); len(report.Breaches) == 0 {
					t.Errorf("not found: %s", what)
				}
			}
			h.restore()
		}
		if report := w.verify(&head); len(report.Breaches) > 0 {
			t.Errorf("restored: %+v", report.Breaches)
		}
	})
}

// history is the sealed events as they lie in the database.
type history struct {
	t      *testing.T
	db     *sql.DB
	random *rand.Rand
	tables []historyTable
}

type historyTable struct {
	name, key string
	columns   []string
	rows      [][]any
}

func newHistory(t *testing.T, db *sql.DB) *history {
	h := &history{t: t, db: db, random: rand.New(rand.NewPCG(1, 2))}
	for _, name := range []string{"event", "event_seal"} {
		columns, rows := storetest.Rows(t, db, "select * from "+name)
		h.tables = append(h.tables, historyTable{name, columns[0], columns, rows})
	}
	return h
}

// tamper does one thing to the history and says what. An error means that the database
// did not let it.
func (h *history) tamper() (string, error) {
	table := h.tables[h.random.IntN(len(h.tables))]
	row := table.rows[h.random.IntN(len(table.rows))]
	switch h.random.IntN(10) {
	case 0:
		return "drop a row of " + table.name, h.exec("delete from "+table.name+" where "+table.key+" = $1", row[0])
	case 1:
		return h.cut()
	}
	column := h.random.IntN(len(table.columns))
	value := h.change(row[column])
	what := fmt.Sprintf("%s.%s of %v: %v becomes %v", table.name, table.columns[column], row[0], row[column], value)
	return what, h.exec("update "+table.name+" set "+table.columns[column]+" = $1 where "+table.key+" = $2", value, row[0])
}

// change changes one byte of a text, or one bit of a number.
func (h *history) change(v any) any {
	n, ok := v.(int64)
	if ok {
		return n ^ 1<<h.random.IntN(50)
	}
	text := []byte(v.(string))
	if len(text) == 0 {
		return "x"
	}
	at := h.random.IntN(len(text))
	text[at] = slices.DeleteFunc([]byte("ab"), func(b byte) bool { return b == text[at] })[0]
	return string(text)
}

// cut drops the last seals, with their events or as if these had never been sealed.
func (h *history) cut() (string, error) {
	seals := h.tables[1].rows
	from := 1 + h.random.IntN(len(seals))
	last := "(select event_id from event_seal where number >= $1)"
	kind := h.random.IntN(3)
	var err error
	switch kind {
	case 0:
		err = h.exec("delete from event where id in "+last, from)
	case 1:
		err = h.exec("insert into event_unsealed (event_id) select event_id from event_seal where number >= $1", from)
	}
	return fmt.Sprintf("cut from seal %d of %d, kind %d", from, len(seals), kind), errors.Join(err, h.exec("delete from event_seal where number >= $1", from))
}

func (h *history) exec(query string, args ...any) error {
	_, err := h.db.ExecContext(h.t.Context(), query, args...)
	return err
}

// restore puts everything back.
func (h *history) restore() {
	h.t.Helper()
	tx, err := h.db.BeginTx(h.t.Context(), nil)
	if err != nil {
		h.t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		if _, err := tx.ExecContext(h.t.Context(), query, args...); err != nil {
			h.t.Fatalf("%s: %v", query, err)
		}
	}
	exec("delete from event_unsealed")
	for _, table := range h.tables {
		exec("delete from " + table.name)
		var values []string
		var args []any
		for _, row := range table.rows {
			marks := make([]string, len(row))
			for i := range row {
				marks[i] = "$" + strconv.Itoa(len(args)+i+1)
			}
			values = append(values, "("+strings.Join(marks, ",")+")")
			args = append(args, row...)
		}
		exec("insert into "+table.name+" values "+strings.Join(values, ","), args...)
	}
	if err := tx.Commit(); err != nil {
		h.t.Fatal(err)
	}
}

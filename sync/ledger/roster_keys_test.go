package ledger

import (
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// TestKeyIndexIsAMap compares the index with a map that keeps the keys themselves.
func TestKeyIndexIsAMap(t *testing.T) {
	type known struct {
		row   int64
		state keyState
	}
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.MapOf(rapid.String(), rapid.Custom(func(t *rapid.T) known {
			return known{rapid.Int64().Draw(t, "row"), rapid.SampledFrom([]keyState{0, keyMissing, keyGone}).Draw(t, "state")}
		})).Draw(t, "rows")
		x := newKeyIndex(len(rows))
		for key, k := range rows {
			if err := x.add(key, k.row); err != nil {
				t.Fatal(err)
			}
			x.get(key).state |= k.state
		}
		for key, k := range rows {
			if e := x.get(key); e == nil || e.row() != k.row || e.state != k.state|keyKnown {
				t.Fatalf("%q: %+v, want %+v", key, e, k)
			}
			if err := x.add(key, 0); !errors.Is(err, errTwin) {
				t.Fatalf("%q again: %v", key, err)
			}
		}
		other := rapid.String().Draw(t, "other")
		if _, there := rows[other]; !there && x.get(other) != nil {
			t.Fatalf("%q is not there", other)
		}
		gone := 0
		for _, k := range rows {
			gone += int(k.state & keyGone)
		}
		if got := x.any(func(s keyState) bool { return s&keyGone != 0 }); got != (gone > 0) {
			t.Fatalf("any gone: %v", got)
		}
	})
}

// TestKeyIndexHoldsWhatWasCounted fills one to the last and refuses more.
func TestKeyIndexHoldsWhatWasCounted(t *testing.T) {
	x := newKeyIndex(1)
	if err := errors.Join(x.add("a", 1)); err != nil || x.get("b") != nil {
		t.Fatal(err)
	}
	if err := x.add("b", 1); err == nil || x.get("c") != nil {
		t.Errorf("one key was counted, and two are there: %v", err)
	}
}

package store_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	diff "github.com/google/go-cmp/cmp"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// manyEvents are more than one part of an archive holds.
const manyEvents = 1000

// fillAll puts rows of every kind of value into a store.
func fillAll(t *testing.T, s *store.Store, events int) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		staff := putDirectory(t, tx, "staff")
		for i := range 40 {
			insertPerson(t, tx, usher.ID(fmt.Sprintf("p%d", i)))
			d := person(fmt.Sprintf("user%d", i), "")
			d.values = append(d.values, usher.Value{Path: "title", Text: "Größe <&> \u2028 \"quoted\"\n\t 職"})
			r := recordOf(staff, d)
			r.Person = usher.ID(fmt.Sprintf("p%d", i))
			insertRecord(t, tx, r)
		}
		portal, err := tx.PutPortal(t.Context(), usher.Portal{ID: tx.NewID(), Name: "learning", Kind: "worklist", Live: true})
		if err != nil {
			return err
		}
		sub := usher.Subscription{ID: "s1", Name: "adkar", Portal: portal.ID, Purchased: 3, Used: 1, Cap: 3, Settle: time.Minute}
		if err := tx.InsertSubscription(t.Context(), sub); err != nil {
			return err
		}
		if err := tx.InsertSeat(t.Context(), usher.Seat{ID: "seat1", Subscription: "s1", Person: "p1", State: usher.Active, Approved: true, RequestedAt: 1 << 60}); err != nil {
			return err
		}
		a := usher.Account{ID: "a1", Portal: portal.ID, Kind: usher.AccountPerson, Subject: "p1", Generation: 1, Desired: &usher.Desired{Active: true}}
		if _, err := tx.InsertAccount(t.Context(), a); err != nil {
			return err
		}
		content := make([]byte, 20<<10)
		for i := range content {
			content[i] = byte(i * i)
		}
		batch := usher.Batch{ID: "b1", Portal: portal.ID, Number: 1, Name: "one", Content: content, Rows: []usher.BatchRow{{Row: 1, Account: "a1", State: usher.RowOpen}}}
		if err := tx.InsertBatch(t.Context(), batch); err != nil {
			return err
		}
		var list []usher.Event
		for i := range events {
			list = append(list, usher.Event{ID: usher.ID(fmt.Sprintf("e%04d", i)), At: usher.Time(i), Kind: usher.EventPersonMoved, After: []byte(`{}`), Salt: strings.Repeat("x", 2000)})
		}
		if err := tx.InsertEvents(t.Context(), list); err != nil {
			return err
		}
		return tx.SetSetting(t.Context(), "note", "kept")
	})
	if _, err := s.TakeLease(t.Context(), "sealer", "me", time.Minute); err != nil {
		t.Fatal(err)
	}
}

func backup(t *testing.T, s *store.Store) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.Backup(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// content is every row of every table that a backup holds, in one order.
func content(t *testing.T, place store.Options) map[string][]string {
	t.Helper()
	s := storetest.Open(t, place)
	_, tables, err := s.Tables(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	db := storetest.Raw(t, place)
	for _, table := range tables {
		columns, rows := storetest.Rows(t, db, "select * from "+table)
		for _, row := range rows {
			found[table] = append(found[table], fmt.Sprintf("%q %#v", columns, row))
		}
		slices.Sort(found[table])
	}
	return found
}

// places are new places, one of each engine.
func places(t *testing.T) map[string]store.Options {
	return map[string]store.Options{"sqlite": {Folder: t.TempDir()}, "postgres": {URL: storetest.Postgres(t)}}
}

func TestRestoreGivesEveryRowBack(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, from store.Options) {
		s := storetest.Open(t, from)
		fillAll(t, s, manyEvents)
		archive := backup(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := content(t, from)
		for engine, to := range places(t) {
			t.Run("to "+engine, func(t *testing.T) {
				if err := store.Restore(t.Context(), to, bytes.NewReader(archive)); err != nil {
					t.Fatal(err)
				}
				restored := storetest.Open(t, to)
				at, err := restored.Look().Setting(t.Context(), store.SettingRestored)
				if _, perr := time.Parse(time.RFC3339Nano, at); err != nil || perr != nil {
					t.Errorf("restored at %q: %v, %v", at, err, perr)
				}
				write(t, restored, func(tx *store.Tx) error { return tx.SetSetting(t.Context(), store.SettingRestored, "") })
				if err := restored.Close(); err != nil {
					t.Fatal(err)
				}
				got := content(t, to)
				if d := diff.Diff(want, got); d != "" {
					t.Error(d)
				}
				for _, table := range []string{"directory", "person", "record", "attribute_value", "seat", "batch", "event", "event_unsealed", "counter", "setting"} {
					if len(got[table]) == 0 && table != "counter" {
						t.Errorf("table %s was compared empty", table)
					}
				}
				if _, leases := storetest.Rows(t, storetest.Raw(t, to), "select * from lease"); len(leases) != 0 {
					t.Errorf("leases came back: %v", leases)
				}
			})
		}
	})
}

func TestBackupHoldsEveryTable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		there, kept, err := s.Tables(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		left := []string{"lease", "session", "signin_flow", "login_link", "goose_db_version", "sqlite_sequence"} // nobody is signed in to what was restored
		for _, name := range there {
			if !slices.Contains(kept, name) && !slices.Contains(left, name) {
				t.Errorf("table %s is in no backup: put it into tableOrder", name)
			}
		}
		for _, name := range kept {
			if !slices.Contains(there, name) {
				t.Errorf("table %s is not in the schema", name)
			}
		}
	})
}

func TestRestoreWantsAnEmptyStore(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := storetest.Open(t, place)
		archive := backup(t, s)
		write(t, s, func(tx *store.Tx) error {
			putDirectory(t, tx, "staff")
			return nil
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		err := store.Restore(t.Context(), place, bytes.NewReader(archive))
		if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "directory") {
			t.Errorf("restore over data: %v", err)
		}
	})
}

// TestDamagedBackupLeavesAnEmptyStore tries every damage in the same place: were anything
// kept of one, the next would be refused for another reason and the whole one as well.
func TestDamagedBackupLeavesAnEmptyStore(t *testing.T) {
	const pieces = 20 // TestEveryByteOfABackupCounts has them all
	source := storetest.Open(t, store.Options{Folder: t.TempDir()})
	fillAll(t, source, 20)
	archive := backup(t, source)
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		refuse := func(what string, broken []byte) {
			t.Helper()
			err := store.Restore(t.Context(), place, bytes.NewReader(broken))
			if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "damaged") {
				t.Fatalf("%s: %v", what, err)
			}
		}
		for i := range pieces {
			at := len(archive) * i / pieces
			refuse(fmt.Sprintf("cut at %d of %d", at, len(archive)), archive[:at])
			flipped := slices.Clone(archive)
			if flipped[at] ^= 0xff; !bytes.Equal(unzipped(flipped), unzipped(archive)) {
				refuse(fmt.Sprintf("byte %d of %d flipped", at, len(archive)), flipped)
			}
		}
		for i := range 10 { // what a file's head and end hold
			flipped := slices.Clone(archive)
			flipped[i] ^= 0xff
			refuse(fmt.Sprintf("byte %d flipped", i), flipped)
			flipped = slices.Clone(archive)
			flipped[len(archive)-1-i] ^= 0xff
			refuse(fmt.Sprintf("byte %d from the end flipped", i), flipped)
			refuse(fmt.Sprintf("%d bytes missing", i+1), archive[:len(archive)-1-i])
		}
		refuse("a row twice", altered(t, archive, `"p7"`, `"p6"`))
		refuse("something at its end", append(slices.Clone(archive), 'x'))
		if err := store.Restore(t.Context(), place, bytes.NewReader(archive)); err != nil {
			t.Errorf("the whole archive: %v", err)
		}
	})
}

// TestEveryByteOfABackupCounts damages each byte in turn. What can still be read then says to the
// byte what was written: gzip can say "eight of the same" in more than one way, and one of those may
// become another.
func TestEveryByteOfABackupCounts(t *testing.T) {
	t.Parallel()
	source := storetest.Open(t, store.Options{Folder: t.TempDir()})
	write(t, source, func(tx *store.Tx) error {
		putDirectory(t, tx, "staff")
		return tx.SetSetting(t.Context(), "note", strings.Repeat("much of the same, ", 200)+strings.Repeat("x", 2000))
	})
	archive := backup(t, source)
	whole, want := unzipped(archive), readArchive(t, archive)
	same := 0
	for at := range archive {
		for _, bits := range []byte{0xff, 1 << (at % 8)} {
			flipped := slices.Clone(archive)
			flipped[at] ^= bits
			got, err := store.ReadArchive(bytes.NewReader(flipped))
			switch {
			case err != nil && (!errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "damaged")):
				t.Errorf("byte %d, bits %08b: %v", at, bits, err)
			case err == nil && (!bytes.Equal(got, want) || !bytes.Equal(unzipped(flipped), whole)):
				t.Errorf("byte %d, bits %08b: it says something else, and is taken", at, bits)
			case err == nil:
				same++
			}
		}
	}
	t.Logf("%d bytes, each damaged twice: %d times it said the same as before", len(archive), same)
}

func readArchive(t *testing.T, archive []byte) []byte {
	t.Helper()
	content, err := store.ReadArchive(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// unzipped is what is in a gzip file, by the standard library alone; nil where it is damaged.
func unzipped(archive []byte) []byte {
	in, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		return nil
	}
	content, err := io.ReadAll(in)
	if err != nil {
		return nil
	}
	return content
}

// altered is an archive in which something says something else of the same length.
func altered(t *testing.T, archive []byte, from, to string) []byte {
	t.Helper()
	content := unzipped(archive)
	if !bytes.Contains(content, []byte(from)) {
		t.Fatalf("the archive does not say %s", from)
	}
	var b bytes.Buffer
	out := gzip.NewWriter(&b)
	if _, err := out.Write(bytes.Replace(content, []byte(from), []byte(to), 1)); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// newer are the product's migrations and one more.
func newer(t *testing.T) fs.FS {
	t.Helper()
	files := fstest.MapFS{}
	err := fs.WalkDir(store.Migrations(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(store.Migrations(), name)
		files[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		files["migrations/"+engine+"/09999_more.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nalter table setting add column more text not null default 'more';\n")}
	}
	return files
}

func TestOlderBackupGetsTheNewerSchema(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		source := storetest.Open(t, store.Options{Folder: t.TempDir()})
		fillAll(t, source, manyEvents)
		archive := backup(t, source)
		next := store.WithMigrations(place, newer(t))
		if err := store.Restore(t.Context(), next, bytes.NewReader(archive)); err != nil {
			t.Fatal(err)
		}
		s := storetest.Open(t, next)
		if v, err := s.Schema(t.Context()); v != 9999 || err != nil {
			t.Errorf("schema %d, %v", v, err)
		}
		if v, err := s.Look().Setting(t.Context(), "note"); v != "kept" || err != nil {
			t.Errorf("setting %q, %v", v, err)
		}
		err := store.Restore(t.Context(), store.Options{Folder: t.TempDir()}, bytes.NewReader(backup(t, s)))
		if !errors.Is(err, usher.ErrInvalid) || !strings.Contains(err.Error(), "9999") {
			t.Errorf("a newer backup: %v", err)
		}
	})
}

func TestMigrationBacksUpFirst(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		folder := t.TempDir()
		s := storetest.Open(t, place)
		fillAll(t, s, manyEvents)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		want := content(t, place)
		next := store.WithMigrations(place, newer(t))
		if next.Folder == "" {
			if _, err := store.Open(t.Context(), next); !errors.Is(err, usher.ErrInvalid) {
				t.Errorf("nowhere to back up to: %v", err)
			}
		}
		next.BackupFolder = folder
		storetest.Open(t, next)
		names, err := filepath.Glob(filepath.Join(folder, "*"))
		if err != nil || len(names) != 1 || filepath.Base(names[0]) != "usher-before-schema-9999.backup" {
			t.Fatalf("%v, %v", names, err)
		}
		file, err := os.Open(names[0])
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		to := store.Options{Folder: t.TempDir()}
		if err := store.Restore(t.Context(), to, file); err != nil {
			t.Fatal(err)
		}
		got := content(t, to)
		got["setting"] = slices.DeleteFunc(got["setting"], func(row string) bool { return strings.Contains(row, store.SettingRestored) })
		if d := diff.Diff(want, got); d != "" {
			t.Error(d)
		}
		if len(got["event"]) != manyEvents {
			t.Errorf("%d events", len(got["event"]))
		}
	})
}

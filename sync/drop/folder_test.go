package drop

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const people = "id,email\n1,ann@example.com\n2,bob@example.com\n"

func TestMarkerMakesComplete(t *testing.T) {
	w := newWorld(t, Rules{Pattern: "people*", Settle: SettleMarker})
	w.wantError(ErrNothing, w.folder)
	w.put("people.csv", people)
	w.now = w.now.Add(time.Hour)
	w.wantError(ErrUnsettled, "people.csv.done")
	w.put("people.csv.done", "")
	got := w.want(people)
	if got[0].Name != "people.csv" || !got[0].ModTime.Equal(start) || got[0].Unchanged {
		t.Errorf("got %+v", got[0].File)
	}
	w.wantClean()
	w.wantError(ErrNothing)
}

func TestMarkerOlderThanFileIsOfTheOneBefore(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleMarker})
	w.put("people.csv.done", "")
	w.now = w.now.Add(time.Second)
	w.put("people.csv", "id,em")
	w.wantError(ErrUnsettled)
}

func TestMarkerAsOldAsFileNeedsRest(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleMarker})
	w.put("people.csv", people)
	w.put("people.csv.done", "") // in the same second, where times are those of whole seconds
	w.wantError(ErrUnsettled)
	w.now = w.now.Add(30 * time.Second)
	w.want(people)
}

func TestMarkerOfAllFiles(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleMarker, Marker: "READY"})
	w.fetcher.Order = Oldest
	w.put("a.csv", "a")
	w.put("b.csv", "b")
	w.tick()
	w.put("READY", "")
	w.want("a", "b")
	w.wantClean()
}

func TestDigestMakesComplete(t *testing.T) {
	for _, settle := range []Settle{SettleAuto, SettleDigest, SettleRename} {
		t.Run("settle "+string(settle), func(t *testing.T) {
			w := newWorld(t, Rules{Pattern: "people*", Settle: settle})
			w.put("people.csv", people[:20])
			w.put("people.csv.sha256", sumOf(people)+"  people.csv\n")
			w.now = w.now.Add(time.Hour)
			w.wantError(ErrDigest, sumOf(people[:20]), sumOf(people), "drop both again")
			w.wantClean("people.csv", "people.csv.sha256")
			w.put("people.csv", people)
			w.want(people)
			w.wantClean()
		})
	}
}

func TestDigestIsWaitedFor(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleDigest})
	w.put("people.csv", people)
	w.wantError(ErrUnsettled, "people.csv.sha256")
	w.put("people.csv.sha256", "")
	w.now = w.now.Add(time.Hour)
	w.wantError(ErrUnsettled, "sha256sum")
}

func TestRestMakesComplete(t *testing.T) {
	w := newWorld(t, Rules{})
	w.put("people.csv", people[:9])
	w.wantError(ErrUnsettled, "people.csv")
	w.now = w.now.Add(29 * time.Second)
	w.wantError(ErrUnsettled, "29s", "30s")
	w.put("people.csv", people)
	w.now = w.now.Add(time.Second)
	w.wantError(ErrUnsettled)
	w.use(Folder{Path: w.folder}) // a restart, or another replica
	w.now = w.now.Add(30 * time.Second)
	w.want(people)
	w.wantClean()
}

func TestTemporaryNamesAreIgnored(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	for _, name := range []string{".people.csv", "people.csv.tmp", "people.csv.part", "people.csv.FILEPART", "people.csv~", "~$people.xlsx"} {
		w.put(name, people)
	}
	w.wantError(ErrNothing)
	if err := os.Rename(filepath.Join(w.folder, "people.csv.part"), filepath.Join(w.folder, "people.csv")); err != nil {
		t.Fatal(err)
	}
	w.want(people)
}

func TestIrregularIsRefused(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "secret.csv")
	if err := os.WriteFile(outside, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		make func(path string) error
		want error
		word string
	}{
		{"symbolic link", func(path string) error { return os.Symlink(outside, path) }, ErrIrregular, "symbolic link"},
		{"hard link", func(path string) error { return os.Link(outside, path) }, ErrUnsettled, "2 names"},
		{"pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }, ErrIrregular, "remove it"},
		{"folder", func(path string) error { return os.Mkdir(path, 0o700) }, ErrIrregular, "folder"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, Rules{Settle: SettleRename})
			if err := tt.make(filepath.Join(w.folder, "people.csv")); err != nil {
				t.Fatal(err)
			}
			w.wantError(tt.want, "people.csv", tt.word)
			w.wantClean("people.csv")
		})
	}
}

// What stands in the listing may be another thing when it is opened.
func TestOpenLooksAgain(t *testing.T) {
	folder := t.TempDir()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	if err := errors.Join(syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600), os.Symlink("pipe", filepath.Join(folder, "link"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"pipe", "link"} {
		if _, err := (folderTree{root}).Open(name); !errors.Is(err, ErrIrregular) {
			t.Errorf("open %s: %v", name, err)
		}
	}
	if _, err := (folderTree{root}).Open("../etc/passwd"); err == nil {
		t.Error("opened what lies outside")
	}
	file, err := root.OpenFile("pipe", os.O_RDONLY|withoutWaiting, 0) // returns, though nobody writes
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
}

func TestTooLargeIsNotRead(t *testing.T) {
	w := newWorld(t, Rules{})
	w.fetcher.Limit = 10
	w.put("people.csv", people)
	w.put("people.csv.sha256", sumOf(people))
	w.wantError(ErrTooLarge, "people.csv", "at most 10")
	w.wantClean("people.csv", "people.csv.sha256")
}

func TestUnreadableFolderIsNoInformation(t *testing.T) {
	w := newWorld(t, Rules{})
	w.use(Folder{Path: filepath.Join(w.folder, "missing")})
	w.wantError(fs.ErrNotExist, "missing", "has to be there")
}

func TestNewestWinsAndSupersedes(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.putAt("people-1.csv", "one", start.Add(-2*time.Hour))
	w.putAt("people-2.csv", "two", start.Add(-time.Hour))
	w.putAt("people-0.csv", "newest", start)
	got := w.want("newest")
	var names []string
	for _, old := range got[0].Supersedes {
		content, err := os.ReadFile(old.Path)
		if err != nil || sumOf(string(content)) != old.SHA256 {
			t.Errorf("%s is not in the archive: %v", old.Name, err)
		}
		names = append(names, old.Name)
	}
	if strings.Join(names, " ") != "people-2.csv people-1.csv" {
		t.Errorf("superseded: %q", names)
	}
	w.wantClean()
	if n := len(w.archived()); n != 3 {
		t.Errorf("%d files in the archive", n)
	}
}

func TestOlderThanTheLastIsNotTaken(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleDigest})
	w.putAt("old.csv", "old", start.Add(-time.Hour)) // its digest comes late
	w.put("new.csv", "new")
	w.put("new.csv.sha256", sumOf("new"))
	w.want("new")
	w.put("old.csv.sha256", sumOf("old"))
	w.wantError(ErrStale, "old.csv", "touch it")
	w.now = w.now.Add(time.Hour)
	w.put("newer.csv", "newer")
	w.put("newer.csv.sha256", sumOf("newer"))
	got := w.want("newer")
	if len(got[0].Supersedes) != 1 || got[0].Supersedes[0].Name != "old.csv" {
		t.Errorf("supersedes %+v", got[0].Supersedes)
	}
	w.wantClean()
}

func TestTimeAheadDoesNotBlockLaterFiles(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.putAt("people.csv", "ahead", start.Add(24*time.Hour))
	w.want("ahead")
	w.tick()
	w.put("people.csv", "next")
	w.want("next")
}

func TestChangesComeInOrder(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleMarker})
	w.fetcher.Order = Oldest
	for i, name := range []string{"c", "a", "b", "d"} {
		w.putAt(name+".csv", name, start.Add(time.Duration(i)*time.Minute))
	}
	w.now = start.Add(time.Hour)
	for _, name := range []string{"a", "c", "d"} {
		w.put(name+".csv.done", "")
	}
	w.want("c", "a")                   // b is not complete, so d waits
	w.wantError(ErrUnsettled, "b.csv") // and that is said
	w.put("b.csv.done", "")
	w.want("b", "d")
	w.wantClean()
}

// What a producer drops again is a file again, with the same bytes too.
func TestTheSameBytesDroppedAgain(t *testing.T) {
	for _, keep := range []bool{false, true} {
		w := newWorld(t, Rules{Settle: SettleRename, Keep: keep})
		w.put("people.csv", people)
		w.want(people)
		w.tick()
		w.put("people.csv", people)
		if again := w.want(people)[0]; again.Unchanged {
			t.Errorf("keep %t, at another time: %+v", keep, again.File)
		}
		w.tick()
		w.put("people-2.csv", people)
		if again := w.want(people)[0]; again.Unchanged {
			t.Errorf("keep %t, under another name: %+v", keep, again.File)
		}
	}
}

func TestArchiveIsPrivateAndNamed(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	w.want(people)
	name := "20261102T013000000Z-" + sumOf(people)[:8] + "-people.csv"
	info, err := os.Stat(filepath.Join(w.fetcher.Archive, name))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("archive has %q: %v, %v", w.archived(), info, err)
	}
}

func TestFailedIsHandedOverAgain(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.putAt("old.csv", "old", start.Add(-time.Hour))
	w.put("people.csv", people)
	broken := errors.New("database is away")
	for range 3 {
		err := w.fetcher.Fetch(context.Background(), func(context.Context, File) error { return broken })
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "people.csv") {
			t.Fatalf("error %v", err)
		}
	}
	if left := w.archived(); len(left) > 0 {
		t.Errorf("archived what was not handed over: %q", left)
	}
	if got := w.want(people); len(got[0].Supersedes) != 1 {
		t.Errorf("supersedes %+v", got[0].Supersedes)
	}
	w.wantClean()
}

// A file that lands while an older one is processed waits for its turn, and keeps its own marker.
func TestFileThatComesMeanwhile(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleMarker})
	w.put("people.csv", "first")
	w.tick()
	w.put("people.csv.done", "")
	err := w.fetcher.Fetch(context.Background(), func(context.Context, File) error {
		w.now = w.now.Add(time.Minute)
		w.put("people.csv", "second")
		w.tick()
		w.put("people.csv.done", "")
		w.wantError(ErrTaken, "taken up again after 2026-11-02T01:45:01Z")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.wantClean("people.csv", "people.csv.done")
	w.want("second")
	w.wantClean()
}

func TestLeaseThatEndsTooSoonIsTold(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	err := w.fetcher.Fetch(context.Background(), func(context.Context, File) error {
		w.now = w.now.Add(time.Hour)
		w.want(people)
		return nil
	})
	if err == nil || IsQuiet(err) || !strings.Contains(err.Error(), "make it longer") {
		t.Errorf("error %v", err)
	}
}

func TestClaimThatIsWrittenToWaits(t *testing.T) {
	w := newWorld(t, Rules{})
	w.put("people.csv", people[:20])
	w.wantError(ErrUnsettled)
	w.now = w.now.Add(time.Minute)
	err := w.fetcher.Fetch(context.Background(), func(context.Context, File) error { return errors.New("killed") })
	if err == nil || errors.Is(err, ErrUnsettled) {
		t.Fatal(err)
	}
	_, claimed := w.lying() // its producer still has it open
	if err := os.WriteFile(filepath.Join(w.folder, workFolder, claimed[0]), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	w.wantError(ErrUnsettled, "changed after it was claimed")
	w.wantError(ErrTaken)
	w.now = w.now.Add(15 * time.Minute)
	w.want(people)
	w.wantClean()
}

func TestKeepLeavesAndRemembers(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename, Keep: true})
	w.putAt("old.csv", "old", start.Add(-time.Hour))
	w.put("people.csv", people)
	if err := os.Chmod(w.folder, 0o500); err != nil {
		t.Fatal(err)
	}
	got := w.want(people)
	if len(got[0].Supersedes) != 1 || got[0].Supersedes[0].Path != "" {
		t.Errorf("supersedes %+v", got[0].Supersedes)
	}
	w.wantError(ErrNothing)
	if err := errors.Join(os.Chmod(w.folder, 0o700), os.Remove(filepath.Join(w.folder, "people.csv"))); err != nil {
		t.Fatal(err)
	}
	w.wantError(ErrNothing) // the older one does not come up again
	w.now = w.now.Add(time.Second)
	w.put("people.csv", "new")
	w.want("new")
	w.wantClean("old.csv", "people.csv")
}

func TestFolderThatCannotBeMovedFrom(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	w.put("people.csv", people)
	w.put(workFolder, "") // stands in the way, whoever runs the test
	got, err := w.fetch()
	if len(got) > 0 || err == nil || IsQuiet(err) || !strings.Contains(err.Error(), workFolder) {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestKilledCopiesAreSwept(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	half := filepath.Join(w.fetcher.Archive, temporaryPrefix+"1")
	if err := errors.Join(os.MkdirAll(w.fetcher.Archive, 0o700), os.WriteFile(half, nil, 0o600), os.Chtimes(half, start, start)); err != nil {
		t.Fatal(err)
	}
	w.wantError(ErrNothing)
	if len(w.archived()) != 1 {
		t.Error("swept what may be under way")
	}
	w.now = w.now.Add(time.Hour)
	w.wantError(ErrNothing)
	if left := w.archived(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}

func TestFolderConfiguration(t *testing.T) {
	tests := []struct {
		folder Folder
		want   string
	}{
		{Folder{}, "path is missing"},
		{Folder{Path: "/x", Rules: Rules{Pattern: "a["}}, "people*.csv"},
		{Folder{Path: "/x", Rules: Rules{Pattern: "in/*.csv"}}, "people*.csv"},
		{Folder{Path: "/x", Rules: Rules{Settle: "soon"}}, "marker, sha256, rename or rest"},
		{Folder{Path: "/x", Rules: Rules{Marker: "done/{name}"}}, "{name}.done"},
		{Folder{Path: "/x", Rules: Rules{Marker: "{name}"}}, "{name}.done"},
		{Folder{Path: "/x", Rules: Rules{Rest: -1}}, "30s"},
	}
	for _, tt := range tests {
		if _, err := NewFolder(tt.folder); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.folder, err, tt.want)
		}
	}
}

func TestNamesThatHideSomething(t *testing.T) {
	w := newWorld(t, Rules{Settle: SettleRename})
	for _, name := range []string{"a\nb.csv", `a\b.csv`, "a:b.csv", "a\xff.csv", strings.Repeat("x", 200) + ".csv"} {
		w.put(name, people)
		got, err := w.fetch()
		if len(got) > 0 || err == nil || IsQuiet(err) {
			t.Errorf("%q: %v", name, err)
		}
		if err := os.Remove(filepath.Join(w.folder, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// writerFunc is a function as a writer.
type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// A producer that goes on while its file is copied is found, whatever it does.
func TestFileThatChangesWhileItIsRead(t *testing.T) {
	tests := map[string]func(w *world, path string) error{
		"grows": func(_ *world, path string) error {
			return errors.Join(os.WriteFile(path, []byte(strings.Repeat(people, 9000)), 0o600), os.Chtimes(path, start, start))
		},
		"shrinks": func(_ *world, path string) error {
			return errors.Join(os.Truncate(path, 40_000), os.Chtimes(path, start, start))
		},
		"is written over": func(w *world, path string) error { return os.Chtimes(path, w.now, start.Add(time.Second)) },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Rules{Settle: SettleRename})
			w.put("people.csv", strings.Repeat(people, 5000))
			p, err := w.fetcher.enter(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer p.leave()
			entries, err := p.list(context.Background())
			if err != nil || len(entries) != 1 || entries[0].fault != nil {
				t.Fatalf("%+v, %v", entries, err)
			}
			changed := false
			err = p.read(context.Background(), entries[0], writerFunc(func(data []byte) (int, error) {
				if !changed {
					changed = true
					return len(data), change(w, filepath.Join(w.folder, "people.csv"))
				}
				return len(data), nil
			}))
			if !changed || !errors.Is(err, ErrUnsettled) {
				t.Errorf("error %v", err)
			}
		})
	}
}

// shortPlace gives less than it told, without an error.
type shortPlace struct{ place }

func (shortPlace) read(_ context.Context, _ entry, to io.Writer) error {
	_, err := io.WriteString(to, people[:20])
	return err
}

func TestSourceThatGivesLessThanItTold(t *testing.T) {
	w := newWorld(t, Rules{})
	e := entry{sighting: sighting{Name: "people.csv", Size: int64(len(people))}}
	if _, err := w.fetcher.bring(context.Background(), shortPlace{}, e); !errors.Is(err, ErrUnsettled) {
		t.Errorf("error %v", err)
	}
	e.Size, e.digest = 20, sumOf(people)
	if _, err := w.fetcher.bring(context.Background(), shortPlace{}, e); !errors.Is(err, ErrDigest) {
		t.Errorf("error %v", err)
	}
	if left := w.archived(); len(left) > 0 {
		t.Errorf("archived: %q", left)
	}
}

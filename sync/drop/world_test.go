package drop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// mapMemory is what a directory's memory is in tests of this package: the store has its own.
type mapMemory struct {
	mu    sync.Mutex
	texts map[string]string
}

func (m *mapMemory) Get(_ context.Context, key string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts[key], nil
}

func (m *mapMemory) Set(_ context.Context, key, text string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.texts == nil {
		m.texts = make(map[string]string)
	}
	m.texts[key] = text
	return nil
}

// start is the time at which tests begin.
var start = time.Date(2026, 11, 2, 1, 30, 0, 0, time.UTC)

// world is a drop with one process that fetches from it.
type world struct {
	t       testing.TB
	folder  string
	now     time.Time
	memory  *mapMemory
	fetcher Fetcher
}

// newWorld makes a world around a folder.
func newWorld(t *testing.T, rules Rules) *world {
	t.Helper()
	w := &world{t: t, folder: t.TempDir(), now: start, memory: new(mapMemory)}
	w.use(Folder{Path: w.folder, Rules: rules})
	return w
}

func (w *world) use(folder Folder) {
	w.t.Helper()
	source, err := NewFolder(folder)
	if err != nil {
		w.t.Fatal(err)
	}
	w.useSource(source)
}

func (w *world) useSource(source Source) {
	w.t.Helper()
	w.fetcher = Fetcher{
		Source: source, Memory: w.memory, Archive: filepath.Join(w.t.TempDir(), "archive", "hr"),
		Now: func() time.Time { return w.now },
	}
}

// put writes a file that was last changed now.
func (w *world) put(name, content string) {
	w.t.Helper()
	w.putAt(name, content, w.now)
}

func (w *world) putAt(name, content string, at time.Time) {
	w.t.Helper()
	file := filepath.Join(w.folder, name)
	if err := errors.Join(os.WriteFile(file, []byte(content), 0o600), os.Chtimes(file, at, at)); err != nil {
		w.t.Fatal(err)
	}
}

// tick lets as much time pass as any file system can tell.
func (w *world) tick() { w.now = w.now.Add(time.Second) }

// fetched is a file with its bytes, read while it was handed over.
type fetched struct {
	File

	content string
}

func (w *world) fetch() ([]fetched, error) {
	var got []fetched
	err := w.fetcher.Fetch(context.Background(), func(_ context.Context, file File) error {
		content, err := os.ReadFile(file.Path)
		got = append(got, fetched{file, string(content)})
		return err
	})
	for _, file := range got {
		w.checkFile(file)
	}
	return got, err
}

// checkFile holds what is said of a file against its bytes.
func (w *world) checkFile(file fetched) {
	w.t.Helper()
	if file.SHA256 != sumOf(file.content) || file.Size != int64(len(file.content)) || file.Origin != w.fetcher.Source.String() {
		w.t.Errorf("%s: told %d bytes with %s from %s, is %q", file.Name, file.Size, file.SHA256, file.Origin, file.content)
	}
}

// want fetches and expects these contents in this order, and no error.
func (w *world) want(contents ...string) []fetched {
	w.t.Helper()
	got, err := w.fetch()
	if err != nil {
		w.t.Fatalf("fetch: %v", err)
	}
	if len(got) != len(contents) {
		w.t.Fatalf("%d files were handed over, want %q", len(got), contents)
	}
	for i, content := range contents {
		if got[i].content != content {
			w.t.Fatalf("file %d is %q, want %q", i, got[i].content, content)
		}
	}
	return got
}

// wantError fetches and expects an error with these words, and no file.
func (w *world) wantError(target error, words ...string) {
	w.t.Helper()
	got, err := w.fetch()
	if len(got) > 0 {
		w.t.Fatalf("%s was handed over: %q", got[0].Name, got[0].content)
	}
	if !errors.Is(err, target) {
		w.t.Fatalf("error %v, want %v", err, target)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			w.t.Errorf("error %q does not say %q", err, word)
		}
	}
}

// lying returns the names in the drop, but for the work folder, and those in the work folder.
func (w *world) lying() (names, claimed []string) {
	w.t.Helper()
	names = namesIn(w.t, w.folder)
	if i := indexOf(names, workFolder); i >= 0 {
		names = append(names[:i], names[i+1:]...)
		claimed = namesIn(w.t, filepath.Join(w.folder, workFolder))
	}
	return names, claimed
}

// wantClean expects nothing in the drop but these.
func (w *world) wantClean(names ...string) {
	w.t.Helper()
	lying, claimed := w.lying()
	if strings.Join(lying, " ") != strings.Join(names, " ") || len(claimed) > 0 {
		w.t.Errorf("left in the drop: %q and claimed %q, want %q", lying, claimed, names)
	}
}

func (w *world) archived() []string {
	w.t.Helper()
	return namesIn(w.t, w.fetcher.Archive)
}

func namesIn(t testing.TB, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func indexOf(list []string, name string) int {
	for i, each := range list {
		if each == name {
			return i
		}
	}
	return -1
}

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

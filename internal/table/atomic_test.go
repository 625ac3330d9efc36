package table

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

// onlyFile fails unless the folder of path holds path alone, with this content.
func onlyFile(t *testing.T, path, content string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 {
		t.Errorf("folder holds %v, %v; want one file", entries, err)
	}
	if got, err := os.ReadFile(path); string(got) != content || err != nil {
		t.Errorf("content %q, %v; want %q", got, err, content)
	}
}

func TestWriteFileAtomic(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.csv")
	if err := WriteFileAtomic(path, 0o640, text("one")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, path, "one")
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := WriteFileAtomic(path, 0o640, text("two")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second write: %v, want fs.ErrExist", err)
	}
	onlyFile(t, path, "one")
	if err := ReplaceFileAtomic(path, 0o600, text("three")); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, path, "three")
}

func TestWriteFileAtomicLeavesNothingHalf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.csv")
	if err := WriteFileAtomic(path, 0o600, text("whole")); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("row 7 cannot be rendered")
	half := func(w io.Writer) error { return errors.Join(text("half")(w), broken) }
	if err := ReplaceFileAtomic(path, 0o600, half); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	onlyFile(t, path, "whole")
	if err := WriteFileAtomic(filepath.Join(t.TempDir(), "missing", "x"), 0o600, text("")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing folder: %v", err)
	}
}

func TestWriteFileAtomicDoesNotFollowLinks(t *testing.T) {
	target := filepath.Join(t.TempDir(), "target")
	path := filepath.Join(t.TempDir(), "batch.csv")
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
	if err := WriteFileAtomic(path, 0o600, text("x")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link was followed: %v", err)
	}
}

func TestWriteFileAtomicHasOneWinner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "batch.csv")
	var wins atomic.Int32
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() {
			switch err := WriteFileAtomic(path, 0o600, text("whole")); {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, fs.ErrExist):
				t.Errorf("loser: %v", err)
			}
		})
	}
	group.Wait()
	if wins.Load() != 1 {
		t.Errorf("%d winners", wins.Load())
	}
	onlyFile(t, path, "whole")
}

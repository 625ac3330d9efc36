package table

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFileAtomic makes a new file that is complete from the moment it can be seen under its name, and survives a power
// loss once the call has returned. What write produces goes to a hidden file beside it, is synced, put in place, and the
// folder synced. An existing file is never touched: the error is fs.ErrExist.
func WriteFileAtomic(path string, perm fs.FileMode, write func(io.Writer) error) error {
	return writeFile(path, perm, write, linkNew)
}

// ReplaceFileAtomic is WriteFileAtomic for a file that may exist: whoever reads sees the old content or the new.
func ReplaceFileAtomic(path string, perm fs.FileMode, write func(io.Writer) error) error {
	return writeFile(path, perm, write, os.Rename)
}

func writeFile(path string, perm fs.FileMode, write func(io.Writer) error, place func(from, to string) error) error {
	folder, name := filepath.Split(path)
	folder = filepath.Clean(folder)
	file, err := os.CreateTemp(folder, "."+name+".*.tmp")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(file.Name()) // after a rename there is nothing left to remove
	if err := errors.Join(fill(file, perm, write), file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := place(file.Name(), path); err != nil {
		return fmt.Errorf("put %s in place: %w", path, err)
	}
	if err := syncFolder(folder); err != nil {
		return fmt.Errorf("sync folder of %s: %w", path, err)
	}
	return nil
}

func fill(file *os.File, perm fs.FileMode, write func(io.Writer) error) error {
	if err := write(file); err != nil {
		return err
	}
	if err := file.Chmod(perm); err != nil {
		return err
	}
	return file.Sync()
}

// linkNew gives a file a name that must be free. A hard link fails where a rename would replace; only on file systems
// that have no links is the name checked first, which leaves an instant in which another writer could take it.
func linkNew(from, to string) error {
	err := os.Link(from, to)
	if !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	switch _, err := os.Lstat(to); {
	case err == nil:
		return fs.ErrExist
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	return os.Rename(from, to)
}

func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

package drop

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a folder of this machine, or one that is mounted there.
type Folder struct {
	Path string // absolute, or relative to the working directory
	Rules
}

// NewFolder returns the source of a folder. The folder itself is looked at when a roster is fetched.
func NewFolder(f Folder) (Source, error) {
	if f.Path == "" {
		return nil, errors.New("folder: path is missing")
	}
	var err error
	if f.Rules, err = f.check(); err != nil {
		return nil, fmt.Errorf("folder %s: %w", f.Path, err)
	}
	return &f, nil
}

// String implements Source.
func (f *Folder) String() string { return "folder " + f.Path }

// enter implements Source.
func (f *Folder) enter(_ context.Context, visit visit) (place, error) {
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, fmt.Errorf("%w; the folder has to be there and usher has to be able to read it", err)
	}
	return newShare(folderTree{root}, f.Rules, visit), nil
}

// folderTree is a tree on this machine. os.Root keeps every name inside it, whoever puts links there meanwhile.
type folderTree struct{ *os.Root }

// ReadDir implements tree.
func (t folderTree) ReadDir(name string) ([]fs.FileInfo, error) {
	folder, err := t.Root.Open(name)
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	entries, err := folder.ReadDir(-1)
	if err != nil {
		return nil, err
	}
	infos := make([]fs.FileInfo, 0, len(entries))
	for _, entry := range entries {
		info, err := t.Lstat(filepath.Join(name, entry.Name()))
		if isLost(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		infos = append(infos, info)
	}
	return infos, nil
}

// Open implements tree. What was looked at and what was opened have to be the same file.
func (t folderTree) Open(name string) (treeFile, error) {
	looked, err := t.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := plain(looked); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	file, err := t.OpenFile(name, os.O_RDONLY|withoutWaiting, 0)
	if err != nil {
		return nil, err
	}
	opened, err := file.Stat()
	if err == nil && !os.SameFile(looked, opened) {
		err = fmt.Errorf("%s: %w: replaced while it was opened", name, ErrUnsettled)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// Mkdir implements tree.
func (t folderTree) Mkdir(name string) error { return t.Root.Mkdir(name, 0o700) }

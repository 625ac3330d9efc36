package drop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// tree is a folder with the few operations that a visit needs. Names are relative to it.
type tree interface {
	ReadDir(name string) ([]fs.FileInfo, error)
	Lstat(name string) (fs.FileInfo, error)
	// Open opens a plain file for reading, and nothing else: it never follows a link and never waits for a pipe.
	Open(name string) (treeFile, error)
	// Rename is atomic. Of several processes that give one file different new names, one succeeds and the others get
	// fs.ErrNotExist.
	Rename(from, to string) error
	Remove(name string) error
	Mkdir(name string) error
	Close() error
}

type treeFile interface {
	io.ReadCloser

	Stat() (fs.FileInfo, error)
}

// share is a visit to a tree, by the rules of its configuration.
type share struct {
	tree
	Rules

	visit visit
}

// newShare returns a place out of which files are moved, unless the rules keep them.
func newShare(t tree, rules Rules, visit visit) place {
	s := &share{t, rules, visit}
	if rules.Keep {
		return s
	}
	return &workshare{s}
}

// leave implements place.
func (s *share) leave() { _ = s.Close() }

func (s *share) isKnown(item sighting) bool { return slices.ContainsFunc(s.visit.known, item.same) }

// read implements place.
func (s *share) read(ctx context.Context, e entry, to io.Writer) error {
	return s.copy(ctx, e.at, to, func(info fs.FileInfo) error {
		if now := sightingOf(e.Name, info); !now.same(e.sighting) {
			return fmt.Errorf("%w: it changed while it was read", ErrUnsettled)
		}
		return nil
	})
}

// copy reads the file called name to its end. Check, unless nil, is asked before and after.
func (s *share) copy(ctx context.Context, name string, to io.Writer, check func(fs.FileInfo) error) error {
	file, err := s.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	ask := func() error {
		info, err := file.Stat()
		if err == nil {
			err = plain(info)
		}
		if err == nil && check != nil {
			err = check(info)
		}
		return err
	}
	if err := ask(); err != nil {
		return err
	}
	if _, err := io.Copy(&stoppable{ctx, to}, file); err != nil {
		return err
	}
	return ask()
}

// stoppable is a writer that fails once its context has ended.
type stoppable struct {
	ctx context.Context
	to  io.Writer
}

// Write implements io.Writer.
func (s *stoppable) Write(p []byte) (int, error) {
	if err := context.Cause(s.ctx); err != nil {
		return 0, err
	}
	return s.to.Write(p)
}

func sightingOf(name string, info fs.FileInfo) sighting {
	return sighting{Name: name, Size: info.Size(), ModTime: info.ModTime().UTC()}
}

// plain is nil for a file that is what its name says and has no other name.
func plain(info fs.FileInfo) error {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return fmt.Errorf("%w but a symbolic link: put the file itself there", ErrIrregular)
	case mode.IsDir():
		return fmt.Errorf("%w but a folder: give it a name that the pattern does not match", ErrIrregular)
	case !mode.IsRegular():
		return fmt.Errorf("%w but %s: remove it", ErrIrregular, mode.Type())
	case links(info) > 1:
		return fmt.Errorf("%w: it has %d names (hard links), and is taken when it has one", ErrUnsettled, links(info))
	}
	return nil
}

// isLost says that a file is not there any more.
func isLost(err error) bool { return errors.Is(err, fs.ErrNotExist) }

package drop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// bring copies a file into the archive, which holds it under its name only when it is whole.
func (f *Fetcher) bring(ctx context.Context, p place, e entry) (File, error) {
	if err := os.MkdirAll(f.Archive, 0o700); err != nil {
		return File{}, fmt.Errorf("make archive: %w", err)
	}
	temporary, err := os.CreateTemp(f.Archive, temporaryPrefix+"*")
	if err != nil {
		return File{}, fmt.Errorf("archive %s: %w", e.Name, err)
	}
	defer os.Remove(temporary.Name()) // after the rename there is nothing left to remove
	file, err := f.fill(ctx, p, e, temporary)
	if err := errors.Join(err, temporary.Close()); err != nil {
		return File{}, fmt.Errorf("%s: %w", e.Name, err)
	}
	now := strings.Replace(f.Now().UTC().Format("20060102T150405.000Z"), ".", "", 1)
	file.Path = filepath.Join(f.Archive, now+"-"+file.SHA256[:8]+"-"+e.Name)
	if err := errors.Join(os.Rename(temporary.Name(), file.Path), syncFolder(f.Archive)); err != nil {
		return File{}, fmt.Errorf("archive %s: %w", e.Name, err)
	}
	return file, nil
}

// fill reads a file into local, and makes sure that it is all there and on the disk.
func (f *Fetcher) fill(ctx context.Context, p place, e entry, local *os.File) (File, error) {
	hash := sha256.New()
	limited := &capped{to: io.MultiWriter(local, hash), limit: f.limit()}
	if err := p.read(ctx, e, limited); err != nil {
		return File{}, err
	}
	if e.Size >= 0 && e.Size != limited.size {
		return File{}, fmt.Errorf("%w: %d of %d bytes came", ErrUnsettled, limited.size, e.Size)
	}
	digest := hex.EncodeToString(hash.Sum(nil))
	if !strings.HasPrefix(digest, e.digest) {
		return File{}, fmt.Errorf("%w: it has %s, and its producer says %s; remove it and drop it again", ErrDigest, digest, e.digest)
	}
	file := File{Name: e.Name, Origin: f.Source.String(), Size: limited.size, ModTime: e.ModTime, SHA256: digest}
	return file, local.Sync()
}

const temporaryPrefix = ".incoming-"

// sweep removes what fetches that were killed left half copied.
func (f *Fetcher) sweep() error {
	entries, err := os.ReadDir(f.Archive)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, entry := range entries {
		info, gone := entry.Info()
		if gone == nil && strings.HasPrefix(entry.Name(), temporaryPrefix) && info.ModTime().Before(f.Now().Add(-f.lease())) {
			err = errors.Join(err, os.Remove(filepath.Join(f.Archive, entry.Name())))
		}
	}
	return err
}

func syncFolder(folder string) error {
	dir, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

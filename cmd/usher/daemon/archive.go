package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"usher/internal/api"
	"usher/internal/usher"
)

// maxRoster bounds a file of people, in bytes, however it came.
const maxRoster = api.Limit

// archiveOf is the folder for copies of a directory's files.
func (d *Daemon) archiveOf(directory string) string {
	return filepath.Join(d.config.Load().Data, "archive", directory)
}

// today is the present day where the feed's people are.
func (d *Daemon) today(f *feed) string {
	zone, err := time.LoadLocation(zoneOr(f.Zone))
	if err != nil {
		zone = time.UTC
	}
	return d.options.Clock().In(zone).Format(time.DateOnly)
}

// Archive keeps a copy of a file that came by upload or by hand, whole, before anything
// reads it.
func (d *Daemon) Archive(ctx context.Context, directory, name, origin string, from io.Reader) (usher.RosterFile, error) {
	file := usher.RosterFile{Name: filepath.Base(name), Origin: origin}
	folder := d.archiveOf(directory)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return file, fmt.Errorf("archive: %w", err)
	}
	temporary, err := os.CreateTemp(folder, ".incoming-*")
	if err != nil {
		return file, fmt.Errorf("archive: %w", err)
	}
	defer os.Remove(temporary.Name()) // after the rename there is nothing left to remove
	hash := sha256.New()
	file.Bytes, err = io.Copy(io.MultiWriter(temporary, hash), io.LimitReader(from, maxRoster+1))
	if file.Bytes > maxRoster {
		err = errors.Join(err, fmt.Errorf("%w: it has more than %d MiB; divide it", api.ErrTooLarge, maxRoster>>20))
	}
	if err = errors.Join(err, temporary.Sync(), temporary.Close(), ctx.Err()); err != nil {
		return file, fmt.Errorf("archive %s: %w", file.Name, err)
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	stamp := strings.Replace(d.options.Clock().UTC().Format("20060102T150405.000Z"), ".", "", 1)
	file.Archive = filepath.Join(folder, stamp+"-"+file.SHA256[:8]+"-"+file.Name)
	return file, os.Rename(temporary.Name(), file.Archive)
}

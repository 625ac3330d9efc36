//go:build unix

package store

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"usher/internal/usher"
)

// lockFolder makes this process the only writer of the folder; the lock goes with the
// process, however it ends.
func lockFolder(folder string) (unlock func() error, err error) {
	file, err := os.OpenFile(filepath.Join(folder, "usher.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = file.Close()
		return nil, fmt.Errorf("%w: another usher process uses the data folder %s", usher.ErrBusy, folder)
	}
	return file.Close, nil
}

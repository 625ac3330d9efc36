//go:build unix

package drop

import (
	"io/fs"
	"syscall"
)

// withoutWaiting opens a pipe at once, whether or not somebody writes to it.
const withoutWaiting = syscall.O_NONBLOCK

// links is the number of names that a file has; 1 where that is not told.
func links(info fs.FileInfo) uint64 {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Nlink) //nolint:unconvert // its type depends on the system
	}
	return 1
}

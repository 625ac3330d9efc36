package daemon

import (
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// samePeer refuses a client that runs as another user, whatever the socket's mode came
// to be.
func samePeer(conn *net.UnixConn) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var peer *unix.Ucred
	var got error
	if err := raw.Control(func(fd uintptr) { peer, got = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) }); err != nil {
		return err
	}
	if got != nil {
		return fmt.Errorf("who connects: %w", got)
	}
	if int(peer.Uid) != os.Getuid() {
		return fmt.Errorf("user %d is not ours", peer.Uid)
	}
	return nil
}

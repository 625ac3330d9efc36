//go:build !linux

package daemon

import "net"

// samePeer relies on the modes of the socket and its folder where the system does not
// say in one way who connects.
func samePeer(*net.UnixConn) error { return nil }

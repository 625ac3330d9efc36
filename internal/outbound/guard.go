package outbound

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"syscall"
)

// The special-purpose registries of IANA (RFC 6890), and the addresses at which clouds hand out credentials.
var (
	// private is what AllowPrivate opens.
	private = prefixes("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "::1/128", "fc00::/7")
	// closed is never called: this network, link-local, protocol assignments, documentation, 6to4 relays, benchmarking,
	// multicast, reserved and broadcast.
	closed = prefixes("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		// IPv6 inside the global range: protocol assignments with Teredo, documentation, 6to4.
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
		// Metadata: Alibaba, Azure, AWS and Google.
		"100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128")
	// global is the only part of IPv6 that is given out for public use.
	global = netip.MustParsePrefix("2000::/3")
	// nat64 is how a host without IPv4 sees all of IPv4 (RFC 6052), so it is judged by the address inside.
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
)

func prefixes(texts ...string) []netip.Prefix {
	list := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		list[i] = netip.MustParsePrefix(text)
	}
	return list
}

// guard decides which addresses are dialled.
type guard struct{ private, public bool }

// control is called with the resolved address after the socket is made and before it connects (net.Dialer).
func (g guard) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	target, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrForbiddenAddress, err)
	}
	return g.check(target.Addr())
}

func (g guard) check(addr netip.Addr) error {
	bare := embedded(addr)
	inside := contain(private, bare)
	switch {
	case contain(closed, bare), !inside && bare.Is6() && !global.Contains(bare):
		return fmt.Errorf("%w: %s is link-local, reserved or a metadata service", ErrForbiddenAddress, addr)
	case inside && !g.private:
		return fmt.Errorf("%w: %s is inside the network; allow private addresses for this portal if that is meant", ErrForbiddenAddress, addr)
	case !inside && !g.public:
		return fmt.Errorf("%w: %s is public, and http goes to private addresses only; use https", ErrForbiddenScheme, addr)
	}
	return nil
}

// embedded returns the IPv4 address inside an IPv4-mapped or NAT64 one, and any other without its zone.
func embedded(addr netip.Addr) netip.Addr {
	addr = addr.WithZone("").Unmap()
	if nat64.Contains(addr) {
		bytes := addr.As16()
		return netip.AddrFrom4([4]byte(bytes[12:]))
	}
	return addr
}

func contain(list []netip.Prefix, addr netip.Addr) bool {
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(addr) })
}

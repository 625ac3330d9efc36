package outbound

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// spellings of hosts that must not be called. Those that are no IP address to Go are looked up, and the resolver of the
// test answers loopback, as a system resolver that understands inet_aton spellings would.
func spellings() []string {
	return []string{
		// loopback
		"127.0.0.1", "127.1.2.3", "127.255.255.254", "localhost", "LOCALHOST", "localhost.", "[::1]", "[0:0:0:0:0:0:0:1]",
		"[0000::0001]", "0x7f000001", "0x7f.0.0.1", "0x7f.1",
		"\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1",
		// unspecified and this network
		"0.0.0.0", "0.1.2.3", "[::]",
		// private, unique local and shared
		"10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.255.255", "100.64.0.1", "100.127.255.255",
		"[fc00::1]", "[fd12:3456:789a::1]", "[fdff:ffff::1]",
		// link-local, site-local and metadata
		"169.254.0.1", "169.254.169.254", "[fe80::1]", "[fe80::1%25lo]", "[fec0::1]", "[fd00:ec2::254]", "168.63.129.16", "100.100.100.200",
		// IPv4 inside IPv6
		"[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:10.0.0.1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[::ffff:0:127.0.0.1]",
		"[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::10.0.0.1]",
		"[2002:7f00:1::]", "[2002:a00:1::1]", "[2002:a9fe:a9fe::]", "[2001::7f00:1]",
		// multicast, broadcast, reserved, documentation
		"224.0.0.1", "239.255.255.255", "255.255.255.255", "240.0.0.1", "[ff02::1]", "[ff0e::1]", "198.18.0.1", "192.0.0.192", "192.0.2.1",
		"198.51.100.1", "203.0.113.1", "[2001:db8::1]", "[100::1]", "[3fff::1]",
		// names that resolve to loopback
		"portal.example", "127.0.0.1.nip.example", "xn--strae-oqa.example",
	}
}

func TestNoSpellingGetsInside(t *testing.T) {
	loopback := []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
	client := New(Options{Resolver: resolver(t, func(int) []netip.Addr { return loopback })})
	if n := len(spellings()); n < 60 {
		t.Fatalf("only %d spellings", n)
	}
	for _, host := range spellings() {
		t.Run(host, func(t *testing.T) {
			resp, err := client.Get("https://" + host + "/latest/meta-data")
			if err == nil {
				resp.Body.Close()
				t.Fatalf("answered %s", resp.Status)
			}
			if !errors.Is(err, ErrForbiddenAddress) {
				t.Errorf("got %v, want ErrForbiddenAddress", err)
			}
		})
	}
}

// Hosts that Go takes neither for an address nor for a name fail before anything is dialled.
func TestNumbersAreNoHosts(t *testing.T) {
	client := New(Options{Resolver: resolver(t, func(int) []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} })})
	for _, host := range []string{"127.0.0.1.", "127.1", "127.0.1", "2130706433", "0177.0.0.1", "017700000001", "127.000.000.001", "0"} {
		_, err := client.Get("https://" + host)
		if unknown, ok := errors.AsType[*net.DNSError](err); !ok || !unknown.IsNotFound {
			t.Errorf("%s: %v, want an unknown host", host, err)
		}
	}
}

func TestGuardLetsThePublicThrough(t *testing.T) {
	for _, text := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "172.15.255.255",
		"172.32.0.0", "192.167.255.255", "192.169.0.0", "169.253.255.255", "169.255.0.0", "223.255.255.255", "198.17.255.255",
		"198.20.0.0", "2606:4700::1111", "2a00:1450::1", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1",
	} {
		if err := (guard{public: true}).check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestAllowPrivateOpensNoMoreThanItSays(t *testing.T) {
	g := guard{private: true, public: true}
	for _, text := range []string{"127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd12::1", "::ffff:10.0.0.1", "64:ff9b::10.0.0.1", "1.1.1.1"} {
		if err := g.check(netip.MustParseAddr(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	for _, text := range []string{"169.254.169.254", "fe80::1%eth0", "fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "2002:a00:1::", "::127.0.0.1"} {
		if err := g.check(netip.MustParseAddr(text)); !errors.Is(err, ErrForbiddenAddress) {
			t.Errorf("%s: %v, want ErrForbiddenAddress", text, err)
		}
	}
}

// A check before the call would have seen a public address; the call itself resolves again.
func TestRebindingGainsNothing(t *testing.T) {
	public, inside := netip.MustParseAddr("1.1.1.1"), netip.MustParseAddr("127.0.0.1")
	names := resolver(t, func(n int) []netip.Addr {
		if n == 0 {
			return []netip.Addr{public}
		}
		return []netip.Addr{inside}
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	if seen, err := names.LookupNetIP(context.Background(), "ip4", "rebind.example"); err != nil || seen[0] != public {
		t.Fatalf("first look-up: %v, %v", seen, err)
	}
	_, err = New(Options{Resolver: names}).Get("https://rebind.example:" + port)
	if !errors.Is(err, ErrForbiddenAddress) {
		t.Fatalf("got %v, want ErrForbiddenAddress", err)
	}
	listener.(*net.TCPListener).SetDeadline(time.Now()) // a connection made would be waiting already
	if conn, err := listener.Accept(); err == nil {
		conn.Close()
		t.Error("the listener was reached")
	}
}

func TestSchemes(t *testing.T) {
	for _, c := range []struct {
		url     string
		private bool
	}{
		{"http://127.0.0.1/", false},
		{"http://portal.example/", false},
		{"ftp://127.0.0.1/", true},
		{"file:///etc/passwd", true},
		{"http://1.1.1.1/", true}, // stopped before a packet leaves
	} {
		if _, err := New(Options{AllowPrivate: c.private}).Get(c.url); !errors.Is(err, ErrForbiddenScheme) {
			t.Errorf("%s: %v, want ErrForbiddenScheme", c.url, err)
		}
	}
}

func TestEnvironmentGivesNoProxy(t *testing.T) {
	if transport := New(Options{}).Transport.(*transport); transport.secure.Proxy != nil || transport.plain.Proxy != nil {
		t.Error("a proxy would dial unchecked")
	}
}

package daemon

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// proxies are the addresses whose X-Forwarded-* headers are believed.
type proxies []netip.Prefix

func (p proxies) trust(addr netip.Addr) bool {
	return slices.ContainsFunc(p, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
}

// client is the address of whom a request comes from: that of the connection, or, where
// it is a trusted proxy's, the rightmost in X-Forwarded-For that is not one. What stands
// further left is the client's own word.
func (p proxies) client(r *http.Request) string {
	peer, ok := p.peer(r)
	if !ok || !p.trust(peer) {
		return orText(ok, peer, r.RemoteAddr)
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			break
		}
		if peer = addr.Unmap().WithZone(""); !p.trust(peer) {
			break
		}
	}
	return peer.String()
}

func orText(ok bool, addr netip.Addr, text string) string {
	if ok {
		return addr.String()
	}
	return text
}

// secure says whether the client's own connection is encrypted.
func (p proxies) secure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	peer, ok := p.peer(r)
	return ok && p.trust(peer) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

func (proxies) peer(r *http.Request) (netip.Addr, bool) {
	ap, err := netip.ParseAddrPort(r.RemoteAddr)
	return ap.Addr().Unmap().WithZone(""), err == nil
}

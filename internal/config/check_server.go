package config

import (
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// hostName is a host that a listener may be bound to by name.
var hostName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$`)

func (d *decoder) checkServer(c *Config) {
	d.checkListen(c)
	if c.Metrics.Listen != "" {
		if _, ok := splitListener(c.Metrics.Listen); !ok {
			problem, hint := notListener()
			d.fault("metrics.listen", problem, hint)
		}
	}
	if c.PublicURL != "" {
		d.checkPublicURL(c.PublicURL)
	}
	switch cert, key := c.TLS.CertFile != "", c.TLS.KeyFile != ""; {
	case cert && !key:
		d.fault("tls.key_file", "is missing", "TLS needs both files")
	case key && !cert:
		d.fault("tls.cert_file", "is missing", "TLS needs both files")
	}
	if c.Data == "" {
		d.fault("data", "is empty", "name a folder")
	}
	d.checkStore(c.Store.Reveal())
}

// checkListen refuses a listener that others reach while tokens travel in clear.
func (d *decoder) checkListen(c *Config) {
	own := *c
	if d.failed["tls"] || d.failed["trusted_proxies"] {
		own.TrustedProxies = []netip.Prefix{{}} // that one was meant is known
	}
	if problem, hint := own.ListenProblem(); problem != "" {
		d.fault("listen", problem, hint)
	}
}

// ListenProblem says what is wrong with the main listener, and how to mend it: it is no
// address, or one that other hosts reach while tokens travel in clear. A listener that
// replaced the file's has to be asked again.
func (c *Config) ListenProblem() (problem, hint string) {
	host, ok := splitListener(c.Listen)
	switch {
	case !ok:
		return notListener()
	case c.TLS == TLS{} && len(c.TrustedProxies) == 0 && !loopback(host):
		return "is reached from other hosts without TLS: tokens would travel in clear",
			"set tls, or trusted_proxies where a proxy ends TLS, or listen on 127.0.0.1"
	}
	return "", ""
}

func notListener() (problem, hint string) {
	return "is not host:port", "such as 127.0.0.1:8080, [::1]:8080 or :8080"
}

// splitListener gives the host of host:port.
func splitListener(address string) (host string, ok bool) {
	host, port, err := net.SplitHostPort(address)
	_, portErr := strconv.ParseUint(port, 10, 16)
	return host, err == nil && portErr == nil && bindable(host)
}

func bindable(host string) bool {
	_, err := netip.ParseAddr(host)
	return host == "" || err == nil || hostName.MatchString(host)
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return strings.EqualFold(host, "localhost") || err == nil && addr.IsLoopback()
}

func (d *decoder) checkPublicURL(text string) {
	u, err := url.Parse(text)
	if err != nil || !absolute(u) {
		d.fault("public_url", "is not an absolute http or https URL", "such as https://usher.example.com")
		return
	}
	var wrong []string
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		wrong = append(wrong, "a user, a query or a fragment")
	}
	if slices.Contains(strings.Split(strings.ToLower(u.Path), "/"), "scim") {
		wrong = append(wrong, "the path /scim, which usher adds itself")
	}
	if strings.Contains(u.Host+u.Path, "_") {
		wrong = append(wrong, "an underscore, which Okta refuses in a base URL")
	}
	if len(wrong) > 0 {
		d.fault("public_url", "holds "+strings.Join(wrong, ", and "), "scheme, host and path only, such as https://usher.example.com")
	}
}

// checkStore never tells more than that the value is wrong: it holds a password.
func (d *decoder) checkStore(store string) {
	u, err := url.Parse(store)
	if store != "sqlite" && (err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql") {
		d.fault("store", "is neither sqlite nor a PostgreSQL URL", "such as postgres://user:password@host/database, with special characters percent-encoded")
	}
}

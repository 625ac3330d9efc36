package daemon

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"usher/internal/config"
)

// bind takes the addresses, so that a start which cannot have them fails before anything
// is made.
func (d *Daemon) bind(ctx context.Context, c *config.Config) error {
	if c.TLS.CertFile != "" {
		if err := d.loadCertificate(c); err != nil {
			return err
		}
	}
	var err error
	if d.listener, err = d.listen(ctx, c.Listen); err != nil {
		return err
	}
	if c.Metrics.Listen != "" {
		if d.metricsListener, err = d.listen(ctx, c.Metrics.Listen); err != nil {
			return err
		}
	}
	return nil
}

// bindControl takes the control socket of the data folder.
func (d *Daemon) bindControl(ctx context.Context, c *config.Config) error {
	if d.options.Command == nil || d.store.Engine() != "sqlite" {
		return nil // on PostgreSQL commands go to the database
	}
	var err error
	if d.control, err = listenControl(ctx, c.Data); err != nil {
		return fmt.Errorf("control socket: %w", err)
	}
	d.closers = append(d.closers, d.control)
	return nil
}

func (d *Daemon) listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another process: stop it, or name another address with --listen, or in the configuration: %w", address, err)
	}
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	d.closers = append(d.closers, l)
	return l, nil
}

// certificate is a TLS certificate as it was last read.
type certificate = tls.Certificate

func (d *Daemon) loadCertificate(c *config.Config) error {
	pair, err := tls.LoadX509KeyPair(c.TLS.CertFile, c.TLS.KeyFile)
	if err != nil {
		return fmt.Errorf("tls: %w", err)
	}
	d.certificate.Store(&pair)
	return nil
}

func (d *Daemon) tlsConfig() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return d.certificate.Load(), nil },
	}
}

// Addr is the address that the main listener has; in a command that works beside the daemon, the one that is configured.
func (d *Daemon) Addr() string {
	if d.listener == nil {
		return d.config.Load().Listen
	}
	return d.listener.Addr().String()
}

// MetricsAddr is the address that the listener for metrics has; there is one only where
// the configuration names it.
func (d *Daemon) MetricsAddr() string { return d.metricsListener.Addr().String() }

// URL is the base of everything that clients see.
func (d *Daemon) URL() string {
	c := d.config.Load()
	if c.PublicURL != "" {
		return c.PublicURL
	}
	scheme := "http"
	if c.TLS.CertFile != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(d.Addr())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		if name, err := os.Hostname(); err == nil {
			host = name
		}
	}
	return scheme + "://" + net.JoinHostPort(strings.ToLower(host), port)
}

// SCIMURL is the base URL that an identity provider is given.
func (d *Daemon) SCIMURL() string { return d.URL() + scimRoot }

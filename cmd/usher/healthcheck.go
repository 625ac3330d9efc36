package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"

	"usher/cmd/usher/daemon"
)

// healthcheckCmd asks the daemon on this host, for containers that have no curl.
type healthcheckCmd struct {
	URL string `placeholder:"URL" help:"What to ask. Default: /readyz at the address that the configuration names."`
}

// Run implements kong's contract.
func (c *healthcheckCmd) Run(s *shell) error {
	url := c.URL
	if url == "" {
		var err error
		if url, err = readyURL(s); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(s.ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	// The certificate is for the name that clients use, not for this host's own address.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}} //nolint:gosec // nothing secret is sent
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, res.Status)
	}
	return nil
}

func readyURL(s *shell) (string, error) {
	cfg, err := daemon.LoadConfig(s.config, s.env)
	if err != nil {
		return "", err
	}
	host, port, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return "", err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if cfg.TLS.CertFile != "" {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, port) + "/readyz", nil
}

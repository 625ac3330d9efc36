package daemon

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"usher/connectors"
	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/reconcile"
)

// Connector is the way to a portal, by the configuration in force.
func (d *Daemon) Connector(portal string) (reconcile.Connector, error) {
	c := *d.config.Load()
	for _, p := range c.Portals {
		if p.Name != portal {
			continue
		}
		c.Portals = []config.Portal{p}
		made, err := connectorsOf(&c, d.options.Zone)
		return made[portal], err
	}
	return reconcile.Connector{}, fmt.Errorf("the configuration in force names no portal %q: name the file with --config, or start `usher serve` with it: %w", portal, usher.ErrInvalid)
}

// PortalFile is a file that somebody brought from a portal.
type PortalFile struct {
	Name    string
	SHA256  string
	ModTime usher.Time
	Content []byte
}

// OpenPortalFile reads a file from a portal whole.
func OpenPortalFile(path string) (PortalFile, error) {
	f, err := os.Open(path)
	if err != nil {
		return PortalFile{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return PortalFile{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxRoster {
		return PortalFile{}, fmt.Errorf("%s is not a plain file of at most %d MiB: %w", path, maxRoster>>20, usher.ErrInvalid)
	}
	content, err := io.ReadAll(io.LimitReader(f, maxRoster))
	sum := sha256.Sum256(content)
	return PortalFile{filepath.Base(path), hex.EncodeToString(sum[:]), usher.TimeOf(info.ModTime()), content}, err
}

// ReadExport reads a portal's export as its connector does. Of a portal whose exports no connector
// knows it takes any list with one column of addresses: whoever is in it is active there.
// usher.ErrInvalid: it is no export of that portal.
func (d *Daemon) ReadExport(ctx context.Context, portal string, content []byte) ([]usher.Seen, []usher.Finding, error) {
	c, err := d.Connector(portal)
	if err != nil {
		return nil, nil, err
	}
	if err := d.notAsked(ctx, portal, content); err != nil {
		return nil, nil, err
	}
	reader, ok := c.Whole.(connectors.ExportReader)
	if !ok {
		return readList(content)
	}
	var seen []usher.Seen
	findings, err := reader.ReadExport(content, func(s usher.Seen) error {
		seen = append(seen, s)
		return nil
	})
	return seen, findings, notThis(err, "this is no export of portal "+portal)
}

// notThis makes what a connector says of a file a mistake of whoever brought it.
func notThis(err error, what string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w: nothing was changed: %w", what, err, usher.ErrInvalid)
}

// LearnTemplate says what a file is for which somebody downloaded from a portal. usher.ErrInvalid: it
// is no template of it.
func (d *Daemon) LearnTemplate(portal string, content []byte) (connectors.Learned, error) {
	c, err := d.Connector(portal)
	if err != nil {
		return connectors.Learned{}, err
	}
	learner, ok := c.Whole.(connectors.Learner)
	if !ok {
		return connectors.Learned{}, fmt.Errorf("portal %s fills no template: %w", portal, usher.ErrInvalid)
	}
	learned, err := learner.Learn(content)
	return learned, notThis(err, "this is no template of portal "+portal)
}

// Correct decides what a portal's column says of one person, as [ledger.Ledger.Correct] does, where the
// portal's files can hold it. usher.ErrInvalid: they cannot, in the words of the connector.
func (d *Daemon) Correct(ctx context.Context, by usher.Principal, portal usher.Portal, person usher.ID, column, value string) error {
	c, err := d.Connector(portal.Name)
	if err != nil {
		return err
	}
	if checker, ok := c.Whole.(connectors.CellChecker); ok {
		templates, err := d.store.Look().Templates(ctx, portal.ID)
		if err != nil {
			return err
		}
		if err := checker.CheckCell(templates, column, value); err != nil {
			return &usher.InvalidError{Attribute: "--value", Problem: err.Error() + ": nothing was corrected"}
		}
	}
	return d.ledger.Correct(ctx, by, portal.ID, person, column, value)
}

// Resend has somebody's invitation sent again, as [ledger.Ledger.Resend] does, where the portal has a way
// to and shows an invitation. usher.ErrInvalid: it does not.
func (d *Daemon) Resend(ctx context.Context, by usher.Principal, portal usher.Portal, person usher.ID) error {
	c, err := d.Connector(portal.Name)
	if err != nil {
		return err
	}
	resender, ok := c.Whole.(connectors.Resender)
	if !ok {
		return fmt.Errorf("usher knows no way to have an invitation sent again at portal %s, of kind %s: docs/portals says what the person can do: %w", portal.Name, portal.Kind, usher.ErrInvalid)
	}
	a, err := d.store.Look().AccountOf(ctx, portal.ID, usher.AccountPerson, person)
	if err != nil && !errors.Is(err, usher.ErrNotFound) {
		return err
	}
	if a.Seen != nil {
		if err := resender.CanResend(*a.Seen); err != nil {
			return &usher.InvalidError{Attribute: "person", Problem: err.Error()}
		}
	}
	return d.ledger.Resend(ctx, by, portal.ID, person)
}

// ReadActivity reads a portal's list of who did what. usher.ErrInvalid: it is none.
func (d *Daemon) ReadActivity(portal string, content []byte, each func(address string, at usher.Time) error) ([]usher.Finding, error) {
	c, err := d.Connector(portal)
	if err != nil {
		return nil, err
	}
	reader, ok := c.Whole.(connectors.ActivityReader)
	if !ok {
		return nil, fmt.Errorf("usher knows no lists of activity of portal %s: %w", portal, usher.ErrInvalid)
	}
	findings, err := reader.ReadActivity(content, each)
	return findings, notThis(err, "this is no list of activity of portal "+portal)
}

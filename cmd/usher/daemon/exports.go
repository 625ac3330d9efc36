package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/drop"
	"usher/sync/ledger"
)

// exportsEvery is the time between looks into the folders of portals' exports.
const exportsEvery = time.Minute

// exporter takes the exports that appear in the folders of portals.
func (d *Daemon) exporter(ctx context.Context) {
	for {
		for _, p := range d.config.Load().Portals {
			if p.Exports.Folder == "" {
				continue
			}
			if err := d.FetchExport(ctx, p); err != nil && !drop.IsQuiet(err) && ctx.Err() == nil {
				d.log.Warn().Str("portal", p.Name).Err(err).Msg("the folder of exports was not read")
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(exportsEvery):
		}
	}
}

// FetchExport takes the newest settled export in the folder of a portal. One that is refused leaves the
// folder too: its copy stays in the archive, and the log says why. The error is one of package drop's
// where there is none.
func (d *Daemon) FetchExport(ctx context.Context, p config.Portal) error {
	if !filepath.IsAbs(p.Exports.Folder) {
		if err := os.MkdirAll(exportFolder(d.config.Load(), p), 0o750); err != nil {
			return err
		}
	}
	source, err := drop.NewFolder(drop.Folder{Path: exportFolder(d.config.Load(), p), Rules: rulesOf(config.Ready{Settle: "auto"})})
	if err != nil {
		return err
	}
	name := "portal " + p.Name
	fetcher := &drop.Fetcher{Source: source, Memory: dropMemory{d.store, name}, Archive: d.archiveOf(name), Now: d.options.Clock, Limit: maxRoster}
	return d.alone(ctx, name, func(ctx context.Context) error {
		return fetcher.Fetch(ctx, func(ctx context.Context, f drop.File) error { return d.takeExport(ctx, p, f) })
	})
}

// exportFolder is an absolute path, or one below the data folder.
func exportFolder(c *config.Config, p config.Portal) string {
	if filepath.IsAbs(p.Exports.Folder) {
		return p.Exports.Folder
	}
	return filepath.Join(c.Data, p.Exports.Folder)
}

// takeExport takes one file of the folder up. A refusal is for the admin to read: the same file would
// be refused again.
func (d *Daemon) takeExport(ctx context.Context, p config.Portal, f drop.File) error {
	report, err := d.importExport(ctx, p, f)
	refused := errors.Is(err, usher.ErrInvalid) || errors.Is(err, usher.ErrStale)
	switch {
	case err != nil && !refused:
		return err
	case refused:
		d.log.Error().Str("portal", p.Name).Str("sha256", f.SHA256).Err(err).Msg("an export was refused; its copy is in the archive")
	case report.Again:
		d.log.Info().Str("portal", p.Name).Int64("export", report.Export.Number).Msg("an export came that was taken before")
	default:
		event := d.log.Info().Str("portal", p.Name).Int64("export", report.Export.Number).Int("accounts", report.Export.Rows).
			Int("confirmed", report.Confirmed).Int("drift", len(report.Drift)).Int("findings", len(report.Findings))
		for _, pool := range report.Pools {
			event = event.Str(pool.Subscription, fmt.Sprintf("%d there, %d here", pool.There, pool.Here))
		}
		event.Msg("an export was taken")
	}
	return nil
}

func (d *Daemon) importExport(ctx context.Context, p config.Portal, f drop.File) (ledger.ExportReport, error) {
	content, err := os.ReadFile(f.Path)
	if err != nil {
		return ledger.ExportReport{}, err
	}
	portal, err := d.store.Look().PortalNamed(ctx, p.Name)
	if err != nil {
		return ledger.ExportReport{}, err
	}
	file := ledger.ExportFile{}
	if file.Seen, file.Findings, err = d.ReadExport(ctx, p.Name, content); err != nil {
		return ledger.ExportReport{}, err
	}
	file.Name, file.SHA256, file.Complete = f.Name, f.SHA256, p.Exports.Complete
	file.AsOf = min(usher.TimeOf(f.ModTime), d.store.Now())
	if file.AsOf == 0 {
		file.AsOf = d.store.Now()
	}
	return d.ledger.TakeExport(ctx, usher.System("exports"), portal.ID, file)
}

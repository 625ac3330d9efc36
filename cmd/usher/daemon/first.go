package daemon

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/table"
	"usher/internal/usher"
)

// TokenLife is how long a token lives unless somebody says otherwise.
const TokenLife = 365 * 24 * time.Hour

// firstDirectory is the directory that exists without any configuration.
const firstDirectory = "default"

// firstSetting notes that its token was written.
const firstSetting = "first token"

// firstToken writes a token for the directory "default" into the data folder at the
// first start, so that a new user has one thing less to do.
func (d *Daemon) firstToken(ctx context.Context, c *config.Config) error {
	done, err := d.store.Look().Setting(ctx, firstSetting)
	if err != nil || done != "" {
		return err
	}
	if slices.ContainsFunc(c.Directories, func(dir config.Directory) bool { return dir.Name == firstDirectory }) {
		// A conflict: other processes that started at the same time have made enough.
		if err := d.writeToken(ctx, c); err != nil && !errors.Is(err, usher.ErrConflict) {
			return fmt.Errorf("first token: %w", err)
		}
	}
	return d.store.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(ctx, firstSetting, "written") })
}

func tokenFile(c *config.Config) string { return filepath.Join(c.Data, firstDirectory+".token") }

// TokenFile is the file that has the first token; empty once somebody removed it.
func (d *Daemon) TokenFile() string {
	file := tokenFile(d.config.Load())
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

func (d *Daemon) writeToken(ctx context.Context, c *config.Config) error {
	text, _, err := d.ledger.CreateToken(ctx, usher.System("first start"), firstDirectory, TokenLife, d.key)
	if err != nil {
		return err
	}
	return table.ReplaceFileAtomic(tokenFile(c), 0o600, func(w io.Writer) error {
		_, err := fmt.Fprintln(w, text)
		return err
	})
}

package demo

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// bringExports takes the list of accounts of each portal of files by its folder.
func (h *history) bringExports(ctx context.Context) error {
	now := h.clock.now()
	for _, p := range h.files {
		content := h.portals.itpro.Users()
		if p.Name == "prosci" {
			content = h.portals.prosci.Export()
		}
		c := h.config(p.Name)
		path := h.file(c.Exports.Folder, "users-"+now.UTC().Format("2006-01-02-1504")+".csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := dropFile(path, content, now); err != nil {
			return err
		}
		if err := h.FetchExport(ctx, c); err != nil {
			return fmt.Errorf("export of portal %s: %w", p.Name, err)
		}
	}
	return nil
}

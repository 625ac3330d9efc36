package daemon

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"usher/internal/config"
)

// MissingFolders are the folders of portals' exports from which nothing can be taken as they are now:
// a share that is not mounted, a wrong path. They are no mistake of the configuration's form, and
// stop nothing else.
func MissingFolders(c *config.Config) config.Problems {
	var problems config.Problems
	for _, p := range c.Portals {
		if why := folderTrouble(c, p); why != "" {
			problems = append(problems, config.Problem{Pos: p.Pos, Path: "portals." + p.Name + ".exports.folder", Message: why, Hint: "usher has to be able to read it"})
		}
	}
	return problems
}

// MissingFolders are those of the configuration in force.
func (d *Daemon) MissingFolders() config.Problems { return MissingFolders(d.config.Load()) }

// ExportFolder is the folder from which the exports of a portal are taken by themselves, and why they
// cannot be at the moment; an empty path: there is none.
func (d *Daemon) ExportFolder(portal string) (path, trouble string) {
	c := d.config.Load()
	for _, p := range c.Portals {
		if p.Name == portal && p.Exports.Folder != "" {
			return exportFolder(c, p), folderTrouble(c, p)
		}
	}
	return "", ""
}

// folderTrouble is why nothing can be taken from a portal's folder; empty: something can. One below the
// data folder is made when it is needed.
func folderTrouble(c *config.Config, p config.Portal) string {
	if p.Exports.Folder == "" {
		return ""
	}
	path := exportFolder(c, p)
	folder, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		if filepath.IsAbs(p.Exports.Folder) {
			return path + " is not there"
		}
		return ""
	}
	if err == nil {
		defer folder.Close()
		_, err = folder.ReadDir(1)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Sprintf("%s cannot be read: %v", path, errors.Unwrap(err))
	}
	return ""
}

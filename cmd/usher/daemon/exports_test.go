package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// TestExportsAreTakenFromTheirFolder: what settled in a portal's folder is taken, and what cannot be
// is refused with words; both leave the folder for the archive.
func TestExportsAreTakenFromTheirFolder(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		c.Portals = []config.Portal{
			{Name: "academy", Kind: "worklist", Pool: "hard", Folder: "outbox/academy", Exports: config.Exports{Folder: "exports/academy", Complete: true}},
			{Name: "wrong", Kind: "worklist", Pool: "hard", Folder: "outbox/wrong", Exports: config.Exports{Folder: filepath.Join(t.TempDir(), "wrong")}},
		}
		c.Subscriptions = []config.Subscription{{Name: "basic", Portal: "academy", Seats: 1}}
		inbox := filepath.Join(c.Data, "exports/academy")
		for folder, content := range map[string]string{inbox: "E-Mail\nann@example.com\nbob@example.com\n", c.Portals[1].Exports.Folder: "Course,Score\nA,1\n"} {
			if err := os.MkdirAll(folder, 0o750); err != nil {
				t.Fatal(err)
			}
			for name, text := range map[string]string{"users.csv": content, "users.csv.done": ""} {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			earlier := time.Now().Add(-time.Minute)
			if err := os.Chtimes(filepath.Join(folder, "users.csv"), earlier, earlier); err != nil {
				t.Fatal(err)
			}
		}
		r := start(t, daemon.Options{Config: c})
		academy, err := r.Store().Look().PortalNamed(t.Context(), "academy")
		r.check(err)
		eventually(t, "the export is taken", func() bool {
			taken, err := r.Store().Look().Exports(t.Context(), academy.ID, 5)
			return err == nil && len(taken) == 1 && taken[0].TakenAt != 0 && taken[0].Complete && taken[0].Rows == 2
		})
		eventually(t, "the other is refused", func() bool {
			log := r.log.String()
			return strings.Contains(log, "an export was refused") && strings.Contains(log, "none of its columns is known to hold addresses") &&
				strings.Contains(log, "2 there, 0 here")
		})
		if strings.Contains(r.log.String(), "ann@example.com") {
			t.Error("the log holds an address")
		}
		for _, folder := range []string{inbox, c.Portals[1].Exports.Folder} {
			eventually(t, "the folder is empty", func() bool {
				left, err := filepath.Glob(filepath.Join(folder, "users*"))
				return err == nil && len(left) == 0
			})
		}
		copies, err := filepath.Glob(filepath.Join(c.Data, "archive", "portal *", "*users.csv"))
		if err != nil || len(copies) != 2 {
			t.Errorf("archive: %q, %v", copies, err)
		}
	})
}

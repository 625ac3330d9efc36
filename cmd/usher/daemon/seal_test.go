package daemon_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// head is the end of the events as the data folder of a daemon keeps it; empty for none.
func head(t *testing.T, data string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(data, daemon.HeadFile))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return string(content)
}

func TestTheKeptEndOutlivesACut(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		c := configAt(t, place)
		r := start(t, daemon.Options{Config: c})
		text, _ := r.token("default")
		r.want(201, "POST", "/scim/v2/Users", text, person("ann", "Ann"))
		eventually(t, "the end of the events is kept", func() bool { return head(t, c.Data) != "" })
		kept := head(t, c.Data)
		r.stop()
		storetest.Exec(t, place, "delete from event_seal")
		storetest.Exec(t, place, "delete from event")

		r = start(t, daemon.Options{Config: c})
		r.want(201, "POST", "/scim/v2/Users", text, person("bob", "Bob"))
		eventually(t, "the log says that the events were cut", func() bool { return strings.Contains(r.log.String(), "cut off or replaced") })
		if head(t, c.Data) != kept {
			t.Error("the end of the events was replaced")
		}
	})
}

func TestRestoreForgetsTheKeptEnd(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r := start(t, daemon.Options{Config: configAt(t, store.Options{Folder: t.TempDir()})})
		var archive bytes.Buffer
		r.check(r.Store().Backup(t.Context(), &archive))
		c := configAt(t, place)
		r.check(os.WriteFile(filepath.Join(c.Data, daemon.HeadFile), []byte(`{"number":9,"chain":"x"}`), 0o600))
		r.check(daemon.Restore(t.Context(), daemon.Options{Config: c}, ann(), &archive))
		if text := head(t, c.Data); text != "" {
			t.Errorf("the end of another store's events is still kept: %s", text)
		}
	})
}

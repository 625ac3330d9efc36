package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

func TestIncidentsAtTheCommandLine(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.says(exitOK, "incidents", "Nothing is amiss")
		if out := s.says(exitOK, "incidents --json"); out != "" {
			t.Errorf("an empty list is %q", out)
		}
		now := s.daemon.Store().Now()
		s.check(s.daemon.Store().Write(t.Context(), func(tx *store.Tx) error {
			for _, i := range []usher.Incident{
				{ID: "a", Kind: usher.IncidentHold, Subject: "4", Title: "Hold 4 stops releases", OpenedAt: now, BackAt: now, SeenAt: now, Times: 1},
				{ID: "b", Kind: usher.IncidentFeed, Subject: "hr", Title: "The file of directory hr is late", OpenedAt: now, ResolvedAt: now, Times: 2},
			} {
				if err := tx.PutIncident(t.Context(), i); err != nil {
					return err
				}
			}
			return nil
		}))
		if out := s.says(exitOK, "incidents", "hold", "Hold 4 stops releases"); strings.Contains(out, "directory hr") {
			t.Errorf("what is over is listed:\n%s", out)
		}
		s.says(exitOK, "incidents --all", "OVER (UTC)", "The file of directory hr is late")
		if out := s.says(exitOK, "incidents --all --json", `"kind":"feed"`, `"times":2`); strings.Count(out, "resolvedAt") != 1 {
			t.Errorf("JSON\n%s", out)
		}
	})
}

func TestChannelsAreTriedAtTheCommandLine(t *testing.T) {
	s := newSession(t, store.Options{Folder: t.TempDir()})
	s.says(exitFailed, "notify test", "no channels")
	status := http.StatusOK
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer chat.Close()
	text, err := os.ReadFile(s.file)
	s.check(err)
	s.check(os.WriteFile(s.file, append(text, "\nnotifications: {channels: {chat: {kind: slack, allow_private: true, url: \""+chat.URL+"/hush\"}}}\n"...), 0o600))
	s.check(s.daemon.Reload(t.Context()))
	s.says(exitOK, "notify test", "chat: taken")
	s.says(exitFailed, "notify test chot", `no channel "chot"; there is chat`)
	status = http.StatusForbidden
	if out := s.says(exitFailed, "notify test chat", "answered 403 Forbidden", "1 of 1 did not take"); strings.Contains(out, "hush") {
		t.Errorf("the address is shown: %s", out)
	}
}

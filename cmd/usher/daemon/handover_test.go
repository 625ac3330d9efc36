package daemon_test

import (
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
)

func TestHandoversAreChecked(t *testing.T) {
	text := "portals:\n  a:\n    kind: worklist\n    visit: someday 09:00\n  b:\n    kind: worklist\n    visit: {cron: 0 9 * *, zone: UTC}\n" +
		"  c:\n    kind: worklist\n    visit: {cron: 0 9 * * 1-5, zone: Mars}\n" +
		"  d:\n    kind: worklist\n    sftp: {host: h, user: u, key: k, host_keys: [x]}\n  e:\n    kind: worklist\n    visit: daily 7:00\n"
	_, err := config.Parse("u.yaml", []byte(text), nil, daemon.CheckHandovers)
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	for _, want := range []string{"u.yaml:4:12: portals.a.visit.days: ", "u.yaml:7:19: portals.b.visit.cron: ", "u.yaml:10:19: portals.c.visit.cron: ", "u.yaml:13:5: portals.d.sftp: key is no private key"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n"); n != 3 {
		t.Errorf("%d lines more:\n%v", n, err)
	}
}

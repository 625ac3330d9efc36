package daemon_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	metricInSource = regexp.MustCompile(`"(usher_[a-z_]+)"`)
	metricInTable  = regexp.MustCompile("(?m)^\\| `(usher_[a-z_]+)` \\|")
	metricServed   = regexp.MustCompile(`(?m)^# TYPE (usher_[a-z_]+) `)
)

// documentedMetrics are the metrics of the table in docs/operations.md.
func documentedMetrics(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	names := slices.Sorted(maps.Keys(matches(metricInTable, string(text))))
	if len(names) < 10 {
		t.Fatalf("only %d metrics were found in the table", len(names))
	}
	return names
}

// TestMetricsAreDocumented compares what the code names with the table, because some
// metrics are served only once something happened.
func TestMetricsAreDocumented(t *testing.T) {
	named := map[string]bool{}
	for file, source := range moduleSources(t) {
		if strings.HasPrefix(file, "cmd/usher/daemon/metrics") && !strings.HasSuffix(file, "_test.go") {
			maps.Copy(named, matches(metricInSource, source))
		}
	}
	if want, got := slices.Sorted(maps.Keys(named)), documentedMetrics(t); !slices.Equal(got, want) {
		t.Errorf("docs/operations.md has %q,\nthe code %q", got, want)
	}
}

// TestMetricsServedAreDocumented asks a daemon.
func TestMetricsServedAreDocumented(t *testing.T) {
	known := documentedMetrics(t)
	eachDaemon(t, func(r *running) {
		served := matches(metricServed, r.want(200, "GET", "/metrics", "", "").text)
		for name := range served {
			if !slices.Contains(known, name) {
				r.Errorf("%s is served and not in docs/operations.md", name)
			}
		}
		if len(served) < 4 {
			r.Errorf("only %d metrics were served", len(served))
		}
	})
}

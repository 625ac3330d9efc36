package config

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// canary stands for every secret in the bad files and in the environment.
const canary = "hunter2canary"

// canaryURL and canarySecret are secrets that have a form.
const (
	canaryURL    = "https://hooks.example.com/" + canary
	canarySecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
)

var update = flag.Bool("update", false, "rewrite golden files")

func testEnv(name string) (string, bool) {
	value, found := map[string]string{
		"LISTEN":         "127.0.0.1:8080",
		"SEATS":          "30",
		"EMPTY":          "",
		"CANARY":         canary,
		"CANARY_LINES":   canary + "\n" + canary,
		"LEARNING_TOKEN": canary, "UDEMY_TOKEN": canary, "PLURALSIGHT_KEY": canary,
		"SFTP_KEY":      canary,
		"SMTP_PASSWORD": canary,
		"HR_TOKEN":      canary,
		"S3_SECRET":     canary,
		"OIDC_SECRET":   canary,
		"OIDC_KEY":      canary,
		"SLACK_URL":     canaryURL,
		"ITSM_SECRET":   canarySecret, "ITSM_SECRET_BEFORE": canarySecret,
	}[name]
	return value, found
}

func TestBadFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) < 20 {
		t.Fatalf("bad files: %d found, %v", len(files), err)
	}
	mistakes := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			c, err := Load(file, testEnv)
			var problems Problems
			if c != nil || !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("got %v, %v, want problems", c, err)
			}
			mistakes += len(problems)
			got := problems.Error() + "\n"
			if strings.Contains(got, canary) {
				t.Errorf("a secret is shown:\n%s", got)
			}
			compareGolden(t, strings.TrimSuffix(file, ".yaml")+".golden", got)
		})
	}
	if mistakes < 100 {
		t.Errorf("%d mistakes found in all files, want at least 100", mistakes)
	}
}

func compareGolden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

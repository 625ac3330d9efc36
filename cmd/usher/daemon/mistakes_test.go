package daemon_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/cmd/usher/daemon"
)

// TestMistakesInDirectories: each mistake that only the engine finds in a directory of files is
// shown at the key that it is about.
func TestMistakesInDirectories(t *testing.T) {
	const text = `directories:
  hr:
    kind: file
    columns:
      employeeNumber: Personnel no.
      emial: E-mail
      title: "= lower("
      x.grade: ""
      x.Größe: Size
      status: State
    format:
      key: title
      key_pattern: "("
      dates: DD.MM
      required:
        - department
    status:
      left: [gone, here]
      leave: [gone]
    source:
      folder: {path: /srv/hr, ready: {pattern: "people[*"}}
    schedule:
      cron: 61 2 * * *
      expected_by: soon
  more:
    kind: file
    source:
      sftp: {host: sftp.example.com}
`
	file := filepath.Join(t.TempDir(), "usher.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := daemon.LoadConfig(file, func(string) (string, bool) { return "", false })
	if err == nil {
		t.Fatal("nothing is wrong")
	}
	var got []string
	for line := range strings.Lines(strings.ReplaceAll(err.Error(), filepath.Dir(file)+"/", "")) {
		place, _, _ := strings.Cut(line, ": ") // file, line and column
		path, _, _ := strings.Cut(strings.TrimPrefix(line, place+": "), ": ")
		got = append(got, place+" "+path)
	}
	want := []string{
		"usher.yaml:6:7 directories.hr.columns.emial",
		"usher.yaml:7:7 directories.hr.columns.title",
		"usher.yaml:8:7 directories.hr.columns.x.grade",
		"usher.yaml:9:7 directories.hr.columns.x.Größe",
		"usher.yaml:12:12 directories.hr.format.key",
		"usher.yaml:13:20 directories.hr.format.key_pattern",
		"usher.yaml:14:14 directories.hr.format.dates",
		"usher.yaml:15:7 directories.hr.format.required",
		"usher.yaml:17:5 directories.hr.status.active",
		"usher.yaml:19:7 directories.hr.status.leave",
		"usher.yaml:21:7 directories.hr.source.folder",
		"usher.yaml:23:13 directories.hr.schedule.cron",
		"usher.yaml:24:20 directories.hr.schedule.expected_by",
		"usher.yaml:28:7 directories.more.source.sftp.host_keys",
		"usher.yaml:28:7 directories.more.source.sftp.key",
		"usher.yaml:28:7 directories.more.source.sftp.user",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/cmd/usher/daemon"
	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// mapped is a configuration with a directory of files; what is below its name is given.
const mapped = `
data: %s
store: %q
directories:
  hr: {kind: file, %s}
portals:
  prosci: {kind: worklist, live: true}
subscriptions:
  adkar: {portal: prosci, seats: 1, rule: '%s'}
guards: {armed_from: 100}
`

// office is a machine on which commands run without a daemon.
type office struct {
	*testing.T
	place  store.Options
	url    string // as the configuration has it
	folder string
}

func eachOffice(t *testing.T, f func(o *office)) {
	t.Helper()
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		folder := t.TempDir()
		if place.Folder == "" {
			place.Folder = filepath.Join(folder, "data")
		}
		url := place.URL
		if url == "" {
			url = "sqlite"
		}
		f(&office{t, place, url, folder})
	})
}

func (o *office) file(name, content string) string {
	o.Helper()
	name = filepath.Join(o.folder, name)
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		o.Fatal(err)
	}
	return name
}

func (o *office) config(name, directory, rule string) string {
	o.Helper()
	return o.file(name, fmt.Sprintf(mapped, o.place.Folder, o.url, directory, rule))
}

// setUp makes the store and sets it up.
func (o *office) setUp(config string) {
	o.Helper()
	d, err := daemon.Open(o.Context(), daemon.Options{ConfigFile: config, Offline: true})
	if err == nil {
		err = d.Close()
	}
	if err != nil {
		o.Fatal(err)
	}
}

// run runs a command that has to end with a code and to say some things, and gives all that it said.
func (o *office) run(code int, args []string, parts ...string) string {
	o.Helper()
	var out strings.Builder
	got := run(o.Context(), process{args: args, stdout: &out, stderr: &out, env: os.LookupEnv})
	if got != code {
		o.Errorf("%q ended with %d, want %d:\n%s", args, got, code, &out)
	}
	for _, part := range parts {
		if !strings.Contains(out.String(), part) {
			o.Errorf("%q lacks %q:\n%s", args, part, &out)
		}
	}
	return out.String()
}

const staff = `Id,Mail,Name,Dept,Unit,State
1,ann@example.com,Ann,Sales,Field,here
2,bob@example.com,Bob,Legal,Sales,here
3,cy@example.com,Cy,Legal,Sales,gone
`

// TestPlanOfAMapping: a configuration that reads files in another way shows what the last
// accepted file would come to, and keeps nothing.
func TestPlanOfAMapping(t *testing.T) {
	eachOffice(t, func(o *office) {
		const columns = "columns: {employeeNumber: Id, email: Mail, displayName: Name, department: %s}"
		sales := `department == "Sales"`
		old := o.config("old.yaml", fmt.Sprintf(columns, "Dept"), sales)
		people := o.file("people.csv", staff)
		preview := func(code int, directory, rule string, parts ...string) string {
			t.Helper()
			return o.run(code, []string{"plan", "--config", o.config("new.yaml", directory, rule)}, parts...)
		}
		o.setUp(old)
		o.run(0, []string{"plan", people, "--config", old}, "3 changes wait for usher confirm 1")
		o.run(0, []string{"confirm", "1", "--config", old}, "3 changes applied")

		if got := preview(0, fmt.Sprintf(columns, "Dept"), sales); strings.Contains(got, "another way") {
			t.Errorf("the same mapping is another one:\n%s", got)
		}
		preview(0, fmt.Sprintf(columns, "Unit"), sales, "Of its last file, people.csv of plan 1, 3 changes would go by themselves",
			"SUBSCRIPTION  SEATED  QUEUED  RELEASED", `department: "Legal" -> "Sales"`)
		preview(0, fmt.Sprintf(columns, "Dept")+", format: {min_rows: 2}", sales, "nothing would be new")
		preview(2, fmt.Sprintf(columns, "Division"), sales, "it would be refused", "file.columns", `no column "division"`)
		preview(0, strings.Replace(fmt.Sprintf(columns, "Dept"), "}", ", status: State}, status: {active: [here], left: [gone]}", 1), sales+` && title == ""`,
			"rule", "1 changes would go by themselves", "leaver  3")
		// Rule and mapping count together: by the rule alone nobody would be entitled.
		preview(3, strings.Replace(fmt.Sprintf(columns, "Dept"), "}", ", title: Unit}", 1), `title == "Sales"`, "release", `title: "" -> "Sales"`,
			"SUBSCRIPTION  SEATED  QUEUED", "adkar         0       2")

		if got := o.run(0, []string{"plans", "--csv", "--config", old}); strings.Count(got, "\n") != 2 {
			t.Errorf("plans:\n%s", got)
		}
		for number := 2; number < 9; number++ {
			o.run(1, []string{"confirm", fmt.Sprint(number), "--config", old}, fmt.Sprintf("plan %d", number))
		}
		for _, table := range []string{"plan_change", "plan_finding"} {
			if _, left := storetest.Rows(t, storetest.Raw(t, o.place), `select plan_id from `+table+` where plan_id not in (select id from plan)`); len(left) > 0 {
				t.Errorf("%s: %d rows are left of previews", table, len(left))
			}
		}
		var shown configurationText
		raw := o.run(0, []string{"plan", "--json", "--config", o.config("new.yaml", fmt.Sprintf(columns, "Unit"), sales)})
		if err := json.Unmarshal([]byte(raw), &shown); err != nil || len(shown.Directories) != 1 || shown.Directories[0].Plan.Number != 0 || len(shown.Directories[0].Plan.Changes) != 3 {
			t.Errorf("%v:\n%s", err, raw)
		}

		archived, err := filepath.Glob(filepath.Join(o.place.Folder, "archive", "hr", "*"))
		if err != nil || len(archived) != 1 {
			t.Fatalf("archive: %q, %v", archived, err)
		}
		if err := os.Remove(archived[0]); err != nil {
			t.Fatal(err)
		}
		preview(0, fmt.Sprintf(columns, "Unit"), sales, "people.csv of plan 1, is not in the archive")
	})
}

// TestPlanOfANewDirectory: of a directory that neither the store nor the configuration in force knows, nothing is read in
// another way.
func TestPlanOfANewDirectory(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		if said := s.mappings("directories: {hr: {kind: file}}\n"); len(said) > 0 {
			t.Errorf("%q", said)
		}
	})
}

// TestPlanOfAMappingWithoutAFile says where there is nothing to read.
func TestPlanOfAMappingWithoutAFile(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		s := newSession(t, place)
		s.check(s.daemon.Store().Write(t.Context(), func(tx *store.Tx) error {
			_, err := tx.PutDirectory(t.Context(), usher.Directory{Name: "hr", Kind: usher.DirectoryFile, Rank: 9})
			return err
		}))
		said := s.mappings("directories: {hr: {kind: file}}\n")
		if len(said) != 1 || !strings.Contains(said[0], "hr: no file of it is in the archive") {
			t.Errorf("%q", said)
		}
	})
}

// mappings is what is said of directories that another configuration reads in another way.
func (s *session) mappings(configuration string) (said []string) {
	s.Helper()
	next := filepath.Join(s.TempDir(), "next.yaml")
	s.check(os.WriteFile(next, []byte(configuration), 0o600))
	preview, err := s.daemon.PreviewConfig(s.Context(), next)
	s.check(err)
	if len(preview.Changes) > 0 {
		s.Errorf("%+v", preview)
	}
	s.check(s.daemon.PreviewMappings(s.Context(), next, func(r daemon.Reread) error {
		said = append(said, r.Directory+": "+r.None)
		return nil
	}))
	return said
}

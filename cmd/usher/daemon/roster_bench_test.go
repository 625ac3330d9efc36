package daemon_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/cmd/usher/daemon"
	"usher/internal/config"
	"usher/internal/usher"
	"usher/sync/ledger"
	"usher/sync/roster/rostertest"
)

// BenchmarkRoster brings USHER_ROSTER_ROWS people to a new installation, and then a night
// in which three of a hundred change, the same file again, and one that changes fewer.
// Each step is measured once: what it changes cannot be brought a second time. Its memory is
// what this process grew by. The floor is what the rows of the first load take to be written
// by anybody.
func BenchmarkRoster(b *testing.B) {
	n := 20_000
	if text := os.Getenv("USHER_ROSTER_ROWS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	folder := b.TempDir()
	o := newArchive(b, folder, n)
	last := int64(0)
	yardstick := sqliteDiff(b, moved(n, 0, ""), moved(n, 3*n/100, "Head"))
	good := func() []byte { return moved(n, 0, "") }
	again := func() []byte { return append(moved(n, 0, ""), '\n') }
	changed := func(some int, title string) func() []byte { return func() []byte { return moved(n, some, title) } }
	for _, step := range []struct {
		name    string
		content func() []byte // made when it is needed: what the benchmark holds, the collector lets the daemon waste
		how     daemon.Planning
		want    usher.PlanState
	}{
		{"first load, applied", good, daemon.Planning{}, usher.PlanApplied},
		{"the same file", good, daemon.Planning{}, usher.PlanUnchanged},
		{"plan, 3 of 100 changed", changed(3*n/100, "Head"), daemon.Planning{ByHand: true}, usher.PlanOpen},
		{"another file with the same rows", again, daemon.Planning{}, usher.PlanUnchanged},
		{"nightly plan, 43 of 1,000 changed", changed(43*n/1000, "Hand"), daemon.Planning{ByHand: true}, usher.PlanOpen},
	} {
		file, err := o.Archive(b.Context(), "hr", "people.csv", "benchmark", bytes.NewReader(step.content()))
		if err != nil {
			b.Fatal(err)
		}
		var p usher.Plan
		b.Run(fmt.Sprintf("%s, n=%d", step.name, n), func(b *testing.B) {
			m := watchMemory()
			spent, began := processorTime(), time.Now()
			p, err = o.PlanRoster(b.Context(), ann(), "hr", file, step.how)
			if err != nil || p.State != step.want {
				b.Fatalf("%s %+v %v, %v", p.State, p.Counts, p.Reasons, err)
			}
			took := time.Since(began).Seconds()
			b.ReportMetric((processorTime() - spent).Seconds(), "cpu-s")
			m.report(b)
			b.ReportMetric(took, "s")
			b.ReportMetric(float64(n)/took, "rows/s")
			b.ReportMetric(0, "ns/op")
			if yardstick > 0 {
				b.ReportMetric(took/yardstick, "x-sqlite3") // of its import and diff
			}
		})
		last = p.Number
	}
	b.Run(fmt.Sprintf("floor of a first load, n=%d", n), func(b *testing.B) {
		b.ReportMetric(sqliteCopy(b, filepath.Join(folder, "usher.db")), "s")
		b.ReportMetric(0, "ns/op")
	})
	b.Run(fmt.Sprintf("nightly apply, n=%d", n), func(b *testing.B) {
		spent, began := processorTime(), time.Now()
		p, err := o.ConfirmPlan(b.Context(), ann(), last, ledger.Selection{})
		if err != nil || p.State != usher.PlanApplied {
			b.Fatalf("%s %+v, %v", p.State, p.Counts, err)
		}
		took := time.Since(began).Seconds()
		b.ReportMetric((processorTime() - spent).Seconds(), "cpu-s")
		b.ReportMetric(took, "s")
		b.ReportMetric(float64(p.Counts.Applied)/took, "changes/s")
		b.ReportMetric(0, "ns/op")
	})
}

// sqliteDiff is how many seconds the command line of SQLite takes to import a file and to
// find who is new, changed or gone; zero where it is not installed.
func sqliteDiff(b *testing.B, before, after []byte) float64 {
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		return 0
	}
	folder := b.TempDir()
	run := func(script string) {
		command := exec.Command(program, "-bail", "roster.db")
		command.Dir, command.Stdin = folder, strings.NewReader(script)
		if out, err := command.CombinedOutput(); err != nil {
			b.Fatalf("sqlite3: %v\n%s", err, out)
		}
	}
	for name, content := range map[string][]byte{"before.csv": before, "after.csv": after} {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	run(".mode csv\n.import before.csv a\ncreate unique index a_key on a (employee_id);\n")
	began := time.Now()
	run(`.mode csv
.import after.csv b
create unique index b_key on b (employee_id);
create table difference as
	select 'joiner' as what, b.employee_id from b left join a using (employee_id) where a.employee_id is null
	union all select 'leaver', a.employee_id from a left join b using (employee_id) where b.employee_id is null
	union all select 'mover', b.employee_id from b join a using (employee_id)
		where (a.first_name, a.last_name, a.email, a.upn, a.department, a.title, a.manager_email, a.status, a.start_date, a.end_date)
			is not (b.first_name, b.last_name, b.email, b.upn, b.department, b.title, b.manager_email, b.status, b.start_date, b.end_date);
`)
	return time.Since(began).Seconds()
}

// sqliteCopy is how many seconds the command line of SQLite takes to write the rows of a store
// once more, as they are and in their order, in one transaction: below that no first load can
// come which keeps the same of each person. Zero where it is not installed.
func sqliteCopy(b *testing.B, store string) float64 {
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		return 0
	}
	run := func(database, script string) string {
		command := exec.Command(program, "-bail", database)
		command.Dir, command.Stdin = b.TempDir(), strings.NewReader(script)
		out, err := command.CombinedOutput()
		if err != nil {
			b.Fatalf("sqlite3: %v\n%s", err, out)
		}
		return string(out)
	}
	const tables = ` from sqlite_schema where sql is not null and name not like 'sqlite_%' order by type = 'table' desc`
	script := "pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -32000;\n" +
		run(store, `select sql || ';'`+tables) +
		"attach '" + store + "' as old;\nbegin;\n" +
		run(store, `select 'insert into main.' || name || ' select * from old.' || name || ';'`+strings.Replace(tables, "where", "where type = 'table' and", 1)) +
		"commit;\n"
	began := time.Now()
	run("copy.db", script)
	return time.Since(began).Seconds()
}

// newArchive is an installation without guards, offline.
func newArchive(b *testing.B, folder string, n int) *daemon.Daemon {
	c := config.Default()
	c.Data = folder
	hr := fileDirectory("hr", 1)
	c.Directories = []config.Directory{hr}
	seatsFor(c, n/10, `department == "Sales"`)
	c.Guards.Addresses.Min, c.Guards.Managers.Min, c.Guards.Releases.Min = n, n, n
	d, err := daemon.Open(b.Context(), daemon.Options{Config: c, Offline: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := d.Close(); err != nil {
			b.Error(err)
		}
	})
	return d
}

// moved is the good roster of n people of whom some have another title. Keys are as long as
// those of a million people have to be.
func moved(n, some int, title string) []byte {
	return rostertest.Table(n, func(i int, row []string) []string {
		row[rostertest.ID] = strings.Repeat("0", 7-len(row[rostertest.ID])) + row[rostertest.ID]
		if i%20 < 19 && i/20*20 < n && i < some*20/19+1 {
			row[rostertest.Title] = title
		}
		return row
	})
}

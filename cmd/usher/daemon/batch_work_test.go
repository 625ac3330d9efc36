package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// settle does what usher asks for at the portal until it asks for nothing.
func (v *victim) settle() {
	v.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for !v.settled() {
		if time.Now().After(deadline) {
			v.Fatalf("it does not come to rest: %q are seated, want %q, %d batches are open\n%s", v.at.seated(), v.addresses(), v.number(`select count(*) from batch where closed_at = 0`), v.p.log)
		}
		v.must("post")
		v.work()
		time.Sleep(5 * time.Millisecond)
	}
}

// addresses of those who are to have a seat, sorted.
func (v *victim) addresses() (list []string) {
	for _, first := range v.in {
		list = append(list, first+"@example.com")
	}
	slices.Sort(list)
	return list
}

func (v *victim) settled() bool {
	v.Helper()
	return slices.Equal(v.at.seated(), v.addresses()) &&
		v.number(`select (select count(*) from batch where closed_at = 0) + (select count(*) from account where generation > confirmed)`) == 0
}

// work carries what there is of visits of which the owner was told, once, says so, and brings a list.
func (v *victim) work() {
	v.Helper()
	visits := v.texts(`select v.id from visit v where v.closed_at = 0 and v.told_at <> 0 and not exists (select 1 from batch b where b.visit_id = v.id and b.written_at = 0)`)
	for _, visit := range visits {
		for _, name := range v.texts(`select name from batch where visit_id = $1 order by number`, visit) {
			v.carry(name)
		}
		v.must("carried", visit)
		for _, name := range v.texts(`select b.name from batch b join batch_row r on r.batch_id = b.id where b.visit_id = $1 and r.row_number = 1 and r.state = 'open'`, visit) {
			v.must("done", name, "1")
		}
	}
	if len(visits) == 0 {
		return
	}
	v.check(v.at.come())
	content, extension, err := v.at.export()
	v.check(err)
	v.export++
	file := filepath.Join(v.data, fmt.Sprintf("users%d%s", v.export, extension))
	v.check(os.WriteFile(file, content, 0o600))
	v.must("export", "site", file, fmt.Sprint(hurried(v.since).UnixMicro()))
	for _, open := range v.texts(`select b.name || ' ' || cast(r.row_number as text) from batch b join batch_row r on r.batch_id = b.id where b.carried_at <> 0 and r.state = 'open' order by b.number, r.row_number`) {
		name, row, _ := strings.Cut(open, " ")
		v.must("done", name, row) // which no list shows
	}
}

// carry does what a file says, once.
func (v *victim) carry(name string) {
	v.Helper()
	if v.done[name] {
		return
	}
	content, err := os.ReadFile(filepath.Join(v.folder, name))
	v.check(err)
	kind := v.texts(`select kind from batch where name = $1`, name)[0]
	if err := v.at.carry(name, usher.BatchKind(kind), content); err != nil {
		v.Fatalf("%s: %v\n%.2000s", name, err, content)
	}
	v.done[name] = true
}

// texts reads texts past usher.
func (v *victim) texts(query string, args ...any) (list []string) {
	v.Helper()
	_, rows := storetest.Rows(v.T, v.db, query, args...)
	for _, row := range rows {
		list = append(list, row[0].(string))
	}
	return list
}

package daemon_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
)

// files says which files that can be seen have not the bytes that were committed, or not those
// that they had before.
func (v *victim) files() (wrong []string) {
	v.Helper()
	committed := map[string]string{}
	_, rows := storetest.Rows(v.T, v.db, `select name, sha256, content from batch`)
	for _, row := range rows {
		committed[row[0].(string)] = row[1].(string)
		if sumOf(row[2].([]byte)) != row[1] {
			wrong = append(wrong, fmt.Sprintf("%s was committed with another sum than its own", row[0]))
		}
	}
	entries, err := os.ReadDir(v.folder)
	if os.IsNotExist(err) {
		return wrong
	}
	v.check(err)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(v.folder, e.Name()))
		v.check(err)
		sum := sumOf(content)
		if before, seen := v.sums[e.Name()]; sum != committed[e.Name()] || seen && before != sum {
			wrong = append(wrong, e.Name()+" is not what was committed, or not what it was")
		}
		v.sums[e.Name()] = sum
	}
	return wrong
}

// breaches says what is not as it should be at rest: every row is there once, here and there, and
// its file, and each visit's mail.
func (v *victim) breaches() []string {
	v.Helper()
	wrong := v.files()
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if twice := v.at.twice(); len(twice) > 0 {
		say("invited twice: %q", twice)
	}
	if n := v.number(`select count(*) from (select 1 from batch_row group by account_id, generation, action, text having count(*) > 1) t`); n > 0 {
		say("%d rows are there twice", n)
	}
	if n := v.number(`select count(*) from batch_row where state <> 'confirmed'`); n > 0 {
		say("%d rows came to nothing", n)
	}
	if batches, last := v.number(`select count(*) from batch`), v.number(`select coalesce(max(number), 0) from batch`); batches != last || batches != len(v.done) || batches != len(v.sums) {
		say("%d batches, the last has number %d, %d were carried, %d files are there", batches, last, len(v.done), len(v.sums))
	}
	for _, visit := range v.texts(`select id from visit`) {
		if n := v.mails(visit); n < 1 || n > 1+v.mayTwo[visit] {
			say("%d mails came of visit %s, and usher died %d times at it", n, visit, v.mayTwo[visit])
		}
	}
	return wrong
}

// sound wants no breaches, and `usher check` to find none.
func (v *victim) sound() {
	v.Helper()
	for _, what := range v.breaches() {
		v.Error(what)
	}
	v.must("check")
}

// mails are how many came of a visit.
func (v *victim) mails(visit string) (n int) {
	for _, m := range v.mail.Taken() {
		if strings.Contains(m.Message, "<"+visit+".told@usher>") {
			n++
		}
	}
	return n
}

// TestBatchCrashesByKillFindBreaches: what the campaign looks for it finds.
func TestBatchCrashesByKillFindBreaches(t *testing.T) {
	v := newVictim(t, store.Options{Folder: t.TempDir()}, crashKinds()[4])
	v.sound()
	v.die()
	if t.Failed() {
		return
	}
	batch := v.texts(`select name from batch`)[0]
	content, err := os.ReadFile(filepath.Join(v.folder, batch))
	v.check(err)
	for _, breach := range []struct {
		want string
		make func()
	}{
		{"not what was committed", func() { v.check(os.WriteFile(filepath.Join(v.folder, batch), content[1:], 0o600)) }},
		{"files are there", func() { v.check(os.Rename(filepath.Join(v.folder, batch), filepath.Join(v.folder, "x.csv"))) }},
		{"came to nothing", func() { storetest.Exec(t, v.place, `update batch_row set state = 'open' where row_number = 1`) }},
		{"there twice", func() {
			storetest.Exec(t, v.place, `insert into batch_row (batch_id, row_number, account_id, generation, action, text, told, gives, takes, state, note, settled_at, settled_by)
				select batch_id, 1000, account_id, generation, action, text, told, gives, takes, state, note, settled_at, settled_by from batch_row where row_number = 1`)
		}},
		{"invited twice", func() { v.at.(listSite)["p1@example.com"].invited++ }},
		{"0 mails came", func() { storetest.Exec(t, v.place, `update visit set id = 'other-' || id`) }},
	} {
		breach.make()
		if found := strings.Join(v.breaches(), "; "); !strings.Contains(found, breach.want) {
			t.Errorf("%q is not in %q", breach.want, found)
		}
	}
}

func sumOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

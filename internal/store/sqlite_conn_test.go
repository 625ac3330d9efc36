package store

import (
	"fmt"
	"testing"
)

// TestStatementsStayPrepared sends more texts than a connection keeps: one that is used all along is still prepared then, and
// those that were used once are not.
func TestStatementsStayPrepared(t *testing.T) {
	s, err := Open(t.Context(), Options{Folder: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	const always = "select 0"
	for i := range 5 * maxKept {
		for _, text := range []string{always, fmt.Sprintf("select %d", i+1)} {
			var n int
			if err := s.write.QueryRowContext(t.Context(), text).Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
	}
	conn, err := s.write.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	err = conn.Raw(func(driver any) error {
		k := driver.(*keeper)
		if k.young[always] == nil && k.old[always] == nil || len(k.young) > maxKept || len(k.old) > maxKept || k.young["select 1"] != nil || k.old["select 1"] != nil {
			t.Errorf("%d young, %d old", len(k.young), len(k.old))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

package proportal_test

import (
	"reflect"
	"strings"
	"testing"

	"usher/connectors/proportal"
	"usher/internal/usher"
)

// FuzzReadExport: whatever the file, each account has an address of its own, is found twice
// alike, and nobody's address stands in an error.
func FuzzReadExport(f *testing.F) {
	f.Add(sample(f, "03_users_assumed.csv"))
	f.Add(sample(f, "02_worklist.expected.csv"))
	f.Add(sample(f, "04_activity_logins_assumed.xlsx"))
	f.Add([]byte("Email;Status;Role;Licenses\na@x.org;Pending;Admin;Essentials|b\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		for _, p := range []*proportal.Connector{proportal.New(proPortalOptions()), proportal.NewMyACI(myACIOptions())} {
			met := map[string]bool{}
			read := func() (all []usher.Seen, findings []usher.Finding, err error) {
				findings, err = p.ReadExport(list, func(s usher.Seen) error { all = append(all, s); return nil })
				return all, findings, err
			}
			all, findings, err := read()
			for _, s := range all {
				key := usher.FoldText(strings.TrimSpace(s.RemoteID))
				if key == "" || met[key] || s.Address != s.RemoteID || len(s.Subscriptions) > 0 && !s.Active {
					t.Errorf("%+v", s)
				}
				met[key] = true
				if err != nil && len(key) > 8 && strings.Contains(err.Error(), s.RemoteID) {
					t.Errorf("an address in %q", err)
				}
			}
			again, same, _ := read()
			if !reflect.DeepEqual(all, again) || !reflect.DeepEqual(findings, same) {
				t.Error("read twice, it says something else")
			}
		}
	})
}

// FuzzReadActivity: whatever the file, nobody did anything at no time or without an address.
func FuzzReadActivity(f *testing.F) {
	for _, name := range []string{"04_activity_viewings_assumed.xlsx", "04_activity_labs_assumed.xlsx", "04_activity_logins_assumed.xlsx", "03_users_assumed.csv"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte("Email,Login At\na@x.org,2026-02-30\nb@x.org,31.01.2026\n"))
	f.Fuzz(func(t *testing.T, list []byte) {
		p := proportal.New(proportal.Options{Dates: "DD.MM.YYYY"})
		_, err := p.ReadActivity(list, func(address string, at usher.Time) error {
			if strings.TrimSpace(address) == "" || at < 0 {
				t.Errorf("%q at %d", address, at)
			}
			return nil
		})
		if err != nil && !strings.HasPrefix(err.Error(), "proportal: list of activity: ") {
			t.Errorf("error %q", err)
		}
	})
}

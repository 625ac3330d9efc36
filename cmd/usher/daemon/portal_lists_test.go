package daemon

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usher/internal/usher"
)

// FuzzPortalLists reads anything as a list of addresses and as the answer to an upload: neither
// panics, and what is read can be somebody.
func FuzzPortalLists(f *testing.F) {
	for _, seed := range []string{
		"E-Mail\nann@example.com\n", "Name;Email Address\nAnn;ann@example.com\nBob;\n", "\ufeffEmail,Message\r\nann@example.com,\"No\nway\"\r\n",
		"Course,Score\nA,1\n", "", "Email\n", "PK\x03\x04", "Email,Error\nx@example.com,a,b,c\nann@example.com,no\n",
	} {
		f.Add([]byte(seed))
	}
	if sample, err := os.ReadFile(filepath.Join("..", "..", "..", "sync", "plan", "testdata", "drift", "07_my_team_export_assumed.xlsx")); err == nil {
		f.Add(sample)
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		seen, _, err := readList(content)
		if err != nil && !errors.Is(err, usher.ErrInvalid) {
			t.Fatalf("a file that cannot be read is no failure of usher's: %v", err)
		}
		for _, s := range seen {
			if _, err := usher.FoldAddress(s.RemoteID); err != nil || !s.Active {
				t.Fatalf("nobody: %+v", s)
			}
		}
		refusals, err := refusalsByAddress(content, map[string]int{"ann@example.com": 1})
		for _, r := range refusals {
			if err == nil && (r.Message == "" || r.Row < 0 || r.Row > 1) {
				t.Fatalf("refusal %+v", r)
			}
		}
	})
}

func TestReadList(t *testing.T) {
	tests := []struct {
		name, text string
		seen       int
		findings   int
		refused    bool
	}{
		{"addresses", "Name,E-Mail\nAnn,ann@example.com\nBob,Bob@example.com\n", 2, 0, false},
		{"a flag that is not read", "E-Mail,active\nann@example.com,true\n", 1, 1, false},
		{"logins", "loginName,externalUserId\nann@example.com,1\n", 1, 0, false},
		{"logins that are no addresses", "loginName,externalUserId\nann,1\n", 0, 0, true},
		{"addresses without a name for them", "Wer,Wo\nAnn,ann@example.com\n", 1, 0, false},
		{"UPN", "userPrincipalName\nann@example.com\n", 1, 0, false},
		{"one that is none", "E-Mail\nann@example.com\nnobody\n", 1, 1, false},
		{"a row too wide", "E-Mail,Name\nann@example.com,Ann,x\nbob@example.com,Bob\n", 1, 1, false},
		{"no addresses", "Course,Score\nA,1\n", 0, 0, true},
		{"no rows", "E-Mail\n", 0, 0, true},
		{"not a table", "%PDF-1.7", 0, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen, findings, err := readList([]byte(tt.text))
			if len(seen) != tt.seen || len(findings) != tt.findings || errors.Is(err, usher.ErrInvalid) != tt.refused {
				t.Errorf("%+v, %+v, %v", seen, findings, err)
			}
		})
	}
}

// TestSamplesOfFurtherPortals: lists as other vendors have them are read at adoption, by their addresses, with
// names where there are any; what is not read of who is switched off is said.
func TestSamplesOfFurtherPortals(t *testing.T) {
	for name, want := range map[string]string{
		"knowbe4_import.csv":                "sean.obrien@example.com Seán O'Brien;",
		"linkedin_learning_orgsync.csv":     "sean.obrien@example.com Seán O'Brien;gone.person@example.com Gone Person; license_english_status",
		"percipio_users.csv":                "sean.obrien@example.com  ;",
		"pluralsight_directory_columns.csv": "amara.okafor@example.com  ;sean.obrien@example.com  ;",
	} {
		content, err := os.ReadFile(filepath.Join("testdata", "lists", name))
		if err != nil {
			t.Fatal(err)
		}
		seen, findings, err := readList(content)
		var got string
		for _, s := range seen {
			if !s.Active || s.Address != s.RemoteID {
				t.Errorf("%s: %+v", name, s)
			}
			got += s.RemoteID + " " + s.GivenName + " " + s.FamilyName + ";"
		}
		for _, f := range findings {
			got += " " + f.Column
		}
		if err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
}

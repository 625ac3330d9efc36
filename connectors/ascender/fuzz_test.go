package ascender

import (
	"io"
	"strings"
	"testing"

	"usher/internal/table"
	"usher/internal/usher"
)

// FuzzLearn: whatever is learned can be filled, and is the portal's form.
func FuzzLearn(f *testing.F) {
	for _, name := range []string{"01_template.xlsx", "01_template_custom_fields.xlsx", "04a_no_email_column.xlsx", "04b_wrong_type.csv"} {
		f.Add(sample(f, name))
	}
	f.Add([]byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, content []byte) {
		learned, err := connector().Learn(content)
		if err != nil {
			if learned.Key != "" || learned.Columns != nil {
				t.Errorf("an error and %+v", learned)
			}
			return
		}
		form, err := readForm(content)
		if err != nil || learned.Key != TemplateKey || len(learned.Columns) < len(mandatory) {
			t.Fatalf("%+v, %v", learned, err)
		}
		if err := table.FillXLSX(io.Discard, form.Form, [][]string{make([]string, len(learned.Columns))}); err != nil {
			t.Errorf("learned, and not filled: %v", err)
		}
	})
}

// FuzzReadExport: every account has an address as it stands there, once, and a known status.
func FuzzReadExport(f *testing.F) {
	f.Add(sample(f, "07_my_team_export_assumed.csv"))
	f.Add(sample(f, "07_my_team_export_assumed.xlsx"))
	f.Add([]byte("Email,User Status,Reports To,Invited\na@example.com,Waiting,a@example.com,2026-01-01\nb@@,Active,,x\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		met := map[string]bool{}
		_, err := connector().ReadExport(content, func(s usher.Seen) error {
			if strings.TrimSpace(s.RemoteID) == "" || met[fold(s.RemoteID)] || s.Address != s.RemoteID || s.Subscriptions != nil && s.Active != contains(s.Subscriptions, "Ascender") {
				t.Errorf("%+v", s)
			}
			met[fold(s.RemoteID)] = true
			return nil
		})
		if err != nil && strings.Contains(err.Error(), "example.com") {
			t.Errorf("an address in an error: %v", err)
		}
	})
}

func contains(list []string, name string) bool {
	for _, s := range list {
		if s == name {
			return true
		}
	}
	return false
}

// FuzzReadRefusals: what is attributed is a row of the batch.
func FuzzReadRefusals(f *testing.F) {
	batch := usher.Batch{Name: "upload.xlsx", Kind: usher.BatchUpload, Content: sample(f, "03_review_errors.xlsx")}
	f.Add(sample(f, "03_review_errors_download_assumed.xlsx"))
	f.Add([]byte("User,Problem\nana.lopez@example.com,no\nx,y\n"))
	f.Add([]byte("Mandatory: Email\n" + tooFewSeats(1, 2)))
	f.Fuzz(func(t *testing.T, answer []byte) {
		refusals, err := connector().ReadRefusals(answer, batch)
		if err != nil && refusals != nil {
			t.Errorf("an error and %+v", refusals)
		}
		for _, r := range refusals {
			if r.Row < 0 || r.Row > 15 || r.Known != understand(r.Message).known || r.Message == "" && r.Hint == "" {
				t.Errorf("%+v", r)
			}
		}
	})
}

// FuzzCheck: findings are about rows and columns of the file.
func FuzzCheck(f *testing.F) {
	for _, name := range []string{"03_review_errors.xlsx", "04a_no_email_column.xlsx", "04b_wrong_type.csv", "05_update.expected.xlsx"} {
		f.Add(sample(f, name))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		for _, finding := range Check(content, Context{}) {
			if finding.Row < 0 || finding.Code == "" || finding.Severity == "" || finding.Text == "" {
				t.Errorf("%+v", finding)
			}
		}
	})
}

// FuzzClean: what is clean stays as it is, and holds nothing that cannot be seen.
func FuzzClean(f *testing.F) {
	for _, s := range []string{" Zoe\u0308 ", "O'Brien", "a\u00a0\u200bb", "\x00", "\xff", "=1", "x  y", "Y\x01\u0308"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := clean(s)
		if clean(once) != once || strings.ContainsAny(once, "\t\r\n\u200b\u00a0") || strings.TrimSpace(once) != once {
			t.Errorf("%q became %q, then %q", s, once, clean(once))
		}
	})
}

package drop

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseSidecar(t *testing.T) {
	sum := sumOf(people)
	other := sumOf("other")
	tests := []struct{ name, text, want string }{
		{"sha256sum", sum + "  people.csv\n", sum},
		{"binary", sum + " *people.csv\n", sum},
		{"with a folder", sum + "  /srv/export/people.csv\n", sum},
		{"from Windows", "\ufeff" + strings.ToUpper(sum) + ` *C:\out\people.csv` + "\r\n", sum},
		{"alone", sum, sum},
		{"of several", other + "  contractors.csv\n" + sum + "  people.csv\n", sum},
		{"of another", other + "  contractors.csv\n", ""},
		{"cut", sum[:40], ""},
		{"cut in the name", sum + "  peop", ""},
		{"empty", "", ""},
		{"SHA-1", sum[:40] + "  people.csv\n", ""},
		{"a page", "<html><body>Sign in</body></html>", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseSidecar(tt.text, "people.csv")
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
		})
	}
}

func FuzzParseSidecar(f *testing.F) {
	sum := sumOf(people)
	for _, text := range []string{sum + "  people.csv\n", sum + " *people.csv", sum, sum[:63], "\ufeff" + sum + "\r\n", "\\" + sum + "  a\\nb", ""} {
		f.Add(text, "people.csv")
	}
	f.Fuzz(func(t *testing.T, text, name string) {
		digest, err := parseSidecar(text, name)
		if err != nil {
			return
		}
		if len(digest) != 64 || !strings.Contains(strings.ToLower(text), digest) {
			t.Errorf("%q is not in %q", digest, text)
		}
	})
}

// The name of a claim tells what was claimed, to any process.
func TestClaimNameRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := claim{since: time.Unix(rapid.Int64Range(0, 1<<34).Draw(t, "since"), 0)}
		c.Name = rapid.StringMatching(`[a-zA-Z0-9_.äß -]{1,70}`).Draw(t, "name")
		c.Size = rapid.Int64Range(0, 1<<40).Draw(t, "size")
		c.ModTime = time.Unix(0, rapid.Int64().Draw(t, "modified")).UTC()
		c.digest = rapid.StringMatching(`([0-9a-f]{64})?`).Draw(t, "digest")
		name := c.name()
		if len(name) > 255 {
			t.Fatalf("name of %d bytes", len(name))
		}
		got, ok := parseClaim(name)
		if !ok || !got.same(c.sighting) || !got.since.Equal(c.since) || !strings.HasPrefix(c.digest, got.digest) || (c.digest == "") != (got.digest == "") {
			t.Fatalf("%q became %+v", name, got)
		}
		if got.at != workFolder+"/"+name {
			t.Fatalf("lies at %q", got.at)
		}
	})
}

func TestForeignNamesAreNoClaims(t *testing.T) {
	for _, name := range []string{"people.csv", "1_2_3_4_5_", "x_1_2__r_people.csv", "1_x_2__r_people.csv", "1_2_*__r_people.csv", "1_2_3__r_a:b"} {
		if got, ok := parseClaim(name); ok && got.Name != "" {
			t.Errorf("%q is taken for %+v", name, got)
		}
	}
}

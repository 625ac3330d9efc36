package roster

import (
	"strings"
	"testing"
	"time"
)

func TestDate(t *testing.T) {
	for _, c := range []struct{ layout, in, want, code string }{
		{"", "2026-01-31", "2026-01-31", ""},
		{"", "2026-01-31T00:00:00Z", "2026-01-31", ""},
		{"", "2026-01-31 00:00:00", "2026-01-31", ""},
		{"", "2026-01-31 23:00:00", "", dateInvalid},
		{"", "2026-01-31T00:00:00+02:00", "", dateInvalid},
		{"", "2026-1-31", "", dateAmbiguous},
		{"", "2024-02-29", "2024-02-29", ""},
		{"", "2023-02-29", "", dateInvalid},
		{"", "2023-13-01", "", dateInvalid},
		{"", "2023-00-01", "", dateInvalid},
		{"", "2023-01-00", "", dateInvalid},
		{"", "1899-12-31", "", dateInvalid},
		{"", "2200-01-01", "", dateInvalid},
		{"", "9999-12-31", "9999-12-31", ""},
		{"", "05/01/2026", "", dateAmbiguous},
		{"", "25/12/2026", "", dateAmbiguous},
		{"", "31.12.26", "", dateAmbiguous},
		{"", "2026/01/31", "", dateAmbiguous},
		{"", "soon", "", dateInvalid},
		{"", "1 May 2024", "", dateInvalid},
		{"", "46027", "2026-01-05", dateSerial},
		{"", "20000", "1954-10-03", dateSerial},
		{"", "109574", "2199-12-31", dateSerial},
		{"", "109575", "", dateInvalid},
		{"", "2019", "", dateInvalid},
		{"", "-46027", "", dateInvalid},
		{"", "20260131", "", dateInvalid},
		{"YYYYMMDD", "20260131", "2026-01-31", ""},
		{"YYYYMMDD", "2026131", "", dateInvalid},
		{"YYYYMMDD", "46027", "2026-01-05", dateSerial},
		{"DD.MM.YYYY", "05.01.2026", "2026-01-05", ""},
		{"DD.MM.YYYY", "5.1.2026", "", dateInvalid},
		{"DD.MM.YYYY", "05.01.2026x", "", dateInvalid},
		{"DD.MM.YYYY", "2026-01-05", "2026-01-05", ""},
		{"D.M.YYYY", "5.1.2026", "2026-01-05", ""},
		{"D.M.YYYY", "05.11.2026", "2026-11-05", ""},
		{"MM/DD/YYYY", "05/01/2026", "2026-05-01", ""},
		{"MM/DD/YYYY", "31/01/2026", "", dateInvalid},
		{"D-MMM-YYYY", "5-jan-2026", "2026-01-05", ""},
		{"D-MMM-YYYY", "5-Foo-2026", "", dateInvalid},
	} {
		l, err := compileLayout(c.layout)
		if err != nil {
			t.Fatal(err)
		}
		got, code, why := l.date(c.in)
		if got != c.want || code != c.code || (code == "") != (why == "") {
			t.Errorf("%q by %q: %q %q %q, want %q %q", c.in, c.layout, got, code, why, c.want, c.code)
		}
	}
}

func TestLayoutsRefused(t *testing.T) {
	for layout, want := range map[string]string{
		"DD.MM": "one year", "YYYY": "one year", "DD.MM.YY": "YY is not known", "DDD.MM.YYYY": "DDD is not known", "MMMM D YYYY": "MMMM is not known",
		"DD.DD.YYYY": "one year", "DMYYYY": "two digits", "DD1MM1YYYY": "digits cannot", "DD.MM.YYYY.": "ends with", "soon": "ends with",
	} {
		if _, err := compileLayout(layout); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", layout, err, want)
		}
	}
}

func FuzzDate(f *testing.F) {
	for _, seed := range []string{"2026-01-31", "46027", "31.01.2026", "1/2/2026", "9999-12-31", "2026-02-30", "5-Jan-2026", "٢٠٢٦-٠١-٠١", "-1", "2026-01-31T00:00:00Z"} {
		f.Add(seed, "DD.MM.YYYY")
		f.Add(seed, "M/D/YYYY")
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, s, text string) {
		l, err := compileLayout(text)
		if err != nil {
			return
		}
		iso, code, why := l.date(s)
		if (code == "" || code == dateSerial) != (iso != "") || (code == "") != (why == "") {
			t.Fatalf("%q: %q %q %q", s, iso, code, why)
		}
		if iso == "" {
			return
		}
		day, err := time.Parse(time.DateOnly, iso)
		if err != nil || day.Year() < firstYear || day.Year() > lastYear && day.Year() != openYear {
			t.Fatalf("%q became %q", s, iso)
		}
		if again, code, _ := l.date(iso); again != iso || code != "" {
			t.Fatalf("%q became %q, and that %q", s, iso, again)
		}
	})
}

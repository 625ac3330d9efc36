package roster

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestProposeByName(t *testing.T) {
	for _, c := range []struct{ header, want string }{
		{
			"employee_id,first_name,last_name,email,upn,department,title,manager_email,status,start_date,end_date",
			"employeeNumber=employee_id givenName=first_name familyName=last_name email=email upn=upn department=department title=title manager=manager_email status=status starts=start_date ends=end_date",
		},
		{
			"Nachname;Vorname;Personalnummer;E-Mail-Adresse;Abteilung;Stelle;Kostenstelle;Eintrittsdatum;Austrittsdatum;Vorgesetzter E-Mail;Land",
			"familyName=Nachname givenName=Vorname employeeNumber=Personalnummer email=E-Mail-Adresse department=Abteilung title=Stelle costCenter=Kostenstelle starts=Eintrittsdatum ends=Austrittsdatum manager=Vorgesetzter E-Mail country=Land",
		},
		{
			"Worker ID;Legal First Name;Legal Last Name;Work Email;User Principal Name;Job Title;Reports To;Employment Status;Hire Date;Termination Date;Favourite Colour",
			"employeeNumber=Worker ID givenName=Legal First Name familyName=Legal Last Name email=Work Email upn=User Principal Name title=Job Title manager=Reports To status=Employment Status starts=Hire Date ends=Termination Date",
		},
		{"Matricule;Prénom;Nom;Courriel;Service;Poste", "employeeNumber=Matricule givenName=Prénom familyName=Nom email=Courriel department=Service title=Poste"},
		{"Manager;Manager Email;Mail;Name;Staff No.", "manager=Manager Email email=Mail displayName=Name employeeNumber=Staff No."},
		{"usher: problem;x;y", ""},
	} {
		separator := ";"
		if !strings.Contains(c.header, ";") {
			separator = ","
		}
		got := Propose(strings.Split(c.header, separator), nil)
		var pairs []string
		for _, a := range slices.Sorted(maps.Keys(got.Mapping.Columns)) {
			pairs = append(pairs, a+"="+got.Mapping.Columns[a])
		}
		want := map[string]bool{}
		for _, p := range pairs {
			want[p] = true
			if !strings.Contains(c.want, p) {
				t.Errorf("%s: %s", c.header, p)
			}
		}
		if n := strings.Count(c.want, "="); n != len(pairs) || len(got.Found) != n {
			t.Errorf("%s: got %q", c.header, pairs)
		}
		if len(pairs) > 0 {
			compiled(t, got.Mapping)
		}
	}
}

func TestProposeFromASample(t *testing.T) {
	header := []string{"Staff ID", "Kontakt", "Status", "Hired", "Start Date", "Shoe size"}
	sample := [][]string{
		{"1", "ann@example.com", "Active", "x", "31.01.2024", "38"},
		{"2", "bob@example.com", "Sabbatical", "y", "01.02.2023", "44"},
		{"3", "", "Leaver", "", "", "40"},
	}
	got := Propose(header, append(slices.Repeat(sample[:2], 10), sample[2]))
	const want = `columns:
  employeeNumber: "Staff ID" # by its name
  email: "Kontakt" # 20 of the 21 cells looked at are addresses
  status: "Status" # by its name
  starts: "Start Date" # by its name
  # not used: "Hired"
  # not used: "Shoe size"
format:
  key: employeeNumber
  dates: D.M.YYYY # the only form that fits the dates looked at
status:
  # words that are not known; add each to the list where it belongs: "Sabbatical"
  active: [active, employed, aktiv, actif, activo, attivo, actief, aktywny, ativo]
`
	if text := got.YAML(); !strings.HasPrefix(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	if !slices.Equal(got.Unmapped, []string{"Hired", "Shoe size"}) || !slices.Equal(got.Words, []string{"Sabbatical"}) {
		t.Errorf("%+v", got)
	}
	ambiguous := Propose([]string{"email", "start date"}, [][]string{{"a@x.yy", "01/02/2024"}, {"b@x.yy", "05/05/2024"}})
	if ambiguous.Mapping.DateFormat != "" {
		t.Errorf("guessed %s", ambiguous.Mapping.DateFormat)
	}
}

// Without a mapping the header decides; where it says too little the file is refused.
func TestTheHeaderDecides(t *testing.T) {
	mapper := compiled(t, Mapping{})
	good := readBytes(t, []byte("E-Mail,Vorname,Status,Schuhgröße\nann@example.com,Ann,aktiv,38\n"), mapper, Options{})
	if len(good.findings()) > 0 || good.rows[0].Key != "ann@example.com" || good.rows[0].Record.Attributes.GivenName != "Ann" {
		t.Errorf("%+v", good)
	}
	for _, content := range []string{"a,b\n1,2\n", "first name,title\nAnn,x\n"} {
		if bad := readBytes(t, []byte(content), mapper, Options{}); !bad.summary.RefusedFile() || bad.summary.Findings[0].Code != columnsMissing {
			t.Errorf("%q: %+v", content, bad)
		}
	}
}

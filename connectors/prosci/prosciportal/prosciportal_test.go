package prosciportal_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"usher/connectors/prosci/prosciportal"
	"usher/internal/usher"
)

func tools() []prosciportal.Tool {
	return []prosciportal.Tool{{Code: "P410", Name: "Proxima", Purchased: 1}, {Code: "P1432", Name: "Research Hub", Purchased: 5}}
}

const header = "First Name,Last Name,Email Address,3 day graduation date,Proxima [P410],Access Expires\n"

func upload(t *testing.T, p *prosciportal.Portal, rows string) prosciportal.Result {
	t.Helper()
	result, err := p.Upload("a.csv", []byte(header+rows))
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func TestUpload(t *testing.T) {
	p := prosciportal.New("admin@example.com", tools()...)
	got := upload(t, p, "Ann,Lee,Ann@example.com,,Y,\nBob,Ray,bob@example.com,2026-01-31,Y,2026-12-31\nEve,Ox,eve@example.com,,N,\n")
	if got.Rows != 3 || got.Created != 2 || got.Given != 2 || got.Strangers != 1 {
		t.Errorf("%+v", got)
	}
	if p.ActiveTools("P410") != 2 || p.Over("P410") != 1 || p.Mails("ann@EXAMPLE.com") != 1 || p.Holds("eve@example.com") != nil {
		t.Errorf("%d active, %d over", p.ActiveTools("P410"), p.Over("P410"))
	}
	got = upload(t, p, "Ann,Lee,ann@example.com,,N,\nBob,Ray,bob@example.com,,Y,\n")
	if got.Taken != 1 || got.Same != 1 || got.Recased != 1 || got.Created != 0 {
		t.Errorf("%+v", got)
	}
	if held := p.Holds("ann@example.com"); held == nil || len(held) > 0 || p.Address("ann@example.com") != "Ann@example.com" || len(p.MailedTwice()) > 0 {
		t.Errorf("taking all tools keeps the profile: %v", held)
	}
}

func TestUploadRefuses(t *testing.T) {
	for word, rows := range map[string]string{
		"stray space":   "Ann ,Lee,ann@example.com,,Y,\n",
		"stray spaces":  "Ann,Lee,ann@example.com ,,Y,\n",
		"cannot be":     "Ann,Lee,ann\u200b@example.com,,Y,\n",
		"is none":       "Ann,Lee,ann(at)example.com,,Y,\n",
		"cell 1":        ",Lee,ann@example.com,,Y,\n",
		"cell 2":        "Ann,,ann@example.com,,Y,\n",
		"cell 3":        "Ann,Lee,,,Y,\n",
		"example":       "Example,User,example.user@example.com,,Y,\n",
		"neither Y":     "Ann,Lee,ann@example.com,,,\n",
		"neither Y nor": "Ann,Lee,ann@example.com,,y,\n",
		"no date":       "Ann,Lee,ann@example.com,,Y,31.12.2026\n",
		"twice":         "Ann,Lee,ann@example.com,,Y,\nAnn,Lee,ANN@example.com,,Y,\n",
	} {
		p := prosciportal.New("admin@example.com", tools()...)
		result, err := p.Upload("a.csv", []byte(header+"Bob,Ray,bob@example.com,,Y,\n"+rows))
		if !errors.Is(err, prosciportal.ErrRefused) || !strings.Contains(err.Error(), strings.TrimSuffix(word, "s")) || len(result.Refused) != 1 {
			t.Errorf("%s: %+v, %v", word, result, err)
		}
		if p.People() != 1 || p.Mails("bob@example.com") != 0 {
			t.Errorf("%s: something was done", word)
		}
	}
	p := prosciportal.New("admin@example.com", tools()...)
	for _, content := range []string{"", header, "a,b\n1,2\n", strings.Replace(header, "P410", "P9", 1) + "A,B,c@example.com,,Y,\n", "Ann\n" + header, strings.ReplaceAll(header, ",", ";") + "A;B;c@example.com;;Y;\n"} {
		if _, err := p.Upload("a.csv", []byte(content)); !errors.Is(err, prosciportal.ErrRefused) {
			t.Errorf("%q: %v", content, err)
		}
	}
	if _, err := p.Upload("a.xlsx", []byte(header+"Ann,Lee,ann@example.com,,Y,\n")); err == nil {
		t.Error("a workbook was taken")
	}
}

func TestTemplate(t *testing.T) {
	p := prosciportal.New("admin@example.com", tools()...)
	template, err := p.Template("P410")
	if err != nil || !bytes.HasPrefix(template, []byte(strings.TrimSpace(header))) {
		t.Errorf("%s, %v", template, err)
	}
	if _, err := p.Upload("a.csv", template); err == nil {
		t.Error("the example was taken for a person")
	}
	if _, err := p.Template("P9"); err == nil {
		t.Error("a template for a tool that there is not")
	}
}

func TestExport(t *testing.T) {
	p := prosciportal.New("admin@example.com", tools()...)
	upload(t, p, "Zoë,\"Lee, Jr.\",Zoe@example.com,,Y,\n")
	if err := p.SignUp("Walk", "In", "walk.in@example.com", "P1432"); err != nil {
		t.Fatal(err)
	}
	if err := p.Login("zoe@example.com", usher.Time(1_772_000_000_000_000)); err != nil || p.Login("no@example.com", 1) == nil {
		t.Errorf("login: %v", err)
	}
	const want = "First Name,Last Name,Email Address,Customer Type,Proxima [P410],Research Hub [P1432],Last Login\r\n" +
		"License,Admin,admin@example.com,Admin,N,N,\r\nZoë,\"Lee, Jr.\",Zoe@example.com,User,Y,N,2026-02-25\r\nWalk,In,walk.in@example.com,User,N,Y,\r\n"
	if got := string(p.Export()); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestSignUp(t *testing.T) {
	p := prosciportal.New("admin@example.com", tools()...)
	upload(t, p, "Ann,Lee,ann@example.com,,Y,\n")
	if err := p.SignUp("Anna", "Lee", "Ann@example.com", "P1432"); err != nil {
		t.Fatal(err)
	}
	if held := p.Holds("ann@example.com"); !maps.Equal(held, map[string]bool{"P410": true, "P1432": true}) || p.People() != 2 || p.Mails("ann@example.com") != 1 {
		t.Errorf("%v", held)
	}
	if p.SignUp("A", "B", "c@example.com", "P9") == nil || p.SignUp("", "B", "d@example.com") == nil || p.SignUp("A", "B", "none") == nil {
		t.Error("a bad sign-up was taken")
	}
}

func TestByHand(t *testing.T) {
	p := prosciportal.New("admin@example.com", tools()...)
	upload(t, p, "Ann,Lee,ann@example.com,,Y,\nBob,Ray,bob@example.com,,Y,\nEve,Ox,eve@example.com,,N,\n")
	tasks := []byte("row,task,address there,new address,first name,last name,customer type\n" +
		"1,edit profile,ann@example.com,new@example.com,Anna,,\n" +
		"2,edit profile,bob@example.com,new@example.com,,,\n" +
		"3,delete profile,bob@example.com,,,,\n" +
		"4,add as Admin,max@example.com,,Max,'=Boss,Admin\n" +
		"5,make Admin,new@example.com,,,,Admin\n" +
		"6,check profile,new@example.com,,,,\n" +
		"7,delete profile,gone@example.com,,,,\n" +
		"8,sing,new@example.com,,,,\n")
	var failed []int
	for row := range 9 {
		if err := p.Do(tasks, row+1); err != nil {
			failed = append(failed, row+1)
		}
	}
	if want := []int{2, 7, 8, 9}; !slices.Equal(failed, want) {
		t.Errorf("failed: %v, want %v", failed, want)
	}
	first, last := p.Name("max@example.com")
	if first != "Max" || last != "=Boss" || !p.Admin("max@example.com") || !p.Admin("new@example.com") || p.Holds("bob@example.com") != nil {
		t.Errorf("%s %s", first, last)
	}
	if held := p.Holds("new@example.com"); !held["P410"] || p.Holds("ann@example.com") != nil || p.Mails("new@example.com") != 0 {
		t.Errorf("a new address keeps the tools: %v", held)
	}
	upload(t, p, "Bob,Ray,bob@example.com,,Y,\n")
	if twice := p.MailedTwice(); !slices.Equal(twice, []string{"bob@example.com"}) {
		t.Errorf("mailed twice: %v", twice)
	}
}

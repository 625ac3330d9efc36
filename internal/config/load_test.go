package config

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const exampleFile = "../../configs/usher.example.yaml"

var ignorePlaces = cmp.Options{cmpopts.IgnoreTypes(Pos{}), cmpopts.IgnoreUnexported(Text{}), cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })}

func TestDefault(t *testing.T) {
	want := &Config{
		Listen: "127.0.0.1:8080", Data: "usher-data", Store: "sqlite",
		Log:           Log{Level: "info", Format: "auto"},
		Limits:        Limits{Rate: 50, Burst: 200, Uploads: 60},
		Mail:          Mail{SMTP: SMTP{Port: 587, TLS: "starttls"}},
		Directories:   []Directory{directory("default", "scim"), directory("roster", "file")},
		Notifications: Notifications{SeatsLow: Guard{1, 5}},
		Guards:        Guards{Guard{3, 10}, Guard{20, 25}, Guard{3, 5}, Guard{3, 25}, Swing{20}, 5},
		SignIn:        SignIn{Idle: 8 * time.Hour, Longest: 24 * time.Hour, Rate: 600},
	}
	for name, text := range map[string]string{"empty": "", "comment": "# nothing\n", "sections": "directories:\nlog: {}\nportals: {}\n", "mark": "\ufeff---\n"} {
		got, err := Parse(name, []byte(text), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want, got, ignorePlaces); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	if diff := cmp.Diff(want, Default(), ignorePlaces); diff != "" {
		t.Errorf("Default (-want +got):\n%s", diff)
	}
}

// directory is one of which the file says nothing but its kind.
func directory(name, kind string) Directory {
	ready := Ready{Settle: "auto", Marker: "{name}.done", Rest: 30 * time.Second}
	return Directory{
		Name: name, Kind: kind, Rank: 1, Lifecycle: "owner", Feed: "full", Schedule: Schedule{Deadline: 12 * time.Hour},
		Source: Source{Folder: Folder{Ready: ready}, SFTP: SFTP{Port: 22, Ready: ready}, S3: S3{Region: "us-east-1"}},
		Format: Format{Encoding: "auto", MinRows: 1},
	}
}

func exampleDirectories() []Directory {
	okta := directory("okta", "scim")
	okta.EmployeeNumbers = "hr"
	hr := directory("hr", "file")
	hr.Rank, hr.Zone = 2, "Europe/Berlin"
	hr.Schedule.Cron, hr.Schedule.ExpectedBy = "30 2 * * *", "0 6 * * 1-5"
	hr.StandsIn = StandsIn{For: "okta", After: 48 * time.Hour}
	hr.Source.Folder.Path, hr.Source.Folder.Ready.Pattern = "/srv/hr", "people*.csv"
	hr.Columns = map[string]string{"externalId": "Personnel no.", "email": "E-mail", "status": "Employment status", "displayName": `= row["First name"] + " " + row["Last name"]`}
	hr.Status = Status{Active: []string{"active"}, Left: []string{"terminated"}, Leave: []string{"parental leave"}}
	hr.Format = Format{Key: "externalId", KeyPattern: "[0-9]{5}", Required: []string{"email"}, Dates: "DD.MM.YYYY", Encoding: "auto", Separator: ";", Sheet: "People", MinRows: 1}
	payroll := directory("payroll", "file")
	payroll.Source.SFTP.Host, payroll.Source.SFTP.User, payroll.Source.SFTP.Key = "sftp.example.com", "usher", canary
	payroll.Source.SFTP.HostKeys = []string{"SHA256:JBf6zdeM81dWV2vkeIkRTJ+wlKkXk8yNJTT6evFXYmA"}
	payroll.Source.SFTP.Path, payroll.Source.SFTP.Ready.Pattern = "outgoing", "*.xlsx"
	contractors := directory("contractors", "file")
	contractors.Source.HTTPS = HTTPS{URL: "https://hr.example.com/people.csv", Token: canary, Header: "X-Api-Key"}
	sites := directory("sites", "file")
	sites.Source.S3 = S3{
		Endpoint: "https://s3.eu-central-1.amazonaws.com", Region: "us-east-1", Bucket: "hr-exports", Prefix: "people/", Pattern: "*.csv",
		AccessKey: "AKIAEXAMPLE", SecretKey: canary,
	}
	return []Directory{okta, hr, payroll, contractors, sites}
}

func exampleSignIn() SignIn {
	const tenant = "11111111-2222-3333-4444-555555555555"
	return SignIn{
		Idle: 8 * time.Hour, Longest: 24 * time.Hour, Rate: 600,
		SAMLKey: SAMLKey{
			CertFile: "/etc/usher/saml.crt", KeyFile: "/etc/usher/saml.key",
			PreviousCertFile: "/etc/usher/saml-2025.crt", PreviousKeyFile: "/etc/usher/saml-2025.key",
		},
		Roles: []Role{{Role: "owner", People: []string{"ann.berg@example.com"}},
			{Role: "seat_admin", Connection: "staff", Groups: []string{"Learning"}, Subscriptions: []string{"adkar"}}},
		Connections: []Connection{{
			Name: "staff", Kind: "oidc", Label: "Example Inc", Directory: "okta", Domains: []string{"example.com"}, Trusted: true, Provider: "okta", Newcomers: "refuse",
			Issuer: "https://example.okta.com", ClientID: "0oa1example", ClientSecret: canary, Scopes: []string{"profile", "email", "groups"},
		}, {
			Name: "partners", Kind: "oidc", Provider: "generic", Newcomers: "refuse", Issuer: "https://login.example.org", ClientID: "usher", ClientKey: canary,
		}, {
			Name: "office", Kind: "saml", Provider: "entra", Tenant: tenant, SignedRequests: true, Newcomers: "refuse",
			Metadata:   "https://login.microsoftonline.com/" + tenant + "/federationmetadata/2007-06/federationmetadata.xml",
			ProviderID: "https://sts.windows.net/" + tenant + "/", EntityID: "https://usher.example.com/sso/office/metadata",
		}, {
			Name: "school", Kind: "saml", Provider: "generic", Newcomers: "refuse", Metadata: "/etc/usher/school.xml", Subject: "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
		}},
	}
}

func exampleNotifications() Notifications {
	return Notifications{
		Digest: Visit{Days: "weekdays 08:00", Zone: "Europe/Berlin"}, SeatsLow: Guard{1, 5}, Answerers: true,
		Channels: []Channel{
			{Name: "admins", Kind: "mail", To: []string{"learning@example.com", "ann.berg@example.com"}, When: "always"},
			{Name: "chat", Kind: "slack", URL: canaryURL, Kinds: []string{"plan", "hold", "portal"}, When: "at_once"},
			{Name: "itsm", Kind: "webhook", URL: "https://itsm.example.com/usher", Secret: canarySecret, PreviousSecret: canarySecret, When: "always"},
		},
	}
}

func TestExample(t *testing.T) {
	got, err := Load(exampleFile, testEnv)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.PublicURL = "https://usher.example.com"
	want.TLS = TLS{CertFile: "/etc/usher/cert.pem", KeyFile: "/etc/usher/key.pem"}
	want.Mail = Mail{From: "usher@example.com", SMTP: SMTP{Host: "smtp.example.com", Port: 587, User: "usher", Password: canary, TLS: "starttls"}}
	want.Notifications = exampleNotifications()
	want.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	want.Directories = exampleDirectories()
	want.SignIn = exampleSignIn()
	want.Portals = []Portal{{
		Name: "learning", Kind: "scim", Pool: "hard", Teams: new(true), URL: "https://portal.example.com/scim/v2", Token: canary, Rate: 10,
		Match: "userName", NoSeats: NoSeats{Status: []int{400, 403}, Pattern: "no (seats|licen[cs]es)"},
	}, {
		Name: "udemy", Kind: "scim", URL: "https://example.udemybusiness.com/scim/v2", Token: canary,
		Profile: "udemy", Products: map[string]string{"videos": "Enterprise"},
		ProductAttribute: "urn:ietf:params:scim:schemas:extension:udemy:2.0:User:licenseTypes[]", Attributes: map[string]string{"nickName": "usher"},
	}, {
		Name: "pluralsight", Kind: "pluralsight", URL: "https://integrations-api.pluralsight.com", Token: canary,
		User: "pluralsight", Products: map[string]string{"skills": "1, 2"}, Results: "/{run}/results",
	}, {
		Name: "academy", Kind: "worklist", Folder: "outbox/academy", Exports: Exports{Folder: "exports/academy"}, Link: "https://academy.example.com",
		Visit: Visit{Days: "weekdays 09:00", Zone: "Europe/Berlin"}, Owner: Owner{Name: "Ann Lee", Mail: "ann@example.com", Attach: true},
	}, {
		Name: "prosci", Kind: "prosci", Folder: "outbox/prosci",
	}, {
		Name: "itpro", Kind: "proportal", Folder: "outbox/itpro", Exports: Exports{
			Columns: map[string]string{"email": "Account", "status": "State"}, Activity: map[string]string{"at": "When"},
			Words: map[string]string{"pending": "Invitation sent, Open"}, Dates: "DD.MM.YYYY",
		},
	}, {
		Name: "ascender", Kind: "ascender", Folder: "outbox/ascender", Admins: []string{"ann.berg@example.com"}, AdminSeats: new(true),
		Columns: []Column{{Name: "Region", From: Text{Value: "country"}}, {
			Name: "Functional Area", From: Text{Value: "department"},
			Values: map[string]string{"Sales": "Sales", "Field sales": "Sales", "People & culture": "Other"},
		}},
	}}
	for i := range want.Portals {
		p := &want.Portals[i]
		p.ObserveEvery, p.Waiting, p.Reissue, p.Verify, p.SeatTaken = 24*time.Hour, 14*24*time.Hour, 7*24*time.Hour, "auto", "auto"
		p.SFTP.Port, p.Owner.Remind, p.Upload.BOM = 22, 48*time.Hour, true
	}
	want.Subscriptions = []Subscription{{
		Name: "videos", Portal: "udemy", Seats: 100, Settle: 15 * time.Minute, Grace: 24 * time.Hour, OnLeave: "keep",
	}, {
		Name: "skills", Portal: "pluralsight", Seats: 50, Settle: 15 * time.Minute, Grace: 24 * time.Hour, OnLeave: "keep",
	}, {
		Name: "adkar", Portal: "prosci", Code: "P410", Seats: 30, Starts: Date{2026, 1, 1}, Ends: Date{2026, 12, 31}, Settle: 15 * time.Minute, Grace: 24 * time.Hour, OnLeave: "keep", Requestable: true,
		Rule:     Text{Value: `department == "Sales" and employeeType != "Intern"`},
		Priority: Text{Value: `title startsWith "Head" ? 10 : 0`},
	}}
	want.Teams = Teams{ByDepartment: true, Groups: []string{"Sales*"}}
	if diff := cmp.Diff(want, got, ignorePlaces); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestExampleHasEveryKey keeps the commented reference whole.
func TestExampleHasEveryKey(t *testing.T) {
	text, err := os.ReadFile(exampleFile)
	if err != nil {
		t.Fatal(err)
	}
	r := &report{file: exampleFile}
	shown := map[string]bool{}
	var walk func(n *node)
	walk = func(n *node) {
		for _, e := range n.entries {
			shown[e.key] = true
			walk(e.value)
		}
		for _, i := range n.items {
			walk(i)
		}
	}
	walk(parseTree(string(text), r))
	count := 0
	var fields func(typ reflect.Type)
	fields = func(typ reflect.Type) {
		for typ.Kind() == reflect.Slice {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct {
			return
		}
		for key, i := range keys(typ) {
			if key == "" {
				continue // not a struct of ours
			}
			count++
			if !shown[key] {
				t.Errorf("%s: key %s is not in the example", typ.Name(), key)
			}
			fields(typ.Field(i).Type)
		}
	}
	fields(reflect.TypeFor[Config]())
	if count < 50 || len(r.problems) > 0 {
		t.Errorf("%d keys, problems %v", count, r.problems)
	}
}

func TestOrderAndDefaultsOfNames(t *testing.T) {
	text := "portals:\n  zeta: {kind: worklist}\n  alpha: {kind: worklist, pool: soft}\n  mid: {kind: worklist}\ndirectories: {b: , a: {rank: 2}}\n"
	c, err := Parse("usher.yaml", []byte(text), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range c.Portals {
		got = append(got, p.Name, p.Pool, p.Folder, p.Pos.String())
	}
	for _, d := range c.Directories {
		got = append(got, d.Name, d.Kind)
	}
	want := "zeta  outbox/zeta usher.yaml:2:3 alpha soft outbox/alpha usher.yaml:3:3 mid  outbox/mid usher.yaml:4:3 b scim a scim"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

func TestFileReferences(t *testing.T) {
	folder := t.TempDir()
	secretFile := filepath.Join(folder, "token")
	for content, want := range map[string]string{"a\n": "a", "a": "a", "a\r\n": "a"} {
		writeFile(t, secretFile, content)
		text := "portals: {p: {kind: scim, url: https://p.example.com, token: \"x${file:" + secretFile + "}-$${env:Y}\"}}"
		c, err := Parse("usher.yaml", []byte(text), noEnv)
		if err != nil {
			t.Fatalf("%q: %v", content, err)
		}
		if got := c.Portals[0].Token.Reveal(); got != "x"+want+"-${env:Y}" {
			t.Errorf("%q: got %q", content, got)
		}
	}
	for content, want := range map[string]string{"\xff": "not UTF-8", strings.Repeat("x", maxSize+1): "larger than 1 MiB", "a\n\n": "holds blanks"} {
		writeFile(t, secretFile, content)
		_, err := Parse("usher.yaml", []byte("portals: {p: {kind: scim, url: https://p.example.com, token: \"${file:"+secretFile+"}\"}}"), noEnv)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	_, err := Parse("usher.yaml", []byte("data: ${file:"+folder+"}"), noEnv)
	if err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Errorf("a folder gives %v", err)
	}
}

func noEnv(string) (string, bool) { return "", false }

func writeFile(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestLoadWithoutFile(t *testing.T) {
	_, err := Load(filepath.Join(t.TempDir(), "none.yaml"), nil)
	var problems Problems
	if !errors.Is(err, fs.ErrNotExist) || errors.As(err, &problems) {
		t.Errorf("got %v", err)
	}
}

func TestLimits(t *testing.T) {
	for name, text := range map[string]string{
		"size":     strings.Repeat("#", maxSize+1),
		"tokens":   strings.Repeat("a: 1\n", maxTokens),
		"brackets": strings.Repeat("[", maxSize/2),
		"braces":   strings.Repeat("{a: ", maxSize/8),
		"dashes":   strings.Repeat("- ", maxTokens/2),
		"keys":     strings.Repeat("? ", maxTokens/2),
		"tags":     strings.Repeat("!a ", maxTokens/3),
		"blanks":   "data: |\n  x" + strings.Repeat("\n", maxSize/2),
		"returns":  "data: |\r  x" + strings.Repeat(" \r", maxSize/4),
		"anchors":  strings.Repeat("&a ", maxTokens/3),
	} {
		start := time.Now()
		c, err := Parse(name, []byte(text), nil)
		var problems Problems
		if c != nil || !errors.As(err, &problems) || len(problems) != 1 {
			t.Errorf("%s: got %v, %d problems", name, c, len(problems))
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestAcceptedServers(t *testing.T) {
	for name, text := range map[string]string{
		"loopback 6": "listen: '[::1]:8080'",
		"localhost":  "listen: localhost:0",
		"tls":        "listen: :8443\ntls: {cert_file: a, key_file: b}",
		"proxy":      "listen: 0.0.0.0:80\ntrusted_proxies: [192.0.2.7, 2001:db8::/32]",
		"public":     "public_url: https://usher.example.com/base/",
		"postgres":   "store: postgresql://db/usher",
		"private":    "portals: {a: {kind: scim, url: 'http://10.0.0.1/', allow_private: true}, b: {kind: scim, url: 'http://127.0.0.1:1/', allow_private: true}}",
	} {
		if _, err := Parse(name, []byte(text), nil); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestATextIsShortForAVisit(t *testing.T) {
	c, err := Parse("usher.yaml", []byte("portals: {a: {kind: worklist, visit: weekdays 09:00}, b: {kind: worklist, visit: {cron: 0 9 * * 1-5}}}"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := c.Portals[0].Visit, c.Portals[1].Visit; a != (Visit{Days: "weekdays 09:00"}) || b != (Visit{Cron: "0 9 * * 1-5"}) {
		t.Errorf("visits %+v and %+v", a, b)
	}
}

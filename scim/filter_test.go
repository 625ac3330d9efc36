package scim

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

const ann = `{
	"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
	"userName": "Ann@Example.com", "externalId": "Ext1X", "title": "xT7y", "active": true,
	"displayName": "a\"b\\c café", "nickName": "",
	"name": {"givenName": "Ann", "familyName": "Lee"},
	"emails": [{"value": "ann@example.com", "type": "work", "primary": true}, {"value": "lee@home.org", "type": "home"}],
	"addresses": [{"type": "work", "country": "US"}],
	"password": "s3cret",
	"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
		"department": "R&D", "employeeNumber": "0042", "manager": {"value": "M1"}}
}`

func TestFilterMatches(t *testing.T) {
	k := users()
	values := k.values(document(t, k, ann))
	columns := map[string]string{
		usher.PathID:           "019a-7",
		usher.PathCreated:      micros(t, "2026-01-31T08:00:00Z"),
		usher.PathLastModified: micros(t, "2026-02-01T08:00:00.5Z"),
		usher.PathGroups:       "g1",
	}
	for filter, want := range map[string]bool{
		// RFC 7644 section 3.4.2.2 and its examples.
		`userName eq "ann@example.com"`:                              true,
		`userName Eq "ANN@example.com"`:                              true,
		`userName eq "none@okta.local"`:                              false,
		`name.familyName co "e"`:                                     true,
		`name.familyName co "O'Malley"`:                              false,
		`userName sw "A"`:                                            true,
		`urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A"`: true,
		`title pr`: true,
		`meta.lastModified gt "2011-05-13T04:42:34Z"`:                                                       true,
		`meta.lastModified ge "2026-02-01T09:00:00.5+01:00"`:                                                true,
		`meta.lastModified lt "2011-05-13T04:42:34Z"`:                                                       false,
		`meta.lastModified le "2026-02-01T08:00:00.499999Z"`:                                                false,
		`meta.created eq "2026-01-31T08:00:00.000Z"`:                                                        true,
		`meta.created ne "2026-01-31T08:00:00Z"`:                                                            false,
		`title pr and userType eq "Employee"`:                                                               false,
		`title pr or userType eq "Intern"`:                                                                  true,
		`schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"`:                           true,
		`userType eq "E" and (emails co "example.com" or emails.value co "example.org")`:                    false,
		`userType ne "E" and not (emails co "example.net" or emails.value co "example.net")`:                true,
		`userType ne "E" and (emails.type eq "work")`:                                                       true,
		`emails[type eq "work" and value co "@example.com"]`:                                                true,
		`emails[type eq "home" and value co "@example.com"]`:                                                false,
		`emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]`: true,
		// What identity providers send, and what the library would refuse, crash on or miss.
		`externalId eq "Ext1X"`:                                      true,
		`externalId eq "ext1x"`:                                      false,
		`emails[type eq "work"].value eq "ANN@example.com"`:          true,
		`emails[type eq "home"].value eq "ann@example.com"`:          false,
		`emails[value eq "lee@home.org"]`:                            true,
		`emails[not (type eq "work")].value eq "lee@home.org"`:       true,
		`emails[primary eq true].value eq "ann@example.com"`:         true,
		`emails[primary eq "True"].value eq "lee@home.org"`:          false,
		`emails eq "lee@home.org"`:                                   true,
		`emails co "nowhere"`:                                        false,
		`emails pr`:                                                  true,
		`phoneNumbers pr`:                                            false,
		`title co "t7"`:                                              true,
		`title ew "7Y"`:                                              true,
		`title ew "7"`:                                               false,
		`title eq "XT7Y" and active eq true`:                         true,
		`title EQ "xT7y" AND active Eq True`:                         true,
		`active eq "False"`:                                          false,
		`active ne false`:                                            true,
		`TITLE eq "xt7y"`:                                            true,
		`URN:IETF:params:scim:schemas:core:2.0:user:title eq "xt7y"`: true,
		`title eq "xT7y" and (nickName pr or displayName pr)`:        true,
		`userName ne "nobody"`:                                       true,
		`emails ne "lee@home.org"`:                                   false,
		`title eq "xT7y" or title eq "none" and active eq false`:     true,
		`(title eq "xT7y" or title eq "none") and active eq false`:   false,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value eq "M1"`:    true,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "0042"`: true,
		`employeeNumber eq "0042"`:               true,
		`employeeNumber eq "42"`:                 false,
		`department eq "r&d" and title pr`:       true,
		`manager eq "M1"`:                        true,
		`manager.value eq "m2"`:                  false,
		`manager pr`:                             true,
		`id eq "019a-7" and manager eq "M1"`:     true,
		`id eq "019A-7"`:                         false,
		`groups eq "g1"`:                         true,
		`groups.value eq "g2"`:                   false,
		`groups[value eq "g2" or value eq "g1"]`: true,
		`displayName eq "a\"b\\c café"`:          true,
		`displayName eq "a\"b\\c caf\u00e9"`:     true,
		`displayName eq "A\u0022B\\C CAFÉ"`:      true,
		`  title eq "xT7y"  `:                    true,
		"title\teq \"xT7y\"":                     true,
		`not(title pr)`:                          false,
		`not (title eq "a")`:                     true,
		// Null and the empty string are no values (RFC 7643 section 2.5).
		`userType eq null`: true,
		`title eq null`:    false,
		`title ne null`:    true,
		`nickName eq ""`:   true,
		`nickName pr`:      false,
		`title co ""`:      true,
		// What the schemas alone decide.
		`schemas eq "urn:ietf:params:scim:schemas:core:2.0:User"`:  true,
		`schemas ne "urn:ietf:params:scim:schemas:core:2.0:User"`:  false,
		`schemas eq "urn:ietf:params:scim:schemas:core:2.0:Group"`: false,
		`schemas pr`:                    true,
		`meta.resourceType eq "User"`:   true,
		`meta.resourceType eq "Group"`:  false,
		`meta pr`:                       true,
		`name pr`:                       true,
		`userName gt "ann"`:             true,
		`userName lt "ann"`:             false,
		`userName ge "ann@example.com"`: true,
		`userName le "ann@example.com"`: true,
		`employeeNumber eq 42`:          false,
		`title eq "K"`:                  false, // the Kelvin sign never becomes a k
	} {
		f, err := k.parseFilter(filter)
		if err != nil {
			t.Errorf("%s: %v", filter, err)
			continue
		}
		if got := matches(f, values, columns); got != want {
			t.Errorf("%s: matches is %v, want %v (%#v)", filter, got, want, f)
		}
	}
}

func micros(t *testing.T, text string) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return strconv.FormatInt(at.UnixMicro(), 10)
}

func TestFilterResolves(t *testing.T) {
	equal := func(path, text string) usher.Filter { return usher.Compare{Path: path, Op: usher.Equal, Text: text} }
	for filter, want := range map[string]usher.Filter{
		`userName eq "Ann"`:                      equal("userName", "ann"),
		`members eq "G-7"`:                       nil,
		`manager eq "M1"`:                        equal(enterpriseSchema+":manager.value", "m1"),
		`emails eq "A@b"`:                        equal("emails.value", "a@b"),
		`groups[value eq "G"]`:                   equal(usher.PathGroups, "G"),
		`meta.created eq "1970-01-01T00:00:01Z"`: equal(usher.PathCreated, "1000000"),
		`emails[type eq "WORK"].value eq "A"`: usher.Element{Path: "emails", Filter: usher.And{
			Left: equal("emails.type", "work"), Right: equal("emails.value", "a")}},
		`title eq "a" or title eq "b" and title eq "c"`: usher.Or{Left: equal("title", "a"),
			Right: usher.And{Left: equal("title", "b"), Right: equal("title", "c")}},
	} {
		got, err := users().parseFilter(filter)
		if (err != nil) != (want == nil) || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, %v; want %#v", filter, got, err, want)
		}
	}
	got, err := groups().parseFilter(`members eq "G-7"`)
	if err != nil || !reflect.DeepEqual(got, equal(usher.PathMembers, "G-7")) {
		t.Errorf("members eq: got %#v, %v", got, err)
	}
}

func TestFilterRefuses(t *testing.T) {
	for _, filter := range []string{
		"", " ", `userName`, `userName eq`, `userName eq "a`, `userName eq "a\`, `userName eq "\x"`, `userName eq jy1`,
		`userName is "a"`, `userName pr pr`, `userName eq "a" and`, `and`, `(userName pr`, `userName pr)`, `not userName pr`,
		`userName eq "a" userName eq "b"`, `eq "a"`, `userName eq 'a'`, `userName eq 1.`, `userName eq "a\u0000"`,
		"userName eq \"a\x00\"", "userName eq \"\xff\"", "userName eq \"a\nb\"", `userName eq true`, `userName gt null`,
		`emails[type eq`, `emails[type eq "work"`, `emails[]`, `emails[type eq "work"].`, `emails[type eq "work"].value`,
		`emails[type eq "work"].nothing eq "x"`, `emails[emails.value eq "x"]`, `emails[type eq "a" and roles[value pr]]`,
		`name[givenName eq "a"]`, `title[value eq "a"]`,
		// Cannot be answered from what is stored: never silently nobody.
		`favouriteColour eq "red"`, `urn:example:custom:2.0:User:tag eq "x"`, `password eq "s3cret"`, `password pr`,
		`name eq "x"`, `addresses eq "x"`, `meta.version eq "1"`, `meta.location pr`, `meta eq "x"`, `groups.display eq "x"`,
		`groups[display eq "x"]`, `groups[value ne "x"]`, `groups[value eq "x" and value eq "y"]`, `manager.displayName eq "x"`,
		`seats pr`, `seats.state eq "queued"`, `seats[state eq "queued"]`, `schemas co "urn"`, `schemas eq 1`,
		`meta.resourceType sw "U"`, `schemas eq "` + seatSchema + `"`,
		`urn:ietf:params:scim:schemas:extension:enterprise:2.0:User eq "x"`,
		// Comparisons that the types have not (RFC 7644 table 3).
		`active gt true`, `active co "tr"`, `active eq "yes"`, `active eq 1`, `x509Certificates.value gt "a"`,
		`meta.created eq "yesterday"`, `meta.created co "2026"`, `meta.created eq 5`, `meta.created eq true`,
		// Limits.
		strings.Repeat("(", maxFilterDepth+1) + "title pr" + strings.Repeat(")", maxFilterDepth+1),
		strings.Repeat("(", 4000), strings.Repeat("not(", 1000),
		strings.Repeat("title pr or ", maxComparisons) + "title pr",
		`title eq "` + strings.Repeat("a", maxFilterBytes) + `"`,
	} {
		f, err := users().parseFilter(filter)
		if err == nil {
			t.Errorf("%.60q: accepted as %#v", filter, f)
			continue
		}
		wantProblem(t, err, 400, invalidFilter)
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%q: the problem repeats the value: %v", filter, err)
		}
	}
}

// A problem gives no advice that cannot be followed: a password has no sub-attributes.
func TestFilterProblemSaysHowToMend(t *testing.T) {
	for filter, want := range map[string]string{
		`name eq "x"`:           "at character 12: name cannot be compared with a value; compare one of its sub-attributes",
		`password eq "x"`:       "at character 16: password cannot be filtered by",
		`groups.display eq "x"`: "at character 22: groups.display cannot be filtered by",
	} {
		if _, err := users().parseFilter(filter); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", filter, err, want)
		}
	}
}

func TestFilterLimits(t *testing.T) {
	for _, filter := range []string{
		strings.Repeat("(", maxFilterDepth) + "title pr" + strings.Repeat(")", maxFilterDepth),
		strings.Repeat("title pr or ", maxComparisons-1) + "title pr",
		`title eq "` + strings.Repeat("a", maxFilterBytes-len(`title eq ""`)) + `"`,
	} {
		if _, err := users().parseFilter(filter); err != nil {
			t.Errorf("%.40q: %v", filter, err)
		}
	}
}

func BenchmarkParseFilter(b *testing.B) {
	k := users()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.parseFilter(`userName eq "x"`); err != nil {
			b.Fatal(err)
		}
	}
}

package daemon

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"usher/internal/config"
	"usher/internal/usher"
)

const day = 24 * time.Hour

// TestProfiles shows what a kind means where the file says nothing, and that the file wins.
func TestProfiles(t *testing.T) {
	text := `portals:
  scim: {kind: scim, url: "https://p.example.com"}
  list: {kind: worklist}
  prosci: {kind: prosci, waiting: 0s}
  ascender:
    kind: ascender
    admins: [ann@example.com]
    columns:
      Region: country
      Functional Area: {from: department, values: {Field sales: Sales}}
  proportal: {kind: proportal}
  myaci: {kind: myaci}
  other: {kind: proportal, pool: soft, teams: false, admin_seats: true, reissue: 2d}
`
	c, err := config.Parse("usher.yaml", []byte(text), func(string) (string, bool) { return "", false }, CheckProfiles)
	if err != nil {
		t.Fatal(err)
	}
	exports := usher.Profile{Whole: true, Waiting: 14 * day, Reissue: 7 * day}
	prosci, ascender, other := exports, exports, exports
	prosci.Waiting, other.Reissue, other.AdminSeats = 0, 2*day, true
	ascender.AdminSeats, ascender.Admins = true, []string{"ann@example.com"}
	ascender.Columns = []usher.Column{{Name: "Region", From: "country"}, {Name: "Functional Area", From: "department", Values: map[string]string{"Field sales": "Sales"}}}
	want := []usher.Portal{
		{Name: "scim", Kind: "scim", Hard: true},
		{Name: "list", Kind: "worklist", Hard: true, Profile: usher.Profile{Whole: true}},
		{Name: "prosci", Kind: "prosci", Profile: prosci},
		{Name: "ascender", Kind: "ascender", Hard: true, Profile: ascender},
		{Name: "proportal", Kind: "proportal", Hard: true, Teams: true, Profile: exports},
		{Name: "myaci", Kind: "myaci", Hard: true, Profile: exports},
		{Name: "other", Kind: "proportal", Profile: other},
	}
	if got := setupOf(c).Portals; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// TestEveryKindHasANature keeps the table whole: what it lacks would be taken for soft.
func TestEveryKindHasANature(t *testing.T) {
	field, _ := reflect.TypeFor[config.Portal]().FieldByName("Kind")
	known := strings.Fields(field.Tag.Get("oneof"))
	if len(known) != len(natures()) || len(known) < 6 {
		t.Errorf("kinds %q, natures %v", known, natures())
	}
	for _, kind := range known {
		if _, ok := natures()[kind]; !ok {
			t.Errorf("kind %s has no nature", kind)
		}
	}
	for kind := range kinds() {
		if _, ok := natures()[kind]; !ok {
			t.Errorf("there is a connector of kind %s, which has no nature", kind)
		}
	}
}

// TestProfilesAreFoundInTheFile shows mistakes where they stand.
func TestProfilesAreFoundInTheFile(t *testing.T) {
	text := `portals:
  ascender:
    kind: ascender
    admins: [ann@example.com, ann]
    columns:
      Region: countri
      Functional Area:
        from: groups
      Level: {from: 'custom["urn:x:level"]'}
      first name: givenName
      Office:
        from: division
        values:
          Bonn: B
          BONN: C
      Title:
        values: {Head: Chief}
subscriptions:
  one: {portal: ascender, seats: 1, code: P1}
  two: {portal: ascender, seats: 1, code: p1}
  three: {portal: ascender, seats: 1}
  four: {portal: ascender, seats: 1}
`
	_, err := config.Parse("usher.yaml", []byte(text), func(string) (string, bool) { return "", false }, CheckProfiles)
	want := []string{
		"usher.yaml:4:31: portals.ascender.admins[1]: is not an address: ",
		`usher.yaml:6:15: portals.ascender.columns.Region: "countri" is no attribute of a person (did you mean country?)`,
		`usher.yaml:8:15: portals.ascender.columns.Functional Area: "groups" is not one value of a person (known: `,
		"usher.yaml:10:7: portals.ascender.columns.first name: is filled from the person's name (",
		"usher.yaml:14:11: portals.ascender.columns.Office.values.Bonn: is given twice (case does not count)",
		"usher.yaml:16:7: portals.ascender.columns.Title.from: is missing",
		"usher.yaml:20:43: subscriptions.two.code: is that of subscription one (",
		"usher.yaml:22:3: subscriptions.four.code: is missing, as it is for subscription three of the same portal (",
	}
	if err == nil {
		t.Fatal("no mistake was found")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %s", err)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("got %q, want %q", lines[i], w)
		}
	}
}

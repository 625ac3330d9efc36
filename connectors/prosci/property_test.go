package prosci_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/connectors"
	"usher/connectors/prosci"
	"usher/internal/usher"
)

// checkRendered: a template is filled so that it is still a template for the same, under the
// same headings.
func checkRendered(t *testing.T, p *prosci.Portal, template []byte, c usher.AccountChange) {
	t.Helper()
	var pools []connectors.Pool
	for _, name := range c.Desired.Subscriptions {
		pools = append(pools, connectors.Pool{Subscription: name, Code: name})
	}
	files, outcomes, err := p.Render(connectors.Handover{Changes: []usher.AccountChange{c}, Pools: pools, Templates: []usher.Template{{Content: template}}})
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %+v, %v", len(files), outcomes, err)
	}
	before, _ := p.Learn(template)
	after, err := p.Learn(files[0].Content)
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Fatalf("%+v became %+v, %v", before, after, err)
	}
	if findings, err := p.Check(files[0].Content); err != nil || len(findings) > 0 {
		t.Fatalf("%+v, %v", findings, err)
	}
}

// anyChange draws what an engine can ask for, right and wrong.
func anyChange(t *rapid.T, i int) usher.AccountChange {
	all := []string{"Proxima", "Research Hub", "eToolkit"}
	some := func(label string) []string {
		return slices.DeleteFunc(slices.Clone(all), func(string) bool { return rapid.Bool().Draw(t, label) })
	}
	name := rapid.SampledFrom([]string{"Ann", " Zoë  \u00a0Lee ", "", "=1", "D\u2019Arcy, \"Jr.\"", "a\nb", "Jose\u0301", "-"})
	address := rapid.SampledFrom([]string{fmt.Sprintf("P%d@example.com", i), fmt.Sprintf("p+%d@example.com", i), "same@example.com", "SAME@example.com", "", "bad"})
	c := usher.AccountChange{
		Account: usher.ID(fmt.Sprintf("account-%02d", i)), Kind: usher.AccountPerson, Generation: int64(i),
		Desired: usher.Desired{
			Active: rapid.Bool().Draw(t, "active"), GivenName: name.Draw(t, "given"), FamilyName: name.Draw(t, "family"),
			Address: address.Draw(t, "address"), Admin: rapid.Bool().Draw(t, "admin"),
		},
	}
	if c.Desired.Active {
		c.Desired.Subscriptions = some("wanted")
	} else {
		c.Releasing, c.Left = some("releasing"), rapid.Bool().Draw(t, "left")
	}
	if rapid.Bool().Draw(t, "known") {
		c.RemoteID = address.Draw(t, "remote")
	}
	if rapid.Bool().Draw(t, "seen") {
		c.Seen = &usher.Seen{RemoteID: c.RemoteID, Active: rapid.Bool().Draw(t, "there"), GivenName: name.Draw(t, "shown"), Subscriptions: some("has")}
	}
	return c
}

// TestEveryRendering: whatever is asked for, the rows move what the changes move, what is
// written would be taken by the portal, what is held back is not there, and the order of the
// changes means nothing.
func TestEveryRendering(t *testing.T) {
	p, all := portal(t), full(t)
	written := 0
	rapid.Check(t, func(t *rapid.T) {
		var changes []usher.AccountChange
		for i := range rapid.IntRange(1, 8).Draw(t, "people") {
			changes = append(changes, anyChange(t, i))
		}
		have := slices.DeleteFunc(slices.Clone(all), func(usher.Template) bool { return rapid.IntRange(0, 5).Draw(t, "lost") == 0 })
		files, outcomes, err := p.Render(connectors.Handover{Changes: changes, Templates: have, Pools: pools()})
		if err != nil {
			t.Fatal(err)
		}
		written += len(files)
		for i, c := range changes {
			checkOutcome(t, c, outcomes[i], files)
		}
		checkFiles(t, p, files)
		slices.Reverse(changes)
		if again, _, err := p.Render(connectors.Handover{Changes: changes, Templates: have, Pools: pools()}); err != nil || !reflect.DeepEqual(files, again) {
			t.Fatalf("in another order: %v\n%+v\n%+v", err, files, again)
		}
	})
	if written == 0 {
		t.Error("nothing was written: the properties were not tested")
	}
}

func checkOutcome(t *rapid.T, c usher.AccountChange, o usher.Outcome, files []connectors.File) {
	var gives, takes []string
	rows := 0
	for _, f := range files {
		for _, r := range f.Rows {
			if r.Account == c.Account {
				gives, takes, rows = append(gives, r.Gives...), append(takes, r.Takes...), rows+1
			}
		}
	}
	slices.Sort(gives)
	slices.Sort(takes)
	wantGives, wantTakes := c.Moves()
	switch {
	case o.Result == usher.Refused && (rows > 0 || o.Reason == ""):
		t.Fatalf("%+v has %d rows", o, rows)
	case o.Result == usher.Awaiting && (rows == 0 || !slices.Equal(gives, wantGives) || !slices.Equal(takes, wantTakes)):
		t.Fatalf("%d rows give %q, take %q; want %q, %q", rows, gives, takes, wantGives, wantTakes)
	case o.Result == usher.Done && (rows > 0 || len(wantGives)+len(wantTakes) > 0 || c.Seen == nil):
		t.Fatalf("%+v of %+v has %d rows", o, c, rows)
	case !slices.Contains([]usher.OutcomeResult{usher.Refused, usher.Awaiting, usher.Done}, o.Result):
		t.Fatalf("%+v", o)
	}
}

func checkFiles(t *rapid.T, p *prosci.Portal, files []connectors.File) {
	named := map[string]bool{}
	freed := true
	for _, f := range files {
		if named[f.Name] {
			t.Fatalf("two files %s", f.Name)
		}
		named[f.Name] = true
		frees := strings.HasSuffix(f.Name, "-take.csv")
		if frees && !freed {
			t.Fatalf("%s comes too late: %q", f.Name, names(files))
		}
		freed = freed && frees
		if f.Kind != usher.BatchUpload {
			continue
		}
		findings, err := p.Check(f.Content)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		for _, finding := range findings {
			if finding.Severity == usher.SeverityError || finding.Code == "prosci.tool_blank" {
				t.Fatalf("%s: %+v\n%s", f.Name, finding, f.Content)
			}
		}
	}
}

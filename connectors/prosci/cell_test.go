package prosci_test

import (
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestCheckCell: what is refused of a correction is what would be held back with it, for the same
// reason.
func TestCheckCell(t *testing.T) {
	name := func(into func(*usher.Desired) *string) func(*usher.Desired, string) {
		return func(d *usher.Desired, text string) { *into(d) = text }
	}
	value := func(column string) func(*usher.Desired, string) {
		return func(d *usher.Desired, text string) { d.Values = map[string]string{column: text} }
	}
	for column, write := range map[string]func(*usher.Desired, string){
		"first name":     name(func(d *usher.Desired) *string { return &d.GivenName }),
		"last name":      name(func(d *usher.Desired) *string { return &d.FamilyName }),
		"Access Expires": value("Access Expires"),
	} {
		for _, text := range []string{"=1", "+Ann", " -1", "@x", "\tAnn", "\uff1dAnn", "An\nn", "\u200b", "2026-12-31", "31.12.2026", "Ann", "O'Neill, \"Jr\"", strings.Repeat("x", 1001)} {
			c := someone("ann", "Proxima")
			write(&c.Desired, text)
			_, outcomes := render(t, portal(t), c)
			err := portal(t).CheckCell(full(t), column, text)
			if refused := outcomes[0].Result == usher.Refused; refused != (err != nil) || refused && !strings.Contains(outcomes[0].Reason, err.Error()) {
				t.Errorf("%s %q: %v, held back: %+v", column, text, err, outcomes[0])
			}
		}
	}
	if err := portal(t).CheckCell(nil, "Access Expires", "soon"); err == nil {
		t.Error("no template, and a date that is none")
	}
	if err := portal(t).CheckCell(full(t), "Cost centre", "4711"); err != nil {
		t.Errorf("a column of the company's own: %v", err)
	}
}

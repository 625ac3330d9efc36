package ascender

import (
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestCheckCell: what is refused of a correction is what would be held back with it, for the same
// reason.
func TestCheckCell(t *testing.T) {
	for column, write := range map[string]func(*usher.Desired, string){
		"first name":      func(d *usher.Desired, text string) { d.GivenName = text },
		"last name":       func(d *usher.Desired, text string) { d.FamilyName = text },
		"Functional Area": func(d *usher.Desired, text string) { d.Values = map[string]string{"Functional Area": text} },
	} {
		for _, text := range []string{"=1", "+Ann", " -1", "@x", "\tAnn", "\uff1dAnn", "An\nn", "\u200b", "\xff", "Ann", "O'Neill, \"Jr\"", strings.Repeat("x", maxCell+1)} {
			c := newcomer("ann")
			write(&c.Desired, text)
			_, refusals, _ := rendered(t, handed(t, c))
			err := connector().CheckCell(nil, column, text)
			if (len(refusals) > 0) != (err != nil) {
				t.Errorf("%s %q: %v, held back: %q", column, text, err, refusals)
			}
			if why, _, _ := strings.Cut(errText(err), ":"); len(refusals) > 0 && clean(text) != "" && !strings.Contains(refusals[0], why) {
				t.Errorf("%s %q: %v, and in the file: %q", column, text, err, refusals)
			}
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

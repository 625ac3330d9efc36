package ascender

import (
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestCanResend: whoever never came, and nobody else; each answer says what to do instead.
func TestCanResend(t *testing.T) {
	for status, want := range map[string]string{statusWaiting: "", statusTransfer: "", statusActive: "new password", "Odd": "User Status", "": "User Status"} {
		err := connector().CanResend(usher.Seen{Active: true, Status: status})
		if got := errText(err); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %v", status, err)
		}
	}
	if err := connector().CanResend(usher.Seen{Status: statusInactive}); err == nil || !strings.Contains(err.Error(), "reactivation") {
		t.Errorf("Inactive: %v", err)
	}
}

// TestResendOfWhoeverCameMeanwhile is done without a row: nothing else was asked.
func TestResendOfWhoeverCameMeanwhile(t *testing.T) {
	for _, status := range []string{statusActive, statusInactive} {
		h := handed(t, member("ann", status, again, titled("Lead")))
		h.Pools[0].Occupied = h.Pools[0].Purchased
		files, outcomes, err := connector().Render(h)
		if err != nil || len(files) != 0 || outcomes[0].Result != usher.Done {
			t.Errorf("%s: %d files, %+v, %v", status, len(files), outcomes, err)
		}
	}
}

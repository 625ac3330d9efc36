package ledger_test

import (
	"testing"

	"usher/internal/usher"
	"usher/sync/ledger"
)

// TestATeamGoesWithItsFirstInvitation: where files are taken it is asked for at once, and otherwise when
// somebody of it is there.
func TestATeamGoesWithItsFirstInvitation(t *testing.T) {
	for name, whole := range map[string]bool{"files": true, "an interface": false} {
		t.Run(name, func(t *testing.T) {
			eachWorld(t, func(w *world) {
				w.setUp(ledger.Setup{
					Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, Owner: true}},
					Portals:     []usher.Portal{{Name: "learning", Kind: "test", Live: true, Hard: true, Teams: true, Profile: usher.Profile{Whole: whole}}},
				})
				w.sell(w.seats(5))
				w.push(user("ann", in("Sales", "")))
				teams := 0
				for _, c := range w.collect() {
					if c.Kind == usher.AccountTeam && c.Desired.Active && c.Desired.DisplayName == "Sales" {
						teams++
					}
				}
				if (teams == 1) != whole || teams > 1 {
					t.Errorf("%d teams are asked for", teams)
				}
				w.carryAll()
				w.carryAll()
				w.sound()
			})
		})
	}
}

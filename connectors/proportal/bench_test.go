package proportal_test

import (
	"fmt"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/proportal"
	"usher/internal/usher"
)

func BenchmarkReadExport10k(b *testing.B) {
	list := sample(b, "06_users_10k_assumed.csv")
	p := proportal.New(proPortalOptions())
	connectortest.Grown(b, func() {
		if all, findings := users(b, p, list); len(all) != 10_000 || len(findings) > 0 {
			b.Fatalf("%d people, %d findings", len(all), len(findings))
		}
	})
}

func BenchmarkRender10k(b *testing.B) {
	changes := make([]usher.AccountChange, 10_000)
	for i := range changes {
		changes[i] = usher.AccountChange{Account: usher.ID(fmt.Sprintf("account-%05d", i)), Kind: usher.AccountPerson, Generation: 1, Desired: usher.Desired{
			Active: true, Key: fmt.Sprint(i), Address: fmt.Sprintf("p%d@example.com", i), GivenName: "Zoë", FamilyName: fmt.Sprintf("O'Neill, %d", i), Subscriptions: []string{seatName},
		}}
	}
	p := proportal.New(proPortalOptions())
	h := connectors.Handover{Changes: changes, Pools: []connectors.Pool{{Subscription: seatName, Purchased: len(changes)}}}
	connectortest.Grown(b, func() {
		files, _, err := p.Render(h)
		if err != nil || len(files) != 1 || len(files[0].Rows) != len(changes) {
			b.Fatalf("%d files, %v", len(files), err)
		}
	})
}

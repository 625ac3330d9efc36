package ascender_test

import (
	"os"
	"testing"

	"usher/connectors"
	"usher/connectors/ascender"
	"usher/connectors/connectortest"
	"usher/internal/usher"
)

func setup(t *testing.T) connectortest.Setup {
	t.Helper()
	content, err := os.ReadFile("testdata/01_template.xlsx")
	if err != nil {
		t.Fatal(err)
	}
	return connectortest.Setup{
		Whole:     ascender.New(ascender.Options{Columns: []string{"Region", "Functional Area"}}),
		Templates: []usher.Template{{Key: ascender.TemplateKey, Name: "01_template.xlsx", Content: content}},
		Pools: []connectors.Pool{
			{Subscription: "Seats", Code: "Ascender", Purchased: 10, Occupied: 4},
			{Subscription: "Method", Code: "Methodology A", Purchased: 10},
		},
		Adapt: func(c *usher.AccountChange) {
			c.Desired.Subscriptions = []string{"Method", "Seats"}
			c.Desired.Values = map[string]string{"Functional Area": "Sales"}
		},
	}
}

func TestSuite(t *testing.T) { connectortest.Run(t, setup) }

// TestSuiteWithOneSubscription: a portal that has but one needs no code.
func TestSuiteWithOneSubscription(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) connectortest.Setup {
		s := setup(t)
		s.Pools = []connectors.Pool{{Subscription: "Ascender", Purchased: 5, Occupied: 3}}
		s.Adapt = func(c *usher.AccountChange) {
			c.Desired.Subscriptions = []string{"Ascender"}
			c.Desired.Values = map[string]string{"Functional Area": "Sales"}
		}
		return s
	})
}

package proportal_test

import (
	"os"
	"path/filepath"
	"testing"

	"usher/connectors"
	"usher/connectors/connectortest"
	"usher/connectors/proportal"
	"usher/internal/usher"
)

// What the tests call the subscriptions.
const (
	seatName    = "ITProTV"
	userName    = "myACI"
	contentName = "myACI content"
)

func proPortalOptions() proportal.Options {
	return proportal.Options{Subscriptions: map[string]string{"": seatName}}
}

func myACIOptions() proportal.Options {
	return proportal.Options{Subscriptions: map[string]string{"user": userName, "Essentials": contentName}}
}

func myACIPools() []connectors.Pool {
	return []connectors.Pool{
		{Subscription: userName, Code: "user", Purchased: 100},
		{Subscription: contentName, Code: "Essentials", Purchased: 100},
	}
}

func TestSuite(t *testing.T) {
	connectortest.Run(t, func(*testing.T) connectortest.Setup {
		return connectortest.Setup{
			Whole: proportal.New(proPortalOptions()),
			Pools: []connectors.Pool{{Subscription: seatName, Purchased: 100}},
			Adapt: func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{seatName} },
		}
	})
}

func TestSuiteOfMyACI(t *testing.T) {
	connectortest.Run(t, func(*testing.T) connectortest.Setup {
		return connectortest.Setup{
			Whole: proportal.NewMyACI(myACIOptions()), Pools: myACIPools(),
			Adapt: func(c *usher.AccountChange) { c.Desired.Subscriptions = []string{userName, contentName} },
		}
	})
}

// sample is a file of testdata.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// users reads a list of users.
func users(t testing.TB, p connectors.ExportReader, list []byte) ([]usher.Seen, []usher.Finding) {
	t.Helper()
	var all []usher.Seen
	findings, err := p.ReadExport(list, func(s usher.Seen) error { all = append(all, s); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all, findings
}

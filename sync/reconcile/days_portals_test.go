package reconcile_test

import (
	"encoding/csv"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"usher/connectors/ascender/ascenderportal"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// dayKinds are the portals, each as the daemon makes one of its kind.
func dayKinds() []dayKind {
	week := usher.Profile{Whole: true, Waiting: 14 * 24 * time.Hour, Reissue: 7 * 24 * time.Hour}
	ascender := week
	ascender.AdminSeats = true
	ascender.Columns = []usher.Column{{Name: "Functional Area", From: "department", Values: map[string]string{"Sales": "Field Sales", "Change": "Change"}}}
	const ours = `department == "Sales" || department == "Change"`
	pool := func(name, code string, seats int, rule string) ledger.SubscriptionPolicy {
		return ledger.SubscriptionPolicy{Name: name, Portal: portalName, Code: code, Seats: seats, Rule: rule}
	}
	settling := pool("proxima", "P410", 8, ours)
	settling.Settle = 30 * time.Hour
	hub := pool("hub", "P1432", 6, `department == "Change"`)
	return []dayKind{
		{name: "prosci", portal: usher.Portal{Profile: week}, open: openProsci, subs: []ledger.SubscriptionPolicy{settling, hub}},
		{name: "prosci hard", portal: usher.Portal{Hard: true, Profile: week}, open: openProsci, subs: []ledger.SubscriptionPolicy{settling, hub}},
		{name: "ascender", portal: usher.Portal{Hard: true, Profile: ascender}, open: openAscender, subs: []ledger.SubscriptionPolicy{
			pool("seats", "Ascender", 9, ours), pool("method", methodA, 5, `department == "Sales"`)}},
		{name: "ascender enterprise", portal: usher.Portal{Hard: true, Profile: ascender}, open: openEnterprise, subs: []ledger.SubscriptionPolicy{
			pool("seats", "Ascender", 9, ours), pool("method", methodA, 5, `department == "Sales"`)}},
		{name: "proportal", portal: usher.Portal{Hard: true, Teams: true, Profile: week}, teams: true, open: openProPortal, subs: []ledger.SubscriptionPolicy{pool("itpro", "", 9, ours)}},
		{name: "myaci", portal: usher.Portal{Hard: true, Profile: week}, open: openMyACI, subs: []ledger.SubscriptionPolicy{
			pool("aci", "user", 9, ours), pool("essentials", "Essentials", 6, `department == "Sales"`)}},
	}
}

// errUpload is why a whole upload is not taken.
type errUpload struct{ cause error }

func (e errUpload) Error() string { return "the upload was refused: " + e.cause.Error() }
func (e errUpload) Unwrap() error { return e.cause }

// seatless says that the portal refused for want of a seat.
func seatless(err error) bool {
	if refusal, ok := errors.AsType[*fakeportal.Refusal](err); ok {
		return refusal.NoSeats
	}
	refused, ok := errors.AsType[*ascenderportal.Refused](err)
	return ok && strings.Contains(refused.Message, "licenses available") || errors.Is(err, ascenderportal.ErrNoSeat)
}

// some leaves out lines of a list, below its header.
func some(r *rand.Rand, list []byte) []byte {
	records, err := csv.NewReader(strings.NewReader(string(list))).ReadAll()
	if err != nil {
		panic(err)
	}
	kept := records[:1]
	for _, row := range records[1:] {
		if r.IntN(4) > 0 {
			kept = append(kept, row)
		}
	}
	if len(kept) == 1 {
		kept = records[:2]
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	_ = w.WriteAll(kept) // a Builder takes everything
	return []byte(out.String())
}

// gave notes that the portal's own life gave seats to somebody.
func (c *company) gave(address string, subs ...string) {
	for _, name := range subs {
		c.own[strings.ToLower(address)+" "+name] = c.now()
	}
}

// known is one of the addresses that the portal has; empty for none.
func (c *company) known() string {
	all := c.portal.accounts()
	if len(all) == 0 {
		return ""
	}
	slices.Sort(all)
	return all[c.IntN(len(all))]
}

// somebody's address of today or of the past, or a stranger's.
func (c *company) anyone() string {
	if c.chance(25) || len(c.people) == 0 {
		return "walk" + string(rune('a'+c.IntN(6))) + "@home.example"
	}
	e := c.any()
	return e.addresses[c.IntN(len(e.addresses))]
}

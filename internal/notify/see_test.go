package notify_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usher/internal/notify"
	"usher/internal/usher"
)

// noon is when the tests are.
var noon = usher.TimeOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

func TestSee(t *testing.T) {
	low := usher.Limit{Min: 2, Percent: 10}
	tests := []struct {
		name     string
		standing usher.Standing
		want     string // kind, subject and level, and the title
	}{
		{"nothing", usher.Standing{}, ""},
		{"plan", usher.Standing{Plans: []usher.PlanView{{Number: 12, Directory: "hr", Counts: usher.PlanCounts{Joiners: 3, Held: 2}}}}, "plan 12 0: Plan 12 waits for review"},
		{"revision", usher.Standing{Revisions: []int64{7}}, "revision 7 0: Revision 7 of the configuration waits to be confirmed"},
		{"run", usher.Standing{Runs: []usher.PlanView{{Number: 3, Directory: "hr"}}}, "run 3 0: Plan 3 is applied"},
		{"hold of a pool", usher.Standing{Holds: []usher.HoldView{{Number: 4, Class: usher.HoldReleases, Subscription: "adkar", Seats: 9}}}, "hold 4 0: Hold 4 stops releases of subscription adkar"},
		{"hold of a directory", usher.Standing{Holds: []usher.HoldView{{Number: 5, Class: usher.HoldReleases, Directory: "okta", Seats: 1}}}, "hold 5 0: Hold 5 stops releases of directory okta"},
		{"conflicts are one", usher.Standing{Conflicts: []int64{3, 9}}, "conflict all 9: 2 conflicts wait for an answer"},
		{"requests are one for each subscription", usher.Standing{Requests: []usher.RequestStanding{{Number: 1, Subscription: "adkar"}, {Number: 2, Subscription: "adkar"}, {Number: 3, Subscription: "videos"}}},
			"request adkar 2: 2 seat requests wait for an answer: adkar\nrequest videos 3: 1 seat request waits for an answer: videos"},
		{"requests are one for each who answers", usher.Standing{Requests: []usher.RequestStanding{{Number: 1, Subscription: "adkar", Answerers: []usher.ID{"m"}}, {Number: 2, Subscription: "videos", Answerers: []usher.ID{"m"}}}},
			"request adkar 1: 1 seat request waits for an answer: adkar\nrequest to m 2: 2 seat requests wait for an answer: adkar, videos\nrequest videos 2: 1 seat request waits for an answer: videos"},
		{"plenty", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 100, Free: 10, Open: true}}}, ""},
		{"low by percent", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 100, Free: 9, Open: true}}}, "seats a 1: 9 seats are free at a"},
		{"low by number", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: 1, Open: true}}}, "seats a 1: 1 seat is free at a"},
		{"full and nobody queued", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: -1, Open: true}}}, "seats a 1: 0 seats are free at a"},
		{"full", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: 0, Queued: 4, Open: true}}}, "seats a 2: No seat is free at a, 4 people are queued"},
		{"outside its term nobody is seated", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: 0, Queued: 4}}}, ""},
		{"term", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: 9, Open: true, EndsAt: noon, Left: 30}}}, "term a 2: The term of a ends on 2026-03-02 12:00 UTC, in 30 days or less"},
		{"term is over", usher.Standing{Pools: []usher.PoolStanding{{Name: "a", Purchased: 9, Free: 9, EndsAt: noon, Left: -1}}}, "term a 4: The term of a ended on 2026-03-02 12:00 UTC"},
		{"feed", usher.Standing{Feeds: []usher.FeedStanding{{Directory: "hr", Since: "2026-03-01T06:00:00Z"}}}, "feed hr 0: The file of directory hr is late"},
		{"portal", usher.Standing{Portals: []usher.PortalStanding{{Name: "ascender"}}}, "portal ascender 0: Portal ascender fails"},
		{"visit", usher.Standing{Visits: []usher.VisitStanding{{Portal: "prosci", Number: 3, Files: 2}}}, "visit prosci 3 0: Visit 3 to prosci is to be made"},
		{"urgent visit", usher.Standing{Visits: []usher.VisitStanding{{Portal: "prosci", Number: 3, Urgent: true}}}, "visit prosci 3 0: Urgent: Visit 3 to prosci is to be made"},
		{"far from its end", expiring(31 * 24 * time.Hour), ""},
		{"a month before its end", expiring(30 * 24 * time.Hour), "expiry the token of x 1: The token of x ends on 2026-04-01 12:00 UTC"},
		{"a week before its end", expiring(7 * 24 * time.Hour), "expiry the token of x 2: The token of x ends on 2026-03-09 12:00 UTC"},
		{"at its end", expiring(0), "expiry the token of x 3: The token of x ended on 2026-03-02 12:00 UTC"},
		{"long after its end", expiring(-31 * 24 * time.Hour), ""},
		{"channel", usher.Standing{Channels: []usher.ChannelStanding{{Target: "ops a@example.com"}, {Target: "ops b@example.com"}, {Target: "person/1"}}}, "channel ops 0: Channel ops of the notifications takes nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.standing.At == 0 {
				tt.standing.At = noon
			}
			var got []string
			for _, i := range notify.See(tt.standing, low) {
				got = append(got, fmt.Sprintf("%s %s %d: %s", i.Kind, i.Subject, i.Level, i.Title))
				if i.Detail == "" || !strings.HasPrefix(i.Path, "/") {
					t.Errorf("%s says nothing more, or leads nowhere: %+v", i.Title, i)
				}
			}
			if text := strings.Join(got, "\n"); text != tt.want {
				t.Errorf("got\n%s\nwant\n%s", text, tt.want)
			}
		})
	}
}

func expiring(left time.Duration) usher.Standing {
	return usher.Standing{At: noon, Expiring: []usher.Expiring{{What: "the token of x", Path: "/settings", EndsAt: noon.Add(left)}}}
}

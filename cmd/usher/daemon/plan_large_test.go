package daemon_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// largePlan keeps a plan of n changes that wait: nearly all of them joiners, and a few leavers far from each other. It gives its number.
func (r *roles) largePlan(n int) (number int64) {
	r.Helper()
	ctx, look := r.Context(), r.Store().Look()
	hr, err := look.DirectoryNamed(ctx, "hr")
	r.check(err)
	p := usher.Plan{Directory: hr.ID, File: usher.RosterFile{Name: "everybody.csv", Origin: "upload"}, Full: true, State: usher.PlanOpen,
		Reasons: []string{"the first file is looked at"}, Counts: usher.PlanCounts{Rows: n, Held: n}}
	var changes []usher.Change
	var findings []usher.Finding
	for i := range n {
		c := r.largeChange(i, n)
		if c.Class == usher.ClassLeaver {
			p.Counts.Leavers++
			findings = append(findings, usher.Finding{Row: i + 2, Column: "email", Code: "x", Severity: usher.SeverityError, Text: "is no address: want local@domain"})
		} else {
			p.Counts.Joiners++
			findings = append(findings, usher.Finding{Row: i + 2, Column: "manager", Code: "y", Severity: usher.SeverityWarning, Text: "is nobody in this file"})
		}
		changes = append(changes, c)
		p.Seats = append(p.Seats, usher.PlannedSeat{Subscription: "adkar", Person: usher.ID(fmt.Sprint("p", i)), Name: c.Name, Address: c.Address, Kind: usher.PlanQueue, Why: "all seats are taken"})
	}
	p.Seats[n-1].Kind = usher.PlanRelease
	p.Counts.Seats = usher.CountSeats(p.Seats)
	r.check(r.Store().Write(ctx, func(tx *store.Tx) error {
		p.ID, p.CreatedAt, p.ExpiresAt = tx.NewID(), tx.Now(), tx.Now().Add(24*time.Hour)
		if p.Number, err = tx.NextNumber(ctx, "plan"); err != nil {
			return err
		}
		for i := range changes {
			changes[i].Plan = p.ID
		}
		if err := tx.InsertPlan(ctx, p); err != nil {
			return err
		}
		if err := tx.AddChanges(ctx, changes); err != nil {
			return err
		}
		return tx.AddFindings(ctx, p.ID, 0, findings)
	}))
	return p.Number
}

// largeChange is one of n changes.
func (r *roles) largeChange(i, n int) usher.Change {
	r.Helper()
	name := fmt.Sprintf("Person %d of Many", i)
	image := usher.Image{Attributes: usher.Attributes{UserName: fmt.Sprintf("p%d@example.com", i), ExternalID: fmt.Sprint(i), Active: true, DisplayName: name, GivenName: "Person", FamilyName: "Many",
		Title: "Engineer", Department: "Sales", Manager: "p0@example.com", Starts: "2024-01-01", Emails: []usher.Email{{Value: fmt.Sprintf("p%d@example.com", i), Primary: true}}}}
	c := usher.Change{Seq: int64(i + 1), Class: usher.ClassJoiner, Row: i + 2, Key: fmt.Sprint(i), Name: name, Address: image.Attributes.UserName, State: usher.ChangeHeld, Why: "the first file is looked at"}
	after, err := json.Marshal(image)
	r.check(err)
	c.After = after
	if i%max(n/60, 1) == 0 {
		c.Class, c.Before = usher.ClassLeaver, after
		image.Attributes.Active = false
		c.After, err = json.Marshal(image)
		r.check(err)
	}
	return c
}

// TestLargePlans looks at the pages of a plan of USHER_ROSTER_ROWS changes. That they are light is checked, how quick they are is told.
func TestLargePlans(t *testing.T) {
	storetest.EachPlace(t, func(t *testing.T, place store.Options) {
		r, n := newPlanRoles(t, place), count(t, "USHER_ROSTER_ROWS", 500)
		number := r.largePlan(n)
		visitors := []string{owner, allSeats, auditor}
		for i, path := range []string{
			"/plans", planPath(number), planPath(number, "?class=joiner"), planPath(number, fmt.Sprintf("?class=joiner&after=%d", n/2)), planPath(number, fmt.Sprintf("?class=leaver&state=held&after=%d", n/2)),
			planPath(number, "?class=joiner&state=applied"), planPath(number, "/seats?subscription=adkar&kind=queue"), planPath(number, fmt.Sprintf("/seats?subscription=adkar&kind=queue&after=%d", n*9/10)),
			planPath(number, "/seats?kind=release"), planPath(number, "/findings?severity=error"), planPath(number, fmt.Sprintf("/findings?severity=warning&after=%d", n/2)),
		} {
			var took []time.Duration
			weight := 0
			for range 30 {
				began := time.Now()
				got := r.as(visitors[i%len(visitors)], http.MethodGet, path, nil)
				took = append(took, time.Since(began))
				if weight = len(got.text); got.status != http.StatusOK || weight > maxWeight {
					t.Fatalf("%s: %d, %d bytes", path, got.status, weight)
				}
			}
			t.Logf("changes=%d %s p50=%s p95=%s bytes=%d (%s)", n, path, share(took, 50).Round(100*time.Microsecond), share(took, 95).Round(100*time.Microsecond), weight, engineOf(place))
		}
	})
}

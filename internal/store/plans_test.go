package store_test

import (
	"errors"
	"regexp"
	"strings"
	"testing"

	"usher/internal/store"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// wholeTable is what each engine says of a table that it reads from end to end. Few rows
// are ever in directory, subscription and portal.
var wholeTable = regexp.MustCompile(`(?m)SCAN (account|attempt|attribute_value|batch_row|conflict|event|group_member|identifier|person|person_due|record|seat|[ehmrtv])$|SCAN (event|e|person|record|seat) USING|Seq Scan on (account|attempt|attribute_value|batch_row|conflict|event|group_member|identifier|person|person_due|record|seat)\b`)

// TestNoLookupReadsAWholeTable runs what a SCIM request, a call to a portal and a sweep
// look up, each of them once for every person at the least.
func TestNoLookupReadsAWholeTable(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		plans, err := s.Plans(ctx, func(tx *store.Tx) error {
			var errs []error
			note := func(_ any, err error) {
				if !errors.Is(err, usher.ErrNotFound) {
					errs = append(errs, err)
				}
			}
			note(nil, tx.Remember(ctx, store.Around{
				Directory: "d", Records: []usher.ID{"r", "q"}, Identifiers: []usher.Identifier{{Space: usher.SpaceAddress, Key: "x"}},
				References: []string{"x", "y", "z"},
			}))
			note(tx.AccountOf(ctx, "p", usher.AccountPerson, "x"))
			note(tx.AccountByRemote(ctx, "p", usher.AccountPerson, "x"))
			note(tx.AccountsOf(ctx, "x"))
			note(tx.AccountsNotSeen(ctx, "p", usher.AccountPerson, 1))
			note(tx.DueAccounts(ctx, "p", 1))
			note(tx.RemoteIDs(ctx, "p", []usher.ID{"x", "y"}))
			note(tx.TeamMembersAt(ctx, "t", "p", 1))
			note(tx.BatchRowsOf(ctx, "x", 1))
			note(tx.Attempts(ctx, "x", 1))
			note(tx.OpenConflictsOf(ctx, "r", "x"))
			note(tx.FindIdentifiers(ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: "x"}}))
			note(tx.IdentifiersOf(ctx, "x"))
			note(tx.RecordsOfPerson(ctx, "x"))
			note(tx.RecordByReference(ctx, "d", "x"))
			note(tx.RecordsBearing(ctx, "x"))
			note(tx.FindRecord(ctx, "d", "x", "x"))
			note(tx.PeopleReferringTo(ctx, "d", []string{"x"}))
			note(tx.Reports(ctx, "x"))
			note(tx.PeopleNamed(ctx, "x"))
			note(tx.EndedPeople(ctx, 1))
			note(tx.TakeDue(ctx, 1))
			note(tx.LapsedDecisions(ctx, 1))
			note(tx.GroupsOfRecord(ctx, "x"))
			note(tx.PeopleInGroup(ctx, "g"))
			note(tx.GroupExists(ctx, "x"))
			note(tx.LiveSeat(ctx, "s", "x"))
			note(tx.LiveSeatsOf(ctx, "x"))
			note(tx.Queue(ctx, "s", 1))
			note(tx.DueSeats(ctx, 1))
			note(tx.Leaving(ctx, "s"))
			note(tx.LeavingBy(ctx, "d"))
			note(tx.HeldSeats(ctx, "h"))
			note(tx.DiscardedAt(ctx, "s", "x", 1))
			note(tx.CountOccupied(ctx, "s"))
			note(tx.SubscriptionsToFill(ctx))
			note(tx.WindowOfInvitations(ctx, "s", 1))
			note(tx.Events(ctx, store.EventQuery{Person: "x"}))
			_, _, err := tx.WindowOfReleases(ctx, "s", 1)
			note(nil, err)
			note(tx.LeaversOf(ctx, "d", 1))
			return errors.Join(errs...)
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(plans) < 39 {
			t.Fatalf("%d plans", len(plans))
		}
		for query, plan := range plans {
			if wholeTable.MatchString(plan) || plan == "" {
				t.Errorf("%s\n%s", query, plan)
			}
		}
	})
}

// TestAbsencesAreFoundByTheirIndex: those who are missing are few, and counted for every file.
func TestAbsencesAreFoundByTheirIndex(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		plans, err := s.Plans(t.Context(), func(tx *store.Tx) error {
			_, err := tx.RosterAbsences(t.Context(), "d")
			return errors.Join(err, tx.AbsentRows(t.Context(), "d", func(string, int) error { return nil }))
		})
		if err != nil || len(plans) != 2 {
			t.Fatalf("%d plans, %v", len(plans), err)
		}
		for query, plan := range plans {
			if !strings.Contains(plan, "roster_row_absent") {
				t.Errorf("%s\n%s", query, plan)
			}
		}
	})
}

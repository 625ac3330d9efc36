package demo

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// scenes are the story.
func (s *story) scenes() []scene {
	c := s.cast
	return []scene{
		{
			"Okta pushes three people whose manager has not arrived",
			"Okta looks each person up by userName and creates who is missing. All three name " + c.lead.name() + " as their manager, whom usher does not know yet: that blocks nobody.",
			func(ctx context.Context) error { return each(ctx, c.sales, s.okta.create) },
		},
		{
			"The manager arrives after her reports",
			"Her reports need no second push: the lines to her heal by themselves, here and at the portal. Her title entitles her to coaching as well.",
			func(ctx context.Context) error { return s.okta.create(ctx, c.lead) },
		},
		{
			"Six people are entitled to the last four seats of coaching",
			"Four leads take them. " + c.late.name() + " is queued; then comes " + c.head.name() + ", who is served first by the subscription's priority. Okta gets a plain 201 for everybody: no seat is a state, not an error, and nobody is evicted.",
			func(ctx context.Context) error {
				if err := each(ctx, c.leads, s.okta.create); err != nil {
					return err
				}
				return each(ctx, []person{c.late, c.head}, s.okta.create)
			},
		},
		{
			"Why has " + c.late.name() + " no seat?",
			"`usher explain " + c.late.address() + "` answers from the same rules and records by which usher decides:",
			func(ctx context.Context) error { return s.explain(ctx, c.late.address()) },
		},
		{
			c.leaver.name() + " leaves, and the next in line is promoted",
			"Okta never deletes, it sets active to false. The release settles (here for a second; 15 minutes unless configured), the portal confirms that her account is ended, and only then is the seat given on.",
			func(ctx context.Context) error { return s.okta.deactivate(ctx, c.leaver) },
		},
		{
			c.mover.name() + " changes department",
			"Okta replaces the whole profile. The rule of courses no longer holds for him: his seat goes, his account is ended, his team changes.",
			func(ctx context.Context) error {
				moved := c.mover
				moved.department, moved.title = "Finance", "Analyst"
				return s.okta.replace(ctx, moved)
			},
		},
		{
			"Entra pushes another department and a group",
			"In its own dialect, without any switch: operations with capital letters, the manager in a PATCH of its own, a group that is filled afterwards. The group Change Network entitles to seats at prosci, a portal without any interface: usher writes a worklist. " + c.both.name() + ", whom Okta pushed already, stays one person.",
			s.entraArrives,
		},
		{
			"A person works through the list and confirms it",
			"As with `usher batch confirm`, row by row. " + c.network[0].given + ", the manager of some of them, comes before her people, so that the same list can name her.",
			s.confirmAll,
		},
		{
			c.bride.name() + " marries",
			"Name, userName and e-mail address change at once. Entra still knows her by the same external id: she stays the same person with the same seat, and her old address still finds her.",
			func(ctx context.Context) error {
				married := c.bride
				married.family = "Lindgren"
				return s.entra.rename(ctx, married)
			},
		},
		{
			"A mistake: Entra switches five people off at once",
			"Somebody narrowed the scope of the application. The guard lets 3 releases a day go by themselves; with the fourth, all of them are held. Entra gets a 200, nobody loses a seat, and the portal hears nothing.",
			func(ctx context.Context) error { return each(ctx, s.switchedOff(), s.turn("False")) },
		},
		{
			"The mistake is undone",
			"Entra switches them on again. Who comes back in time was never gone: the worklist stays as it was. An admin closes the hold.",
			s.undo,
		},
	}
}

// each does one thing for all of some people, in order.
func each(ctx context.Context, people []person, f func(context.Context, person) error) error {
	for _, p := range people {
		if err := f(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) entraArrives(ctx context.Context) error {
	people := s.cast.network
	if err := each(ctx, people, s.entra.create); err != nil {
		return err
	}
	manager := people[0]
	for _, p := range people[1:] {
		if p.externalID == s.cast.both.externalID {
			continue // Okta's word on his manager counts more
		}
		if err := s.entra.setManager(ctx, p, manager); err != nil {
			return err
		}
	}
	return s.entra.group(ctx, "Change Network", people)
}

// confirmAll settles every list, and those that come of it.
func (s *story) confirmAll(ctx context.Context) error {
	for {
		batches, err := s.look().Batches(ctx, s.prosci.ID)
		if err != nil {
			return err
		}
		if len(batches) == 0 || batches[0].ClosedAt != 0 {
			return nil
		}
		if err := s.confirm(ctx, batches[0]); err != nil {
			return err
		}
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
}

// shownRows is how many rows of a list are shown.
const shownRows = 3

// confirm settles the rows of a list, as the person at the portal would.
func (s *story) confirm(ctx context.Context, b usher.Batch) error {
	rows, err := s.look().BatchRows(ctx, b.ID)
	if err != nil {
		return err
	}
	s.page.row("confirmed", b.Name)
	for i, r := range rows {
		if i == len(rows)-1 {
			// All that comes of the others shall be in the next list, which the last row lets go.
			if err := s.rest(ctx); err != nil {
				return err
			}
		}
		if err := s.daemon.Ledger().ConfirmBatchRow(ctx, admin("done at the portal"), b.Name, r.Row, true, ""); err != nil {
			return err
		}
		if i < shownRows {
			s.page.row("", fmt.Sprintf("row %d: %s", r.Row, r.Text))
		}
	}
	if more := len(rows) - shownRows; more > 0 {
		s.page.row("", fmt.Sprintf("and %d more rows", more))
	}
	return nil
}

// switchedOff are the five who fall victim to a mistake.
func (s *story) switchedOff() []person {
	n := s.cast.network
	return []person{n[1], n[3], n[4], n[5], n[6]}
}

func (s *story) turn(value string) func(context.Context, person) error {
	return func(ctx context.Context, p person) error { return s.entra.setActive(ctx, p, value) }
}

func (s *story) undo(ctx context.Context) error {
	if err := each(ctx, s.switchedOff(), s.turn("True")); err != nil {
		return err
	}
	holds, err := s.look().Holds(ctx, true)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if err := s.daemon.Ledger().DiscardHold(ctx, admin("a mistake in Entra's scope"), h.Number); err != nil {
			return err
		}
	}
	return nil
}

package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"usher/internal/usher"
)

// standing writes who sits where now, of what the story has come to, and what the portals
// show.
func (s *story) standing(ctx context.Context) error {
	for _, id := range slices.SortedFunc(maps.Keys(s.subscriptions), s.byName) {
		text, err := s.seats(ctx, s.subscriptions[id].Name)
		if err != nil {
			return err
		}
		if s.shown[id] != text {
			s.page.row(s.subscriptions[id].Name, text)
		}
		s.shown[id] = text
	}
	s.page.row(s.learning.Name, s.learningShows())
	text, err := s.prosciShows(ctx)
	if text != "" {
		s.page.row(s.prosci.Name, text)
	}
	return err
}

func (s *story) byName(a, b usher.ID) int {
	return strings.Compare(s.subscriptions[a].Name, s.subscriptions[b].Name)
}

// manyNames is from how many people on a subscription is told as a number.
const manyNames = 8

// seats tells of a subscription: how many are taken, by whom, and who is queued.
func (s *story) seats(ctx context.Context, name string) (string, error) {
	sub, err := s.look().SubscriptionNamed(ctx, name)
	if err != nil {
		return "", err
	}
	seats, err := s.look().LiveSeats(ctx, sub.ID)
	if err != nil {
		return "", err
	}
	var sit, queue []string
	for _, seat := range seats {
		p, err := s.look().Person(ctx, seat.Person)
		if err != nil {
			return "", err
		}
		if seat.State == usher.Queued {
			queue = append(queue, fmt.Sprintf("%d %s", len(queue)+1, p.Name()))
		} else {
			sit = append(sit, p.Name())
		}
	}
	text := fmt.Sprintf("%d of %d seats taken", sub.Used, sub.Purchased)
	if slices.Sort(sit); len(sit) > 0 && len(sit) <= manyNames {
		text += ": " + strings.Join(sit, ", ")
	}
	if len(queue) > 0 {
		text += "; queue: " + strings.Join(queue, ", ")
	}
	return text, nil
}

// learningShows tells what the SCIM portal itself holds.
func (s *story) learningShows() string {
	active, managed, ended := 0, 0, 0
	for _, u := range s.portal.Users() {
		switch {
		case !u.Active:
			ended++
		case u.Manager != "":
			managed++
			fallthrough
		default:
			active++
		}
	}
	parts := []string{fmt.Sprintf("in line: it shows %d active accounts, %d of them with a manager", active, managed)}
	if ended > 0 {
		parts = append(parts, fmt.Sprintf("%d ended", ended))
	}
	var teams []string
	for _, g := range s.portal.Groups() {
		if len(g.Members) > 0 {
			teams = append(teams, fmt.Sprintf("%s %d", g.DisplayName, len(g.Members)))
		}
	}
	if slices.Sort(teams); len(teams) > 0 {
		parts = append(parts, "teams "+strings.Join(teams, ", "))
	}
	return strings.Join(parts, "; ")
}

// prosciShows tells of the last list for the person who keeps the other portal by hand;
// nothing when there is none.
func (s *story) prosciShows(ctx context.Context) (string, error) {
	batches, err := s.look().Batches(ctx, s.prosci.ID)
	if err != nil || len(batches) == 0 {
		return "", err
	}
	last := batches[0]
	rows, err := s.look().BatchRows(ctx, last.ID)
	if err != nil {
		return "", err
	}
	open, err := s.look().OpenRows(ctx, last.ID)
	if len(open) == 0 {
		return fmt.Sprintf("in line: every row of %s is confirmed", last.Name), err
	}
	return fmt.Sprintf("%d of %d rows of %s to be confirmed by a person", len(open), len(rows), last.Name), err
}

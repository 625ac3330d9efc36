package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/internal/usher"
	"usher/sync/plan"
)

const oneDay = 24 * time.Hour

// noon is when the forecasts of these tests begin.
var noon = usher.TimeOf(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))

func inDays(n float64) usher.Time { return noon.Add(time.Duration(n * float64(oneDay))) }

func queuedSeat(person string, priority int64, asked float64) usher.Seat {
	return usher.Seat{ID: usher.ID("s-" + person), Person: usher.ID(person), State: usher.Queued, Priority: priority, RequestedAt: inDays(asked)}
}

func activeSeat(person string) usher.Seat {
	return usher.Seat{ID: usher.ID("s-" + person), Person: usher.ID(person), State: usher.Active, SeatedAt: inDays(-100)}
}

func ends(person string, day float64) plan.Turn {
	return plan.Turn{At: inDays(day), Person: usher.ID(person), Wish: plan.Wish{By: plan.ByEnd, Reason: "left"}}
}

func joins(person string, day float64, priority int64) plan.Turn {
	return plan.Turn{At: inDays(day), Person: usher.ID(person), Wish: plan.Wish{Wanted: true, Priority: priority, Reason: "rule"}}
}

// told are the moves of a forecast, each as "day person what".
func told(f plan.Forecast) []string {
	var list []string
	for _, m := range f.Moves {
		list = append(list, fmt.Sprintf("%d %s %s", int((m.At.Sub(noon)+oneDay-1)/oneDay), m.Person, m.Kind))
	}
	return list
}

func TestForecast(t *testing.T) {
	full := usher.Subscription{ID: "adkar", Purchased: 2, Used: 2, Cap: 2}
	for name, c := range map[string]struct {
		outlook plan.Outlook
		want    []string
		line    []string // who is queued at the end
		emptyIn int
		last    plan.Day // without At
	}{
		"nothing is dated": {
			plan.Outlook{Sub: full, Live: true, Seats: []usher.Seat{queuedSeat("eve", 0, -1)}}, nil, []string{"eve"}, 0, plan.Day{Purchased: 2, Occupied: 2, Queued: 1},
		},
		"a last day gives the seat to the first of the queue": {
			plan.Outlook{Sub: full, Live: true, Seats: []usher.Seat{activeSeat("bob"), queuedSeat("eve", 0, -1), queuedSeat("ida", 5, -1)}, Turns: []plan.Turn{ends("bob", 2.5)}},
			[]string{"3 bob leaving", "3 bob released", "3 ida seated"}, []string{"eve"}, 0, plan.Day{Purchased: 2, Occupied: 2, Queued: 1},
		},
		"a hard pool waits for the portal": {
			plan.Outlook{Sub: full, Live: true, Hard: true, Seats: []usher.Seat{activeSeat("bob"), queuedSeat("eve", 0, -1)}, Turns: []plan.Turn{ends("bob", 2.5)}},
			[]string{"3 bob leaving", "4 bob released", "4 eve seated"}, nil, 0, plan.Day{Purchased: 2, Occupied: 2},
		},
		"a joiner takes the last free seat, the next one queues": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2, Used: 1}, Live: true, Turns: []plan.Turn{joins("una", 4, 0), joins("vic", 5, 0)}},
			[]string{"4 una queued", "4 una seated", "5 vic queued"}, []string{"vic"}, 4, plan.Day{Purchased: 2, Occupied: 2, Queued: 1},
		},
		"at a portal that is only observed nobody is seated": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2}, Turns: []plan.Turn{joins("una", 4, 0)}}, []string{"4 una queued"}, []string{"una"}, -1, plan.Day{Purchased: 2, Queued: 1, Free: 2},
		},
		"the end of a term releases nobody and seats nobody": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2, Used: 1, EndsAt: inDays(3)}, Live: true, Seats: []usher.Seat{activeSeat("bob")}, Turns: []plan.Turn{joins("una", 4, 0)}},
			[]string{"4 una queued"}, []string{"una"}, -1, plan.Day{Purchased: 2, Occupied: 1, Queued: 1, Free: 1},
		},
		"a term that begins seats the queue": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2, StartsAt: inDays(3)}, Live: true, Seats: []usher.Seat{queuedSeat("eve", 0, -1)}},
			[]string{"3 eve seated"}, nil, -1, plan.Day{Purchased: 2, Occupied: 1, Free: 1},
		},
		"what settles is given on when it has settled; what a hold stops is not": {
			plan.Outlook{Sub: full, Live: true, Seats: []usher.Seat{
				leavingSeat("bob", 2, ""), leavingSeat("cat", 2, "h1"), queuedSeat("eve", 0, -2), queuedSeat("ida", 0, -1),
			}},
			[]string{"2 bob released", "2 eve seated"}, []string{"ida"}, 0, plan.Day{Purchased: 2, Occupied: 2, Queued: 1, Releasing: 1},
		},
		"nobody is evicted when there are fewer seats": {
			plan.Outlook{Sub: full, Live: true, Seats: []usher.Seat{activeSeat("bob"), queuedSeat("eve", 0, -1)}, Purchases: []plan.Purchase{{At: inDays(1), Seats: 1}},
				Turns: []plan.Turn{ends("bob", 5)}},
			[]string{"5 bob leaving", "5 bob released"}, []string{"eve"}, 0, plan.Day{Purchased: 1, Occupied: 1, Queued: 1},
		},
		"a seat that is kept back goes to whom it is for": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2, Used: 1, Reserved: 1}, Live: true, Seats: []usher.Seat{queuedSeat("eve", 9, -9), keptSeat("ida", 1)}},
			[]string{"0 ida seated"}, []string{"eve"}, 0, plan.Day{Purchased: 2, Occupied: 2, Queued: 1},
		},
		"and after its day to whoever is next": {
			plan.Outlook{Sub: usher.Subscription{Purchased: 2, Used: 1, Reserved: 1}, Live: true, Seats: []usher.Seat{queuedSeat("eve", 9, -9)}},
			[]string{"1 eve seated"}, nil, 1, plan.Day{Purchased: 2, Occupied: 2},
		},
		"whoever is wanted again keeps the seat": {
			plan.Outlook{Sub: full, Live: true, Seats: []usher.Seat{leavingSeat("bob", 5, "")}, Turns: []plan.Turn{joins("bob", 2, 0)}}, nil, nil, 0, plan.Day{Purchased: 2, Occupied: 2},
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := c.outlook.Ahead(noon, 10)
			if got := told(f); !slices.Equal(got, c.want) {
				t.Errorf("moves %q, want %q", got, c.want)
			}
			var line []string
			for _, s := range f.Queue {
				line = append(line, string(s.Person))
			}
			if !slices.Equal(line, c.line) {
				t.Errorf("queue at the end %q, want %q", line, c.line)
			}
			if got := f.EmptyIn(); got != c.emptyIn {
				t.Errorf("no seat is free in %d days, want %d", got, c.emptyIn)
			}
			last := f.Days[len(f.Days)-1]
			if last.At = 0; last != c.last || len(f.Days) != 11 {
				t.Errorf("%d days, at last %+v, want %+v", len(f.Days), last, c.last)
			}
		})
	}
}

func leavingSeat(person string, due float64, hold usher.ID) usher.Seat {
	s := activeSeat(person)
	s.LeavingAt, s.DueAt, s.Hold = inDays(-1), inDays(due), hold
	return s
}

func keptSeat(person string, until float64) usher.Seat {
	s := queuedSeat(person, 0, -1)
	s.ReservedUntil = inDays(until)
	return s
}

func TestWhatIf(t *testing.T) {
	here := plan.Outlook{Sub: usher.Subscription{Purchased: 3, Used: 3}, Live: true, Seats: []usher.Seat{activeSeat("bob"), activeSeat("cat"), queuedSeat("eve", 0, -1)},
		Turns: []plan.Turn{ends("bob", 3), joins("bob", 6, 0)}}
	more, fewer := 5, -1
	for name, c := range map[string]struct {
		assumed plan.WhatIf
		want    string
	}{
		"nothing":                             {plan.WhatIf{}, "3 bob leaving, 3 bob released, 3 eve seated, 6 bob queued"},
		"two more":                            {plan.WhatIf{Purchased: &more, From: inDays(1)}, "1 eve seated, 3 bob leaving, 3 bob released, 6 bob queued, 6 bob seated"},
		"none at all":                         {plan.WhatIf{Purchased: &fewer, From: inDays(1)}, "3 bob leaving, 3 bob released, 6 bob queued"},
		"somebody goes":                       {plan.WhatIf{Leavers: []plan.Assumed{{Person: "cat", At: inDays(1)}}}, "1 cat leaving, 1 cat released, 1 eve seated, 3 bob leaving, 3 bob released, 6 bob queued, 6 bob seated"},
		"who goes earlier does not come back": {plan.WhatIf{Leavers: []plan.Assumed{{Person: "bob", At: inDays(2)}}}, "2 bob leaving, 2 bob released, 2 eve seated"},
		"a hire of a high priority": {plan.WhatIf{Hires: []plan.Assumed{{Person: "new", At: inDays(1), Priority: 7}}},
			"1 new queued, 3 bob leaving, 3 bob released, 3 new seated, 6 bob queued"},
	} {
		if got := strings.Join(told(here.If(c.assumed).Ahead(noon, 8)), ", "); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	if len(here.Turns) != 2 || here.Purchases != nil {
		t.Error("what is assumed has changed what is")
	}
}

// TestForecastKeepsTheRules: whatever happens on whatever day, there are never more seats taken than were bought or than
// were taken already, nobody is passed over by somebody behind them, and the numbers of each day are those of its names.
func TestForecastKeepsTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := drawOutlook(t)
		f := o.Ahead(noon, 30)
		most := max(o.Sub.Purchased, o.Sub.Used)
		for _, p := range o.Purchases {
			most = max(most, p.Seats)
		}
		used, queued := o.Sub.Used, len(o.Seats)
		for _, s := range o.Seats {
			if s.State != usher.Queued {
				queued--
			}
		}
		moves := f.Moves
		for i, d := range f.Days {
			before := used
			for len(moves) > 0 && moves[0].At <= d.At {
				switch moves[0].Kind {
				case plan.MoveQueued:
					queued++
				case plan.MoveDequeued:
					queued--
				case plan.MoveSeated:
					used, queued = used+1, queued-1
				case plan.MoveReleased:
					used--
				}
				moves = moves[1:]
			}
			if d.Occupied != used || d.Queued != queued || d.Free != d.Purchased-d.Occupied {
				t.Fatalf("day %d is %+v, by the moves %d occupied and %d queued", i, d, used, queued)
			}
			if d.Occupied > most || d.Occupied > before && d.Occupied > d.Purchased {
				t.Fatalf("day %d: %d occupied of %d, %d before", i, d.Occupied, d.Purchased, before)
			}
		}
		if len(moves) > 0 || len(f.Queue) != queued {
			t.Fatalf("%d moves are of no day; %d queued at the end, by the moves %d", len(moves), len(f.Queue), queued)
		}
		inOrder(t, o, f)
	})
}

// inOrder holds who was seated against who was queued ahead of them from the beginning and still is at the end. Whoever
// has a turn may have gone ahead by it.
func inOrder(t *rapid.T, o plan.Outlook, f plan.Forecast) {
	seats := map[usher.ID]usher.Seat{}
	for _, s := range o.Seats {
		seats[s.Person] = s
	}
	for _, m := range f.Moves {
		given, known := seats[m.Person]
		turned := slices.ContainsFunc(o.Turns, func(t plan.Turn) bool { return t.Person == m.Person })
		if m.Kind != plan.MoveSeated || !known || turned || given.State != usher.Queued {
			continue
		}
		for _, s := range f.Queue {
			ahead := s.Priority > given.Priority || s.Priority == given.Priority && s.RequestedAt < given.RequestedAt
			if old, same := seats[s.Person]; same && old == s && s.Hold == "" && ahead {
				t.Fatalf("%s was seated, and %s, who is ahead, is still queued", m.Person, s.Person)
			}
		}
	}
}

func drawOutlook(t *rapid.T) plan.Outlook {
	o := plan.Outlook{Sub: usher.Subscription{Purchased: rapid.IntRange(0, 6).Draw(t, "purchased"), Settle: 15 * time.Minute}, Live: true, Hard: rapid.Bool().Draw(t, "hard")}
	for i := range rapid.IntRange(0, 10).Draw(t, "seats") {
		person := fmt.Sprint("p", i)
		switch rapid.IntRange(0, 3).Draw(t, "state") {
		case 0:
			o.Seats = append(o.Seats, activeSeat(person))
		case 1:
			hold := rapid.SampledFrom([]usher.ID{"", "", "h1"}).Draw(t, "hold")
			o.Seats = append(o.Seats, leavingSeat(person, float64(rapid.IntRange(0, 9).Draw(t, "due")), hold))
		default:
			s := queuedSeat(person, int64(rapid.IntRange(0, 2).Draw(t, "priority")), -float64(i))
			s.Hold = rapid.SampledFrom([]usher.ID{"", "", "", "h1"}).Draw(t, "hold")
			o.Seats = append(o.Seats, s)
			continue
		}
		o.Sub.Used++
	}
	for i := range rapid.IntRange(0, 8).Draw(t, "turns") {
		person, day := fmt.Sprint("p", rapid.IntRange(0, 12).Draw(t, "who")), float64(rapid.IntRange(0, 29).Draw(t, "day"))
		turn := ends(person, day)
		if rapid.Bool().Draw(t, "joins") {
			turn = joins(person, day, int64(i%3))
		}
		o.Turns = append(o.Turns, turn)
	}
	if rapid.Bool().Draw(t, "renewed") {
		o.Purchases = []plan.Purchase{{At: inDays(float64(rapid.IntRange(0, 20).Draw(t, "from"))), Seats: rapid.IntRange(0, 8).Draw(t, "seats then")}}
	}
	return o
}

// BenchmarkForecast is 10,000 people with a date each, over a year.
func BenchmarkForecast(b *testing.B) {
	o := plan.Outlook{Sub: usher.Subscription{Purchased: 5000, Used: 5000}, Live: true}
	for i := range 10_000 {
		person := fmt.Sprint("p", i)
		if i < 5000 {
			o.Seats = append(o.Seats, activeSeat(person))
			o.Turns = append(o.Turns, ends(person, float64(i%365)))
		} else {
			o.Turns = append(o.Turns, joins(person, float64(i%365), 0))
		}
	}
	for b.Loop() {
		o.Ahead(noon, 365)
	}
}

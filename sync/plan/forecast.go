package plan

import (
	"cmp"
	"slices"
	"time"

	"usher/internal/usher"
)

// Turn is a date on which what is wished for one person in a subscription changes: a first or last day, the end of a
// guest's time, a decision that lapses, or what somebody only assumes.
type Turn struct {
	At     usher.Time
	Person usher.ID
	Wish   Wish
}

// Purchase is a date from which a subscription has another number of seats.
type Purchase struct {
	At    usher.Time
	Seats int
}

// Outlook is what a forecast of one subscription starts from.
type Outlook struct {
	Sub usher.Subscription
	// Live is false at a portal that usher only observes: nobody is seated there.
	Live bool
	// Hard says that a seat is free when the portal has confirmed its release.
	Hard bool
	// Seats are the head of the queue, and those occupied seats that can move: of whoever has a turn, or is leaving. The
	// other occupied ones are in Sub.Used alone.
	Seats []usher.Seat
	// Behind is how many are queued behind those of Seats.
	Behind    int
	Turns     []Turn
	Purchases []Purchase
}

// Forecast is what becomes of a subscription as far as dates tell.
type Forecast struct {
	// Days are the state now and after each day.
	Days []Day
	// Moves are who is queued, seated and released, in order.
	Moves []Move
	// Queue is who is queued at the end, in the order in which they are served.
	Queue []usher.Seat
}

// Day is the state of a subscription at an instant.
type Day struct {
	At        usher.Time
	Purchased int
	Occupied  int // releasing included
	Queued    int
	Releasing int // their release has begun, or is settling
	Free      int // negative: over by so many
}

// Move is what becomes of one person.
type Move struct {
	At     usher.Time
	Person usher.ID
	Kind   MoveKind
	Why    string
}

// MoveKind says what a Move does.
type MoveKind string

// The kinds of moves.
const (
	MoveQueued   MoveKind = "queued"
	MoveDequeued MoveKind = "left the queue"
	MoveSeated   MoveKind = "seated"
	MoveLeaving  MoveKind = "leaving"
	MoveReleased MoveKind = "released"
)

// confirmedIn is how long the portal of a hard pool is taken to need until it confirms a release.
const confirmedIn = 24 * time.Hour

// Ahead replays a subscription for some days, a day at a time, with the steps and the order of the real thing (Next and
// Allocate). It knows what dates say and nothing else: no hold is decided, no guard trips, nobody comes of whom nobody
// has said so. The end of a term releases nobody and seats nobody new.
func (o Outlook) Ahead(now usher.Time, days int) Forecast {
	r := newReplay(o)
	for i := range days + 1 {
		if i == 1 {
			r.sub.Reserved, r.kept = 0, false // what is kept back for somebody is for a day
		}
		r.day(now.Add(time.Duration(i) * 24 * time.Hour))
	}
	r.out.Queue = r.line()
	return r.out
}

// EmptyIn is in how many days no seat is free; 0: none is now, -1: some still are at the end.
func (f Forecast) EmptyIn() int {
	return slices.IndexFunc(f.Days, func(d Day) bool { return d.Free <= 0 })
}

// replay is a subscription on its way through the days.
type replay struct {
	Outlook

	sub   usher.Subscription
	seats map[usher.ID]*usher.Seat // by person; those that are not released
	queue []*usher.Seat            // in the order in which it is served, without regard to who has a seat kept back
	going map[usher.ID]*usher.Seat // who leaves, or is releasing
	kept  bool                     // somebody may have a seat kept back
	out   Forecast
}

func newReplay(o Outlook) *replay {
	r := &replay{Outlook: o, sub: o.Sub, seats: map[usher.ID]*usher.Seat{}, going: map[usher.ID]*usher.Seat{}, kept: true}
	r.Turns, r.Purchases = slices.Clone(o.Turns), slices.Clone(o.Purchases)
	slices.SortStableFunc(r.Turns, func(a, b Turn) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Person, b.Person)) })
	slices.SortStableFunc(r.Purchases, func(a, b Purchase) int { return cmp.Compare(a.At, b.At) })
	for _, s := range o.Seats {
		r.put(s)
	}
	return r
}

// put keeps a seat where it belongs in its state.
func (r *replay) put(s usher.Seat) {
	if old := r.seats[s.Person]; old != nil && old.State == usher.Queued {
		if at, stands := r.place(*old); stands {
			r.queue = slices.Delete(r.queue, at, at+1)
		}
	}
	delete(r.seats, s.Person)
	delete(r.going, s.Person)
	if !s.State.Live() {
		return
	}
	r.seats[s.Person] = &s
	switch {
	case s.State == usher.Queued:
		at, _ := r.place(s)
		r.queue = slices.Insert(r.queue, at, &s)
	case s.State == usher.Releasing || s.LeavingAt != 0:
		r.going[s.Person] = &s
	}
}

// place is where a seat stands in the queue, or would.
func (r *replay) place(s usher.Seat) (int, bool) {
	return slices.BinarySearchFunc(r.queue, s, func(a *usher.Seat, s usher.Seat) int { return served(*a, s) })
}

// day brings everything up to an instant: first what is wished, then who goes, then who comes.
func (r *replay) day(at usher.Time) {
	for len(r.Purchases) > 0 && r.Purchases[0].At <= at {
		r.sub.Purchased = r.Purchases[0].Seats
		r.Purchases = r.Purchases[1:]
	}
	for len(r.Turns) > 0 && r.Turns[0].At <= at {
		r.turn(r.Turns[0])
		r.Turns = r.Turns[1:]
	}
	r.release(at)
	r.give(at)
	r.out.Days = append(r.out.Days, Day{At: at, Purchased: r.sub.Purchased, Occupied: r.sub.Used, Queued: len(r.queue) + r.Behind,
		Releasing: len(r.going), Free: r.sub.Vacant()})
}

func (r *replay) turn(t Turn) {
	step := Next(r.seats[t.Person], r.sub, t.Wish, "", t.At)
	s := step.Seat
	switch step.Kind {
	case StepQueue:
		s.ID, s.Person = t.Person, t.Person
		r.move(t.At, s, MoveQueued)
	case StepDequeue:
		r.move(t.At, s, MoveDequeued)
	case StepLeave:
		if t.Wish.By == ByWithhold {
			s.DueAt = t.At // a human said so by name: nothing to settle
		}
		r.move(t.At, s, MoveLeaving)
	}
	if step.Changed {
		r.put(s)
	}
}

func (r *replay) move(at usher.Time, s usher.Seat, kind MoveKind) {
	r.out.Moves = append(r.out.Moves, Move{At: at, Person: s.Person, Kind: kind, Why: s.Reason})
}

// release lets go of those whose release has settled, and of those whom the portal has confirmed.
func (r *replay) release(at usher.Time) {
	for _, s := range ordered(r.going) {
		switch {
		case s.State == usher.Releasing && s.ChangedAt.Add(confirmedIn) > at, s.State != usher.Releasing && (s.Hold != "" || s.DueAt > at):
			continue
		case s.State != usher.Releasing && r.Hard && s.DueAt.Add(confirmedIn) > at:
			s.State, s.ChangedAt = usher.Releasing, s.DueAt
		default:
			s.State, s.ReleasedAt = usher.Released, at
			r.sub.Used--
			r.move(at, s, MoveReleased)
		}
		r.put(s)
	}
}

// give seats those whose turn it is.
func (r *replay) give(at usher.Time) {
	if !r.Live || len(r.queue) == 0 || r.sub.Vacant() <= 0 {
		return
	}
	for _, s := range Allocate(r.sub, r.next(), at) {
		s.State, s.SeatedAt, s.ReservedUntil = usher.Invited, at, 0
		r.sub.Used++
		r.move(at, s, MoveSeated)
		r.put(s)
	}
}

// next are as many of the head of the queue as could be seated; all of it while somebody may have a seat kept back.
func (r *replay) next() (list []usher.Seat) {
	for _, s := range r.queue {
		if !r.kept && len(list) >= r.sub.Vacant() {
			break
		}
		if s.Hold == "" {
			list = append(list, *s)
		}
	}
	return list
}

// line is the queue in the order in which it is served.
func (r *replay) line() []usher.Seat {
	queue := make([]usher.Seat, 0, len(r.queue))
	for _, s := range r.queue {
		queue = append(queue, *s)
	}
	return queue
}

// ordered are seats in an order that no map decides.
func ordered(seats map[usher.ID]*usher.Seat) []usher.Seat {
	list := make([]usher.Seat, 0, len(seats))
	for _, s := range seats {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b usher.Seat) int { return cmp.Compare(a.Person, b.Person) })
	return list
}

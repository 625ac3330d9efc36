package ledger

import (
	"context"
	"fmt"
	"sync"
	"time"

	"usher/internal/store"
	"usher/internal/usher"
)

// peopleIndex keeps a table of all people in memory and in line with the store, so that a search asks the database for no
// more than it shows. Nothing is written for it: it listens.
//
// What this process commits is noted as it commits, and read again before the next search. What another one does is learned
// from the chain of events, which has an order in which nothing comes late; it takes the seconds until an event is sealed.
// Every change of what is searched has an event about the person.
type peopleIndex struct {
	store *store.Store

	reading sync.Mutex // one at a time reads what changed; held for no search

	mu    sync.RWMutex // table and all in it
	table *peopleTable // nil: not built yet

	noting  sync.Mutex
	listens bool
	changed map[usher.ID]bool // by this process, and not read again yet
	own     map[usher.ID]bool // events of this process that were not met in the chain yet

	// Below is what reading guards.
	sealed int64 // the number in the chain up to which events are known
	asked  usher.Time
}

const (
	// readAtOnce is how many people are read again at the most before a search: who types does not wait for a bulk load.
	readAtOnce = 512
	// chainEvery is how often the chain is asked for what other processes did.
	chainEvery = time.Second
	// noted bounds what is remembered while nobody searches.
	noted = 50_000
)

func newPeopleIndex(s *store.Store) *peopleIndex {
	return &peopleIndex{store: s, changed: map[usher.ID]bool{}, own: map[usher.ID]bool{}}
}

// note remembers whom a transaction that is committed was about: its events, and people beside them.
func (x *peopleIndex) note(events []usher.Event, people []usher.ID) {
	x.noting.Lock()
	defer x.noting.Unlock()
	if !x.listens {
		return
	}
	for _, e := range events {
		if e.Person != "" {
			x.changed[e.Person] = true
		}
		x.own[e.ID] = true
	}
	for _, id := range people {
		x.changed[id] = true
	}
	if len(x.own) > noted {
		clear(x.own) // they are met in the chain then, and read once more
	}
}

// take gives some of those who changed, and says whether there are more.
func (x *peopleIndex) take(limit int) (people []usher.ID, more bool) {
	x.noting.Lock()
	defer x.noting.Unlock()
	for id := range x.changed {
		if len(people) == limit {
			return people, true
		}
		people = append(people, id)
		delete(x.changed, id)
	}
	return people, false
}

// giveBack notes again who could not be read.
func (x *peopleIndex) giveBack(people []usher.ID) {
	x.noting.Lock()
	defer x.noting.Unlock()
	for _, id := range people {
		x.changed[id] = true
	}
}

// find looks for people among all whom the store has.
func (x *peopleIndex) find(ctx context.Context, w wantedPeople) (hits, error) {
	if err := x.refresh(ctx, readAtOnce); err != nil {
		return hits{}, fmt.Errorf("index of people: %w", err)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.table.find(w), nil
}

// place is where somebody stands in the order of lists; false: nobody of the id is known.
func (x *peopleIndex) place(ctx context.Context, id usher.ID) (name string, known bool, err error) {
	if err := x.refresh(ctx, readAtOnce); err != nil {
		return "", false, fmt.Errorf("index of people: %w", err)
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	at, known := x.table.at[id]
	if known {
		name = x.table.people[at].name
	}
	return name, known, nil
}

// refresh brings the table in line: whoever this process changed, limit of them at the most, and from time to time whom
// others did.
func (x *peopleIndex) refresh(ctx context.Context, limit int) error {
	if !x.behind() {
		return nil
	}
	x.reading.Lock()
	defer x.reading.Unlock()
	if x.table == nil {
		return x.build(ctx)
	}
	if err := x.askChain(ctx); err != nil {
		return err
	}
	people, _ := x.take(limit)
	if len(people) == 0 {
		return nil
	}
	if err := x.read(ctx, people); err != nil {
		x.giveBack(people)
		return err
	}
	return nil
}

// behind says whether there can be something to read.
func (x *peopleIndex) behind() bool {
	x.mu.RLock()
	built := x.table != nil
	x.mu.RUnlock()
	x.noting.Lock()
	defer x.noting.Unlock()
	return !built || len(x.changed) > 0 || x.store.Now() >= x.asked.Add(chainEvery)
}

// build reads everybody.
func (x *peopleIndex) build(ctx context.Context) error {
	x.noting.Lock()
	x.listens = true // before the snapshot begins: what it does not show is noted
	x.noting.Unlock()
	var made *peopleTable
	err := x.store.Read(ctx, func(tx *store.Tx) error {
		var err error
		if x.sealed, err = tx.LastSealed(ctx); err != nil {
			return err
		}
		made, err = everybody(ctx, tx)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.table = made
	return nil
}

// everybody makes the table of all people.
func everybody(ctx context.Context, tx *store.Tx) (*peopleTable, error) {
	_, all, err := tx.CountPeople(ctx)
	if err != nil {
		return nil, err
	}
	t := newPeopleTable(all)
	for after := usher.ID(""); ; {
		ids, err := tx.PersonIDs(ctx, after, readAtOnce)
		if err != nil {
			return nil, err
		}
		if len(ids) == 0 {
			break
		}
		facts, err := tx.FactsOf(ctx, ids)
		if err != nil {
			return nil, err
		}
		for _, f := range facts {
			t.put(f)
		}
		after = ids[len(ids)-1]
	}
	for place := range t.people {
		t.relabel(int32(place)) //nolint:gosec // there are fewer people than memory could hold
	}
	return t.inOrder(), nil
}

// read takes up what the store says of some people now.
func (x *peopleIndex) read(ctx context.Context, people []usher.ID) error {
	var facts []store.PersonFacts
	err := x.store.Read(ctx, func(tx *store.Tx) (err error) {
		facts, err = tx.FactsOf(ctx, people)
		return err
	})
	if err != nil {
		return err
	}
	x.mu.Lock()
	x.table.takeUp(people, facts)
	x.mu.Unlock()
	if !x.table.loose() {
		return nil
	}
	made := x.table.inOrder() // beside the searches: nobody but us changes the old one
	x.mu.Lock()
	x.table = made
	x.mu.Unlock()
	return nil
}

// takeUp brings some people in line with what is known of them; of whom nothing is known are gone.
func (t *peopleTable) takeUp(people []usher.ID, facts []store.PersonFacts) {
	known := make(map[usher.ID]bool, len(facts))
	var renamed []usher.ID
	for _, f := range facts {
		known[f.ID] = true
		if t.put(f) {
			renamed = append(renamed, f.ID)
		}
	}
	for _, id := range people {
		if !known[id] {
			t.drop(id)
			renamed = append(renamed, id)
		}
	}
	for id := range known {
		t.relabel(t.at[id])
	}
	for _, id := range renamed {
		t.relabelReports(id)
	}
}

// askChain notes whom other processes changed.
func (x *peopleIndex) askChain(ctx context.Context) error {
	now := x.store.Now()
	if now < x.asked.Add(chainEvery) {
		return nil
	}
	for {
		sealed, err := x.store.Look().SealedPeople(ctx, x.sealed, readAtOnce)
		if err != nil {
			return err
		}
		x.noting.Lock()
		for _, s := range sealed {
			x.sealed = s.Number
			if s.Person != "" && !x.own[s.Event] {
				x.changed[s.Person] = true
			}
			delete(x.own, s.Event)
		}
		x.asked = now
		x.noting.Unlock()
		if len(sealed) < readAtOnce {
			return nil
		}
	}
}

// KeepPeople keeps what searches look at in line until the context ends, so that the first one and one after a bulk load do
// not have to wait. Errors are told and not the end of it. Without it searches do all of this themselves.
//
// Each time it looks at some more people again, whoever they are: that another process took a leaver out of their teams, or
// that a team has a new name, has no event about a person.
func (l *Ledger) KeepPeople(ctx context.Context, failed func(error)) {
	for after := usher.ID(""); ; {
		err := l.people.catchUp(ctx)
		if err == nil {
			after, err = l.people.lookAgain(ctx, after)
		}
		if err != nil && ctx.Err() == nil {
			failed(fmt.Errorf("index of people: %w", err))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(keepEvery):
		}
	}
}

const (
	// keepEvery is how often the table is brought in line beside the searches.
	keepEvery = 3 * time.Second
	// againAtOnce is how many people are looked at again each time: all of 100,000 within 20 minutes, for a quarter of a
	// percent of one processor.
	againAtOnce = 256
)

// lookAgain reads the next people again in the order of their ids, and says where to go on.
func (x *peopleIndex) lookAgain(ctx context.Context, after usher.ID) (usher.ID, error) {
	people, err := x.store.Look().PersonIDs(ctx, after, againAtOnce)
	if err != nil || len(people) == 0 {
		return "", err
	}
	x.reading.Lock()
	defer x.reading.Unlock()
	return people[len(people)-1], x.read(ctx, people)
}

// catchUp reads until nothing is left.
func (x *peopleIndex) catchUp(ctx context.Context) error {
	for {
		if err := x.refresh(ctx, readAtOnce); err != nil {
			return err
		}
		x.noting.Lock()
		left := len(x.changed)
		x.noting.Unlock()
		if left == 0 {
			return nil
		}
	}
}

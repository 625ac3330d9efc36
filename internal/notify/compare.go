package notify

import (
	"time"

	"usher/internal/usher"
)

// SameWithin is how long after its end an incident that comes back is still the same one.
const SameWithin = day

// quiet is how long after it was told that something is over a target does not hear that it has come back.
const quiet = 4 * time.Hour

// seenEvery is how old SeenAt becomes before it is written again.
const seenEvery = 5 * time.Minute

// manner is how a kind is told of.
type manner struct {
	patience time.Duration // how long it lasts before anybody is told
	calm     time.Duration // how long it is not seen before it is over
	again    time.Duration // how long after it was told it is told that it is worse
	once     bool          // it is something that happened: told once, and its end is not told
}

func mannerOf(k usher.IncidentKind) manner {
	switch k {
	case usher.IncidentPortal:
		return manner{patience: 5 * time.Minute, calm: 10 * time.Minute}
	case usher.IncidentSeats:
		return manner{patience: 5 * time.Minute, calm: 30 * time.Minute}
	case usher.IncidentChannel:
		return manner{calm: 10 * time.Minute}
	case usher.IncidentConflict, usher.IncidentRequest:
		return manner{again: time.Hour}
	case usher.IncidentRun:
		return manner{once: true}
	}
	return manner{}
}

// thing is what an incident is about.
type thing struct {
	kind    usher.IncidentKind
	subject string
}

// Compare says which incidents change by what is seen now, and how they are then: those that begin, come back, are seen
// otherwise, or are over. kept are those that are open, and those that were resolved since SameWithin ago.
func Compare(kept, seen []usher.Incident, now usher.Time, newID func() usher.ID) (changed []usher.Incident) {
	last := map[thing]usher.Incident{}
	for _, i := range kept {
		key := thing{i.Kind, i.Subject}
		if known, twice := last[key]; !twice || !i.Open() && !known.Open() && i.ResolvedAt > known.ResolvedAt || i.Open() {
			last[key] = i
		}
	}
	present := map[thing]bool{}
	for _, s := range seen {
		key := thing{s.Kind, s.Subject}
		present[key] = true
		known, there := last[key]
		if next, differs := sight(known, there, s, now, newID); differs {
			changed = append(changed, next)
		}
	}
	for _, i := range kept {
		if i.Open() && !present[thing{i.Kind, i.Subject}] && now >= i.SeenAt.Add(mannerOf(i.Kind).calm) {
			i.ResolvedAt = now
			changed = append(changed, i)
		}
	}
	return changed
}

// sight is an incident once it is seen, and whether it is to be written.
func sight(known usher.Incident, there bool, s usher.Incident, now usher.Time, newID func() usher.ID) (usher.Incident, bool) {
	next := known
	switch {
	case !there || !known.Open() && known.ResolvedAt.Add(SameWithin) < now:
		next = usher.Incident{ID: newID(), Kind: s.Kind, Subject: s.Subject, Audience: s.Audience, OpenedAt: now, BackAt: now, Times: 1}
	case !known.Open():
		next.BackAt, next.ResolvedAt = now, 0
		next.Times++
	}
	next.Level, next.Title, next.Detail, next.Path, next.SeenAt = s.Level, s.Title, s.Detail, s.Path, now
	same := known
	same.SeenAt = now
	return next, next != same || now >= known.SeenAt.Add(seenEvery)
}

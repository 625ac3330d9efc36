package notify

import "usher/internal/usher"

// LookBack is how far back what has begun and ended untold is still told: over a long weekend.
const LookBack = 4 * day

// Write is the message that is due to a target, and what it has been told by it. told is what it was told before, of
// incidents. A message that says nothing is empty, and is not to be sent.
func Write(t Target, incidents []usher.Incident, told map[usher.ID]usher.IncidentTold, now usher.Time, digest bool) (Message, []usher.IncidentTold) {
	m := Message{At: now, Digest: digest}
	var marks []usher.IncidentTold
	for _, i := range incidents {
		if !t.hears(i) {
			continue
		}
		known := told[i.ID]
		known.Incident, known.Target = i.ID, t.Key
		if next, changes := m.add(i, known, now); changes {
			marks = append(marks, next)
		}
	}
	if m.Empty() {
		return Message{}, nil
	}
	return m, marks
}

// add puts an incident where it belongs in the message, and says what the target knows then.
func (m *Message) add(i usher.Incident, t usher.IncidentTold, now usher.Time) (usher.IncidentTold, bool) {
	how := mannerOf(i.Kind)
	ends := !how.once && i.Audience == "" // whoever answers knows that it is over
	switch {
	case m.Digest && i.Open() && !how.once && now >= i.BackAt.Add(how.patience):
		m.Open = append(m.Open, itemOf(i))
		return believing(i, t, now), !believes(t) || i.Level > t.Level
	case begins(i, t, now):
		m.Opened = append(m.Opened, itemOf(i))
		return believing(i, t, now), true
	case i.Open() || !ends && t.At != 0:
	case believes(t):
		m.Over = append(m.Over, itemOf(i))
		t.OverAt = now
		return t, true
	case i.BackAt > t.OverAt && i.ResolvedAt.Add(LookBack) > now:
		m.Passed = append(m.Passed, itemOf(i))
		t.OverAt = now
		return t, true
	}
	return t, false
}

// begins says that the target is to hear at once that an incident has begun, has come back, or is worse.
func begins(i usher.Incident, t usher.IncidentTold, now usher.Time) bool {
	how := mannerOf(i.Kind)
	switch {
	case !i.Open():
		return false
	case believes(t):
		return !how.once && i.Level > t.Level && now >= t.At.Add(how.again)
	}
	return now >= i.BackAt.Add(how.patience) && (t.OverAt == 0 || now >= t.OverAt.Add(quiet))
}

// believes says that the target takes the incident to be open.
func believes(t usher.IncidentTold) bool { return t.At > t.OverAt }

func believing(i usher.Incident, t usher.IncidentTold, now usher.Time) usher.IncidentTold {
	t.At, t.Level = max(now, t.OverAt+1), i.Level
	return t
}

// KeptFor is how long messages, and incidents that are over, can be looked up.
const KeptFor = 90 * day

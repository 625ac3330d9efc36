package scimout

import "sync"

// memo remembers which values a portal shows otherwise than it was told, or not at all, so
// that they are written when they change and not again and again. It lives as long as the
// connector: after a restart such a value is sent once more.
type memo struct {
	mu      sync.Mutex
	entries map[place]verdict
}

// place is one attribute of one account.
type place struct{ id, path string }

// verdict is what was told and what was shown after it.
type verdict struct{ want, shown string }

// differing are the fields that have to be written.
func (m *memo) differing(r resource, fields []field) []field {
	var out []field
	for _, f := range fields {
		if !m.settled(r, f) {
			out = append(out, f)
		}
	}
	return out
}

// settled says whether the portal holds f as well as it can. While it shows what it
// showed after it was told something, it holds what it was told.
func (m *memo) settled(r resource, f field) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	holds := r.at(f.path)
	if v, ok := m.entries[place{r.id(), f.path}]; ok && v.shown == holds {
		holds = v.want
	}
	return holds == f.want
}

// settle notes what r shows after the portal was told f.
func (m *memo) settle(r resource, f field) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at, shown := place{r.id(), f.path}, r.at(f.path)
	if shown == f.want {
		delete(m.entries, at)
		return
	}
	if m.entries == nil {
		m.entries = map[place]verdict{}
	}
	m.entries[at] = verdict{f.want, shown}
}

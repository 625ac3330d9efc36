package scimout

import "sync"

// memo remembers which values a portal shows otherwise than it was told, so that they are
// not written again and again. It forgets a field as soon as it is in line or either side
// moves. It lives as long as the connector: after a restart such a value is sent once more.
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
		if r.at(f.path) == f.want {
			m.forget(r, f)
		} else if !m.settled(r, f) {
			out = append(out, f)
		}
	}
	return out
}

// settle notes that r is as near to f as the portal will have it.
func (m *memo) settle(r resource, f field) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.entries == nil {
		m.entries = map[place]verdict{}
	}
	m.entries[place{r.id(), f.path}] = verdict{f.want, r.at(f.path)}
}

// settled says whether that was noted, and still holds.
func (m *memo) settled(r resource, f field) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.entries[place{r.id(), f.path}]
	return ok && v == verdict{f.want, r.at(f.path)}
}

// forget drops what was noted.
func (m *memo) forget(r resource, f field) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.entries, place{r.id(), f.path})
}

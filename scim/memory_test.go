package scim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"usher/internal/usher"
)

// memory is a Reader and Writer for tests of the handlers alone: the rules of the real
// ledger that a client can see, on slices.
type memory struct {
	mu      sync.Mutex
	records []usher.Record
	groups  []usher.Group
	members map[usher.ID][]usher.ID
	seats   map[usher.ID][]usher.SeatView // by record
	ids     int
	clock   usher.Time
	// loaded counts the members that were read.
	loaded int
	fail   error // what every call answers, when set
}

func newMemory() *memory {
	return &memory{
		members: map[usher.ID][]usher.ID{}, seats: map[usher.ID][]usher.SeatView{},
		clock: 1_700_000_000_000_000,
	}
}

func (m *memory) next() (usher.ID, usher.Time) {
	m.ids++
	m.clock++
	return usher.ID(fmt.Sprintf("0190-%08d", m.ids)), m.clock
}

func (m *memory) record(directory, id usher.ID) (*usher.Record, error) {
	i := slices.IndexFunc(m.records, func(r usher.Record) bool { return r.ID == id && r.Directory == directory })
	if m.fail != nil || i < 0 {
		return nil, cmp.Or(m.fail, fmt.Errorf("record %s: %w", id, usher.ErrNotFound))
	}
	return &m.records[i], nil
}

func (m *memory) group(directory, id usher.ID) (*usher.Group, error) {
	i := slices.IndexFunc(m.groups, func(g usher.Group) bool { return g.ID == id && g.Directory == directory })
	if m.fail != nil || i < 0 {
		return nil, cmp.Or(m.fail, fmt.Errorf("group %s: %w", id, usher.ErrNotFound))
	}
	return &m.groups[i], nil
}

// beside fills in what is kept beside a record.
func (m *memory) beside(r usher.Record, groups, seats bool) usher.Record {
	for _, g := range m.groups {
		if groups && slices.Contains(m.members[g.ID], r.ID) {
			r.Groups = append(r.Groups, usher.GroupRef{ID: g.ID, DisplayName: g.DisplayName})
		}
	}
	if seats {
		r.Seats = m.seats[r.ID]
	}
	return r
}

func (m *memory) withMembers(g usher.Group) usher.Group {
	for _, id := range m.members[g.ID] {
		m.loaded++
		if r, err := m.record(g.Directory, id); err == nil {
			g.Members = append(g.Members, usher.Member{Value: id, Type: "User", Display: r.Attributes.FullName()})
		} else if nested, err := m.group(g.Directory, id); err == nil {
			g.Members = append(g.Members, usher.Member{Value: id, Type: "Group", Display: nested.DisplayName})
		}
	}
	return g
}

func (m *memory) Record(_ context.Context, directory, id usher.ID) (usher.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.record(directory, id)
	if err != nil {
		return usher.Record{}, err
	}
	return m.beside(*r, true, true), nil
}

func (m *memory) Group(_ context.Context, directory, id usher.ID, members bool) (usher.Group, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, err := m.group(directory, id)
	if err != nil {
		return usher.Group{}, err
	}
	if members {
		return m.withMembers(*g), nil
	}
	return *g, nil
}

func (m *memory) Records(_ context.Context, q usher.Query) (usher.Page[usher.Record], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page := paged(q, m.records, func(r usher.Record) (usher.ID, []usher.Value) {
		values := append(columns(r.ID, r.CreatedAt, r.ModifiedAt), r.Values...)
		for _, g := range m.beside(r, true, false).Groups {
			values = append(values, usher.Value{Path: usher.PathGroups, Text: string(g.ID)})
		}
		return r.Directory, values
	})
	for i, r := range page.Items {
		page.Items[i] = m.beside(r, q.Groups, q.Seats)
	}
	return page, m.fail
}

func (m *memory) Groups(_ context.Context, q usher.Query) (usher.Page[usher.Group], error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	page := paged(q, m.groups, func(g usher.Group) (usher.ID, []usher.Value) {
		values := append(columns(g.ID, g.CreatedAt, g.ModifiedAt), g.Values...)
		for _, id := range m.members[g.ID] {
			values = append(values, usher.Value{Path: usher.PathMembers, Text: string(id)})
		}
		return g.Directory, values
	})
	sum := 0
	for i, g := range page.Items {
		if !q.Members {
			break
		}
		if sum += len(m.members[g.ID]); i > 0 && sum > q.MaxMembers {
			page.Items = page.Items[:i]
			break
		}
		page.Items[i] = m.withMembers(g)
	}
	return page, m.fail
}

func (m *memory) CreateRecord(_ context.Context, p usher.Principal, r usher.Record) (usher.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if taken := m.taken(r); taken != nil {
		if taken.CreateHash == r.CreateHash && taken.Version == 1 {
			return *taken, nil
		}
		return usher.Record{}, fmt.Errorf("record %s: %w", taken.ID, usher.ErrConflict)
	}
	r.Directory = p.Directory
	r.ID, r.CreatedAt = m.next()
	r.ModifiedAt, r.Version = r.CreatedAt, 1
	m.records = append(m.records, r)
	return r, m.fail
}

// taken is another record of the directory with the same userName or externalId.
func (m *memory) taken(r usher.Record) *usher.Record {
	for i, o := range m.records {
		if o.ID == r.ID || o.Directory != r.Directory {
			continue
		}
		a, b := o.Attributes, r.Attributes
		if usher.FoldText(a.UserName) == usher.FoldText(b.UserName) || a.ExternalID != "" && a.ExternalID == b.ExternalID {
			return &m.records[i]
		}
	}
	return nil
}

func (m *memory) ChangeRecord(_ context.Context, p usher.Principal, id usher.ID, change func(usher.Record) (usher.Record, error)) (usher.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.record(p.Directory, id)
	if err != nil {
		return usher.Record{}, err
	}
	next, err := change(*r)
	switch {
	case err != nil:
		return usher.Record{}, err
	case string(next.Document) == string(r.Document):
		return *r, nil
	case m.taken(next) != nil:
		return usher.Record{}, fmt.Errorf("record %s: %w", id, usher.ErrConflict)
	}
	_, next.ModifiedAt = m.next()
	next.Version++
	*r = next
	return next, nil
}

func (m *memory) DeleteRecord(_ context.Context, p usher.Principal, id usher.ID, check func(usher.Record) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, err := m.record(p.Directory, id)
	if err != nil {
		return err
	}
	if err := check(*r); err != nil {
		return err
	}
	m.records = slices.DeleteFunc(m.records, func(r usher.Record) bool { return r.ID == id })
	for g, ids := range m.members {
		m.members[g] = slices.DeleteFunc(ids, func(member usher.ID) bool { return member == id })
	}
	return nil
}

func (m *memory) CreateGroup(_ context.Context, p usher.Principal, g usher.Group, members []usher.ID) (usher.Group, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g.Directory = p.Directory
	g.ID, g.CreatedAt = m.next()
	g.ModifiedAt, g.Version = g.CreatedAt, 1
	if err := m.step(g, usher.MemberOp{Kind: usher.MembersAdd, IDs: members}); err != nil {
		return usher.Group{}, err
	}
	m.groups = append(m.groups, g)
	return g, m.fail
}

func (m *memory) ChangeGroup(_ context.Context, p usher.Principal, id usher.ID, change func(usher.Group) (usher.Group, []usher.MemberOp, error)) (usher.Group, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, err := m.group(p.Directory, id)
	if err != nil {
		return usher.Group{}, err
	}
	next, steps, err := change(*g)
	if err != nil {
		return usher.Group{}, err
	}
	for _, step := range steps {
		if err := m.step(*g, step); err != nil {
			return usher.Group{}, err
		}
	}
	if string(next.Document) != string(g.Document) {
		_, next.ModifiedAt = m.next()
		next.Version++
		*g = next
	}
	return *g, nil
}

// step carries out one membership step.
func (m *memory) step(g usher.Group, step usher.MemberOp) error {
	for _, id := range step.IDs {
		_, noRecord := m.record(g.Directory, id)
		_, noGroup := m.group(g.Directory, id)
		if step.Kind != usher.MembersRemove && noRecord != nil && noGroup != nil {
			return &usher.InvalidError{Attribute: "members.value", Problem: "is no user or group of this directory"}
		}
	}
	have := m.members[g.ID]
	if step.Kind == usher.MembersReplace {
		have = nil
	}
	if step.Kind == usher.MembersRemove {
		have = slices.DeleteFunc(slices.Clone(have), func(id usher.ID) bool {
			leaves := []usher.Value{{Path: "value", Text: string(id)}, {Path: "type", Text: "user"}}
			return slices.Contains(step.IDs, id) || step.Where != nil && matches(step.Where, leaves, nil)
		})
	} else {
		for _, id := range step.IDs {
			if !slices.Contains(have, id) {
				have = append(have, id)
			}
		}
	}
	m.members[g.ID] = have
	return nil
}

func (m *memory) DeleteGroup(_ context.Context, p usher.Principal, id usher.ID, check func(usher.Group) error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	g, err := m.group(p.Directory, id)
	if err != nil {
		return err
	}
	if err := check(*g); err != nil {
		return err
	}
	m.groups = slices.DeleteFunc(m.groups, func(g usher.Group) bool { return g.ID == id })
	return nil
}

func columns(id usher.ID, created, modified usher.Time) []usher.Value {
	return []usher.Value{
		{Path: usher.PathID, Text: string(id)},
		{Path: usher.PathCreated, Text: strconv.FormatInt(int64(created), 10)},
		{Path: usher.PathLastModified, Text: strconv.FormatInt(int64(modified), 10)},
	}
}

// paged answers a query from a slice.
func paged[T any](q usher.Query, all []T, describe func(T) (usher.ID, []usher.Value)) usher.Page[T] {
	type row struct {
		item T
		key  string
	}
	var rows []row
	for _, item := range all {
		directory, values := describe(item)
		if directory != q.Directory || q.Filter != nil && !matches(q.Filter, values, nil) {
			continue
		}
		i := slices.IndexFunc(values, func(v usher.Value) bool { return v.Path == q.SortBy })
		r := row{item: item}
		if i >= 0 {
			r.key = values[i].Text
		}
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		if q.Descending {
			a, b = b, a
		}
		return cmp.Compare(a.key, b.key)
	})
	page := usher.Page[T]{Total: len(rows)}
	for i := q.Offset; i < len(rows) && len(page.Items) < q.Limit; i++ {
		page.Items = append(page.Items, rows[i].item)
	}
	return page
}

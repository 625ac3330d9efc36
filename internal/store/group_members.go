package store

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"usher/internal/usher"
)

// ApplyMembers changes the members of a group that LockGroup locked, step by step. It
// gives the members that the group has now and did not have before, and the other way
// round, by id. However large the group is, only the members named are touched.
//
// Members to add have to be live records or groups of the directory; removing one that is
// not there is no mistake.
func (tx *Tx) ApplyMembers(ctx context.Context, group usher.Group, ops []usher.MemberOp) (added, removed []usher.ID, err error) {
	m := membership{tx: tx, group: group, added: map[usher.ID]bool{}, removed: map[usher.ID]bool{}}
	for _, op := range ops {
		if err := m.apply(ctx, op); err != nil {
			return nil, nil, named("members of group", group.ID, err)
		}
	}
	return slices.Sorted(maps.Keys(m.added)), slices.Sorted(maps.Keys(m.removed)), nil
}

// membership is one change of a group's members, with what it comes to.
type membership struct {
	tx             *Tx
	group          usher.Group
	added, removed map[usher.ID]bool
}

// memberChunk is how many members one statement names.
const memberChunk = 500

func (m *membership) apply(ctx context.Context, op usher.MemberOp) error {
	members := slices.Compact(slices.Sorted(slices.Values(op.IDs)))
	switch op.Kind {
	case usher.MembersAdd:
		return m.add(ctx, op.IDs, members)
	case usher.MembersRemove:
		if op.Where != nil {
			return m.removeWhere(ctx, op.Where)
		}
		return m.remove(ctx, members)
	case usher.MembersReplace:
		if err := m.keep(ctx, members); err != nil {
			return err
		}
		return m.add(ctx, op.IDs, members)
	}
	return fmt.Errorf("%w: membership step %d", usher.ErrInvalid, op.Kind)
}

// add inserts members, which are sorted: rows are locked in the same order by all, so
// that nobody is deleted meanwhile and no two changes wait for each other. sent are the
// same members as the client wrote them.
func (m *membership) add(ctx context.Context, sent, members []usher.ID) error {
	if slices.Contains(members, m.group.ID) {
		return &usher.InvalidError{Attribute: usher.PathMembers, Problem: "holds the group itself; leave it out"}
	}
	return chunked(members, memberChunk, func(members []usher.ID) error {
		types, err := m.types(ctx, members)
		if err != nil {
			return err
		}
		rows := make([]any, 0, 3*len(members))
		for _, id := range members {
			if types[id] == "" {
				return &usher.InvalidError{Attribute: usher.PathMembers, Problem: fmt.Sprintf(
					"number %d of %d is neither a user nor a group of this directory; send the id that creating it returned",
					slices.Index(sent, id)+1, len(sent))}
			}
			rows = append(rows, m.group.ID, id, types[id])
		}
		return m.note(ctx, m.added, m.removed, `insert into group_member (group_id, member_id, type) values `+
			tuples(len(members), 3)+` on conflict do nothing returning member_id`, rows...)
	})
}

// types says what the ids mean in the group's directory.
func (m *membership) types(ctx context.Context, members []usher.ID) (map[usher.ID]string, error) {
	types := map[usher.ID]string{}
	for _, of := range []struct{ name, table string }{
		{"User", "record t where t.deleted_at = 0 and "},
		{"Group", "pushed_group t where "},
	} {
		found, err := all(ctx, m.tx, scalar[usher.ID], "select t.id from "+of.table+"t.directory_id = $1 and t.id in ("+
			marks(2, len(members))+") order by t.id"+m.tx.dialect.forUpdate, args(members, m.group.Directory)...)
		if err != nil {
			return nil, err
		}
		for _, id := range found {
			types[id] = of.name
		}
		if len(types) == len(members) {
			break
		}
	}
	return types, nil
}

func (m *membership) remove(ctx context.Context, members []usher.ID) error {
	return chunked(members, memberChunk, func(members []usher.ID) error {
		return m.note(ctx, m.removed, m.added, `delete from group_member where group_id = $1 and member_id in (`+
			marks(2, len(members))+`) returning member_id`, args(members, m.group.ID)...)
	})
}

// keep removes all members but those given, which are sorted: each statement deals with
// the range of ids from its first one to the next statement's.
func (m *membership) keep(ctx context.Context, members []usher.ID) error {
	if len(members) == 0 {
		return m.note(ctx, m.removed, m.added, `delete from group_member where group_id = $1 returning member_id`, m.group.ID)
	}
	from, rest := usher.ID(""), members
	return chunked(members, memberChunk, func(members []usher.ID) error {
		rest = rest[len(members):]
		text, list := `delete from group_member where group_id = $1 and member_id >= $2`, []any{m.group.ID, from}
		if len(rest) > 0 {
			from = rest[0]
			text, list = text+` and member_id < $3`, append(list, from)
		}
		return m.note(ctx, m.removed, m.added, text+` and member_id not in (`+marks(len(list)+1, len(members))+
			`) returning member_id`, args(members, list...)...)
	})
}

// removeWhere removes the members that f selects by value, type or display name.
func (m *membership) removeWhere(ctx context.Context, f usher.Filter) error {
	q := &query{args: []any{m.group.ID}}
	condition, err := q.logic(f, func(f usher.Filter) (string, error) {
		c, ok := f.(usher.Compare)
		switch {
		case !ok:
			return "", unknownFilter(f)
		case c.Path == "value":
			return q.text("m.member_id", c)
		case c.Path == "type":
			c.Text = usher.FoldText(c.Text)
			return q.text("case m.type when 'Group' then 'group' else 'user' end", c)
		case c.Path == "display":
			c.Path = "displayName"
			value, err := q.value("v", c)
			return "exists (select 1 from attribute_value v where v.owner_id = m.member_id and " + value + ")", err
		}
		return "", &usher.InvalidError{Attribute: "members." + c.Path, Problem: "cannot be filtered; use value, type or display"}
	})
	if err != nil {
		return err
	}
	return m.note(ctx, m.removed, m.added, `delete from group_member as m where m.group_id = $1 and (`+condition+`) returning member_id`, q.args...)
}

// note runs a statement that returns members. One that an earlier step moved the other
// way is back where it was; all others are on this side now.
func (m *membership) note(ctx context.Context, side, other map[usher.ID]bool, text string, list ...any) error {
	touched, err := all(ctx, m.tx, scalar[usher.ID], text, list...)
	for _, id := range touched {
		if other[id] {
			delete(other, id)
		} else {
			side[id] = true
		}
	}
	return err
}

// RemoveMember takes a deleted record out of all groups and gives their ids.
func (tx *Tx) RemoveMember(ctx context.Context, member usher.ID) ([]usher.ID, error) {
	groups, err := all(ctx, tx, scalar[usher.ID], `delete from group_member where member_id = $1 returning group_id`, member)
	slices.Sort(groups)
	return groups, named("member", member, err)
}

// MemberCount is how many members a group has.
func (tx *Tx) MemberCount(ctx context.Context, group usher.ID) (int, error) {
	n, err := one(ctx, tx, scalar[int], `select count(*) from group_member where group_id = $1`, group)
	return n, named("members of group", group, err)
}

// GroupsOfRecord are the groups that a record is a direct member of, by name.
func (tx *Tx) GroupsOfRecord(ctx context.Context, record usher.ID) ([]usher.GroupRef, error) {
	if list, ok := tx.memo.groupsOf[record]; ok {
		return slices.Clone(list), nil
	}
	of, err := tx.groupsOf(ctx, []usher.ID{record})
	return of[record], named("groups of record", record, err)
}

func (tx *Tx) groupsOf(ctx context.Context, records []usher.ID) (map[usher.ID][]usher.GroupRef, error) {
	return related(ctx, tx, records, func(row scanner) (record usher.ID, g usher.GroupRef, err error) {
		err = row.Scan(&record, &g.ID, &g.DisplayName)
		return record, g, err
	}, `select m.member_id, g.id, g.display_name from group_member m join pushed_group g on g.id = m.group_id
		where m.member_id in (%s) order by g.display_name, g.id`)
}

// membersOf are the members of groups by id. People and groups are shown by their names
// as they are now.
func (tx *Tx) membersOf(ctx context.Context, groups []usher.ID) (map[usher.ID][]usher.Member, error) {
	return related(ctx, tx, groups, func(row scanner) (group usher.ID, m usher.Member, err error) {
		var a usher.Attributes
		err = row.Scan(&group, &m.Value, &m.Type, nullable[string]{&m.Display}, fromJSON{&a})
		if m.Display == "" {
			m.Display = a.FullName()
		}
		return group, m, err
	}, `select m.group_id, m.member_id, m.type, g.display_name, r.attributes
		from group_member m left join record r on r.id = m.member_id left join pushed_group g on g.id = m.member_id
		where m.group_id in (%s) order by m.member_id`)
}

package store

import (
	"context"

	"usher/internal/usher"
)

const groupColumns = `t.id, t.directory_id, t.display_name, t.external_id, t.document, t.version, t.create_hash, t.created_at, t.modified_at`

func scanGroup(row scanner) (g usher.Group, err error) {
	err = row.Scan(&g.ID, &g.Directory, &g.DisplayName, nullable[string]{&g.ExternalID}, &g.Document,
		&g.Version, &g.CreateHash, &g.CreatedAt, &g.ModifiedAt)
	return g, err
}

func groupResource() resource {
	return resource{
		table:   "pushed_group",
		columns: groupColumns,
		keys:    map[string]string{"externalId": "t.external_id"},
		linked:  usher.PathMembers,
		own:     "group_id",
		other:   "member_id",
	}
}

// Group is a pushed group, with its members if they are asked for.
func (s *Store) Group(ctx context.Context, directory, id usher.ID, members bool) (g usher.Group, err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		if g, err = tx.group(ctx, directory, "t.id = $2", string(id)); err != nil || !members {
			return err
		}
		of, err := tx.membersOf(ctx, []usher.ID{id})
		g.Members = of[id]
		return err
	})
	return g, named("group", id, err)
}

// Groups is the page of pushed groups that q asks for.
func (s *Store) Groups(ctx context.Context, q usher.Query) (page usher.Page[usher.Group], err error) {
	err = s.Read(ctx, func(tx *Tx) error {
		page, err = tx.groups(ctx, q)
		return err
	})
	return page, named("groups of directory", q.Directory, err)
}

func (tx *Tx) groups(ctx context.Context, q usher.Query) (usher.Page[usher.Group], error) {
	page, err := find(ctx, tx, groupResource(), scanGroup, q)
	if err == nil && q.Members {
		page.Items, err = tx.within(ctx, page.Items, q.MaxMembers)
	}
	if err != nil || !q.Members {
		return page, err
	}
	of, err := tx.membersOf(ctx, ids(page.Items, func(g usher.Group) usher.ID { return g.ID }))
	for i, g := range page.Items {
		page.Items[i].Members = of[g.ID]
	}
	return page, err
}

// within are the first groups that have no more than limit members together, but one at
// least.
func (tx *Tx) within(ctx context.Context, groups []usher.Group, limit int) ([]usher.Group, error) {
	counts, err := related(ctx, tx, ids(groups, func(g usher.Group) usher.ID { return g.ID }), func(row scanner) (group usher.ID, n int, err error) {
		err = row.Scan(&group, &n)
		return group, n, err
	}, `select group_id, count(*) from group_member where group_id in (%s) group by group_id`)
	sum := 0
	for i, g := range groups {
		for _, n := range counts[g.ID] {
			sum += n
		}
		if i > 0 && sum > limit {
			return groups[:i], err
		}
	}
	return groups, err
}

// LockGroup reads a group for change, and keeps others from changing it or its members.
func (tx *Tx) LockGroup(ctx context.Context, directory, id usher.ID) (usher.Group, error) {
	g, err := tx.group(ctx, directory, "t.id = $2"+tx.dialect.forUpdate, string(id))
	return g, named("group", id, err)
}

// InsertGroup adds a group with its Values, without members. It is false, and nothing is
// written, when FindGroup finds one that is in the way.
func (tx *Tx) InsertGroup(ctx context.Context, g usher.Group) (bool, error) {
	if err := keyable("externalId", g.ExternalID); err != nil {
		return false, named("group", g.ID, err)
	}
	n, err := tx.exec(ctx, `insert into pushed_group
			(id, directory_id, display_name, external_id, document, version, create_hash, created_at, modified_at)
		values (`+marks(1, 9)+`) on conflict do nothing`,
		g.ID, g.Directory, g.DisplayName, orNull(g.ExternalID), string(g.Document), g.Version, g.CreateHash, g.CreatedAt, g.ModifiedAt)
	if err == nil && n == 1 {
		err = tx.addValues(ctx, g.ID, g.Directory, g.Values)
	}
	return n == 1, named("group", g.ID, err)
}

// UpdateGroup writes a group that LockGroup gave, not its members. It is false, and nothing
// is written, when another group of the directory has its external id; what UpdateRecord
// says about races and nil Values holds here too.
func (tx *Tx) UpdateGroup(ctx context.Context, g usher.Group) (bool, error) {
	if err := keyable("externalId", g.ExternalID); err != nil {
		return false, named("group", g.ID, err)
	}
	n, err := tx.exec(ctx, `update pushed_group set display_name = $3, external_id = $4, document = $5, version = $6, modified_at = $7
		where id = $1 and directory_id = $2 and
			not exists (select 1 from pushed_group o where o.directory_id = $2 and o.external_id = $4 and o.id <> $1)`,
		g.ID, g.Directory, g.DisplayName, orNull(g.ExternalID), string(g.Document), g.Version, g.ModifiedAt)
	if err == nil && n == 1 && g.Values != nil {
		err = tx.putValues(ctx, g.ID, g.Directory, g.Values)
	}
	return n == 1, named("group", g.ID, err)
}

// DeleteGroup removes a group that LockGroup gave, its memberships and its own place in
// other groups.
func (tx *Tx) DeleteGroup(ctx context.Context, g usher.Group) error {
	_, err := tx.exec(ctx, `delete from group_member where group_id = $1 or member_id = $1`, g.ID)
	if err == nil {
		err = tx.dropValues(ctx, g.ID)
	}
	if err == nil {
		err = tx.must(ctx, `delete from pushed_group where id = $1 and directory_id = $2`, g.ID, g.Directory)
	}
	return named("group", g.ID, err)
}

// FindGroup is the group in the way of a create: the one with that external id, or, for a
// create without one, the group that the same create made and nobody has changed since.
func (tx *Tx) FindGroup(ctx context.Context, directory usher.ID, externalID, createHash string) (usher.Group, error) {
	where, key := "t.external_id = $2", externalID
	if externalID == "" {
		where, key = "t.create_hash = $2 and t.external_id is null and t.version = 1", createHash
	}
	g, err := tx.group(ctx, directory, where, key)
	return g, named("group in directory", directory, err)
}

func (tx *Tx) group(ctx context.Context, directory usher.ID, where, key string) (usher.Group, error) {
	return one(ctx, tx, scanGroup, `select `+groupColumns+` from pushed_group t where t.directory_id = $1 and `+where, directory, key)
}

package store

import (
	"context"

	"usher/internal/usher"
)

const templateColumns = `id, portal_id, key, name, sha256, content, learned_at, learned_by`

func scanTemplate(row scanner) (t usher.Template, err error) {
	err = row.Scan(&t.ID, &t.Portal, &t.Key, &t.Name, &t.SHA256, &t.Content, &t.LearnedAt, &t.LearnedBy)
	return t, err
}

// PutTemplate keeps a template in place of the one that its portal had for the key.
func (tx *Tx) PutTemplate(ctx context.Context, t usher.Template) error {
	return named("template", t.Key, tx.must(ctx, `
		insert into template (`+templateColumns+`) values (`+marks(1, 8)+`)
		on conflict (portal_id, key) do update set name = excluded.name, sha256 = excluded.sha256, content = excluded.content,
			learned_at = excluded.learned_at, learned_by = excluded.learned_by`,
		t.ID, t.Portal, t.Key, t.Name, t.SHA256, t.Content, t.LearnedAt, t.LearnedBy))
}

// Templates are the templates of a portal, by key.
func (tx *Tx) Templates(ctx context.Context, portal usher.ID) ([]usher.Template, error) {
	return all(ctx, tx, scanTemplate, `select `+templateColumns+` from template where portal_id = $1 order by key`, portal)
}

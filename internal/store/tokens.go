package store

import (
	"context"

	"usher/internal/usher"
)

const tokenColumns = `id, directory_id, hash, created_by, created_at, expires_at, revoked_at, last_used_at`

func scanToken(row scanner) (t usher.Token, err error) {
	err = row.Scan(&t.ID, &t.Directory, &t.Hash, &t.CreatedBy, &t.CreatedAt, &t.ExpiresAt, &t.RevokedAt, &t.LastUsedAt)
	return t, err
}

// InsertToken keeps a new token.
func (tx *Tx) InsertToken(ctx context.Context, t usher.Token) error {
	return tx.must(ctx, `insert into token (`+tokenColumns+`) values (`+marks(1, 8)+`)`,
		t.ID, t.Directory, t.Hash, t.CreatedBy, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt)
}

// Token finds a token by its public id.
func (tx *Tx) Token(ctx context.Context, id string) (usher.Token, error) {
	t, err := one(ctx, tx, scanToken, `select `+tokenColumns+` from token where id = $1`, id)
	return t, named("token", id, err)
}

// Tokens lists tokens, newest first.
func (tx *Tx) Tokens(ctx context.Context) ([]usher.Token, error) {
	return all(ctx, tx, scanToken, `select `+tokenColumns+` from token order by created_at desc, id`)
}

// LockTokens are a directory's tokens; the directory is locked against other changes
// of them.
func (tx *Tx) LockTokens(ctx context.Context, directory usher.ID) ([]usher.Token, error) {
	if _, err := one(ctx, tx, scalar[string], `select id from directory where id = $1`+tx.dialect.forUpdate, directory); err != nil {
		return nil, named("directory", directory, err)
	}
	return all(ctx, tx, scanToken, `select `+tokenColumns+` from token where directory_id = $1 order by created_at, id`, directory)
}

// RevokeToken ends a token.
func (tx *Tx) RevokeToken(ctx context.Context, id string) error {
	return named("token", id, tx.must(ctx, `update token set revoked_at = $2 where id = $1 and revoked_at = 0`, id, tx.now))
}

// TouchToken notes when a token was last used.
func (tx *Tx) TouchToken(ctx context.Context, id string) error {
	return named("token", id, tx.must(ctx, `update token set last_used_at = $2 where id = $1`, id, tx.now))
}

const apiTokenColumns = `id, name, scopes, hash, created_by, created_at, expires_at, revoked_at, last_used_at`

func scanAPIToken(row scanner) (t usher.APIToken, err error) {
	err = row.Scan(&t.ID, &t.Name, fromJSON{&t.Scopes}, &t.Hash, &t.CreatedBy, &t.CreatedAt, &t.ExpiresAt, &t.RevokedAt, &t.LastUsedAt)
	return t, err
}

// InsertAPIToken keeps a new token of the API.
func (tx *Tx) InsertAPIToken(ctx context.Context, t usher.APIToken) error {
	scopes, err := toJSON(t.Scopes)
	if err != nil {
		return err
	}
	return tx.must(ctx, `insert into api_token (`+apiTokenColumns+`) values (`+marks(1, 9)+`)`,
		t.ID, t.Name, scopes, t.Hash, t.CreatedBy, t.CreatedAt, t.ExpiresAt, t.RevokedAt, t.LastUsedAt)
}

// APIToken finds a token of the API by its public id.
func (tx *Tx) APIToken(ctx context.Context, id string) (usher.APIToken, error) {
	t, err := one(ctx, tx, scanAPIToken, `select `+apiTokenColumns+` from api_token where id = $1`, id)
	return t, named("token", id, err)
}

// APITokens lists tokens of the API, newest first.
func (tx *Tx) APITokens(ctx context.Context) ([]usher.APIToken, error) {
	return all(ctx, tx, scanAPIToken, `select `+apiTokenColumns+` from api_token order by created_at desc, id`)
}

// RevokeAPIToken ends a token of the API.
func (tx *Tx) RevokeAPIToken(ctx context.Context, id string) error {
	return named("token", id, tx.must(ctx, `update api_token set revoked_at = $2 where id = $1 and revoked_at = 0`, id, tx.now))
}

// TouchAPIToken notes when a token of the API was last used.
func (tx *Tx) TouchAPIToken(ctx context.Context, id string) error {
	return named("token", id, tx.must(ctx, `update api_token set last_used_at = $2 where id = $1`, id, tx.now))
}

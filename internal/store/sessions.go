package store

import (
	"context"
	"time"

	"usher/internal/usher"
)

const sessionColumns = `id, person_id, hash, connection, subject, provider, group_names, authenticated_at, context,
	started_at, seen_at, expires_at, revoked_at, revoked, groups_unknown, owner`

func scanSession(row scanner) (s usher.Session, err error) {
	err = row.Scan(&s.ID, &s.Person, &s.Hash, &s.Connection, &s.Subject, fromJSON{&s.Provider}, fromJSON{&s.Groups}, &s.AuthenticatedAt,
		fromJSON{&s.Context}, &s.StartedAt, &s.SeenAt, &s.ExpiresAt, &s.RevokedAt, &s.Revoked, &s.GroupsUnknown, &s.Owner)
	return s, err
}

// providerSession is the name under which a provider signs a session out.
func providerSession(p usher.ProviderSession) string {
	if p.SID != "" {
		return p.SID
	}
	return p.Index
}

// InsertSession keeps a new session.
func (tx *Tx) InsertSession(ctx context.Context, s usher.Session) error {
	provider, err := toJSON(s.Provider)
	if err != nil {
		return err
	}
	groups, err := toJSON(s.Groups)
	if err != nil {
		return err
	}
	how, err := toJSON(s.Context)
	if err != nil {
		return err
	}
	return tx.must(ctx, `insert into session (`+sessionColumns+`, provider_session, name_id) values (`+marks(1, 18)+`)`,
		s.ID, s.Person, s.Hash, s.Connection, s.Subject, provider, groups, s.AuthenticatedAt, how,
		s.StartedAt, s.SeenAt, s.ExpiresAt, s.RevokedAt, s.Revoked, s.GroupsUnknown, s.Owner, providerSession(s.Provider), s.Provider.NameID)
}

// SessionByHash finds the session of a token. Whether it holds is for the caller to see.
func (tx *Tx) SessionByHash(ctx context.Context, hash string) (usher.Session, error) {
	return one(ctx, tx, scanSession, `select `+sessionColumns+` from session where hash = $1`, hash)
}

// SessionsOf are the sessions of a person that were not revoked, newest first.
func (tx *Tx) SessionsOf(ctx context.Context, person usher.ID) ([]usher.Session, error) {
	return all(ctx, tx, scanSession, `select `+sessionColumns+` from session where revoked_at = 0 and person_id = $1 order by started_at desc, id`, person)
}

// SessionsOver are the live sessions over a connection of which somebody may still make use, oldest first.
func (tx *Tx) SessionsOver(ctx context.Context, connection string) ([]usher.Session, error) {
	return all(ctx, tx, scanSession, `select `+sessionColumns+` from session where revoked_at = 0 and connection = $1 and expires_at > $2 order by started_at, id`, connection, tx.now)
}

// TouchSession notes that a session was used. One that was revoked meanwhile stays as it is:
// nothing brings a session back.
func (s *Store) TouchSession(ctx context.Context, id usher.ID) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `update session set seen_at = $2 where id = $1 and revoked_at = 0`, id, tx.now)
		return err
	})
}

// RevokeSession ends one session; it says whether there was one to end. What the provider said of it, the ID token among
// it, is not kept longer than it is of use, here and below.
func (tx *Tx) RevokeSession(ctx context.Context, id usher.ID, why string) (bool, error) {
	n, err := tx.exec(ctx, `update session set revoked_at = $2, revoked = $3, provider = '{}' where id = $1 and revoked_at = 0`, id, tx.now, why)
	return n > 0, err
}

// RevokeSessionsOf ends all sessions of a person, and says how many.
func (tx *Tx) RevokeSessionsOf(ctx context.Context, person usher.ID, why string) (int64, error) {
	return tx.exec(ctx, `update session set revoked_at = $2, revoked = $3, provider = '{}' where revoked_at = 0 and person_id = $1`, person, tx.now, why)
}

// RevokeProviderSessions ends the sessions that a provider signs out, and gives whose they were.
func (tx *Tx) RevokeProviderSessions(ctx context.Context, out usher.ProviderLogout, why string) ([]usher.ID, error) {
	if out.Subject == "" && out.NameID == "" && out.Session == "" {
		return nil, nil
	}
	return all(ctx, tx, scalar[usher.ID], `
		update session set revoked_at = $2, revoked = $3, provider = '{}' where revoked_at = 0 and connection = $1
			and ($4 = '' or subject = $4) and ($5 = '' or name_id = $5) and ($6 = '' or provider_session = $6) returning person_id`,
		out.Connection, tx.now, why, out.Subject, out.NameID, out.Session)
}

// SessionOf is the session of a token's hash with its person. Whether it holds is for the caller to see.
func (s *Store) SessionOf(ctx context.Context, hash string) (usher.Session, usher.Person, error) {
	session, err := s.Look().SessionByHash(ctx, hash)
	if err != nil {
		return usher.Session{}, usher.Person{}, err
	}
	p, err := s.Look().Person(ctx, session.Person)
	return session, p, err
}

// DropEndedSessions forgets sessions that ended long ago.
func (s *Store) DropEndedSessions(ctx context.Context, after time.Duration) error {
	return s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, `delete from session where expires_at < $1`, tx.now.Add(-after))
		return err
	})
}

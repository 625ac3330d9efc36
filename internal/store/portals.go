package store

import (
	"context"

	"usher/internal/usher"
)

const portalColumns = `id, name, kind, live, live_at, hard, teams, profile, retired_at, paused_until, failures, last_success_at, last_error, observed_at`

func scanPortal(row scanner) (p usher.Portal, err error) {
	err = row.Scan(&p.ID, &p.Name, &p.Kind, &p.Live, &p.LiveAt, &p.Hard, &p.Teams, fromJSON{&p.Profile}, &p.RetiredAt, &p.PausedUntil, &p.Failures, &p.LastSuccessAt, &p.LastError, &p.ObservedAt)
	return p, err
}

// PutPortal makes the portal of that name, or brings its settings up to date (never
// whether it is live, which is decided once), and gives it as it is.
func (tx *Tx) PutPortal(ctx context.Context, p usher.Portal) (usher.Portal, error) {
	profile, err := toJSON(p.Profile)
	if err != nil {
		return p, named("portal", p.Name, err)
	}
	return one(ctx, tx, scanPortal, `
		insert into portal (`+portalColumns+`) values (`+marks(1, 14)+`)
		on conflict (name) do update set kind = excluded.kind, hard = excluded.hard, teams = excluded.teams, profile = excluded.profile, retired_at = 0
		returning `+portalColumns,
		p.ID, p.Name, p.Kind, p.Live, p.LiveAt, p.Hard, p.Teams, profile, p.RetiredAt, p.PausedUntil, p.Failures, p.LastSuccessAt, p.LastError, p.ObservedAt)
}

// SetPortalLive lets usher act at a portal from now on.
func (tx *Tx) SetPortalLive(ctx context.Context, id usher.ID) error {
	return named("portal", id, tx.must(ctx, `update portal set live = true, live_at = $2 where id = $1`, id, tx.now))
}

// RetirePortal notes that the configuration names a portal no longer.
func (tx *Tx) RetirePortal(ctx context.Context, id usher.ID) error {
	return named("portal", id, tx.must(ctx, `update portal set retired_at = $2 where id = $1`, id, tx.now))
}

// SetPortalHealth writes what the owner of the portal's lease knows of its health.
func (tx *Tx) SetPortalHealth(ctx context.Context, p usher.Portal) error {
	return named("portal", p.ID, tx.must(ctx, `
		update portal set paused_until = $2, failures = $3, last_success_at = $4, last_error = $5,
			observed_at = case when observed_at < $6 then $6 else observed_at end where id = $1`,
		p.ID, p.PausedUntil, p.Failures, p.LastSuccessAt, p.LastError, p.ObservedAt))
}

// PortalObserved notes as of when a portal was last read as a whole; what is older changes nothing.
func (tx *Tx) PortalObserved(ctx context.Context, id usher.ID, at usher.Time) error {
	_, err := tx.exec(ctx, `update portal set observed_at = $2 where id = $1 and observed_at < $2`, id, at)
	return named("portal", id, err)
}

// Portals lists the portals by name, also retired ones.
func (tx *Tx) Portals(ctx context.Context) ([]usher.Portal, error) {
	return all(ctx, tx, scanPortal, `select `+portalColumns+` from portal order by name`)
}

// Portal finds a portal by id.
func (tx *Tx) Portal(ctx context.Context, id usher.ID) (usher.Portal, error) {
	p, err := one(ctx, tx, scanPortal, `select `+portalColumns+` from portal where id = $1`, id)
	return p, named("portal", id, err)
}

// PortalNamed finds a portal by name.
func (tx *Tx) PortalNamed(ctx context.Context, name string) (usher.Portal, error) {
	p, err := one(ctx, tx, scanPortal, `select `+portalColumns+` from portal where name = $1`, name)
	return p, named("portal", name, err)
}

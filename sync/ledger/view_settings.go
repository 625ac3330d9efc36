package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"usher/internal/store"
	"usher/internal/usher"
)

// TokenViews are the tokens of directories, then those of the API, newest first.
func (l *Ledger) TokenViews(ctx context.Context) (views []usher.TokenView, err error) {
	err = l.view(ctx, func(tx *store.Tx, n labels) error {
		views = nil
		tokens, err := tx.Tokens(ctx)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			views = append(views, usher.TokenView{Credential: t.Credential, Directory: n.directories[t.Directory]})
		}
		programs, err := tx.APITokens(ctx)
		for _, t := range programs {
			views = append(views, usher.TokenView{Credential: t.Credential, Name: t.Name, Scopes: t.Scopes})
		}
		for i := range views {
			views[i].Hash = "" // nobody looks at it
		}
		return err
	})
	return views, err
}

// ActiveRevision is what all processes compute with; its Number is zero before the first.
func (l *Ledger) ActiveRevision(ctx context.Context) (v usher.ActiveRevisionView, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		v = usher.ActiveRevisionView{}
		all, err := tx.Revisions(ctx)
		if err != nil {
			return err
		}
		for _, r := range all {
			switch r.State {
			case usher.RevisionProposed:
				v.Proposed = max(v.Proposed, r.Number)
			case usher.RevisionActive:
				if err := showRevision(&v, r); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return v, err
}

func showRevision(v *usher.ActiveRevisionView, r usher.Revision) error {
	var p Policy
	if err := json.Unmarshal(r.Content, &p); err != nil {
		return fmt.Errorf("revision %d: %w", r.Number, err)
	}
	v.Number, v.ActiveFrom, v.By, v.ByDepartment, v.Groups, v.Guards = r.Number, r.DecidedAt, r.DecidedBy, p.Teams.ByDepartment, p.Teams.Groups, p.Guards
	for _, s := range p.Subscriptions {
		v.Subscriptions = append(v.Subscriptions, usher.SubscriptionView{Name: s.Name, Portal: s.Portal, Code: s.Code, Seats: s.Seats, StartsAt: s.StartsAt, EndsAt: s.EndsAt,
			Rule: s.Rule, Priority: s.Priority, Settle: s.Settle, Grace: s.Grace, OnLeave: s.OnLeave, Requestable: s.Requestable})
	}
	return nil
}

// SignInAttempts are the sign-ins that were refused last: of a connection and with an id, where those are not empty.
func (l *Ledger) SignInAttempts(ctx context.Context, connection, id string, limit int) (views []usher.AttemptView, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		views = nil
		attempts, err := tx.SignInAttempts(ctx, connection, id, limit)
		if err != nil {
			return err
		}
		for _, a := range attempts {
			v := usher.AttemptView{Attempt: a}
			if a.Person != "" {
				p, err := tx.Person(ctx, a.Person)
				if err != nil && !errors.Is(err, usher.ErrNotFound) {
					return err
				}
				v.Name, v.Address = p.Name(), p.Address
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

package ledger

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// MakeLoginLink keeps a login link, which signs its person in once. It is made on usher's host alone.
func (l *Ledger) MakeLoginLink(ctx context.Context, by usher.Principal, link usher.LoginLink) (usher.LoginLink, error) {
	if by.Kind != usher.PrincipalOperator {
		return link, &usher.InvalidError{Attribute: "login link", Problem: "is made on usher's host alone"}
	}
	err := l.write(ctx, by, func(c *change) error {
		locked, err := c.tx.LockPersons(ctx, link.Person)
		if err != nil {
			return err
		}
		if p := locked[0]; !p.Active {
			return &usher.InvalidError{Attribute: "person", Problem: "cannot sign in: " + p.WhyInactive()}
		}
		link.MadeBy, link.MadeAt, link.ExpiresAt = by.Name, c.now(), c.now().Add(usher.LoginLinkTime)
		c.record(usher.Event{Kind: usher.EventLoginLinkMade, Subject: "person", SubjectID: link.Person, Person: link.Person,
			After: payload(map[string]any{"owner": link.Owner})})
		return c.tx.InsertLoginLink(ctx, link)
	})
	return link, err
}

// SignInByLink signs in with a login link, which is used up with it. usher.ErrNotFound: it was used, its time is
// over, or there never was one. *usher.SignInRefusedError: its person is no longer active; nothing was written.
func (l *Ledger) SignInByLink(ctx context.Context, hash string, s usher.Session) (p usher.Person, _ usher.Session, err error) {
	begun := s
	err = l.write(ctx, usher.System("sign-in"), func(c *change) error {
		link, err := c.tx.TakeLoginLink(ctx, hash)
		if err != nil {
			return fmt.Errorf("login link: %w", err)
		}
		if p, err = c.whoIsActive(link.Person); err != nil {
			return err
		}
		begun = s
		begun.Owner, begun.ExpiresAt = link.Owner, min(s.ExpiresAt, c.now().Add(usher.LoginLinkSession))
		c.record(usher.Event{Kind: usher.EventLoginLinkUsed, Subject: "person", SubjectID: p.ID, Person: p.ID,
			After: payload(map[string]any{"owner": link.Owner}), Why: "made by " + link.MadeBy})
		begun, err = c.beginSession(p, begun, usher.SignedIn{At: c.now()})
		return err
	})
	if err != nil {
		return usher.Person{}, usher.Session{}, err
	}
	return p, begun, nil
}

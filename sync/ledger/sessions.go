package ledger

import (
	"context"
	"fmt"

	"usher/internal/usher"
)

// beginSession has a person signed in whom the transaction has locked and found active.
func (c *change) beginSession(p usher.Person, s usher.Session, in usher.SignedIn) (usher.Session, error) {
	s.ID, s.Person, s.StartedAt, s.SeenAt = c.tx.NewID(), p.ID, c.now(), c.now()
	s.Connection, s.Subject, s.Provider, s.Groups, s.Context = in.Connection, in.Subject, in.Session, in.Groups, in.Context
	s.GroupsUnknown = in.GroupsUnknown
	s.AuthenticatedAt = min(in.At, c.now())
	if in.Until != 0 {
		s.ExpiresAt = min(s.ExpiresAt, in.Until)
	}
	c.record(usher.Event{Kind: usher.EventSessionBegun, Subject: "session", SubjectID: s.ID, Person: p.ID, Why: overConnection(in.Connection)})
	return s, c.tx.InsertSession(c.ctx, s)
}

func overConnection(name string) string {
	if name == "" {
		return "by a login link"
	}
	return "over " + name
}

// endSessions signs a person out everywhere, in the transaction of why.
func (c *change) endSessions(person usher.ID, why string) error {
	n, err := c.tx.RevokeSessionsOf(c.ctx, person, why)
	if err == nil && n > 0 {
		c.record(usher.Event{Kind: usher.EventSessionEnded, Subject: "person", SubjectID: person, Person: person, Why: why,
			After: payload(map[string]any{"sessions": n})})
	}
	return err
}

// signOutChanged ends the sessions of who is no longer active, and of a newcomer whom a directory names now: it may mean somebody
// else, and signing in looks at that.
func (c *change) signOutChanged(p, old usher.Person) error {
	switch {
	case !old.Active:
		return nil
	case !p.Active:
		if err := c.endSessions(p.ID, "the person is no longer active"); err != nil {
			return err
		}
		return c.tellOwnerLeft(p.ID)
	case old.Newcomer != "" && p.Newcomer == "":
		return c.endSessions(p.ID, "a directory names the person now")
	}
	return nil
}

// SignOut ends a session.
func (l *Ledger) SignOut(ctx context.Context, s usher.Session) error {
	return l.write(ctx, usher.System("sign-in"), func(c *change) error {
		ended, err := c.tx.RevokeSession(ctx, s.ID, "signed out")
		if ended {
			c.record(usher.Event{Kind: usher.EventSessionEnded, Subject: "session", SubjectID: s.ID, Person: s.Person, Why: "signed out"})
		}
		return err
	})
}

// SignOutEverywhere ends all sessions of a person.
func (l *Ledger) SignOutEverywhere(ctx context.Context, by usher.Principal, person usher.ID) error {
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.tx.LockPersons(ctx, person); err != nil {
			return err
		}
		return c.endSessions(person, "signed out everywhere by "+by.Name)
	})
}

// SignOutAtProvider ends the sessions that an identity provider signs out (OpenID Connect Back-Channel Logout 1.0, 2.6;
// saml-profiles 4.4), and says how many. All of them end and the message is used up, or neither: a provider that is told of
// a failure may send it again. usher.ErrConflict: the message was used before.
func (l *Ledger) SignOutAtProvider(ctx context.Context, by usher.ProviderMessage, connection string, outs ...usher.ProviderLogout) (n int, err error) {
	err = l.write(ctx, usher.System("sign-in"), func(c *change) error {
		n = 0
		if err := c.tx.UseOnce(ctx, connection, by.ID, by.Until); err != nil {
			return err
		}
		why := "signed out at " + connection
		for _, out := range outs {
			out.Connection = connection
			people, err := c.tx.RevokeProviderSessions(ctx, out, why)
			if err != nil {
				return err
			}
			n += len(people)
			for _, person := range people {
				c.record(usher.Event{Kind: usher.EventSessionEnded, Subject: "person", SubjectID: person, Person: person, Why: why})
			}
		}
		return nil
	})
	return n, err
}

// LinkSubject has a person sign in as a subject of a connection from now on, because an admin
// says so. usher.ErrConflict: the subject is somebody's already.
func (l *Ledger) LinkSubject(ctx context.Context, by usher.Principal, person usher.ID, connection, subject string) error {
	if subject == "" {
		return &usher.InvalidError{Attribute: "subject", Problem: "is empty; give what the connection knows the person by"}
	}
	return l.write(ctx, by, func(c *change) error {
		if _, err := c.lockStanding(person); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventSignInLinked, Subject: "person", SubjectID: person, Person: person,
			After: payload(map[string]any{"connection": connection}), Why: "by " + by.Name})
		return c.tx.InsertLink(ctx, usher.Link{Connection: connection, Subject: subject, Person: person, How: usher.LinkedByAdmin, At: c.now()})
	})
}

// UnlinkSubject forgets who a subject of a connection is, and ends their sessions.
func (l *Ledger) UnlinkSubject(ctx context.Context, by usher.Principal, connection, subject string) error {
	return l.write(ctx, by, func(c *change) error {
		link, err := c.tx.LinkOf(ctx, connection, subject)
		if err != nil {
			return fmt.Errorf("subject of connection %q: %w", connection, err)
		}
		if _, err := c.tx.LockPersons(ctx, link.Person); err != nil {
			return err
		}
		c.record(usher.Event{Kind: usher.EventSignInUnlinked, Subject: "person", SubjectID: link.Person, Person: link.Person,
			After: payload(map[string]any{"connection": connection}), Why: "by " + by.Name})
		if err := c.tx.DropLink(ctx, connection, subject); err != nil {
			return err
		}
		return c.endSessions(link.Person, "unlinked by "+by.Name)
	})
}

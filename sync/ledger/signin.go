package ledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/internal/store"
	"usher/internal/usher"
)

// SignIn has somebody whom an identity provider has verified signed in: it finds the person, links
// the subject if that may be, and begins the session s, in one transaction, so that nobody who leaves
// meanwhile gets one. It gives the person nothing else: only a portal knows who has taken a seat there.
// *usher.SignInRefusedError: who it is may not sign in; nothing was written.
func (l *Ledger) SignIn(ctx context.Context, in usher.SignedIn, rule usher.LinkRule, s usher.Session) (usher.Person, usher.Session, error) {
	var p usher.Person
	err := l.write(ctx, usher.System("sign-in"), func(c *change) error {
		var err error
		if p, err = c.signIn(in, rule); err != nil {
			return err
		}
		if err := c.bindRoles(p, in, rule); err != nil {
			return err
		}
		s, err = c.beginSession(p, s, in)
		return err
	})
	if err != nil {
		return usher.Person{}, usher.Session{}, err
	}
	return p, s, nil
}

// signIn is the person who is linked to a subject, or is linked to it now.
func (c *change) signIn(in usher.SignedIn, rule usher.LinkRule) (usher.Person, error) {
	if in.Subject == "" {
		return usher.Person{}, refused(usher.RefusedUnknown, "", "the provider names no subject")
	}
	link, err := c.tx.LinkOf(c.ctx, in.Connection, in.Subject)
	switch {
	case err == nil:
		return c.knownSubject(link, in, rule)
	case !errors.Is(err, usher.ErrNotFound):
		return usher.Person{}, err
	}
	person, how, err := c.whoSignsIn(in, rule)
	if err != nil {
		return usher.Person{}, err
	}
	p, err := c.mayBeLinked(person, how, in)
	if err != nil {
		return usher.Person{}, err
	}
	c.record(usher.Event{Kind: usher.EventSignInLinked, Subject: "person", SubjectID: p.ID, Person: p.ID,
		After: payload(map[string]any{"connection": in.Connection}), Why: "found by " + string(how)})
	return p, c.tx.InsertLink(c.ctx, usher.Link{Connection: in.Connection, Subject: in.Subject, Person: p.ID, How: how, At: c.now(), SeenAt: c.now()})
}

// knownSubject is the person of a link. What the directory pushes has to agree: an id that it gives to
// somebody else says that one of the two is wrong.
func (c *change) knownSubject(link usher.Link, in usher.SignedIn, rule usher.LinkRule) (usher.Person, error) {
	p, err := c.whoIsActive(link.Person)
	if err != nil {
		return p, err
	}
	if in.ExternalID != "" {
		other, err := c.byExternalID(rule.Directory, in.ExternalID)
		if err != nil {
			return p, err
		}
		if other != "" && other != p.ID {
			return p, refused(usher.RefusedExternalID, p.ID, "the directory gives this external id to another person; unlink the one that is wrong")
		}
	}
	if link.How == usher.LinkedByFirst { // what a directory pushed since then under that address may be somebody else's
		if err := c.sameExternalID(p.ID, in, rule); err != nil {
			return p, err
		}
	}
	return p, c.tx.SeeLink(c.ctx, link)
}

// whoSignsIn finds whom a subject means that signs in for the first time: by what the connection's
// directory pushes, else once by address; or makes a newcomer.
func (c *change) whoSignsIn(in usher.SignedIn, rule usher.LinkRule) (usher.ID, usher.LinkedBy, error) {
	for _, id := range slices.Compact([]string{in.ExternalID, in.Subject}) {
		person, err := c.byExternalID(rule.Directory, id)
		if err != nil || person != "" {
			return person, usher.LinkedByExternalID, err
		}
	}
	person, err := c.byAddress(in, rule)
	if no, ok := errors.AsType[*usher.SignInRefusedError](err); ok && no.Code == usher.RefusedUnknown {
		return c.newcomer(in, rule, err)
	}
	if err != nil {
		return "", "", err
	}
	return person, usher.LinkedByAddress, c.sameExternalID(person, in, rule)
}

// byExternalID is whom a directory pushes under an external id; nobody without a directory.
func (c *change) byExternalID(directory usher.ID, id string) (usher.ID, error) {
	if directory == "" || id == "" {
		return "", nil
	}
	found, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{{Space: usher.SpaceExternal, Key: string(directory) + "\n" + id}})
	if err != nil || len(found) == 0 || found[0].RetiredAt != 0 {
		return "", err
	}
	return found[0].Person, nil
}

// byAddress is the one person who bears the address or the UPN of somebody, inside the
// connection's domains and among the people of its directory.
func (c *change) byAddress(in usher.SignedIn, rule usher.LinkRule) (usher.ID, error) {
	var people []usher.ID
	named, foreign, unverified := false, false, false
	for _, claim := range []struct {
		text     string
		verified bool
	}{{in.Address, in.AddressVerified}, {in.UPN, rule.Trusted}} {
		key, err := usher.FoldAddress(claim.text)
		if err != nil {
			continue // it names nobody
		}
		named = true
		switch {
		case !speaksFor(rule, key):
			foreign = true
			continue
		case !claim.verified:
			unverified = true
			continue
		}
		found, err := c.tx.FindIdentifiers(c.ctx, []usher.Identifier{{Space: usher.SpaceAddress, Key: key}})
		if err != nil {
			return "", err
		}
		for _, i := range found {
			if i.RetiredAt == 0 && !slices.Contains(people, i.Person) {
				people = append(people, i.Person)
			}
		}
	}
	switch {
	case len(people) > 1:
		return "", refused(usher.RefusedAmbiguous, "", "address and UPN belong to two people; link the subject by hand")
	case len(people) == 1:
		return people[0], c.isOf(people[0], rule.Directory)
	case unverified:
		return "", refused(usher.RefusedUnverified, "", "the provider does not vouch for the address; have it verified there, or mark the connection as trusted")
	case foreign:
		return "", refused(usher.RefusedDomain, "", "the connection may not speak for the domain of the address; add it to the connection's domains if it is yours")
	case !named:
		return "", refused(usher.RefusedUnknown, "", "the provider sends no address by which somebody can be found; have it send one (over OpenID Connect maybe with userinfo: true), or link the subject by hand")
	}
	return "", refused(usher.RefusedUnknown, "", "no directory has a person with this address; have them pushed, or link the subject by hand")
}

// speaksFor says whether a folded address is inside the connection's domains.
func speaksFor(rule usher.LinkRule, address string) bool {
	return slices.Contains(rule.Domains, address[strings.LastIndexByte(address, '@')+1:])
}

// isOf refuses somebody of whom the connection's directory says nothing.
func (c *change) isOf(person, directory usher.ID) error {
	if directory == "" {
		return nil
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, person)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(records, func(r usher.Record) bool { return r.Directory == directory && r.DeletedAt == 0 }) {
		return nil
	}
	return refused(usher.RefusedUnknown, "", "the connection's directory has no such person; have them pushed, or link the subject by hand")
}

// sameExternalID refuses somebody whom the directory pushes under another external id than the
// connection names.
func (c *change) sameExternalID(person usher.ID, in usher.SignedIn, rule usher.LinkRule) error {
	if in.ExternalID == "" || rule.Directory == "" {
		return nil
	}
	records, err := c.tx.RecordsOfPerson(c.ctx, person)
	if err != nil {
		return err
	}
	for _, r := range records {
		if id := r.Attributes.ExternalID; r.Directory == rule.Directory && r.DeletedAt == 0 && id != "" && id != in.ExternalID {
			return refused(usher.RefusedExternalID, person, "the directory pushes this person under another external id; let both name the same attribute")
		}
	}
	return nil
}

// mayBeLinked refuses somebody who has left, and somebody who signs in as another subject:
// by address nobody gets a second one, over the same connection nobody gets one at all.
func (c *change) mayBeLinked(person usher.ID, how usher.LinkedBy, in usher.SignedIn) (usher.Person, error) {
	p, err := c.whoIsActive(person)
	if err != nil {
		return p, err
	}
	links, err := c.tx.LinksOf(c.ctx, person)
	if err != nil {
		return p, err
	}
	if slices.ContainsFunc(links, func(l usher.Link) bool { return l.Connection == in.Connection && l.Subject == in.Subject }) {
		return p, store.ErrAgain // another tab was quicker, and now the subject is known
	}
	if slices.ContainsFunc(links, func(l usher.Link) bool { return how == usher.LinkedByAddress || l.Connection == in.Connection }) {
		return p, refused(usher.RefusedLinked, person, fmt.Sprintf("the person signs in as another subject, over %s; unlink that one, or link this one by hand", links[0].Connection))
	}
	return p, nil
}

// whoIsActive locks a person, and refuses one who is not active.
func (c *change) whoIsActive(person usher.ID) (usher.Person, error) {
	locked, err := c.tx.LockPersons(c.ctx, person)
	if err != nil {
		return usher.Person{}, err
	}
	if p := locked[0]; p.MergedInto != "" {
		return p, store.ErrAgain // while we waited: the subject is another's now
	} else if !p.Active {
		return p, refused(usher.RefusedInactive, person, p.WhyInactive())
	}
	return locked[0], nil
}

func refused(code usher.RefusalCode, person usher.ID, problem string) error {
	return &usher.SignInRefusedError{Code: code, Person: person, Problem: problem}
}

package ledger

import (
	"errors"
	"strings"
	"unicode"

	"usher/internal/store"
	"usher/internal/usher"
)

// newcomer makes a person of somebody whom no rule finds, where the connection keeps newcomers or they come with a live join
// link; else refusal stands. Nobody becomes a second person, or a leaver's successor: an address or id that usher has ever given to
// somebody is refused, and so is an address in which a letter may look like another.
func (c *change) newcomer(in usher.SignedIn, rule usher.LinkRule, refusal error) (usher.ID, usher.LinkedBy, error) {
	invited, err := c.liveJoinLink(rule.Join)
	if err != nil {
		return "", "", err
	}
	keys, address := newAddress(in, rule)
	if !rule.Newcomers && !invited || address == "" {
		return "", "", refusal
	}
	known, err := c.everKnown(in, rule.Directory, keys)
	if err != nil {
		return "", "", err
	}
	if known { // perhaps since a moment ago
		person, err := c.byAddress(in, rule)
		if err == nil {
			err = c.sameExternalID(person, in, rule)
		}
		return person, usher.LinkedByAddress, err
	}
	person, err := c.makeNewcomer(in, address, keys)
	return person, usher.LinkedByFirst, err
}

// newAddress is the address of somebody new as written, for which the connection speaks, and the keys of all that the provider
// names. It is empty where one of them cannot be used.
func newAddress(in usher.SignedIn, rule usher.LinkRule) (keys []string, address string) {
	for _, claim := range []struct {
		text     string
		verified bool
	}{{in.Address, in.AddressVerified}, {in.UPN, rule.Trusted}} {
		if claim.text == "" {
			continue
		}
		key, err := usher.FoldAddress(claim.text)
		if err != nil || !plainASCII(key) || !claim.verified || !speaksFor(rule, key) {
			return nil, ""
		}
		if keys = append(keys, key); address == "" {
			address = claim.text
		}
	}
	return keys, address
}

func plainASCII(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r > unicode.MaxASCII })
}

// everKnown says whether anything by which somebody new would be known was ever somebody's, or stands in a record that waits for
// an admin to say whose it is. An address with a tag is that of who has it without one (RFC 5233).
func (c *change) everKnown(in usher.SignedIn, directory usher.ID, keys []string) (bool, error) {
	var wanted []usher.Identifier
	for _, key := range keys {
		wanted = append(wanted, usher.Identifier{Space: usher.SpaceAddress, Key: key})
		if name, domain, _ := strings.Cut(key, "@"); strings.Contains(name, "+") {
			name, _, _ = strings.Cut(name, "+")
			wanted = append(wanted, usher.Identifier{Space: usher.SpaceAddress, Key: name + "@" + domain})
		}
	}
	for _, id := range []string{in.ExternalID, in.Subject} {
		if directory != "" && id != "" {
			wanted = append(wanted, usher.Identifier{Space: usher.SpaceExternal, Key: string(directory) + "\n" + id})
		}
	}
	found, err := c.tx.FindIdentifiers(c.ctx, wanted)
	if err != nil || len(found) > 0 {
		return true, err
	}
	for _, d := range sorted(c.policy.directories) {
		names := keys
		if d == directory {
			names = append([]string{in.Subject}, keys...)
		}
		if pending, err := c.inRecords(d, names); err != nil || pending {
			return true, err
		}
	}
	return false, nil
}

// inRecords says whether a directory has a record of one of the names. One that is somebody's was pushed while we looked.
func (c *change) inRecords(directory usher.ID, names []string) (bool, error) {
	for _, name := range names {
		r, err := c.tx.RecordByReference(c.ctx, directory, name)
		switch {
		case err == nil && r.Person != "":
			return true, store.ErrAgain
		case !errors.Is(err, usher.ErrNotFound):
			return true, err
		}
	}
	return false, nil
}

func (c *change) makeNewcomer(in usher.SignedIn, address string, keys []string) (usher.ID, error) {
	p := usher.Person{
		ID: c.tx.NewID(), Active: true, Address: address, Newcomer: usher.NewcomerUnconfirmed, Revision: 1, CreatedAt: c.now(), ChangedAt: c.now(),
		Attributes: usher.Attributes{Active: true, UserName: address, GivenName: plainName(in.GivenName), FamilyName: plainName(in.FamilyName),
			DisplayName: plainName(in.DisplayName), Emails: []usher.Email{{Value: address, Primary: true}}},
	}
	if err := c.tx.InsertPerson(c.ctx, p); err != nil {
		return "", err
	}
	for i, key := range keys {
		id := usher.Identifier{Space: usher.SpaceAddress, Key: key, Kind: usher.KindEmail, Person: p.ID, Shown: address, Since: c.now()}
		if i > 0 || in.Address == "" {
			id.Kind, id.Shown = usher.KindUPN, in.UPN
		}
		ok, err := c.tx.PutIdentifier(c.ctx, id)
		if err == nil && !ok {
			err = store.ErrAgain // another tab, or a directory, was quicker
		}
		if err != nil {
			return "", err
		}
	}
	why := "first sign-in over " + in.Connection + ": unconfirmed"
	c.record(usher.Event{Kind: usher.EventPersonJoined, Subject: "person", SubjectID: p.ID, Person: p.ID, After: payload(p.Attributes), Why: why})
	return p.ID, c.compute(p.ID, reason{caution: store.CautionGuard, why: why})
}

// maxName bounds a name that a provider sends, in characters.
const maxName = 200

// plainName is a name as one line of text, cut where it is too long for one.
func plainName(text string) string {
	text = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	if runes := []rune(text); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return text
}

package oidc

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// signedIn tells who signed in. What identifies is from the ID token alone; what describes may be from userinfo.
func (c *Connection) signedIn(token, info claims, raw string) usher.SignedIn {
	about := c.together(token, info)
	s := usher.SignedIn{
		Connection: c.name, Subject: c.subjectOf(token), ExternalID: about.text(c.names.ExternalID),
		Address: about.text(c.names.Address), AddressVerified: c.vouched(about), UPN: c.principal(about),
		GivenName: about.text(c.names.GivenName), FamilyName: about.text(c.names.FamilyName), DisplayName: about.text(c.names.DisplayName),
		At:      token.time("auth_time"),
		Session: usher.ProviderSession{SID: token.text("sid"), IDToken: raw},
	}
	s.Groups, s.GroupsUnknown = c.groups(about)
	if acr := token.text("acr"); acr != "" {
		s.Context = append(s.Context, acr)
	}
	methods, _ := token.texts("amr")
	s.Context = append(s.Context, methods...)
	return s
}

// vouched says whether the provider vouches for the address. What it says of email is about email alone. Where it says
// nothing, the admins of a trusted connection are its word; a guest's address is not theirs to give.
func (c *Connection) vouched(about claims) bool {
	if about.text(c.names.Address) == "" {
		return false
	}
	for _, name := range vouchers {
		if c.names.Address == "email" && about.has(name) {
			return isTrue(about[name])
		}
	}
	return c.trusted && !c.guest(about)
}

// principal is the UPN, of a trusted connection and no guest: no claim vouches for one, and elsewhere people choose
// their own.
func (c *Connection) principal(about claims) string {
	if !c.trusted || c.guest(about) {
		return ""
	}
	return about.text(c.names.UPN)
}

// guest says whether somebody belongs to another organisation than the tenant's: acct is anything but 0, idp is another
// than the tenant, or the UPN is that which Entra makes for guests. Each is an optional claim.
func (c *Connection) guest(about claims) bool {
	if c.preset != Entra {
		return false
	}
	kind, told := number(about["acct"])
	home := about.text("idp")
	return about.has("acct") && (!told || kind != 0) ||
		home != "" && home != about.text("iss") ||
		strings.Contains(strings.ToUpper(about.text("upn")+about.text("preferred_username")), "#EXT#")
}

// groups are those that the provider named, and whether it kept some back: Entra leaves the claim out beyond 200 and
// says where to ask (_claim_names, hasgroups). That is never asked: whoever can write into a token could have usher
// call any address.
func (c *Connection) groups(about claims) (list []string, unknown bool) {
	if c.names.Groups == nowhere {
		return nil, false
	}
	list, readable := about.texts(c.names.Groups)
	if about.has(c.names.Groups) && readable {
		return slices.Compact(slices.Sorted(slices.Values(list))), false
	}
	elsewhere, _ := about["_claim_names"].(map[string]any)
	_, kept := elsewhere[c.names.Groups]
	return nil, !readable || kept || isTrue(about["hasgroups"])
}

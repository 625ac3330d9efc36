package oidc

import (
	"context"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"usher/internal/usher"
)

// maxSubject is the longest sub (Core 2).
const maxSubject = 255

// judgeIDToken returns what an ID token says, if it is the provider's, about this client, for this sign-in
// (Core 3.1.3.7). The access token came with it.
func (c *Connection) judgeIDToken(ctx context.Context, now usher.Time, raw, access string, p Pending) (claims, error) {
	said, ring, err := c.open(ctx, now, raw, "jwt")
	if err != nil {
		return nil, err
	}
	err = firstOf(
		func() error { return checkNoEvents(said) },
		func() error { return c.checkAddressee(said) },
		func() error { return c.checkLife(said, now) },
		func() error { return c.checkSignIn(said, now, p) },
		func() error { return c.checkSubject(said) },
		func() error { return c.secondOpinion(ctx, now, raw, access, said, ring) },
	)
	if err != nil {
		return nil, err
	}
	return said, nil
}

// checkNoEvents refuses a logout token, or any other that tells an event (RFC 8417): its sub is real, but nobody has
// signed in.
func checkNoEvents(said claims) error {
	if said.has("events") {
		return refuse(CodeType, "the token tells an event; it is no ID token")
	}
	return nil
}

// checkAddressee holds iss, aud and azp against the connection (Core 3.1.3.7, 2 to 5). Where a token is for others as
// well, azp has to say that it was made for this client.
func (c *Connection) checkAddressee(said claims) error {
	audience, _ := said.texts("aud")
	others := slices.ContainsFunc(audience, func(a string) bool { return a != c.clientID })
	switch azp := said.text("azp"); {
	case said.text("iss") != c.issuer:
		return refuse(CodeTokenIssuer, "the token is issued by %s and not by %s", shown(said.text("iss")), shown(c.issuer))
	case !slices.Contains(audience, c.clientID):
		return refuse(CodeAudience, "the token is for another client; check the client id")
	case said.has("azp") && azp != c.clientID:
		return refuse(CodeAzp, "the token was made for another client (azp)")
	case others && azp == "":
		return refuse(CodeAzp, "the token is for several clients and does not say for whom it was made (azp)")
	}
	return nil
}

// checkLife holds exp, iat and nbf against the clock, give or take the leeway.
func (c *Connection) checkLife(said claims, now usher.Time) error {
	issued, expires, begins := said.time("iat"), said.time("exp"), said.time("nbf")
	switch {
	case issued == 0:
		return refuse(CodeIssuedAt, "the token does not say when it was issued (iat)")
	case issued.Sub(now) > c.leeway:
		return refuse(CodeIssuedAt, "the token was issued %s from now; set the clocks of this host and the provider right", issued.Sub(now).Round(time.Second))
	case expires == 0:
		return refuse(CodeExpired, "the token does not say when it expires (exp)")
	case now.Sub(expires) >= c.leeway:
		return refuse(CodeExpired, "the token expired %s ago; set the clocks of this host and the provider right", now.Sub(expires).Round(time.Second))
	case expires < issued:
		return refuse(CodeExpired, "the token expires before it is issued")
	case said.has("nbf") && (begins == 0 || begins.Sub(now) > c.leeway):
		return refuse(CodeNotYet, "the token is not valid yet (nbf); set the clocks of this host and the provider right")
	}
	return nil
}

// checkSignIn holds a token against the sign-in that it answers: one that was issued before cannot know its nonce, and
// one without the nonce may be somebody else's.
func (c *Connection) checkSignIn(said claims, now usher.Time, p Pending) error {
	issued, authTime := said.time("iat"), said.time("auth_time")
	switch {
	case p.StartedAt.Sub(issued) > c.leeway:
		return refuse(CodeIssuedAt, "the token was issued %s before the sign-in began; set the clocks of this host and the provider right", p.StartedAt.Sub(issued).Round(time.Second))
	case !same(said.text("nonce"), p.Nonce):
		return refuse(CodeNonce, "the token belongs to another sign-in (nonce)")
	case authTime.Sub(now) > c.leeway: // it would keep a step-up fresh for as long as the provider likes
		return refuse(CodeAuthTime, "the person is said to sign in %s from now (auth_time)", authTime.Sub(now).Round(time.Second))
	case p.MaxAge > 0 && authTime == 0:
		return refuse(CodeAuthTime, "the provider was asked when the person signed in, and does not say (auth_time); add the claim at the provider")
	case p.MaxAge > 0 && now.Sub(authTime) > p.MaxAge+c.leeway:
		return refuse(CodeAuthTime, "the person signed in at the provider longer ago than was asked for")
	case p.Prompt == PromptLogin && authTime != 0 && p.StartedAt.Sub(authTime) > c.leeway:
		return refuse(CodeAuthTime, "the person was to sign in at the provider anew, and did not")
	}
	return nil
}

// checkSubject wants sub in any case (Core 2), the tenant where the connection has one, and oid where it is the
// subject.
func (c *Connection) checkSubject(said claims) error {
	sub, tid, oid := said.text("sub"), said.text("tid"), said.text("oid")
	switch {
	case sub == "" || len(sub) > maxSubject:
		return refuse(CodeSubject, "the token names nobody (sub)")
	case c.tenant != "" && tid != c.tenant:
		return refuse(CodeTenant, "the token is of another tenant (tid), or of none; this connection takes one tenant alone")
	case c.subject == ByTenantAndObject && (oid == "" || len(oid) > maxSubject):
		return refuse(CodeSubject, "the token names no object of the tenant (oid); add the scope profile")
	}
	return nil
}

// subjectOf is empty where the claims do not name a subject of this connection.
func (c *Connection) subjectOf(said claims) string {
	if c.subject == BySub {
		return said.text("sub")
	}
	if said.text("tid") == "" || said.text("oid") == "" {
		return ""
	}
	return said.text("tid") + "/" + said.text("oid")
}

// secondOpinion asks go-oidc, which shares no code with the checks above, whether it takes the token as well, and
// whether the access token is the one that the ID token came with (at_hash, Core 3.1.3.8).
func (c *Connection) secondOpinion(ctx context.Context, now usher.Time, raw, access string, said claims, ring keyring) error {
	token, err := c.verifier(now, ring).Verify(ctx, raw)
	if err != nil || token.Subject != said.text("sub") {
		return refuse(CodeSecond, "the token passed usher's checks, and go-oidc refuses it")
	}
	if !said.has("at_hash") {
		return nil
	}
	token.AccessTokenHash = said.text("at_hash")
	if token.VerifyAccessToken(access) != nil {
		return refuse(CodeAccessToken, "the ID token came with another access token (at_hash)")
	}
	return nil
}

// verifier is go-oidc's. It knows no leeway for exp, so its clock is late.
func (c *Connection) verifier(now usher.Time, ring keyring) *oidc.IDTokenVerifier {
	allowed := make([]string, len(c.algorithms))
	for i, alg := range c.algorithms {
		allowed[i] = string(alg)
	}
	late := now.Add(-c.leeway).Std()
	return oidc.NewVerifier(c.issuer, ring, &oidc.Config{
		ClientID: c.clientID, SupportedSigningAlgs: allowed, Now: func() time.Time { return late },
	})
}

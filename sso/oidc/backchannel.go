package oidc

import (
	"context"
	"time"

	"usher/internal/usher"
)

// The event of a logout token (OpenID Connect Back-Channel Logout 1.0 2.4).
const logoutEvent = "http://schemas.openid.net/event/backchannel-logout"

// maxLogoutAge is how old a logout token may be, whatever it says of its end. It bounds how long its id is kept.
const maxLogoutAge = time.Hour

// Logout is a session, or all of a person's, that the provider has ended.
type Logout struct {
	Connection string
	// Subject is a [usher.SignedIn.Subject] and SID a [usher.ProviderSession.SID]. Where both are given, the sessions
	// that end have both; one of them may be empty.
	Subject string
	SID     string
	// JTI is taken once: the caller keeps it until Until, and a second token with it changes nothing.
	JTI   string
	Until usher.Time
}

// JudgeLogout judges a logout token that came over the back channel (Back-Channel Logout 2.6). Anybody can send one, so
// each costs at most one request to the provider in ten seconds. Every error is a [Refusal], to be answered with 400,
// but with 503 where it wraps [ErrUnavailable].
func (c *Connection) JudgeLogout(ctx context.Context, now usher.Time, raw string) (_ Logout, err error) {
	defer recovered(&err)
	said, ring, err := c.open(ctx, now, raw, "jwt", "logout+jwt")
	if err != nil {
		return Logout{}, err
	}
	made := Logout{Connection: c.name, Subject: c.subjectOf(said), SID: said.text("sid"), JTI: said.text("jti"), Until: until(said).Add(c.leeway)}
	err = firstOf(
		func() error { return c.checkAddressee(said) },
		func() error { return c.checkLife(said, now) },
		func() error { return checkLogout(said, made, now) },
		func() error { return c.checkLogoutTenant(said) },
	)
	if err != nil {
		return Logout{}, err
	}
	if _, err := c.verifier(now, ring).VerifyLogout(ctx, raw); err != nil {
		return Logout{}, refuse(CodeSecond, "the logout token passed usher's checks, and go-oidc refuses it")
	}
	return made, nil
}

// until is when a logout token is too old.
func until(said claims) usher.Time {
	return min(said.time("exp"), said.time("iat").Add(maxLogoutAge))
}

func checkLogout(said claims, made Logout, now usher.Time) error {
	events, _ := said["events"].(map[string]any)
	_, isLogout := events[logoutEvent].(map[string]any)
	switch {
	case !isLogout:
		return refuse(CodeEvents, "the token tells no logout (events)")
	case said.has("nonce"): // which only an ID token has (2.4)
		return refuse(CodeNonce, "the token has a nonce, so it is no logout token")
	case now >= made.Until:
		return refuse(CodeExpired, "the logout token is older than %s", maxLogoutAge)
	case made.JTI == "" || len(made.JTI) > maxSubject:
		return refuse(CodeJTI, "the logout token has no id of its own (jti), or a very long one")
	case len(made.Subject) > 2*maxSubject || len(made.SID) > maxSubject || made.Subject == "" && made.SID == "":
		return refuse(CodeNobody, "the logout token names neither a person nor a session (sub, sid)")
	}
	return nil
}

// checkLogoutTenant refuses the word of another tenant; logout tokens need not name theirs.
func (c *Connection) checkLogoutTenant(said claims) error {
	if c.tenant != "" && said.has("tid") && said.text("tid") != c.tenant {
		return refuse(CodeTenant, "the logout token is of another tenant (tid)")
	}
	return nil
}

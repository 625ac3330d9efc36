// Package sso signs people in through their identity providers, and keeps them signed in.
//
// Its invariant: a session is begun only by an answer that a provider's own key has signed, that answers a request made for
// the same browser (or comes over a connection that may send what nobody asked for), and that nobody has used before; and only
// for somebody who is active. Who that is decides the ledger.
//
// The package judges requests and writes cookies. SAML and OpenID Connect are judged below it, in saml and oidc; what is
// under way lives in the store, so that any replica can finish what another began.
package sso

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"usher/internal/limit"
	"usher/internal/usher"
	"usher/sso/oidc"
	"usher/sso/saml"
)

// Flows keeps sign-ins that are under way (the store).
type Flows interface {
	BeginFlow(ctx context.Context, f usher.Flow) error
	TakeFlow(ctx context.Context, connection, id string) (usher.Flow, error)
	AnswerFlow(ctx context.Context, f usher.Flow, message string, until usher.Time) error
	TakeAnswer(ctx context.Context, ticket, browser string) (usher.Flow, error)
}

// People knows who signs in, and writes it down (the ledger).
type People interface {
	SignIn(ctx context.Context, in usher.SignedIn, rule usher.LinkRule, s usher.Session) (usher.Person, usher.Session, error)
	// SignInByLink: usher.ErrNotFound where the link was used, or its time is over.
	SignInByLink(ctx context.Context, hash string, s usher.Session) (usher.Person, usher.Session, error)
	SignOut(ctx context.Context, s usher.Session) error
	// SignOutAtProvider: usher.ErrConflict where the message was used before.
	SignOutAtProvider(ctx context.Context, by usher.ProviderMessage, connection string, outs ...usher.ProviderLogout) (int, error)
}

// Sessions finds who is signed in (the store).
type Sessions interface {
	// SessionOf is the session of a token's hash with its person.
	SessionOf(ctx context.Context, hash string) (usher.Session, usher.Person, error)
	TouchSession(ctx context.Context, id usher.ID) error
}

// Attempts notes sign-ins that were refused, for `usher signin log`.
type Attempts interface {
	NoteAttempt(ctx context.Context, a usher.Attempt) error
}

// Copies keeps the last good metadata of SAML providers, for all replicas.
type Copies interface {
	Copy(ctx context.Context, connection string) (saml.Copy, error)
	KeepCopy(ctx context.Context, connection string, c saml.Copy) error
}

// Connection is one way to sign in. One of SAML and OIDC is there.
type Connection struct {
	Name  string
	Label string // on the button; empty: Name
	// Rule gives whom it may sign in. Its domains also choose the connection for an address.
	Rule func() usher.LinkRule
	SAML *SAML
	OIDC *oidc.Connection
	// Plain says that its provider may be reached over plain http, inside the house.
	Plain bool
}

// SAML is a connection's settings with where its provider's metadata comes from: Source, or Document.
type SAML struct {
	Settings saml.Settings
	Source   saml.Source
	Document []byte
}

// Options are what the front desk works with.
type Options struct {
	// BaseURL is what browsers call usher, without a trailing slash; never what a request says it is.
	BaseURL     string
	Connections []Connection
	Flows       Flows
	People      People
	Sessions    Sessions
	Attempts    Attempts
	Copies      Copies
	// Key is what tokens are hashed with.
	Key []byte
	// Idle is how long a session may rest, Longest how long it lasts at most [8 h, 24 h].
	Idle, Longest time.Duration
	// Client is the address of whom a request comes from, for limits.
	Client func(*http.Request) string
	// Rate bounds what one address may ask for, in requests a minute [600]; a whole office may have one.
	Rate int
	Now  func() time.Time
	// Random gives secrets; nil is crypto/rand.
	Random io.Reader
	// Failed hears what went wrong on our side with a request, and Warn what an admin should look at.
	Failed func(*http.Request, error)
	Warn   func(error)
	// LinkUsed hears that somebody signed in with a login link.
	LinkUsed func(usher.Session)
}

// Desk answers everything that has to do with signing in. It is safe for concurrent use.
type Desk struct {
	o       Options
	doors   map[string]door
	order   []string
	cookies cookies
	limit   *limit.Limiter
	handler http.Handler
}

// New checks the options.
func New(o Options) (*Desk, error) {
	o.Idle, o.Longest = cmp.Or(o.Idle, 8*time.Hour), cmp.Or(o.Longest, 24*time.Hour)
	o.Rate = cmp.Or(o.Rate, 600)
	if o.LinkUsed == nil {
		o.LinkUsed = func(usher.Session) {}
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	d := &Desk{o: o, doors: map[string]door{}, limit: limit.New(float64(o.Rate)/60, o.Rate, o.Now),
		cookies: cookies{secure: strings.HasPrefix(o.BaseURL, "https://"), key: o.Key, random: o.Random}}
	for _, c := range o.Connections {
		made, err := d.door(c)
		if err != nil {
			return nil, err
		}
		if d.doors[c.Name] != nil {
			return nil, fmt.Errorf("connection %s stands twice", c.Name)
		}
		d.doors[c.Name], d.order = made, append(d.order, c.Name)
	}
	d.handler = d.protected()
	return d, nil
}

// door is a connection behind which a provider stands.
type door interface {
	of() Connection
	// begin makes what a browser is to carry to the provider, and what is to be kept until it comes back.
	begin(ctx context.Context, again bool) (errand, error)
}

// errand is what a browser carries to a provider: a place to go to, or a form to post.
type errand struct {
	id   string // under which the answer comes back
	kept []byte
	url  string
	form saml.Form
}

func (d *Desk) door(c Connection) (door, error) {
	switch {
	case c.SAML != nil && c.OIDC == nil:
		return newSAMLDoor(d, c)
	case c.OIDC != nil && c.SAML == nil:
		return &oidcDoor{d, c}, nil
	}
	return nil, fmt.Errorf("connection %s is neither SAML nor OpenID Connect, or both", c.Name)
}

// FormTargets are the sources to which a form of ours may lead, for a page's Content-Security-Policy: browsers hold
// where a form is redirected to against form-action too, so it allows what providers have.
func (d *Desk) FormTargets() string {
	plain := func(c Connection) bool { return c.Plain }
	if !d.cookies.secure || slices.ContainsFunc(d.o.Connections, plain) {
		return "'self' https: http:"
	}
	return "'self' https:"
}

func (d *Desk) now() usher.Time { return usher.TimeOf(d.o.Now()) }

// byDomain is the connection for an address: the one that speaks for its domain, else the first. An answer that
// depends on nothing else tells nobody which domains there are.
func (d *Desk) byDomain(address string) string {
	if key, err := usher.FoldAddress(address); err == nil {
		domain := key[strings.LastIndexByte(key, '@')+1:]
		for _, name := range d.order {
			if slices.Contains(d.doors[name].of().Rule().Domains, domain) {
				return name
			}
		}
	}
	return d.order[0]
}

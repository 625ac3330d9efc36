package usher

import "slices"

// Credential is what every token is, whatever it opens. Its secret is shown once; only a
// keyed hash is kept.
type Credential struct {
	ID         string // public part, safe to log
	Hash       string // hex of HMAC-SHA256 under the installation's key
	CreatedBy  string
	CreatedAt  Time
	ExpiresAt  Time
	RevokedAt  Time
	LastUsedAt Time // to about a minute
}

// Live says whether the token opens anything at now.
func (c Credential) Live(now Time) bool { return c.RevokedAt == 0 && now < c.ExpiresAt }

// Token opens one directory.
type Token struct {
	Credential

	Directory ID
}

// APIToken opens some of the interface in JSON to a program.
type APIToken struct {
	Credential

	// Name is what events call whoever bears it. Several tokens may share one: the one in
	// use and the one that replaces it.
	Name   string
	Scopes []Scope
}

// Scope is a part of the interface in JSON that a token can open.
type Scope string

// The scopes. None of them holds another: whoever writes does not read by that.
const (
	ScopePeopleRead      Scope = "people:read"
	ScopeSeatsRead       Scope = "seats:read"
	ScopeSeatsWrite      Scope = "seats:write"
	ScopePlansRead       Scope = "plans:read"
	ScopePlansWrite      Scope = "plans:write"
	ScopeHoldsRead       Scope = "holds:read"
	ScopeHoldsWrite      Scope = "holds:write"
	ScopePortalsRead     Scope = "portals:read"
	ScopeEventsRead      Scope = "events:read"
	ScopeDirectoriesRead Scope = "directories:read"
	ScopeRostersWrite    Scope = "rosters:write"
)

// Scopes are all scopes.
func Scopes() []Scope {
	return []Scope{
		ScopePeopleRead, ScopeSeatsRead, ScopeSeatsWrite, ScopePlansRead, ScopePlansWrite, ScopeHoldsRead, ScopeHoldsWrite,
		ScopePortalsRead, ScopeEventsRead, ScopeDirectoriesRead, ScopeRostersWrite,
	}
}

// Has says whether the principal's token has a scope.
func (p Principal) Has(s Scope) bool { return slices.Contains(p.Scopes, s) }

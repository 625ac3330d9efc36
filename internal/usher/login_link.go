package usher

import "time"

// LoginLink signs one person in, once, without an identity provider: for the first owner, and for the day on which
// the provider does not work. It is made on usher's host.
type LoginLink struct {
	// Hash is what is kept of the text in the link.
	Hash   string
	Person ID
	// Owner says that its session has an owner's rights, whatever the person has.
	Owner     bool
	MadeBy    string
	MadeAt    Time
	ExpiresAt Time
	// UsedAt is when somebody signed in with it; zero for not yet.
	UsedAt Time
}

// How long a login link can be used, and how long a session lasts at most that it began.
const (
	LoginLinkTime    = 10 * time.Minute
	LoginLinkSession = time.Hour
)

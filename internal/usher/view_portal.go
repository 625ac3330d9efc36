package usher

import (
	"encoding/json"
	"time"
)

// PortalView is a portal in a list.
type PortalView struct {
	Name  string      `json:"name"`
	Kind  string      `json:"kind"`
	State PortalState `json:"state"`
	// PausedUntil is until when a portal that fails is left alone.
	PausedUntil time.Time `json:"pausedUntil,omitzero"`
	// Behind is how many accounts are not in line.
	Behind      int       `json:"accountsBehind"`
	SeatsUsed   int       `json:"seatsUsed"`
	LastSuccess time.Time `json:"lastSuccessAt,omitzero"`
	Observed    time.Time `json:"observedAt,omitzero"`
	LastError   string    `json:"lastError,omitempty"`
}

// PortalState is how a portal does.
type PortalState string

// The states of a portal.
const (
	PortalRetired  PortalState = "retired"  // the configuration names it no longer
	PortalObserved PortalState = "observed" // usher looks, and tells it nothing
	PortalRestored PortalState = "restored" // told nothing before `usher resume`
	PortalPaused   PortalState = "paused"   // fails, and is left alone for a while
	PortalFailing  PortalState = "failing"
	PortalLive     PortalState = "live"
)

// PortalDetail is a portal with the first of its accounts that are not in line.
type PortalDetail struct {
	PortalView

	NotInLine []BehindView `json:"notInLine"`
}

// BehindView is an account that is not in line.
type BehindView struct {
	Name          string    `json:"name"`             // the address, or a team's name
	Person        ID        `json:"person,omitempty"` // empty for a team
	Active        bool      `json:"active"`
	Subscriptions []string  `json:"subscriptions,omitempty"`
	Attempts      int       `json:"attempts"`
	Refused       bool      `json:"refused"` // not tried again before somebody mends it
	NextTryAt     time.Time `json:"nextTryAt,omitzero"`
	Why           string    `json:"why,omitempty"`
}

// DirectoryView is a directory in a list.
type DirectoryView struct {
	Name      string        `json:"name"`
	Kind      DirectoryKind `json:"kind"`
	Rank      int           `json:"rank"`
	Lifecycle string        `json:"lifecycle"` // owner or follower
	LastHeard time.Time     `json:"lastHeardAt,omitzero"`
	// StandsInFor is the silent directory for which this one decides, StoodInBy the one that
	// decides for this one.
	StandsInFor string    `json:"standsInFor,omitempty"`
	StoodInBy   string    `json:"stoodInBy,omitempty"`
	Since       time.Time `json:"standsInSince,omitzero"`
}

// EventView is an event in a list.
type EventView struct {
	ID           ID              `json:"id"`
	Number       int64           `json:"number"` // in the chain, from 1
	At           time.Time       `json:"at"`
	Kind         EventKind       `json:"kind"`
	Actor        string          `json:"actor"`
	Person       ID              `json:"person,omitempty"`
	Subscription string          `json:"subscription,omitempty"`
	Portal       string          `json:"portal,omitempty"`
	Why          string          `json:"why,omitempty"`
	Before       json.RawMessage `json:"before,omitempty"`
	After        json.RawMessage `json:"after,omitempty"`
}

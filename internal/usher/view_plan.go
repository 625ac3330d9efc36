package usher

import "time"

// PlanView is a plan in a list.
type PlanView struct {
	Number    int64      `json:"number"`
	Directory string     `json:"directory"`
	File      FileView   `json:"file"`
	State     PlanState  `json:"state"`
	Counts    PlanCounts `json:"counts"`
	// Reasons say why something of it waits for a human.
	Reasons   []string  `json:"reasons,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	AppliedAt time.Time `json:"appliedAt,omitzero"`
	DecidedAt time.Time `json:"decidedAt,omitzero"`
	DecidedBy string    `json:"decidedBy,omitempty"`
	Why       string    `json:"why,omitempty"`
}

// FileView is a roster's file. Where the copy of it lies is nobody's business.
type FileView struct {
	Name   string `json:"name"`
	Origin string `json:"origin"`
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// PlanDetail is a plan with what it does to seats and what is to be said of its file.
type PlanDetail struct {
	PlanView

	// Seats and Findings are the first of them; SeatsInAll says how many there are.
	Seats      []PlannedSeat `json:"seats"`
	SeatsInAll int           `json:"seatsInAll"`
	Findings   []Finding     `json:"findings"`
}

// ChangeView is a change of a plan.
type ChangeView struct {
	Seq     int64          `json:"seq"`
	Class   ChangeClass    `json:"class"`
	Row     int            `json:"row,omitempty"`
	Key     string         `json:"key"`
	Person  ID             `json:"person,omitempty"` // empty while nobody is the row's
	Name    string         `json:"name"`
	Address string         `json:"address"`
	State   ChangeState    `json:"state"`
	Why     string         `json:"why,omitempty"`
	Fields  []ChangedField `json:"fields,omitempty"`
}

// HoldView is a hold in a list.
type HoldView struct {
	Number int64     `json:"number"`
	Class  HoldClass `json:"class"`
	// Subscription or Directory is the one whose guard tripped.
	Subscription string `json:"subscription,omitempty"`
	Directory    string `json:"directory,omitempty"`
	// SubscriptionID decides who may see it, and is nobody else's business.
	SubscriptionID ID        `json:"-"`
	Seats          int       `json:"seats"` // that it stops now
	OpenedAt       time.Time `json:"openedAt"`
	Why            string    `json:"why"`
	ClosedAt       time.Time `json:"closedAt,omitzero"`
	ClosedBy       string    `json:"closedBy,omitempty"`
	Decision       string    `json:"decision,omitempty"`
}

// HoldDetail is a hold with everybody whom it stops.
type HoldDetail struct {
	HoldView

	Held []SeatedView `json:"held"`
}

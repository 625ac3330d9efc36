package usher

// Activity is who uses the seats that they have, of everybody, at a moment.
type Activity struct {
	At    Time
	Seats []SeatActivity
	// Teams are, by subscription, those with the most idle seats first.
	Teams map[ID][]TeamActivity
	// SignedIn is how many people signed in at usher within the last 30 days, of Ever who have at some time and People who are active.
	SignedIn, Ever, People int
}

// Idle are the days after which a seat counts as idle in sums: without a sign of activity for as long.
const (
	IdleSoon = 30
	IdleLong = 90
)

// Usage counts seats by when their people were last active at the portal.
type Usage struct {
	// Occupied are all; Never those of people of whom the portal showed no activity, Soon and Long those idle for longer than
	// IdleSoon and IdleLong days, each in one of them only.
	Occupied, Never, Soon, Long int
}

// Idle is how many were not used within IdleSoon days.
func (u Usage) Idle() int { return u.Never + u.Soon + u.Long }

// Used is how many were.
func (u Usage) Used() int { return u.Occupied - u.Idle() }

// SeatActivity is the usage of one subscription.
type SeatActivity struct {
	Usage

	Subscription ID
	Name, Portal string
	// Shown says that the portal ever showed activity: else nobody knows who is idle.
	Shown bool
}

// TeamActivity is the usage of one subscription by one team.
type TeamActivity struct {
	Usage

	Team ID
	Name string
}

// IdleQuery asks for the seats of one subscription, the longest idle first.
type IdleQuery struct {
	Subscription string // name
	Team         ID     // empty: of all
	// Days is for how long at least, in days; 0: also those in use.
	Days  int
	After Mark // by when they were active, and whose they are
	Limit int
}

// IdleSeat is a seat, and when its person was last active.
type IdleSeat struct {
	Person     PersonName
	Address    string
	Department string
	State      SeatState
	SeatedAt   Time
	ActiveAt   Time // at the portal; zero: it showed none
	SignedIn   Time // at usher; zero: never
}

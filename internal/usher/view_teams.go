package usher

// TeamRow is a team in a list.
type TeamRow struct {
	ID   ID
	Name string
	// Source is what it is made of: a department or a pushed group.
	Source string
	People int
	// Seats are those of its people by subscription; subscriptions in which nobody has one are left out.
	Seats []TeamSeats
}

// TeamSeats are the seats of a team's people in one subscription.
type TeamSeats struct {
	Subscription     ID
	Name             string
	Occupied, Queued int
}

// TeamPerson is somebody in a team, with their manager and seats.
type TeamPerson struct {
	Person         PersonName
	Address, Title string
	Active         bool
	Manager        PersonName
	Seats          []NamedSeat
}

// NamedSeat is a seat with the id and name of its subscription.
type NamedSeat struct {
	Subscription ID
	Name         string
	State        SeatState
}

// TeamMark is a place in the list of a team: the names are folded.
type TeamMark struct {
	Manager   string
	ManagerID ID
	Name      string
	ID        ID
}

// Hierarchy is who reports to whom, of everybody who is active, at a moment. It holds ids and counts.
type Hierarchy struct {
	At     Time
	People int
	// Roots are those to whom somebody reports and who report to nobody who is active, the one with the most people below first.
	// Alone is how many people are on no line at all.
	Roots []ID
	Alone int
	// Direct and Below are how many people report to somebody, directly, and directly or through others; whoever has none is missing.
	Direct, Below map[ID]int
	// Unresolved are the first of those whose directory names a manager whom nobody knows, and Left the first of those whose manager
	// is not active.
	Unresolved, Left           []ID
	UnresolvedInAll, LeftInAll int
	// Cyclic are people whose lines come back to their start; there are none while usher cuts them.
	Cyclic []ID
}

// TreePerson is somebody in the tree of managers.
type TreePerson struct {
	PersonName

	Address, Title, Department string
	Direct, Below              int
	// Names is whom the directory calls their manager, where nobody is known by it; Manager is the one who is not active.
	Names, Manager string
}

// ManagerCycle is a line of managers that was cut because it came back to its start.
type ManagerCycle struct {
	Number int64 // of the conflict
	Person PersonName
	Others []PersonName
}

package usher

// Visit is one occasion at which somebody works at a portal for usher: tasks that free
// seats first, then files, then the export to bring back.
type Visit struct {
	ID         ID
	Portal     ID
	Number     int64
	OpenedAt   Time
	Urgent     bool // called before its time for a leaver who cannot wait
	ToldAt     Time // when the portal's owner was told; zero: not yet
	RemindedAt Time
	DoneAt     Time // when somebody said that everything was carried to the portal
	DoneBy     string
	// ClosedAt is when every row of its batches was settled.
	ClosedAt Time
}

// Batch is one upload file or worklist that was handed to a portal.
type Batch struct {
	ID        ID
	Portal    ID
	Number    int64
	Kind      BatchKind
	Visit     ID     // in which it is carried to the portal
	Name      string // file name
	SHA256    string
	Content   []byte
	Rows      []BatchRow
	CreatedAt Time
	// Notes are for whoever carries it to the portal, in words.
	Notes     []string
	WrittenAt Time // when the file was in its place; zero: write it (again)
	// CarriedAt is when somebody said that the file was uploaded or the list worked through;
	// CarriedBy is who.
	CarriedAt Time
	CarriedBy string
	ClosedAt  Time // when every row is settled
}

// BatchKind is what is to be done with a batch.
type BatchKind string

// The kinds of batches.
const (
	BatchUpload BatchKind = "upload" // a file in the portal's own form
	BatchTasks  BatchKind = "tasks"  // a list for a person to work through at the portal
)

// BatchRow is one row of a batch. An account may have several rows, in several batches of
// one visit: it is in line when all of them are confirmed.
type BatchRow struct {
	Row        int // from 1
	Account    ID
	Generation int64
	Action     string
	Text       string // what the row asks for, in words
	// Told is what the portal holds once the account's rows are done, by the address that the
	// row is about: byte for byte as the portal has it, or gets it. A connector that sets none
	// says what was desired; an empty one says that no account is left there, not even one that is
	// switched off.
	Told *Desired
	// Gives and Takes are the subscriptions in which the person has a seat, or has none any
	// more, once the row is done; sorted.
	Gives, Takes []string
	State        BatchRowState
	Note         string
	SettledAt    Time
	SettledBy    string
}

// BatchRowState is what became of a row.
type BatchRowState string

// The states of a row.
const (
	RowOpen      BatchRowState = "open"
	RowConfirmed BatchRowState = "confirmed"
	RowRefused   BatchRowState = "refused"
	// RowSuperseded: a newer batch asks for the account's present state instead.
	RowSuperseded BatchRowState = "superseded"
	// RowUnconfirmed: no export showed it in time; a newer batch asks again.
	RowUnconfirmed BatchRowState = "unconfirmed"
)

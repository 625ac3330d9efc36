package store

import (
	"crypto/rand"
	"database/sql"

	"github.com/google/uuid"

	"usher/internal/usher"
)

// dialect is all that differs between the engines.
type dialect struct {
	name string
	// forUpdate locks the rows that a select returns; SQLite's writer needs no lock.
	forUpdate string
	// skipLocked is forUpdate that passes over rows another transaction has locked.
	skipLocked string
	// clock is the database's time in microseconds, for leases.
	clock string
	// snapshot are the options of a consistent read.
	snapshot *sql.TxOptions
	// sharePolicy and lockPolicy keep a change of the policy apart from the transactions
	// that compute with it; SQLite has one writer.
	sharePolicy, lockPolicy string
	// tables is a query of the names of all tables.
	tables string
	// retry says that a transaction failed only because of another one.
	retry func(error) bool
	// refuses says that a statement failed for the values that it was given.
	refuses func(error) bool
	// explain turns the engine's own errors into ours where callers tell them apart.
	explain func(error) error
}

func newUUID() usher.ID {
	id, err := uuid.NewV7()
	if err != nil {
		return usher.ID(rand.Text())
	}
	return usher.ID(id.String())
}

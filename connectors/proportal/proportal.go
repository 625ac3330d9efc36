// Package proportal keeps people in line at ITProTV's ProPortal and at its successor myACI,
// two portals that publish no interface and no file to upload: it writes lists of tasks for
// a seat admin, and reads the lists of users and of activity that they bring back.
//
// Its invariant: a list can be worked through from top to bottom, each row by itself; what
// frees seats stands before what takes them, every seat that a change moves is moved by one
// row of it, and whom the portal knows is named by the address that the portal has, byte for
// byte.
//
// Who is in which team is asked for in the rows of the people, never in those of the team.
// Only a person's change knows what an invitation can carry already and whether somebody is
// active, without which the portal lets nobody into a team; and only the list of users, which
// goes by person, can show that it was done. A team's own change makes, renames or ends it.
package proportal

import (
	"time"

	"usher/connectors"
	"usher/internal/usher"
)

// Options say what a connector has to know of one portal besides what it is told.
type Options struct {
	// Subscriptions are the names of the portal's subscriptions by what the portal calls them
	// ([usher.Subscription.Code]). ProPortal has one, whatever its code; at myACI the code is
	// "user" or empty for the user licence, and that of the content licence for any other.
	// Without them an export cannot say who has which seat; a licence that is not among them
	// is nobody's business here.
	Subscriptions map[string]string
	// Export and Activity name columns of the lists, where the well-known names do not fit.
	Export   ExportColumns
	Activity ActivityColumns
	// Words are words of the lists beside the well-known ones.
	Words Words
	// Dates is how dates are written where they are text and not ISO 8601, such as
	// "DD.MM.YYYY hh:mm". Day and month are never guessed.
	Dates string
	// Zone is where times without one were taken; nil means UTC.
	Zone *time.Location
	// ListSeparator stands between teams or licences in one cell; empty means a semicolon.
	ListSeparator string
	// Separator stands between the cells of the list of tasks; 0 means a comma.
	Separator rune
}

// Connector is the [connectors.Whole] of one portal. It holds no state.
type Connector struct {
	options Options
	kind    kind
	words   words
}

// kind is what differs between the two portals.
type kind struct {
	name string
	// person gives the steps that bring a person in line.
	person func(*rendering, usher.AccountChange) []step
	// occupied reads which subscriptions an account occupies, and whether it is an admin.
	occupied func(*export, *usher.Seen, []string) []usher.Finding
	// access are the well-known names of the column that says what somebody may do.
	access []string
}

// New makes the connector of a ProPortal.
func New(o Options) *Connector {
	return &Connector{o, kind{"proportal", proPortalSteps, (*export).proPortal, []string{"Access", "Access Type"}}, o.Words.compile()}
}

// NewMyACI makes the connector of a myACI.
func NewMyACI(o Options) *Connector {
	return &Connector{o, kind{"myaci", myACISteps, (*export).myACI, []string{"Role", "User Role"}}, o.Words.compile()}
}

var (
	_ connectors.Whole          = (*Connector)(nil)
	_ connectors.ExportReader   = (*Connector)(nil)
	_ connectors.ActivityReader = (*Connector)(nil)
)

package web

import (
	"context"

	"usher/internal/usher"
)

// Report is somebody who reports to the visitor, with their seats.
type Report struct {
	Person        usher.ID
	Name, Address string
	// Below is how many people report to them, directly or through others.
	Below int
	Seats []Seat
}

// OfOther says in words what a state means to somebody's manager.
func (s Seat) OfOther() string {
	switch s.State {
	case usher.Invited:
		return "invited"
	case usher.Active:
		return "has a seat"
	}
	return s.Words()
}

// Reports are a manager's.
type Reports interface {
	// ReportsOf are the people who report to a manager directly and have not left, by name.
	ReportsOf(ctx context.Context, manager usher.ID) ([]Report, error)
}

var reportRoutes = []Route{{Method: "GET", Path: "/reports", Access: usher.AccessManagers, serve: showReports}}

// showReports shows a manager their own reports.
func showReports(v *visit) error {
	reports, err := v.o.Reports.ReportsOf(v.r.Context(), v.Person.ID)
	if err != nil {
		return err
	}
	return v.show("reports", struct{ Reports []Report }{reports})
}

package web

import (
	"context"
	"net/url"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// Conflicts are questions that only a person can answer.
type Conflicts interface {
	// Conflicts lists open or answered ones whose number is below before, where that is not 0, newest first.
	Conflicts(ctx context.Context, open bool, before int64, limit int) (usher.Listed[usher.ConflictView], error)
	Conflict(ctx context.Context, number int64) (usher.ConflictDetail, error)
	// Who finds everybody that a text means.
	Who(ctx context.Context, text string) ([]usher.PersonView, error)
	// LinkConflict says whose the record is; empty: somebody new's.
	LinkConflict(ctx context.Context, by usher.Principal, number int64, person usher.ID) error
	DismissConflict(ctx context.Context, by usher.Principal, number int64) error
}

var conflictRoutes = []Route{
	{Method: "GET", Path: "/conflicts", Access: usher.AccessOverseers, serve: listConflicts},
	{Method: "GET", Path: "/conflicts/{number}", Access: usher.AccessOverseers, serve: showConflict},
	{Method: "POST", Path: "/conflicts/{number}/link", Access: usher.AccessDeciders, Fresh: true, serve: linkConflict},
	{Method: "POST", Path: "/conflicts/{number}/dismiss", Access: usher.AccessDeciders, Fresh: true, serve: dismissConflict},
}

// conflictsAtOnce is how many conflicts a page shows.
const conflictsAtOnce = 50

// conflict is a conflict in words.
type conflict struct{ usher.ConflictView }

// Words says what the question is.
func (c conflict) Words() string {
	return map[usher.ConflictKind]string{
		usher.ConflictAmbiguous: "Which of several people is it?", usher.ConflictTaken: "Whose address is it?", usher.ConflictRecycled: "Is it the one who left, or somebody new?",
		usher.ConflictLeft: "Has the person left?", usher.ConflictCycle: "Who is whose manager?", usher.ConflictAddress: "What is the right address?",
	}[c.Kind]
}

// Remedy says who can answer it, and where.
func (c conflict) Remedy() string {
	switch c.Kind {
	case usher.ConflictLeft:
		return "The directories say different things. Correct the one that is wrong, and the question settles itself; or dismiss it."
	case usher.ConflictCycle:
		return "The line of managers comes back to its start. Correct it in the directory, and the question settles itself."
	case usher.ConflictAddress:
		return "The address cannot be used. Correct it in the directory, and the question settles itself."
	}
	return "Until somebody says whose the record is, it is nobody's and gives nobody a seat."
}

// Open says that nobody has answered yet.
func (c conflict) Open() bool { return c.ClosedAt.IsZero() }

type conflictsPage struct {
	Conflicts []conflict
	All       bool // those that were answered
	Older     string
}

// listConflicts shows the open ones, or those that were answered.
func listConflicts(v *visit) error {
	before, err := v.asked("before")
	if err != nil {
		return err
	}
	page := conflictsPage{All: v.r.URL.Query().Get("state") == "answered"}
	list, err := v.o.Conflicts.Conflicts(v.r.Context(), !page.All, before, conflictsAtOnce)
	if err != nil {
		return err
	}
	for _, c := range list.Items {
		page.Conflicts = append(page.Conflicts, conflict{c})
	}
	if list.Next != nil {
		page.Older = "/conflicts?" + url.Values{"state": {v.r.URL.Query().Get("state")}, "before": {mark(list.Next)}}.Encode()
	}
	return v.show("conflicts", page)
}

type conflictPage struct {
	conflict

	Record     *usher.RecordView
	Candidates []usher.CandidateView
	// Names are the attributes that the record or anybody has, for a table with one line for each.
	Names []string
	// Owner is whose the record is; empty: nobody's.
	Owner usher.ID
	Links bool // one can say whose the record is
}

// Said is what somebody's attributes say under a name.
func (conflictPage) Said(fields []usher.ChangedField, name string) string {
	if i := slices.IndexFunc(fields, func(f usher.ChangedField) bool { return f.Name == name }); i >= 0 {
		return fields[i].To
	}
	return ""
}

// May says whether the record can become a candidate's: one that is somebody's stays theirs.
func (p conflictPage) May(candidate usher.ID) bool { return p.Owner == "" || p.Owner == candidate }

func conflictPath(number int64) string { return "/conflicts/" + strconv.FormatInt(number, 10) }

func showConflict(v *visit) error {
	number, err := v.pathNumber()
	if err != nil {
		return err
	}
	found, err := v.o.Conflicts.Conflict(v.r.Context(), number)
	if err != nil {
		return err
	}
	page := conflictPage{conflict: conflict{found.ConflictView}, Record: found.Record, Candidates: found.Candidates, Names: namesIn(found)}
	page.Links = found.Record != nil && page.Open()
	if found.Record != nil {
		page.Owner = found.Record.Person
	}
	return v.showTitled("conflict", "Conflict "+strconv.FormatInt(number, 10), page)
}

// namesIn are the attributes that anybody of a conflict has, in the order of the record's.
func namesIn(c usher.ConflictDetail) (names []string) {
	add := func(fields []usher.ChangedField) {
		for _, f := range fields {
			if !slices.Contains(names, f.Name) {
				names = append(names, f.Name)
			}
		}
	}
	if c.Record != nil {
		add(c.Record.Fields)
	}
	for _, p := range c.Candidates {
		add(p.Fields)
	}
	return names
}

func linkConflict(v *visit) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	person, err := v.owner(number)
	if err != nil {
		return err
	}
	if err := v.o.Conflicts.LinkConflict(v.r.Context(), by, number, person); err != nil {
		return err
	}
	return v.done(conflictPath(number), "conflict-linked")
}

// owner is whom the form names: a candidate, somebody new, who has no id, or whoever bears what is written.
func (v *visit) owner(number int64) (usher.ID, error) {
	form := v.r.PostForm
	switch who := form.Get("person"); who {
	case "":
		return "", &usher.InvalidError{Attribute: "nobody", Problem: "is chosen: say whose the record is"}
	case "new":
		return "", nil
	case "other":
		found, err := v.o.Conflicts.Who(v.r.Context(), form.Get("other"))
		if err == nil && len(found) != 1 {
			err = &usher.InvalidError{Attribute: "somebody else", Problem: "is to be named so that one person is meant: an address, an employee number or an id; " + people(len(found)) + " found"}
		}
		if err != nil {
			return "", err
		}
		return found[0].ID, nil
	default:
		c, err := v.o.Conflicts.Conflict(v.r.Context(), number)
		if err == nil && !slices.ContainsFunc(c.Candidates, func(p usher.CandidateView) bool { return string(p.ID) == who }) {
			err = &usher.InvalidError{Attribute: "the person", Problem: "is no longer one whom it concerns: load the page again"}
		}
		return usher.ID(who), err
	}
}

func dismissConflict(v *visit) error {
	number, by, err := v.decision()
	if err != nil {
		return err
	}
	if err := v.o.Conflicts.DismissConflict(v.r.Context(), by, number); err != nil {
		return err
	}
	return v.done(conflictPath(number), "conflict-dismissed")
}

package web

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// Uses are who uses the seats that they have.
type Uses interface {
	Activity(ctx context.Context) (usher.Activity, error)
	// IdleSeats lists the seats of a subscription, the longest idle first. usher.ErrNotFound: none is called so.
	IdleSeats(ctx context.Context, q usher.IdleQuery) (usher.Listed[usher.IdleSeat], error)
	Team(ctx context.Context, id usher.ID) (usher.TeamRow, error)
}

var activityRoutes = []Route{
	{Method: "GET", Path: "/activity", Access: usher.AccessOverseers, serve: showActivity},
	{Method: "GET", Path: "/activity/export", Access: usher.AccessOverseers, serve: exportActivity},
}

const (
	idlePart    = 50
	maxIdleDays = 3650
)

// idleAsked is what somebody asks of the seats.
type idleAsked struct {
	usher.IdleQuery

	TeamName string
}

// askedIdle reads what the address asks for. Without a subscription it is the first that there is.
func (v *visit) askedIdle(a usher.Activity) (ask idleAsked, err error) {
	q := v.r.URL.Query()
	if !wellFormed(q) {
		return ask, usher.ErrNotFound
	}
	ask.Subscription, ask.Team = q.Get("subscription"), usher.ID(q.Get("team"))
	if ask.Subscription == "" && len(a.Seats) > 0 {
		ask.Subscription = a.Seats[0].Name
	}
	if text := q.Get("days"); text != "" {
		if ask.Days, err = strconv.Atoi(text); err != nil || ask.Days < 0 || ask.Days > maxIdleDays {
			return ask, &usher.InvalidError{Attribute: "days", Problem: "have to be a number from 0 to " + strconv.Itoa(maxIdleDays)}
		}
	}
	if ask.After, err = markOf(q.Get("after")); err != nil || ask.Team == "" {
		return ask, err
	}
	team, err := v.o.Uses.Team(v.r.Context(), ask.Team)
	ask.TeamName = team.Name
	return ask, err
}

func (a idleAsked) query() url.Values {
	q := url.Values{"subscription": {a.Subscription}}
	if a.Team != "" {
		q.Set("team", string(a.Team))
	}
	if a.Days > 0 {
		q.Set("days", strconv.Itoa(a.Days))
	}
	return q
}

func (a idleAsked) with(name, value string) string {
	q := a.query()
	q.Set(name, value)
	return "?" + q.Encode()
}

// CSV and XLSX are where the list is downloaded, AllTeams where it is of everybody.
func (a idleAsked) CSV() string  { return "/activity/export" + a.with("format", "csv") }
func (a idleAsked) XLSX() string { return "/activity/export" + a.with("format", "xlsx") }
func (a idleAsked) AllTeams() string {
	a.Team = ""
	return "?" + a.query().Encode()
}

// Longest is the beginning of the list.
func (a idleAsked) Longest() string { return "?" + a.query().Encode() }

// OfTeam is where the list is of one team.
func (a idleAsked) OfTeam(team usher.ID) string { return a.with("team", string(team)) }

type activityPage struct {
	idleAsked
	usher.Activity

	Sum   usher.Usage // of all subscriptions
	List  []usher.IdleSeat
	Next  string
	First bool
	Of    usher.SeatActivity   // the subscription that is asked for
	Most  []usher.TeamActivity // of its teams
}

func showActivity(v *visit) error {
	all, err := v.o.Uses.Activity(v.r.Context())
	if err != nil {
		return err
	}
	page := activityPage{Activity: all}
	for _, s := range all.Seats {
		page.Sum.Occupied, page.Sum.Never, page.Sum.Soon, page.Sum.Long = page.Sum.Occupied+s.Occupied, page.Sum.Never+s.Never, page.Sum.Soon+s.Soon, page.Sum.Long+s.Long
	}
	if page.idleAsked, err = v.askedIdle(all); err != nil || page.Subscription == "" {
		if err != nil {
			return err
		}
		return v.show("activity", page)
	}
	page.First = page.After == usher.Mark{}
	page.Limit = idlePart
	list, err := v.o.Uses.IdleSeats(v.r.Context(), page.IdleQuery)
	if err != nil {
		return err
	}
	if page.List = list.Items; list.Next != nil {
		page.Next = page.with("after", markText(list.Next))
	}
	if i := slices.IndexFunc(all.Seats, func(s usher.SeatActivity) bool { return s.Name == page.Subscription }); i >= 0 {
		page.Of, page.Most = all.Seats[i], all.Teams[all.Seats[i].Subscription]
	}
	return v.show("activity", page)
}

// exportedSeats is how many seats one file holds at most.
const exportedSeats = 200_000

// exportActivity sends the list that is asked for as a spreadsheet.
func exportActivity(v *visit) error {
	ask, err := v.askedIdle(usher.Activity{})
	if err != nil {
		return err
	}
	format, kind := table.CSV, kindCSV
	switch v.r.URL.Query().Get("format") {
	case "csv":
	case "xlsx":
		format, kind = table.XLSX, kindXLSX
	default:
		return &usher.InvalidError{Attribute: "format", Problem: "is neither csv nor xlsx"}
	}
	ask.After, ask.Limit = usher.Mark{}, exportStep
	first, err := v.o.Uses.IdleSeats(v.r.Context(), ask.IdleQuery)
	if err != nil {
		return err
	}
	until := time.Now().Add(exportTime)
	if err := http.NewResponseController(v.w).SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	v.download("activity-"+ask.Subscription+"."+string(format), kind, 0)
	header := []string{"Name", "Address", "Department", "Seat", "Seat since (UTC)", "Last active at the portal (UTC)", "Days idle", "Last signed in at usher (UTC)"}
	options := table.Options{BOM: true, CRLF: true, ForPeople: true, Sheet: "Activity", Numbers: []int{6}}
	if err := table.Write(v.w, format, header, v.idleRows(ask.IdleQuery, first), options); err != nil && v.r.Context().Err() == nil {
		v.o.Failed(v.r, err)
	}
	return nil
}

// idleRows are the rows of a spreadsheet, read in parts. Where it cannot go on it says so in its last row.
func (v *visit) idleRows(q usher.IdleQuery, list usher.Listed[usher.IdleSeat]) iter.Seq[[]string] {
	now := v.now()
	return func(yield func([]string) bool) {
		for sent := 0; ; {
			for _, s := range list.Items {
				if sent++; !yield(idleRow(s, now)) {
					return
				}
			}
			if list.Next == nil || sent >= exportedSeats {
				return
			}
			q.After = *list.Next
			var err error
			if list, err = v.o.Uses.IdleSeats(v.r.Context(), q); err != nil {
				v.o.Failed(v.r, err)
				yield([]string{brokeOff, "", "", "", "", "", "", ""})
				return
			}
		}
	}
}

func idleRow(s usher.IdleSeat, now usher.Time) []string {
	days := ""
	if s.ActiveAt != 0 {
		days = strconv.Itoa(int(now.Sub(s.ActiveAt) / (24 * time.Hour)))
	}
	return []string{s.Person.Name, s.Address, s.Department, string(s.State), utc(s.SeatedAt), utc(s.ActiveAt), days, utc(s.SignedIn)}
}

// utc is an instant for a spreadsheet; empty for none.
func utc(t usher.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.DateTime)
}

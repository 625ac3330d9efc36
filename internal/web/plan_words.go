package web

import (
	"fmt"
	"path"
	"strings"

	"usher/internal/usher"
)

// plan is a plan in words.
type plan struct{ usher.PlanView }

// stateWords are what the states of plans are called.
var stateWords = map[usher.PlanState]string{
	usher.PlanReading: "being read", usher.PlanUnchanged: "nothing new", usher.PlanRefused: "file refused", usher.PlanOpen: "to be decided",
	usher.PlanApplying: "being applied", usher.PlanApplied: "applied", usher.PlanDiscarded: "discarded", usher.PlanStopped: "stopped on the way",
	usher.PlanSuperseded: "a newer file came", usher.PlanExpired: "nobody decided in time",
}

// From is where its file came from, where that is no folder: all files of a directory come from one.
func (p plan) From() string {
	if strings.HasPrefix(p.File.Origin, inFolder) {
		return ""
	}
	return p.File.Origin
}

// Source is where its file came from, for whoever looks into it. Where on the server a folder lies is nobody's business here.
func (p plan) Source() string {
	if folder, is := strings.CutPrefix(p.File.Origin, inFolder); is {
		return "the folder " + path.Base(folder)
	}
	return p.File.Origin
}

// inFolder begins the origin of a file that lay in a folder of the server.
const inFolder = "folder "

// Words says how a plan stands.
func (p plan) Words() string { return stateWords[p.State] }

// Tag is the class of the mark beside it.
func (p plan) Tag() string {
	switch p.State {
	case usher.PlanOpen, usher.PlanReading, usher.PlanApplying:
		return "tag-warn"
	case usher.PlanRefused, usher.PlanStopped, usher.PlanExpired:
		return "tag-bad"
	case usher.PlanApplied, usher.PlanUnchanged:
		return "tag-good"
	}
	return ""
}

// Open, Applying, Reading and Refused say how it stands.
func (p plan) Open() bool     { return p.State == usher.PlanOpen }
func (p plan) Applying() bool { return p.State == usher.PlanApplying }
func (p plan) Reading() bool  { return p.State == usher.PlanReading }
func (p plan) Refused() bool  { return p.State == usher.PlanRefused }

// class is a class of changes, and of how many people it is.
type class struct {
	Class usher.ChangeClass
	N     int
}

// classesOf are those of a plan that are of anybody, the riskiest first.
func classesOf(n usher.PlanCounts) (list []class) {
	for _, c := range []class{
		{usher.ClassLeaver, n.Leavers}, {usher.ClassAbsent, n.Absent}, {usher.ClassMissing, n.Missing},
		{usher.ClassRejoiner, n.Rejoiners}, {usher.ClassMover, n.Movers}, {usher.ClassJoiner, n.Joiners},
	} {
		if c.N > 0 {
			list = append(list, c)
		}
	}
	return list
}

// Classes are those of the plan.
func (p plan) Classes() []class { return classesOf(p.Counts) }

// classWords are what somebody of a class is called, one and several, and what it means.
var classWords = map[usher.ChangeClass][3]string{
	usher.ClassLeaver:   {"leaver", "leavers", "The file says that they have left, or leaves out what made them stay."},
	usher.ClassAbsent:   {"absent", "absent", "Two complete files in a row do not name them: they count as having left."},
	usher.ClassMissing:  {"missing once", "missing once", "This complete file does not name them. Nothing happens yet; the next file decides."},
	usher.ClassRejoiner: {"back again", "back again", "They had left, and the file says that they are here."},
	usher.ClassMover:    {"mover", "movers", "Something about them is new: a name, an address, a department, a manager."},
	usher.ClassJoiner:   {"joiner", "joiners", "They are new to the directory."},
}

// Words is what so many of the class are called.
func (c class) Words() string {
	if c.N == 1 {
		return classWords[c.Class][0]
	}
	return classWords[c.Class][1]
}

// Means says what it means to be of the class.
func (c class) Means() string { return classWords[c.Class][2] }

// change is a change in words.
type change struct{ usher.ChangeView }

// Held says that it waits for somebody.
func (c change) Held() bool { return c.State == usher.ChangeHeld }

// New says that the directory said nothing of them before.
func (c change) New() bool { return c.Class == usher.ClassJoiner }

// Words says how it stands.
func (c change) Words() string {
	return map[usher.ChangeState]string{
		usher.ChangePlanned: "goes by itself", usher.ChangeHeld: "to be decided", usher.ChangeConfirmed: "confirmed",
		usher.ChangeApplied: "applied", usher.ChangeStale: "not applied", usher.ChangeDropped: "dropped",
	}[c.State]
}

// Tag is the class of the mark beside it.
func (c change) Tag() string {
	switch c.State {
	case usher.ChangeHeld:
		return "tag-warn"
	case usher.ChangeStale, usher.ChangeDropped:
		return "tag-bad"
	case usher.ChangeApplied:
		return "tag-good"
	}
	return ""
}

// fieldWords are what attributes are called, where not as they are named in the API.
var fieldWords = map[string]string{
	"userName": "user name", "externalId": "external id", "displayName": "display name", "givenName": "given name", "familyName": "family name",
	"employeeType": "employee type", "employeeNumber": "employee number", "costCenter": "cost center", "timezone": "time zone",
	"starts": "first day", "ends": "last day", "onLeave": "on leave", "emails": "addresses", "custom": "other attributes",
}

// fieldName is what an attribute is called.
func fieldName(name string) string {
	if words, has := fieldWords[name]; has {
		return words
	}
	return name
}

// seatWords say what becomes of a seat.
var seatWords = map[usher.PlanChange]string{
	usher.PlanSeat: "seated", usher.PlanQueue: "queued", usher.PlanDequeue: "out of the queue", usher.PlanRelease: "released", usher.PlanKeep: "kept after all",
}

// seatKinds are what can become of seats, the riskiest first.
var seatKinds = []usher.PlanChange{usher.PlanRelease, usher.PlanDequeue, usher.PlanSeat, usher.PlanQueue, usher.PlanKeep}

// kindWords is what becomes of a seat.
func kindWords(k usher.PlanChange) string { return seatWords[k] }

// poolRow is what becomes of the seats of a subscription, by kind in the order of seatKinds.
type poolRow struct {
	Subscription string
	Counts       []usher.SeatCount
}

// poolRows puts counts into a table.
func poolRows(counts []usher.SeatCount) (rows []poolRow) {
	at := map[string]int{}
	for _, c := range counts {
		i, has := at[c.Subscription]
		if !has {
			i = len(rows)
			at[c.Subscription], rows = i, append(rows, poolRow{Subscription: c.Subscription})
			for _, kind := range seatKinds {
				rows[i].Counts = append(rows[i].Counts, usher.SeatCount{Subscription: c.Subscription, Kind: kind})
			}
		}
		for k, kind := range seatKinds {
			if kind == c.Kind {
				rows[i].Counts[k].Seats += c.Seats
			}
		}
	}
	return rows
}

// inAll is how many seats are counted.
func inAll(counts []usher.SeatCount) (n int) {
	for _, c := range counts {
		n += c.Seats
	}
	return n
}

// people says how many they are.
func people(n int) string {
	if n == 1 {
		return "1 person"
	}
	return fmt.Sprintf("%d people", n)
}

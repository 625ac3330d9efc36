package web

import (
	"cmp"
	"io"
	"net/url"
	"slices"
	"strconv"

	"usher/internal/usher"
)

// How much of a plan one page shows, and from how many seats on they have a page of their own.
const (
	changesAtOnce  = 50
	seatsAtOnce    = 100
	seatsInPlan    = 40
	findingsAtOnce = 100
	findingsInPlan = 10
)

// findings are those of one severity.
type findings struct {
	Severity usher.Severity
	List     []usher.Finding
	More     string // where the others are; empty: nowhere
}

// Words is what they are called.
func (f findings) Words() string {
	return map[usher.Severity]string{
		usher.SeverityError: "Rows that are refused", usher.SeverityWarning: "Rows that go with something left out or odd", usher.SeverityInfo: "Worth knowing",
	}[f.Severity]
}

// planPage is the review of a plan.
type planPage struct {
	plan

	Review usher.PlanReview
	// Class and State say which changes are shown; an empty State is every one.
	Class   class
	State   usher.ChangeState
	Changes []change
	More    string // where the next changes are; empty: nowhere
	Waits   bool   // some of the changes that are shown wait
	Pools   []poolRow
	Kinds   []usher.PlanChange
	// Seats are all that it does to seats, where it is little.
	Seats    []usher.PlannedSeat
	Findings []findings
	Summary  []usher.Finding // of the file as a whole
	MayUndo  bool
}

// path is where the plan is shown.
func (p planPage) path() string { return planPath(p.Number) }

func planPath(number int64) string { return "/plans/" + strconv.FormatInt(number, 10) }

// Part is where the changes of a class are shown.
func (p planPage) Part(c usher.ChangeClass) string {
	return p.path() + "?" + url.Values{"class": {string(c)}, "state": {string(p.State)}}.Encode() + "#changes"
}

// SeatsOf is where it is said whose seats they are.
func (p planPage) SeatsOf(c usher.SeatCount) string {
	return p.path() + "/seats?" + url.Values{"subscription": {c.Subscription}, "kind": {string(c.Kind)}}.Encode()
}

// Why says why a change stands as it does, where that is not said above for all.
func (p planPage) Why(c change) string {
	if slices.Contains(p.Reasons, c.ChangeView.Why) {
		return ""
	}
	return c.ChangeView.Why
}

// Sheet says that rows of the file can be mended.
func (p planPage) Sheet() bool { return len(p.Findings) > 0 && p.Review.Undoes == 0 }

func showPlan(v *visit) error {
	page, err := v.planPage()
	if err != nil {
		return err
	}
	if err := page.addChanges(v); err != nil {
		return err
	}
	if err := page.addSeats(v); err != nil {
		return err
	}
	if err := page.addFindings(v); err != nil {
		return err
	}
	return v.showTitled("plan", "Plan "+strconv.FormatInt(page.Number, 10), page)
}

// planPage is the plan that the path names.
func (v *visit) planPage() (planPage, error) {
	number, err := v.pathNumber()
	if err != nil {
		return planPage{}, err
	}
	review, err := v.o.Plans.PlanReview(v.r.Context(), number)
	return planPage{plan: plan{review.PlanView}, Review: review, Summary: review.Whole, Kinds: seatKinds, MayUndo: !review.UndoUntil.IsZero()}, err
}

// addChanges adds a part of the changes of the class that is asked for, or of the riskiest.
func (p *planPage) addChanges(v *visit) error {
	classes, asked := p.Classes(), usher.ChangeClass(v.r.URL.Query().Get("class"))
	at := slices.IndexFunc(classes, func(c class) bool { return c.Class == asked || asked == "" })
	if at < 0 {
		if asked != "" && classWords[asked][0] == "" {
			return usher.ErrNotFound
		}
		p.Class.Class = asked
		return nil
	}
	p.Class, p.State = classes[at], usher.ChangeState(v.r.URL.Query().Get("state"))
	if p.State != "" && (change{usher.ChangeView{State: p.State}}).Words() == "" {
		return usher.ErrNotFound
	}
	after, err := v.asked("after")
	if err != nil {
		return err
	}
	list, err := v.o.Plans.PlanChanges(v.r.Context(), p.Number, usher.ChangeQuery{Class: p.Class.Class, State: p.State, After: after, Limit: changesAtOnce})
	for _, c := range list.Items {
		p.Changes = append(p.Changes, change{c})
		p.Waits = p.Waits || p.Open() && c.State == usher.ChangeHeld
	}
	if list.Next != nil {
		p.More = p.path() + "?" + url.Values{"class": {string(p.Class.Class)}, "state": {string(p.State)}, "after": {mark(list.Next)}}.Encode() + "#changes"
	}
	return err
}

// mark is where the next part of a list begins, for an address.
func mark(m *usher.Mark) string { return cmp.Or(string(m.ID), strconv.FormatInt(int64(m.At), 10)) }

func (p *planPage) addSeats(v *visit) error {
	p.Pools = poolRows(p.Counts.Seats)
	if all := inAll(p.Counts.Seats); all == 0 || all > seatsInPlan {
		return nil
	}
	list, err := v.o.Plans.PlanSeats(v.r.Context(), p.Number, usher.SeatQuery{Limit: seatsInPlan})
	p.Seats = list.Items
	slices.SortStableFunc(p.Seats, func(a, b usher.PlannedSeat) int {
		return cmp.Compare(slices.Index(seatKinds, a.Kind), slices.Index(seatKinds, b.Kind))
	})
	return err
}

// addFindings adds the first findings of each severity.
func (p *planPage) addFindings(v *visit) error {
	for _, severity := range []usher.Severity{usher.SeverityError, usher.SeverityWarning, usher.SeverityInfo} {
		list, err := v.o.Plans.PlanFindings(v.r.Context(), p.Number, usher.FindingQuery{Severity: severity, Limit: findingsInPlan})
		if err != nil {
			return err
		}
		if len(list.Items) == 0 {
			continue
		}
		found := findings{Severity: severity, List: list.Items}
		if list.Next != nil {
			found.More = p.path() + "/findings?" + url.Values{"severity": {string(severity)}}.Encode()
		}
		p.Findings = append(p.Findings, found)
	}
	return nil
}

// showFindings shows all findings of one severity, in parts.
func showFindings(v *visit) error {
	page, err := v.planPage()
	if err != nil {
		return err
	}
	found := findings{Severity: usher.Severity(cmp.Or(v.r.URL.Query().Get("severity"), string(usher.SeverityError)))}
	if found.Words() == "" {
		return usher.ErrNotFound
	}
	after, err := v.asked("after")
	if err != nil {
		return err
	}
	list, err := v.o.Plans.PlanFindings(v.r.Context(), page.Number, usher.FindingQuery{Severity: found.Severity, After: after, Limit: findingsAtOnce})
	if err != nil {
		return err
	}
	found.List = list.Items
	if list.Next != nil {
		found.More = page.path() + "/findings?" + url.Values{"severity": {string(found.Severity)}, "after": {mark(list.Next)}}.Encode()
	}
	page.Findings = []findings{found}
	return v.showTitled("plan-findings", "Plan "+strconv.FormatInt(page.Number, 10)+": findings", page)
}

// showPlanSeats shows whose seats the plan would change, in parts.
func showPlanSeats(v *visit) error {
	page, err := v.planPage()
	if err != nil {
		return err
	}
	q, err := v.seatQuery()
	if err != nil {
		return err
	}
	list, err := v.o.Plans.PlanSeats(v.r.Context(), page.Number, q)
	if err != nil {
		return err
	}
	return v.showTitled("planned-seats", "Plan "+strconv.FormatInt(page.Number, 10)+": seats", plannedPage{Back: page.path(), Seats: list.Items, More: moreSeats(page.path()+"/seats", q, list.Next)})
}

// plannedPage is a part of what a plan does to seats.
type plannedPage struct {
	Back  string
	Seats []usher.PlannedSeat
	More  string
}

// seatQuery is what the address of a page asks for.
func (v *visit) seatQuery() (usher.SeatQuery, error) {
	query := v.r.URL.Query()
	q := usher.SeatQuery{Subscription: query.Get("subscription"), Kind: usher.PlanChange(query.Get("kind")), Limit: seatsAtOnce}
	if q.Kind != "" && kindWords(q.Kind) == "" {
		return q, usher.ErrNotFound
	}
	skip, err := v.asked("after")
	q.Skip = int(skip)
	return q, err
}

func moreSeats(path string, q usher.SeatQuery, next *usher.Mark) string {
	if next == nil {
		return ""
	}
	return path + "?" + url.Values{"subscription": {q.Subscription}, "kind": {string(q.Kind)}, "after": {mark(next)}}.Encode()
}

// showProgress shows how far a plan is applied, to a page that asks again and again. Once it is done the whole page is another.
func showProgress(v *visit) error {
	page, err := v.planPage()
	if err != nil {
		return err
	}
	if !v.partial() {
		return v.back(page.path())
	}
	if !page.Applying() && !page.Reading() {
		v.w.Header().Set("HX-Refresh", "true")
	}
	return v.part("plan-progress", page)
}

// sendErrors sends the file of the plan with what is wrong with each row.
func sendErrors(v *visit) error {
	number, err := v.pathNumber()
	if err != nil {
		return err
	}
	query := v.r.URL.Query()
	workbook, only := query.Get("format") == "xlsx", query.Get("rows") != "all"
	v.takesLong()
	sheet, err := v.o.Plans.ErrorSheet(v.r.Context(), number, workbook, only)
	if err != nil {
		return err
	}
	defer sheet.Close()
	name, kind := "plan-"+strconv.FormatInt(number, 10)+"-errors.csv", kindCSV
	if workbook {
		name, kind = name[:len(name)-4]+".xlsx", kindXLSX
	}
	v.download(name, kind, 0)
	_, _ = io.Copy(v.w, sheet) // whoever has gone needs no answer
	return nil
}

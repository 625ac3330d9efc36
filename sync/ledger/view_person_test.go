package ledger_test

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/ledger"
)

func (w *world) detail(by usher.Rights, id usher.ID) usher.PersonDetail {
	w.Helper()
	d, err := w.ledger.PersonDetail(w.Context(), by, id)
	w.check(err)
	return d
}

// TestPersonDetail: a person's page says what each directory says and which word counts, who is above and below, what they
// are known by and from where, what the portal shows, and what a human decided.
func TestPersonDetail(t *testing.T) {
	eachWorld(t, func(w *world) {
		hr := w.withHR(1)
		w.sell(w.seats(5))
		w.push(user("top"))
		boss := w.push(user("ines", func(a *usher.Attributes) { a.Manager = "x-top" }))
		mara := w.push(user("mara", func(a *usher.Attributes) { a.Manager, a.Title = "x-ines", "Consultant" }))
		_, err := w.ledger.CreateRecord(w.Context(), hr, user("mara", func(a *usher.Attributes) { a.Title, a.ExternalID, a.EmployeeNumber = "Lead", "hr-7", "0042" }))
		w.check(err)
		w.sweep()
		w.deliver()
		id := w.person(mara).ID
		w.check(w.ledger.AddAlias(w.Context(), w.ann, id, "m@example.org"))
		w.ann.Reason = "trainer"
		w.check(w.ledger.Grant(w.Context(), w.ann, w.subscription("adkar").ID, id, usher.TimeOf(w.clock.now().Add(time.Hour))))
		d := w.detail(overseer, id)
		if len(d.Line) != 2 || d.Line[0].Name != "ines" || d.Line[1].Name != "top" || d.Standing != "active" || d.Reports != 0 {
			w.Errorf("line %+v, standing %q, %d reports", d.Line, d.Standing, d.Reports)
		}
		if above := w.detail(overseer, w.person(boss).ID); above.Reports != 1 || above.FirstReports[0].ID != id {
			w.Errorf("reports of ines: %+v", above.FirstReports)
		}
		if len(d.Records) != 2 || d.Records[0].Directory != "hr" || d.Records[1].Says != "active" {
			w.Fatalf("records: %+v", d.Records)
		}
		rows := map[string]usher.AttributeRow{}
		for _, row := range d.Attributes {
			rows[row.Name] = row
		}
		title, manager := rows["title"], rows["manager"]
		if title.Value != "Lead" || !title.Cells[0].Counts || title.Cells[1].Counts || title.Cells[1].Value != "Consultant" {
			w.Errorf("title: %+v", title)
		}
		if manager.Value != "x-ines" || manager.Cells[0].Counts || !manager.Cells[1].Counts {
			w.Errorf("manager: %+v", manager)
		}
		if who := manager.Cells[1].Named; who == nil || who.ID != w.person(boss).ID || who.Name != "ines" || !reflect.DeepEqual(manager.Named, who) || manager.Cells[0].Named != nil || title.Named != nil {
			w.Errorf("the manager is %+v, said of %+v and %+v", manager.Named, manager.Cells, title.Named)
		}
		w.change(w.okta, mara.ID, func(a *usher.Attributes) { a.Manager = "x-nobody" })
		for _, row := range w.detail(overseer, id).Attributes {
			if row.Name == "manager" && (row.Named != nil || row.Value != "x-nobody") {
				w.Errorf("a manager whom nobody knows: %+v", row)
			}
		}
		if _, has := rows["division"]; has {
			w.Error("an attribute is shown of which nobody says anything")
		}
		from := map[string]string{}
		for _, i := range d.Identifiers {
			from[i.Shown] = strings.Join(i.From, " ")
		}
		if from["mara@example.com"] != "hr okta" || from["0042"] != "hr" || from["x-mara"] != "okta" || from["m@example.org"] != "" || len(from) != 5 {
			w.Errorf("known as %v", from)
		}
		if len(d.Why) != 1 || d.Why[0].State != usher.Active || d.Why[0].Decision == nil || d.Why[0].Decision.Reason != "trainer" || d.Why[0].Decision.Kind != usher.Pin {
			w.Errorf("seats: %+v", d.Why)
		}
		if len(d.Told) != 1 || !strings.Contains(d.Told[0].Wanted, "mara@example.com") || len(d.Told[0].Calls) == 0 || d.Told[0].MayResend {
			w.Errorf("portals: %+v", d.Told)
		}
		if d.SignIns == nil || d.SignIns.Open != 0 {
			w.Errorf("sign-ins: %+v", d.SignIns)
		}
		if _, err := w.ledger.PersonDetail(w.Context(), overseer, "nobody"); !errors.Is(err, usher.ErrNotFound) {
			w.Errorf("nobody: %v", err)
		}
	})
}

// TestPersonDetailNamesWhoIsAhead: who comes before somebody in a queue is somebody with a page.
func TestPersonDetailNamesWhoIsAhead(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.sell(w.seats(1))
		r := w.pushAll("ann", "bob", "cy")
		w.deliver()
		why := w.detail(overseer, w.person(r["cy"]).ID).Why
		if len(why) != 1 || len(why[0].Ahead) != 1 || why[0].Ahead[0].Person != w.person(r["bob"]).ID || why[0].Ahead[0].Name != "bob" || !strings.HasPrefix(why[0].Ahead[0].Why, "asked ") {
			w.Errorf("%+v", why)
		}
	})
}

// TestPersonDetailShowsWhatOneMayRead: whoever decides about some subscriptions sees no seat, portal, event or sign-in beside.
func TestPersonDetailShowsWhatOneMayRead(t *testing.T) {
	eachWorld(t, func(w *world) {
		w.setUp(ledger.Setup{
			Directories: []usher.Directory{{Name: "okta", Kind: usher.DirectorySCIM, Rank: 1, EmployeeNumbers: "hr", Owner: true}},
			Portals:     []usher.Portal{{Name: "learning", Kind: "scim", Live: true, Hard: true, Teams: true}, {Name: "other", Kind: "scim", Live: true, Hard: true}},
		})
		w.sell(w.seats(5), ledger.SubscriptionPolicy{Name: "coaching", Portal: "other", Seats: 5, Rule: `department == "Sales"`})
		id := w.person(w.push(user("mara"))).ID
		w.deliver()
		w.check(w.ledger.Withhold(w.Context(), w.ann, w.subscription("coaching").ID, id, 0))
		some := usher.Rights{Seats: []usher.ID{w.subscription("adkar").ID}}
		d := w.detail(some, id)
		if len(d.Why) != 1 || d.Why[0].Name != "adkar" || len(d.Told) != 1 || d.Told[0].Name != "learning" || d.SignIns != nil || len(d.Seats) != 1 {
			w.Errorf("a seat admin of adkar sees %+v", d)
		}
		if all := w.detail(overseer, id); len(all.Why) != 2 || len(all.Told) != 2 {
			w.Errorf("an auditor sees %+v", all)
		}
		for name, by := range map[string]usher.Rights{"some": some, "all": overseer} {
			var seen []string
			for before := ""; ; {
				part, err := w.ledger.PersonEvents(w.Context(), by, id, before, 3)
				w.check(err)
				for _, e := range part.Events {
					seen = append(seen, string(e.ID))
					if name == "some" && (e.Subscription == "coaching" || e.Portal == "other") {
						w.Errorf("a seat admin of adkar reads %+v", e)
					}
				}
				if before = part.Next; before == "" {
					break
				}
			}
			slices.Sort(seen)
			if n := len(slices.Compact(slices.Clone(seen))); n != len(seen) || name == "all" && n < 8 || name == "some" && n < 4 {
				w.Errorf("%s: %d events, %d different ones", name, len(seen), n)
			}
		}
	})
}

// TestTimelineSaysWhatChanged: before and after, field by field, the newest first.
func TestTimelineSaysWhatChanged(t *testing.T) {
	eachWorld(t, func(w *world) {
		mara := w.push(user("mara"))
		w.clock.add(time.Minute)
		w.change(w.okta, mara.ID, func(a *usher.Attributes) { a.Title = "Lead" })
		part, err := w.ledger.PersonEvents(w.Context(), overseer, w.person(mara).ID, "", 50)
		w.check(err)
		moved := part.Events[slices.IndexFunc(part.Events, func(e usher.PersonEvent) bool { return e.Kind == usher.EventPersonMoved })]
		if f := moved.Fields; len(f) != 1 || !strings.EqualFold(f[0].Name, "title") || f[0].From != "" || f[0].To != "Lead" {
			w.Errorf("%+v", moved)
		}
		if !slices.IsSortedFunc(part.Events, func(a, b usher.PersonEvent) int { return b.At.Compare(a.At) }) {
			w.Errorf("out of order: %+v", part.Events)
		}
		for _, before := range []string{"x", "1", "1.\x00"} {
			if _, err := w.ledger.PersonEvents(w.Context(), overseer, "p", before, 5); !errors.Is(err, usher.ErrInvalid) {
				w.Errorf("before %q: %v", before, err)
			}
		}
	})
}

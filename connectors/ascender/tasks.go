package ascender

import (
	"slices"
	"strings"
)

// The actions of the lists of tasks, in the order in which a list has them: who leaves, what is
// taken back from who stays, who comes back, and the rest. Addresses come last, because until
// then the others are found by the old ones.
const (
	actionTakeBack   = "take_back_methodology"
	actionDeactivate = "deactivate"
	actionReactivate = "reactivate"
	actionGive       = "give_methodology"
	actionEdit       = "edit_user"
	actionAdmin      = "give_admin_permissions"
	actionAdminEnd   = "take_admin_permissions"
	actionResend     = "resend_invitation"
	actionAddress    = "change_address"
)

var actions = []string{actionTakeBack, actionDeactivate, actionReactivate, actionGive, actionEdit, actionAdmin, actionAdminEnd, actionResend, actionAddress}

// task is one row of a list of tasks.
type task struct {
	person  *person
	action  string
	text    string
	cells   map[int]string // what to enter, by column of the upload
	address string         // the new one
	licence string         // what the portal calls what is given or taken
	how     string
	moves   moves
}

// exportFirst is what nobody can make good afterwards.
const exportFirst = "First export the person's reports: once they are Inactive none can be pulled any more."

// release asks for the end of an account: methodologies first, while the person still has one.
func (v *visit) release(p *person) {
	for _, name := range p.methodologies.takes {
		v.freeing = append(v.freeing, v.takeBack(p, name))
	}
	t := task{person: p, action: actionDeactivate, text: "deactivate " + p.who(), licence: licence, moves: p.moveSeats()}
	t.how = exportFirst + " Then My Team, select the person, Actions, Deactivate. People who report to them move up one level."
	switch p.state {
	case inactive:
		t.how = "The portal showed the person as Inactive already: look, and confirm the row."
	case absent:
		t.how = "The person was invited and never shown by an export: look for the address, and confirm the row if nobody is there. " + t.how
	}
	p.tasks++
	v.freeing = append(v.freeing, t)
}

func (v *visit) takeBack(p *person, name string) task {
	p.tasks++
	return task{
		person: p, action: actionTakeBack, text: "take back " + v.pools[name].Code + " from " + p.who(), licence: v.pools[name].Code,
		how:   "Only if the person neither trained nor opened the content. Otherwise say that the row is refused: the licence stays consumed.",
		moves: moves{takes: []string{name}},
	}
}

// methodologyTasks are about the methodologies of somebody who stays or comes.
func (v *visit) methodologyTasks(p *person) {
	for _, name := range p.methodologies.takes {
		v.freeing = append(v.freeing, v.takeBack(p, name))
	}
	undesired := p.undesired() // a reactivation has them in its row
	for _, name := range p.methodologies.gives {
		if slices.Contains(undesired, name) {
			continue
		}
		how := "Edit User, Methodology Access."
		if s := p.change.Seen; s != nil && slices.Contains(slices.Concat(s.Kept, s.Returning), name) {
			how += " The person consumed it before: it is there once they are reactivated; look first."
		}
		if p.change.Seen != nil && p.change.Seen.Active && p.change.Seen.Subscriptions == nil {
			how += " The export does not show who has it: look first."
		}
		code := v.pools[name].Code
		v.add(task{person: p, action: actionGive, text: "give " + code + " to " + p.who(), licence: code, how: how, moves: moves{gives: []string{name}}})
	}
}

// reactivate asks for somebody back, and for what they are to be then.
func (v *visit) reactivate(p *person, differs map[int]string, m manager) {
	how := "My Team, filter User Status = Inactive, select the person, Actions, Reactivate; it needs a free seat and sends a mail. Give their assignments again by hand."
	if len(differs) > 0 {
		how += " Then Edit User, and enter what stands in this row."
	}
	moved := p.moveSeats()
	for _, name := range p.undesired() {
		how += " " + v.pools[name].Code + ", which the person consumed before, is taken again with it."
		moved.gives = append(slices.Clone(moved.gives), name)
	}
	slices.Sort(moved.gives)
	v.add(task{
		person: p, action: actionReactivate, text: v.textOf("reactivate ", p, differs), cells: differs,
		licence: licence, how: how + m.words(), moves: moved,
	})
}

// edit asks for a change of somebody whom a file cannot change.
func (v *visit) edit(p *person, differs map[int]string, m manager) {
	if len(differs) > 0 {
		v.add(task{
			person: p, action: actionEdit, text: v.textOf("edit ", p, differs), cells: differs,
			how: "My Team, Edit User; enter what stands in this row and leave the rest as it is. A file can change who is Active alone." + m.words(), moves: p.moveSeats(),
		})
	}
}

// managerTask names a manager whom the file cannot name yet.
func (v *visit) managerTask(p *person, m manager) {
	place := v.place(roleManager)
	if place < 0 || sameCell(v.columns[place], m.address, p.change.Seen) {
		return
	}
	cells := map[int]string{place: m.address}
	v.add(task{
		person: p, action: actionEdit, text: v.textOf("edit ", p, cells), cells: cells, moves: v.lateSeats(p),
		how: "My Team, Edit User, once the upload is through and the rows above are done.",
	})
}

// adminTask is about the permissions of an admin: nothing but a person's work gives or takes them.
func (v *visit) adminTask(p *person, differs map[int]string) {
	want, seen := p.change.Desired.Admin, p.change.Seen
	shown := seen != nil && seen.Admin != nil
	t := task{person: p, action: actionAdmin, text: "make " + p.who() + " an admin", how: "Edit User, Admin Permissions, as far as agreed: Manage Users, Manage Assignments, Manage Reports, Authorize Purchases."}
	switch {
	case want && shown && *seen.Admin, !want && (!shown || !*seen.Admin), want && !shown && seen != nil && len(differs) > 0:
		return
	case !want:
		t.action, t.text, t.how = actionAdminEnd, "take admin permissions from "+p.who(), "Edit User, Admin Permissions: take all away. Never from the last admin."
	}
	t.moves = v.lateSeats(p)
	v.add(t)
}

// addressTask asks for the address that the person has today.
func (v *visit) addressTask(p *person) {
	wanted := strings.ToLower(strings.TrimSpace(p.change.Desired.Address))
	if p.change.RemoteID == "" || wanted == "" || badAddress(wanted) != "" || fold(wanted) == fold(p.address) {
		return
	}
	how := "Ask the vendor's support: of somebody Active or Inactive nobody else can change the address. Until then the person signs in as " + p.address + "."
	if p.state == waiting {
		how = "My Team, Edit User, Email. Until then the person signs in as " + p.address + "."
	}
	v.add(task{person: p, action: actionAddress, text: "change the address of " + p.who() + " to " + wanted, address: wanted, how: how, moves: v.lateSeats(p)})
}

// lateSeats are the moves of somebody who is there, where no other row has them yet.
func (v *visit) lateSeats(p *person) moves {
	if p.state == absent {
		return moves{}
	}
	return p.moveSeats()
}

// checkTask is for a change of which nothing differs that the portal shows: the row of somebody
// Active says it all again, which changes nothing; who never came is invited once more. Where a
// manager had to be left out somebody looks.
func (v *visit) checkTask(p *person, m manager) {
	if p.tasks > 0 && (p.placed || len(p.seats.gives)+len(p.seats.takes) == 0) {
		return
	}
	switch {
	case p.state == active && m.code == "":
		v.repeat(p, m)
	case p.state == waiting && m.code == "":
		v.add(task{person: p, action: actionResend, text: "resend the invitation of " + p.who(), how: resend + " Nothing else differs that the portal shows.", moves: p.moveSeats()})
	default:
		v.add(task{person: p, action: actionEdit, text: "look at " + p.who(), how: "Nothing differs that is known: look whether name, title and manager are right, and confirm the row." + m.words(), moves: p.moveSeats()})
	}
}

// resend is how an invitation is sent again.
const resend = "My Team, select the person, Actions, Resend Invitation."

// resendTask is for somebody who never came and whose invitation somebody wants to be sent again.
func (v *visit) resendTask(p *person) {
	v.add(task{person: p, action: actionResend, text: "resend the invitation of " + p.who(), how: resend + " Then confirm the row: no export shows that it was sent."})
}

// repeat writes everything that is desired of somebody Active and that a file can say.
func (v *visit) repeat(p *person, m manager) {
	all := map[int]string{}
	for i, c := range v.columns {
		switch want := c.wanted(p.change.Desired); {
		case c.role == roleManager:
			all[i] = m.address
		case unwritable(c.raw(p.change.Desired)) == "":
			all[i] = want
		}
	}
	v.addUpload(p, actionChange, "change "+p.who()+" (nothing that the portal shows; repeated as it should be)", all, m)
}

func (v *visit) add(t task) {
	t.person.tasks++
	v.after = append(v.after, t)
}

func (v *visit) textOf(verb string, p *person, differs map[int]string) string {
	if len(differs) == 0 {
		return verb + p.who()
	}
	return verb + p.who() + " (" + strings.Join(v.columnNames(differs), "; ") + ")"
}

// words are what is to be said of a manager who was left out.
func (m manager) words() string {
	if m.code == "" {
		return ""
	}
	return " Reports To is left as it is: " + m.note + "."
}

package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"usher/internal/usher"
)

// absent tells what it means that a complete export does not show an account.
func (d *drifting) absent() {
	var missing, gone []string
	for _, sub := range d.Subscriptions {
		seat, live := d.seat(sub.ID)
		switch {
		case !live || d.later(seat) || d.parked(seat, sub):
		case seat.State == usher.Releasing:
			gone = append(gone, sub.Name)
		case d.asked(seat):
			missing = append(missing, sub.Name)
		}
	}
	if len(missing) > 0 {
		d.add(usher.DriftMissing, d.one(missing), "has a seat here and is not at the portal: "+strings.Join(missing, ", "))
	}
	if len(gone) > 0 {
		d.add(usher.DriftReleased, d.one(gone), "is not at the portal any more: "+strings.Join(gone, ", "))
	}
}

// seats compares the seats that the portal shows with those that the person has.
func (d *drifting) seats() {
	var unreleased, released, unruled, inactive, parked []string
	for _, sub := range d.Subscriptions {
		seat, live := d.seat(sub.ID)
		there, shown := d.there(sub.Name)
		switch {
		case !shown:
		case live && seat.State == usher.Releasing && !there:
			released = append(released, sub.Name)
		case live && d.later(seat):
		case live && d.parked(seat, sub):
			if there && !d.Untold {
				parked = append(parked, sub.Name)
			}
		case there && (live && seat.State == usher.Releasing || !live && d.gone(sub.ID)):
			if !d.Untold {
				unreleased = append(unreleased, sub.Name)
			}
		case there && !live && !d.anyLive():
			unruled = append(unruled, sub.Name)
		case there && !live:
			d.add(usher.DriftToolMore, sub.ID, "has "+sub.Name+" at the portal and no seat in it here")
		case there && seat.State == usher.Queued:
			d.add(usher.DriftToolMore, sub.ID, "has "+sub.Name+" at the portal and is queued here; adopting makes it theirs")
		case !there && live && d.asked(seat) && !d.Seen.Active:
			inactive = append(inactive, sub.Name)
		case !there && live && d.asked(seat):
			d.add(usher.DriftToolLess, sub.ID, "has a seat in "+sub.Name+" here and not at the portal")
		}
	}
	d.each(usher.DriftUnreleased, unreleased, "the seat was taken back here and is still there: ")
	d.each(usher.DriftUnreleased, parked, "is away, and nothing is to be active there meanwhile: ")
	d.each(usher.DriftReleased, released, "is not there any more: ")
	d.each(usher.DriftUnruled, unruled, "has a seat there, and no rule or pin entitles them: ")
	d.each(usher.DriftStatus, inactive, fmt.Sprintf("has a seat here, and the portal shows them as %q: ", cmp.Or(d.Seen.Status, "inactive")))
}

// each tells of several subscriptions at once.
func (d *drifting) each(code usher.DriftCode, names []string, text string) {
	if len(names) > 0 {
		d.add(code, d.one(names), text+strings.Join(names, ", "))
	}
}

// one is the subscription of a difference that is about one alone.
func (d *drifting) one(names []string) usher.ID {
	if len(names) != 1 {
		return ""
	}
	i := slices.IndexFunc(d.Subscriptions, func(s usher.Subscription) bool { return s.Name == names[0] })
	return d.Subscriptions[i].ID
}

// there says whether the portal shows a seat in a subscription; shown is false where it tells
// nothing of subscriptions.
func (d *drifting) there(name string) (there, shown bool) {
	if d.Seen.Subscriptions == nil {
		return false, !d.Seen.Active
	}
	return d.Seen.Takes(name), true
}

// seat is the person's live seat in a subscription.
func (d *drifting) seat(sub usher.ID) (usher.Seat, bool) {
	i := slices.IndexFunc(d.Seats, func(s usher.Seat) bool { return s.Subscription == sub && s.State.Live() })
	if i < 0 {
		return usher.Seat{}, false
	}
	return d.Seats[i], true
}

func (d *drifting) anyLive() bool {
	return slices.ContainsFunc(d.Seats, func(s usher.Seat) bool { return s.State.Live() })
}

// gone says that a seat in the subscription was taken back, or that the person left.
func (d *drifting) gone(sub usher.ID) bool { return d.taken(sub) || Left(d.Person) }

// taken says that a seat of theirs in the subscription was taken back before the export was made.
func (d *drifting) taken(sub usher.ID) bool {
	return slices.ContainsFunc(d.Seats, func(s usher.Seat) bool {
		return s.Subscription == sub && s.State == usher.Released && s.SeatedAt != 0 && s.ReleasedAt <= d.Export.AsOf
	})
}

// later says that what the seat is was said after the export was made.
func (d *drifting) later(s usher.Seat) bool {
	return s.ChangedAt > d.Export.AsOf && s.State == usher.Active || s.SeatedAt > d.Export.AsOf
}

// parked says that a seat is the person's, and that the portal is to hold no active account for it while
// they are away.
func (d *drifting) parked(s usher.Seat, sub usher.Subscription) bool {
	return d.Desired != nil && (s.State == usher.Invited || s.State == usher.Active) && sub.Parks(d.Person)
}

// asked says that the portal was asked for the seat before the export was made.
func (d *drifting) asked(s usher.Seat) bool {
	return s.State == usher.Active || s.State == usher.Invited && !d.Untold
}

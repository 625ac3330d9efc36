package plan

import (
	"slices"

	"usher/internal/usher"
)

// administers says that an account is an admin's alone: shown as one and without a seat there, or
// declared as one; and without a seat here.
func (x Shown) administers(s Standing) bool {
	if slices.ContainsFunc(s.Seats, func(seat usher.Seat) bool { return seat.State.Live() }) {
		return false
	}
	return x.declared(*s.Seen) || showsAdmin(s.Seen) && s.Seen.Active && (len(s.Seen.Subscriptions) == 0 || x.Portal.Profile.AdminSeats)
}

func (x Shown) declared(s usher.Seen) bool {
	keys := AddressKeys(s)
	return slices.ContainsFunc(x.Portal.Profile.Admins, func(admin string) bool {
		key, err := usher.FoldAddress(admin)
		return err == nil && slices.Contains(keys, key)
	})
}

func showsAdmin(s *usher.Seen) bool { return s.Admin != nil && *s.Admin }

// Left says that somebody was with the company and is no more.
func Left(p usher.Person) bool { return p.ID != "" && !p.Active && p.Inactive != usher.InactiveFuture }

// admin tells of somebody who administers the portal and has no seat here.
func (d *drifting) admin() {
	declared, left := d.declared(*d.Seen), Left(d.Person)
	switch {
	case left && !d.Seen.Active: // the account is off, and the person gone
	case left && declared && d.AnotherAdmin:
		d.add(usher.DriftAdminLeft, "", "is declared as an admin of the portal, and left: their account there is to be closed"+takes(d.Seen))
	case left && declared:
		d.add(usher.DriftAdminLeft, "", "is declared as an admin of the portal, and left. No other declared admin is there, so they stay until one is: declare another"+takes(d.Seen))
	case left:
		d.add(usher.DriftAdminLeft, "", "administers the portal, and left. Nobody declared them, so nothing is taken from them by itself: close the account there"+takes(d.Seen))
	case !declared && d.Seen.Active && len(d.Seen.Subscriptions) > 0:
		d.add(usher.DriftAdminSeat, "", undeclared+takes(d.Seen))
	default:
		d.add(usher.DriftAdmin, "", "administers the portal and has no seat here: it is left alone"+takes(d.Seen))
	}
}

const undeclared = "administers the portal and is not declared as an admin of it: declare them, or take it from them there"

// takenBack says that a seat which the portal shows with an admin who left was theirs here and was taken
// back: it is to be released like anybody's.
func (d *drifting) takenBack() bool {
	return Left(d.Person) && !d.Second && slices.ContainsFunc(d.Subscriptions, func(sub usher.Subscription) bool {
		there, _ := d.there(sub.Name)
		return there && d.taken(sub.ID)
	})
}

// undeclared tells of an admin beside what differs in the seats that they take: whom nobody declared, and
// who left.
func (d *drifting) undeclared() {
	declared := d.declared(*d.Seen)
	switch {
	case !d.Seen.Active || d.anyLive() || !declared && !showsAdmin(d.Seen):
	case Left(d.Person) && !d.Second:
		d.admin()
	case !declared && len(d.Seen.Subscriptions) > 0:
		d.add(usher.DriftAdminSeat, "", undeclared+takes(d.Seen))
	}
}

package plan

import (
	"usher/internal/usher"
)

// Carried is one row of a batch, and when it went to the portal as far as anybody knows.
type Carried struct {
	usher.BatchRow

	WrittenAt usher.Time // when its file was in its place
	CarriedAt usher.Time // when somebody said that it was carried there; zero: nobody did
}

// Before says that a list that the portal made at asOf can say something of the row: its file was
// written before, and nobody said that it was carried there later.
func (r Carried) Before(asOf usher.Time) bool {
	return r.WrittenAt != 0 && r.WrittenAt <= asOf && r.CarriedAt <= asOf
}

// Shows says that an account as the portal shows it is what a row asked for: the seats that it gives
// are there, and those that it takes are not. Of a row that moves no seat, what it told must be
// shown. now is nil for an account that a complete export does not show, before what was known of
// it until then; manager are the names of the manager that the row told.
func Shows(r usher.BatchRow, now, before *usher.Seen, manager []string) bool {
	if now == nil {
		return len(r.Gives) == 0 && (len(r.Takes) > 0 || r.Told != nil && !r.Told.Active)
	}
	if len(r.Gives)+len(r.Takes) > 0 {
		return holds(now, r.Gives) && lacks(now, r.Takes)
	}
	if r.Told == nil {
		return false
	}
	if !r.Told.Active {
		return !now.Active && !nothing(*r.Told)
	}
	return now.Active && showsDetails(*r.Told, *now, before, manager)
}

// nothing says that a row told that no account is left, not even one that is switched off: whoever
// is listed is still there.
func nothing(told usher.Desired) bool { return told.Key == "" && told.Address == "" }

// holds says that the seats are shown; which ones somebody has who is merely listed, nobody knows.
func holds(s *usher.Seen, subs []string) bool {
	for _, sub := range subs {
		if !s.Takes(sub) {
			return false
		}
	}
	return true
}

func lacks(s *usher.Seen, subs []string) bool {
	for _, sub := range subs {
		if s.Active && s.Subscriptions == nil || s.Takes(sub) {
			return false
		}
	}
	return true
}

// detail is one thing that a row told of an account, and what the portal shows of it.
type detail struct{ told, now, before string }

// showsDetails wants every detail that is shown to be as it was told. Something must have changed to
// it, or, where nobody knows what it was before, be shown at all beside the name: a list with fewer
// columns than the row had confirms nothing.
func showsDetails(told usher.Desired, now usher.Seen, before *usher.Seen, manager []string) bool {
	if before == nil {
		before = &usher.Seen{}
	}
	if now.Manager != "" && len(manager) > 0 && !Named(now.Manager, manager) || now.Admin != nil && *now.Admin != told.Admin {
		return false
	}
	changed, shown := adminChanged(told, now, *before) || managerChanged(now, *before, manager), false
	for _, d := range details(told, now, *before) {
		if d.told == "" || d.now == "" {
			if d.told != "" && d.before != "" && d.before != d.told {
				return false // it was to change, and nobody can see whether it did
			}
			continue
		}
		if d.now != d.told {
			return false
		}
		shown = true
		changed = changed || d.before != "" && d.before != d.told
	}
	return changed || shown && !anyBefore(told, *before)
}

func adminChanged(told usher.Desired, now, before usher.Seen) bool {
	return now.Admin != nil && before.Admin != nil && *before.Admin != told.Admin
}

func managerChanged(now, before usher.Seen, manager []string) bool {
	return now.Manager != "" && before.Manager != now.Manager && len(manager) > 0
}

func details(told usher.Desired, now, before usher.Seen) []detail {
	list := []detail{
		{spell(told.GivenName), spell(now.GivenName), spell(before.GivenName)},
		{spell(told.FamilyName), spell(now.FamilyName), spell(before.FamilyName)},
		{spell(told.Title), spell(now.Title), spell(before.Title)},
		{spell(told.Department), spell(now.Department), spell(before.Department)},
		addressed(told, now, before),
	}
	for column, value := range told.Values {
		list = append(list, detail{spell(value), spell(now.Values[column]), spell(before.Values[column])})
	}
	return list
}

// addressed is what a row told of the address. One that the account had then is whom the row is
// about: another row of the same visit may have changed it meanwhile, and takes nothing from this one.
func addressed(told usher.Desired, now, before usher.Seen) detail {
	d := detail{foldRemote(told.Address), foldRemote(now.RemoteID), foldRemote(before.RemoteID)}
	if d.told == d.before {
		d.now = d.told
	}
	return d
}

// anyBefore says that it is known what the account was before.
func anyBefore(told usher.Desired, before usher.Seen) bool {
	for _, d := range details(told, before, before) {
		if d.told != "" && d.before != "" {
			return true
		}
	}
	return false
}

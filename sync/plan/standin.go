package plan

import (
	"usher/internal/usher"
)

// Silence is what is known of a SCIM directory and of the file that can stand in for it.
type Silence struct {
	Heard     usher.Time // the last sign of life of the SCIM directory; zero for none
	Listening usher.Time // since when usher has been there to hear one
	Filed     usher.Time // when the last file came that counts; zero for none
}

// StandsIn says whether a directory is to stand in at now, as s tells it to:
//
//	so far       | stands in from now on
//	-------------+-------------------------------------------------------------------------------
//	it does not  | if there was no sign of life for as long as s says, all of it while usher
//	             | listened, and a file came after the last one: an older file knows less
//	it does      | until there is one, or s says a longer time; that usher was away, or that no
//	             | other file came, is no sign of life
func StandsIn(s usher.StandIn, known Silence, now usher.Time) bool {
	switch {
	case s.For == "":
		return false
	case s.Since != 0:
		return now.Sub(known.Heard) >= s.After
	}
	return now.Sub(max(known.Heard, known.Listening)) >= s.After && known.Filed > known.Heard
}

// roles are what directories are to one person, where one stands in for another; those that
// are not named are what they are configured as.
type roles map[usher.ID]role

type role struct {
	rank   int    // with name the place in the order in which directories are heard
	name   string // whose place it is
	owner  bool
	silent bool // another one stands in: it decides nothing
}

// rolesOf looks for directories that stand in for others of the same person, with what a row
// of a file says of them:
//
//	the record of the file            | it knows the person
//	----------------------------------+-------------------------------------------------------
//	named by the last files           | yes, whatever the row says
//	missing from them                 | no: nobody leaves for not being in a file
//	missing, and its last day is over | yes: that is what its last row said
//	deleted, as by an undo            | no
func rolesOf(obs []Observation, now usher.Time) roles {
	var r roles
	for _, o := range obs {
		if o.Directory.StandIn.Since == 0 || !o.Knows(now) {
			continue // as almost always
		}
		for _, other := range obs {
			if o.Directory.StandsInFor(other.Directory.Name) && o.Directory.ID != other.Directory.ID {
				if r == nil {
					r = roles{}
				}
				r.standIn(o.Directory, other.Directory)
			}
		}
	}
	return r
}

// Knows says that the record tells of the person what somebody wrote.
func (o Observation) Knows(now usher.Time) bool {
	return o.Record.DeletedAt == 0 && o.Standing(now) != usher.InactiveAbsent
}

// standIn gives d what the silent directory is: its word on who is active, and its place
// in the order, if that is before its own. The silent one comes right behind.
func (r roles) standIn(d, silent usher.Directory) {
	mine, its := r.directory(d), r.directory(silent)
	mine.owner, its.silent = mine.owner || silent.Owner, true
	if silent.Rank < mine.rank || silent.Rank == mine.rank && silent.Name < mine.name {
		mine.rank, mine.name = silent.Rank, silent.Name
	}
	r[d.ID], r[silent.ID] = mine, its
}

// of is the role of one record. What is missing from a file has no part in its standing in.
func (r roles) of(o Observation, now usher.Time) role {
	known := r.directory(o.Directory)
	if r == nil || known.silent || o.Standing(now) != usher.InactiveAbsent {
		return known
	}
	return roles(nil).directory(o.Directory)
}

func (r roles) directory(d usher.Directory) role {
	if known, ok := r[d.ID]; ok {
		return known
	}
	return role{rank: d.Rank, name: d.Name, owner: d.Owner}
}

package plan

import (
	"slices"

	"usher/internal/usher"
)

// MatchedBy says by what an account that a portal shows was found to be somebody's, the
// surest way first.
type MatchedBy int

// The ways. Plus addresses are different people unless an identifier says otherwise, because
// folding keeps what stands behind the plus.
const (
	MatchRemote  MatchedBy = iota // by exactly what the portal calls it
	MatchCase                     // by that, in another case
	MatchAddress                  // by the person's present address
	MatchUPN                      // by their UPN
	MatchAlias                    // by another of their addresses
	MatchRetired                  // by an address that they bear no more
	MatchNobody                   // nobody is known by it
)

// String names the way in the middle of a sentence.
func (m MatchedBy) String() string {
	return [...]string{"the portal's address", "the portal's address in another case", "their address", "their UPN", "an alias", "an address that they bear no more", "nothing"}[m]
}

// Match is whose account a row of an export is.
type Match struct {
	Account usher.ID // that the ledger has; empty for none yet
	Person  usher.ID // empty for somebody whom only the portal knows
	By      MatchedBy
	// Again says that an earlier or surer row of the export is the same account.
	Again bool
	// Second says that another row is the person's account: this is a second one of theirs, and
	// Person is who has them both.
	Second bool
}

// Roll is what rows of an export are looked up in: a portal's accounts of people, identifiers
// of the space of addresses, and the people who bear them.
type Roll struct {
	remote  map[string]usher.Account
	folded  map[string]usher.Account
	of      map[usher.ID]usher.Account // by person
	keys    map[string]usher.Identifier
	present map[usher.ID]string // folded main addresses
}

// NewRoll makes a roll. Of the accounts ID, Subject and RemoteID count.
func NewRoll(accounts []usher.Account, identifiers []usher.Identifier, people map[usher.ID]usher.Person) *Roll {
	r := &Roll{remote: map[string]usher.Account{}, folded: map[string]usher.Account{}, of: map[usher.ID]usher.Account{}, keys: map[string]usher.Identifier{}, present: map[usher.ID]string{}}
	for _, a := range accounts {
		if a.Subject != "" {
			r.of[a.Subject] = a
		}
		if key := ToldAs(a); a.RemoteID == "" && key != "" && people[a.Subject].MergedInto != "" {
			r.folded[key] = a // the second account of one person: their addresses find the first
		}
		if a.RemoteID == "" {
			continue
		}
		r.remote[a.RemoteID] = a
		if key := foldRemote(a.RemoteID); r.folded[key].Subject == "" { // somebody's before nobody's
			r.folded[key] = a
		}
	}
	for _, i := range identifiers {
		r.keys[i.Key] = i
	}
	for id, p := range people {
		r.present[id], _ = usher.FoldAddress(p.Address)
	}
	return r
}

// foldRemote is the key of a portal's id without regard to case.
func foldRemote(remote string) string {
	if key, err := usher.FoldAddress(remote); err == nil {
		return key
	}
	return usher.FoldText(remote)
}

// ToldAs is the folded address by which a portal was told of an account; empty for none.
func ToldAs(a usher.Account) string {
	if a.Desired == nil {
		return ""
	}
	key, err := usher.FoldAddress(a.Desired.Address)
	if err != nil {
		return ""
	}
	return key
}

// AddressKeys are the keys under which somebody's account may be known, as a portal shows it.
func AddressKeys(s usher.Seen) (keys []string) {
	for _, text := range []string{s.RemoteID, s.Address, s.UserName} {
		if key, err := usher.FoldAddress(text); err == nil && !slices.Contains(keys, key) {
			keys = append(keys, key) // what a portal shows need not be an address
		}
	}
	return keys
}

// MatchExport says of each row of an export whose account it is. An account, and a person, has
// one row: the one that is found in the surest way, of equals the first.
func (r *Roll) MatchExport(seen []usher.Seen) []Match {
	matches := make([]Match, len(seen))
	accounts, people := map[string]int{}, map[usher.ID]int{}
	for i, s := range seen {
		matches[i] = r.match(s)
	}
	for way := MatchRemote; way <= MatchNobody; way++ {
		for i := range matches {
			if m := &matches[i]; m.By == way {
				r.settle(m, i, seen[i].RemoteID, accounts, people)
			}
		}
	}
	return matches
}

// settle notes whether a row repeats one that was settled before it.
func (r *Roll) settle(m *Match, row int, remote string, accounts map[string]int, people map[usher.ID]int) {
	key := foldRemote(remote)
	if _, again := accounts[key]; again {
		m.Again = true
		return
	}
	accounts[key] = row
	if m.Person == "" {
		return
	}
	if _, second := people[m.Person]; second {
		m.Second, m.Account = true, ""
		if a, ok := r.remote[remote]; ok {
			m.Account = a.ID
		}
		return
	}
	people[m.Person] = row
}

func (r *Roll) match(s usher.Seen) Match {
	known, exact := r.remote[s.RemoteID]
	if exact && known.Subject != "" {
		return Match{known.ID, known.Subject, MatchRemote, false, false}
	}
	if a, ok := r.folded[foldRemote(s.RemoteID)]; ok && a.Subject != "" {
		return Match{Account: a.ID, Person: a.Subject, By: MatchCase}
	}
	for _, key := range AddressKeys(s) {
		if i, ok := r.keys[key]; ok {
			return Match{Account: r.of[i.Person].ID, Person: i.Person, By: r.by(i)}
		}
	}
	if exact {
		return Match{Account: known.ID, By: MatchNobody}
	}
	return Match{Account: r.folded[foldRemote(s.RemoteID)].ID, By: MatchNobody}
}

func (r *Roll) by(i usher.Identifier) MatchedBy {
	switch {
	case i.RetiredAt != 0:
		return MatchRetired
	case r.present[i.Person] == i.Key:
		return MatchAddress
	case i.Kind == usher.KindUPN:
		return MatchUPN
	}
	return MatchAlias
}

// KnownBy says by which of a person's addresses a portal calls them, whatever found the
// account: what a portal's address is to them now. Identifiers are the person's.
func KnownBy(s usher.Seen, p usher.Person, identifiers []usher.Identifier) MatchedBy {
	keys := AddressKeys(s)
	best := MatchNobody
	present, _ := usher.FoldAddress(p.Address)
	r := Roll{present: map[usher.ID]string{p.ID: present}}
	for _, i := range identifiers {
		if i.Space == usher.SpaceAddress && slices.Contains(keys, i.Key) {
			best = min(best, r.by(i))
		}
	}
	if present != "" && slices.Contains(keys, present) {
		best = min(best, MatchAddress)
	}
	return best
}

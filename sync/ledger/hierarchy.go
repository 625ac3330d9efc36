package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"usher/internal/store"
	"usher/internal/usher"
)

// maxUnresolved is how many people are named whose manager is not there.
const maxUnresolved = 200

// Hierarchy reads who reports to whom. It reads everybody: whoever calls it keeps the answer for a while.
func (l *Ledger) Hierarchy(ctx context.Context) (h usher.Hierarchy, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		var lines []store.Line
		if err := tx.Lines(ctx, func(l store.Line) { lines = append(lines, l) }); err != nil {
			return err
		}
		h = hierarchyOf(lines)
		h.At = tx.Now()
		return nil
	})
	return h, err
}

// tree is a hierarchy on its way.
type tree struct {
	usher.Hierarchy

	lines   []store.Line
	manager map[usher.ID]usher.ID // of everybody active: the one above them who is active too; empty for nobody
	open    map[usher.ID]int      // how many of somebody's reports are not counted yet
}

// hierarchyOf counts from those to whom nobody reports upwards: whoever is never reached is on a cycle.
func hierarchyOf(lines []store.Line) usher.Hierarchy {
	t := &tree{lines: lines, manager: make(map[usher.ID]usher.ID, len(lines))}
	t.People, t.Direct, t.Below = len(lines), map[usher.ID]int{}, map[usher.ID]int{}
	t.connect()
	t.count()
	t.sort()
	return t.Hierarchy
}

// connect finds who is above whom, and whose manager is not there.
func (t *tree) connect() {
	for _, l := range t.lines {
		t.manager[l.Person] = ""
	}
	for _, l := range t.lines {
		_, active := t.manager[l.Manager]
		switch {
		case active:
			t.manager[l.Person] = l.Manager
			t.Direct[l.Manager]++
		case l.Manager != "":
			t.LeftInAll++
			t.Left = append(t.Left, l.Person)
		case l.Named:
			t.UnresolvedInAll++
			t.Unresolved = append(t.Unresolved, l.Person)
		}
	}
	t.Left, t.Unresolved = first(t.Left), first(t.Unresolved)
}

// first are the first people of a list by id, so that it does not change from one look to the next.
func first(ids []usher.ID) []usher.ID {
	slices.Sort(ids)
	return slices.Clip(ids[:min(maxUnresolved, len(ids))])
}

// count adds everybody to those above them, once all below them were added.
func (t *tree) count() {
	t.open = maps.Clone(t.Direct)
	var next []usher.ID
	for _, l := range t.lines {
		if t.open[l.Person] == 0 {
			next = append(next, l.Person)
		}
	}
	for done := 0; done < len(next); done++ {
		up := t.manager[next[done]]
		if up == "" {
			continue
		}
		t.Below[up] += 1 + t.Below[next[done]]
		if t.open[up]--; t.open[up] == 0 {
			next = append(next, up)
		}
	}
}

// sort says who is at the top, alone, or on a cycle.
func (t *tree) sort() {
	for _, l := range t.lines {
		switch {
		case t.open[l.Person] > 0:
			t.Cyclic = append(t.Cyclic, l.Person)
		case t.manager[l.Person] != "":
		case t.Direct[l.Person] > 0:
			t.Roots = append(t.Roots, l.Person)
		default:
			t.Alone++
		}
	}
	slices.Sort(t.Cyclic)
	slices.SortFunc(t.Roots, func(a, b usher.ID) int { return cmp.Or(cmp.Compare(t.Below[b], t.Below[a]), cmp.Compare(a, b)) })
}

// TreePeople are some people as the tree shows them, in their order; whoever is not there any more is left out.
func (l *Ledger) TreePeople(ctx context.Context, h usher.Hierarchy, ids []usher.ID) (people []usher.TreePerson, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		found, err := tx.PeopleByID(ctx, ids)
		if err != nil {
			return err
		}
		managers, err := tx.PeopleByID(ctx, managersOf(found))
		people = nil
		for _, id := range ids {
			if p, is := found[id]; is {
				people = append(people, treePerson(h, p, managers))
			}
		}
		return err
	})
	return people, err
}

func managersOf(people map[usher.ID]usher.Person) (ids []usher.ID) {
	for _, p := range people {
		if p.Manager != "" {
			ids = append(ids, p.Manager)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func treePerson(h usher.Hierarchy, p usher.Person, managers map[usher.ID]usher.Person) usher.TreePerson {
	t := usher.TreePerson{PersonName: usher.PersonName{ID: p.ID, Name: p.Name()}, Address: p.Address, Title: p.Attributes.Title, Department: p.Attributes.Department,
		Direct: h.Direct[p.ID], Below: h.Below[p.ID], Manager: managers[p.Manager].Name()}
	if p.Manager == "" {
		t.Names = p.Attributes.Manager
	}
	return t
}

// Below are the people who report to somebody directly and are active, by name, after a place in the list: a folded name and an
// id. next is the place after them; nil: there are no more.
func (l *Ledger) Below(ctx context.Context, h usher.Hierarchy, manager usher.ID, name string, id usher.ID, limit int) (people []usher.TreePerson, next *usher.TeamMark, err error) {
	found, err := l.store.Look().ReportsAfter(ctx, manager, name, id, limit+1)
	if err != nil {
		return nil, nil, err
	}
	if len(found) > limit {
		found = found[:limit]
		last := found[limit-1]
		next = &usher.TeamMark{Name: usher.FoldText(last.Name()), ID: last.ID}
	}
	for _, p := range found {
		people = append(people, treePerson(h, p, nil))
	}
	return people, next, nil
}

// Above is the line from somebody upwards, the nearest first, and the person themselves at its head. It ends where it would come back.
func (l *Ledger) Above(ctx context.Context, h usher.Hierarchy, id usher.ID) (line []usher.TreePerson, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		line = nil
		for at := id; at != "" && len(line) <= maxChain; {
			p, err := tx.Person(ctx, at)
			if err != nil {
				return err
			}
			line = append(line, treePerson(h, p, nil))
			at = p.Manager
		}
		return nil
	})
	return line, err
}

// ManagerCycles are the lines of managers that are cut because they came back to their start.
func (l *Ledger) ManagerCycles(ctx context.Context) (cycles []usher.ManagerCycle, err error) {
	err = l.store.Read(ctx, func(tx *store.Tx) error {
		cycles = nil
		open, err := tx.OpenConflictsOfKind(ctx, usher.ConflictCycle)
		if err != nil {
			return err
		}
		for _, k := range open {
			people, err := tx.PeopleByID(ctx, append(slices.Clone(k.Others), k.Person))
			if err != nil {
				return err
			}
			cycle := usher.ManagerCycle{Number: k.Number, Person: personNamed(people, k.Person)}
			for _, id := range k.Others {
				if id != k.Person {
					cycle.Others = append(cycle.Others, personNamed(people, id))
				}
			}
			cycles = append(cycles, cycle)
		}
		return nil
	})
	return cycles, err
}

func personNamed(people map[usher.ID]usher.Person, id usher.ID) usher.PersonName {
	return usher.PersonName{ID: id, Name: people[id].Name()}
}

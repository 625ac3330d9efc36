package ledger

import (
	"slices"

	"usher/internal/usher"
	"usher/sync/plan"
)

// sources are what each directory says of the person, and what came of it.
func (v *personDetail) sources(e Explanation) error {
	var said []usher.Attributes
	for i, r := range v.records {
		told := e.Person.Records[i]
		standIn := ""
		switch {
		case told.StandsInFor != "":
			standIn = "stands in for " + told.StandsInFor
		case told.StoodInBy != "":
			standIn = "silent, so " + told.StoodInBy + " stands in"
		}
		v.d.Records = append(v.d.Records, usher.SaidRecord{ID: r.ID, Directory: told.Directory, Says: told.Says, AsOf: told.AsOf, StandIn: standIn})
		said = append(said, r.Attributes)
	}
	v.d.Attributes = usher.CompareAttributes(v.person.Attributes, said)
	if err := v.managersSaid(); err != nil {
		return err
	}
	return v.knownAs()
}

// managersSaid says whom directories mean that they call the manager: many do so by an id of theirs.
func (v *personDetail) managersSaid() (err error) {
	at := slices.IndexFunc(v.d.Attributes, func(row usher.AttributeRow) bool { return row.Name == "manager" })
	if at < 0 {
		return nil
	}
	row := &v.d.Attributes[at]
	if row.Named, err = v.meant(v.person.ManagerDirectory, v.person.Attributes.Manager); err != nil {
		return err
	}
	for i, r := range v.records {
		if row.Cells[i].Named, err = v.meant(r.Directory, r.Attributes.Manager); err != nil {
			return err
		}
	}
	return nil
}

// meant is whom a directory calls so; nil for nobody that is known.
func (v *personDetail) meant(directory usher.ID, reference string) (*usher.PersonName, error) {
	if reference == "" {
		return nil, nil
	}
	id, err := v.referred(directory, reference)
	if err != nil || id == "" {
		return nil, err
	}
	p, err := v.tx.Person(v.ctx, id)
	return &usher.PersonName{ID: id, Name: p.Name()}, err
}

// knownAs are the identifiers, with the directories whose records bear them.
func (v *personDetail) knownAs() error {
	identifiers, err := v.tx.IdentifiersOf(v.ctx, v.person.ID)
	if err != nil {
		return err
	}
	bearers := map[usher.Identifier][]string{}
	for _, r := range v.records {
		d := v.policy.directories[r.Directory]
		borne, _ := plan.Identifiers(d, r) // what cannot be used is a conflict, and shown as such
		for _, i := range borne {
			key := usher.Identifier{Space: i.Space, Key: i.Key}
			if r.DeletedAt == 0 && !slices.Contains(bearers[key], d.Name) {
				bearers[key] = append(bearers[key], d.Name)
			}
		}
	}
	for _, i := range identifiers {
		v.d.Identifiers = append(v.d.Identifiers, usher.KnownAs{Kind: i.Kind, Shown: i.Shown, From: bearers[usher.Identifier{Space: i.Space, Key: i.Key}],
			Since: i.Since.Std(), RetiredAt: i.RetiredAt.Std()})
	}
	return nil
}

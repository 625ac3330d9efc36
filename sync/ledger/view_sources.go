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
	return v.knownAs()
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

package web

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"usher/internal/usher"
)

// Reshaping makes one of two people, and two of one (the ledger).
type Reshaping interface {
	// Who finds everybody that a text means; PersonImage is all that there is of one person.
	Who(ctx context.Context, text string) ([]usher.PersonView, error)
	PersonImage(ctx context.Context, person usher.ID) (usher.PersonImage, error)
	// The previews say what would be, and refuse what the deeds refuse: *usher.InvalidError.
	PreviewMerge(ctx context.Context, by usher.Principal, keep, gone usher.ID) (usher.PeopleChange, error)
	MergePeople(ctx context.Context, by usher.Principal, keep, gone usher.ID) (usher.PeopleChange, error)
	PreviewSplit(ctx context.Context, by usher.Principal, person usher.ID, records ...usher.ID) (usher.PeopleChange, error)
	SplitPerson(ctx context.Context, by usher.Principal, person usher.ID, records ...usher.ID) (usher.PeopleChange, error)
}

var mergeRoutes = []Route{
	{Method: "GET", Path: "/people/{id}/merge", Access: usher.AccessDeciders, serve: showMerge},
	{Method: "POST", Path: "/people/{id}/merge", Access: usher.AccessDeciders, Fresh: true, serve: merge},
	{Method: "GET", Path: "/people/{id}/split", Access: usher.AccessDeciders, serve: showSplit},
	{Method: "POST", Path: "/people/{id}/split", Access: usher.AccessDeciders, Fresh: true, serve: split},
}

// reshapePage is the page of a merge or a split: first the question, then what would be.
type reshapePage struct {
	Person usher.PersonImage
	// With is what the visitor entered for the other person, and Found the people whom it means, where these are several.
	With  string
	Found []usher.PersonView
	Other usher.ID // whom it means
	// Chosen are the records to be split off.
	Chosen []usher.ID
	Change *usher.PeopleChange
	// Problem says why it cannot be.
	Problem string
}

// Picked says that a record is chosen.
func (p reshapePage) Picked(record usher.ID) bool { return slices.Contains(p.Chosen, record) }

// Back is where to go instead.
func (p reshapePage) Back() string { return personPath(p.Person.ID) }

// Turned is the merge with the other one staying.
func (p reshapePage) Turned() string {
	return personPath(p.Other) + "/merge?with=" + url.QueryEscape(string(p.Person.ID))
}

func personPath(id usher.ID) string { return "/people/" + url.PathEscape(string(id)) }

// reshaped is the person of the path. Whose id leads on to somebody else is that one.
func (v *visit) reshaped() (usher.PersonImage, error) {
	found, err := v.o.Reshaping.Who(v.r.Context(), v.r.PathValue("id"))
	i := slices.IndexFunc(found, func(p usher.PersonView) bool { return p.ID == usher.ID(v.r.PathValue("id")) })
	switch {
	case err != nil:
		return usher.PersonImage{}, err
	case i < 0 && len(found) != 1:
		return usher.PersonImage{}, usher.ErrNotFound
	case i < 0:
		i = 0
	}
	return v.o.Reshaping.PersonImage(v.r.Context(), found[i].ID)
}

// cannot puts a refusal into words on the page; any other error is one.
func (p *reshapePage) cannot(err error) error {
	var invalid *usher.InvalidError
	if errors.As(err, &invalid) {
		p.Problem = sentence(invalid)
		return nil
	}
	return err
}

func showMerge(v *visit) error {
	person, err := v.reshaped()
	if err != nil {
		return err
	}
	page := reshapePage{Person: person, With: strings.TrimSpace(v.r.URL.Query().Get("with"))}
	if page.With != "" {
		if err := page.preview(v); err != nil {
			return err
		}
	}
	return v.showTitled("merge", "Merge "+nameOf(person)+" with somebody", page)
}

func nameOf(p usher.PersonImage) string {
	if p.Name == "" {
		return "this person"
	}
	return p.Name
}

// preview says what merging with the other one would do.
func (p *reshapePage) preview(v *visit) error {
	found, err := v.o.Reshaping.Who(v.r.Context(), p.With)
	if err != nil {
		return err
	}
	switch len(found) {
	case 0:
		p.Problem = "Nobody is known by that. Enter an address, a number, an id or the exact name."
		return nil
	case 1:
	default:
		p.Found = found
		return nil
	}
	p.Other = found[0].ID
	change, err := v.o.Reshaping.PreviewMerge(v.r.Context(), v.By, p.Person.ID, p.Other)
	if err != nil {
		return p.cannot(err)
	}
	p.Change = &change
	return nil
}

func merge(v *visit) error {
	by, err := v.reasoned()
	if err != nil {
		return err
	}
	made, err := v.o.Reshaping.MergePeople(v.r.Context(), by, usher.ID(v.r.PathValue("id")), usher.ID(v.r.PostFormValue("other")))
	if err != nil {
		return err
	}
	return v.done(personPath(made.After.Kept.ID), "people-merged")
}

func showSplit(v *visit) error {
	person, err := v.reshaped()
	if err != nil {
		return err
	}
	page := reshapePage{Person: person, Chosen: records(v.r.URL.Query()["record"])}
	if len(page.Chosen) > 0 {
		change, err := v.o.Reshaping.PreviewSplit(v.r.Context(), v.By, person.ID, page.Chosen...)
		if err == nil {
			page.Change = &change
		} else if err := page.cannot(err); err != nil {
			return err
		}
	}
	return v.showTitled("split", "Split "+nameOf(person)+" in two", page)
}

func records(texts []string) (ids []usher.ID) {
	for _, text := range texts {
		ids = append(ids, usher.ID(text))
	}
	return ids
}

func split(v *visit) error {
	by, err := v.reasoned()
	if err != nil {
		return err
	}
	made, err := v.o.Reshaping.SplitPerson(v.r.Context(), by, usher.ID(v.r.PathValue("id")), records(v.r.PostForm["record"])...)
	if err != nil {
		return err
	}
	return v.done(personPath(made.After.Kept.ID), "person-split")
}

package demo

import (
	"context"
	"fmt"
	"net/http"
)

// entra pushes as Microsoft's provisioning service does by default: operations with a
// capital letter, booleans as text, the manager in a PATCH of its own, a group that is
// created empty and filled afterwards.
type entra struct{ *directory }

// create pushes somebody for the first time.
func (e entra) create(ctx context.Context, p person) error {
	if err := e.missing(ctx, "/Users", fmt.Sprintf("externalId eq %q", p.externalID), ""); err != nil {
		return err
	}
	made, err := e.ask(ctx, http.MethodPost, "/Users", e.user(p), "", http.StatusCreated)
	e.ids[p.externalID] = made.ID
	return err
}

func (e entra) user(p person) object {
	return p.addressed(object{
		"schemas":  []string{userURN, enterpriseURN},
		"userName": p.address(), "externalId": p.externalID, "active": true,
		"name":        object{"formatted": p.name(), "familyName": p.family, "givenName": p.given},
		"displayName": p.name(), "title": p.title,
		"emails":      []object{{"primary": true, "type": "work", "value": p.address()}},
		"meta":        object{"resourceType": "User"},
		"roles":       []object{},
		enterpriseURN: p.enterprise(),
	})
}

// setManager sends the line to a manager, which Entra does last.
func (e entra) setManager(ctx context.Context, p, manager person) error {
	return e.patch(ctx, e.path(p), "Add manager", object{"op": "Add", "path": enterpriseURN + ":manager", "value": e.ids[manager.externalID]})
}

// rename sends what a wedding changes.
func (e entra) rename(ctx context.Context, p person) error {
	return e.patch(ctx, e.path(p), "Replace userName, e-mail, family name, display name",
		object{"op": "Replace", "path": "userName", "value": p.address()},
		object{"op": "Replace", "path": `emails[type eq "work"].value`, "value": p.address()},
		object{"op": "Replace", "path": "name.familyName", "value": p.family},
		object{"op": "Replace", "path": "displayName", "value": p.name()})
}

// setActive switches somebody on or off: "True" or "False".
func (e entra) setActive(ctx context.Context, p person, value string) error {
	return e.patch(ctx, e.path(p), fmt.Sprintf("Replace active %q", value), object{"op": "Replace", "path": "active", "value": value})
}

// group makes a group and fills it.
func (e entra) group(ctx context.Context, name string, members []person) error {
	if err := e.missing(ctx, "/Groups", fmt.Sprintf("displayName eq %q", name), "&excludedAttributes=members"); err != nil {
		return err
	}
	body := object{"schemas": []string{groupURN}, "externalId": objectID(0), "displayName": name, "meta": object{"resourceType": "Group"}}
	made, err := e.ask(ctx, http.MethodPost, "/Groups", body, "", http.StatusCreated)
	if err != nil {
		return err
	}
	var values []object
	for _, m := range members {
		values = append(values, object{"$ref": nil, "value": e.ids[m.externalID]})
	}
	return e.patch(ctx, "/Groups/"+made.ID, "Add members", object{"op": "Add", "path": "members", "value": values})
}

package demo

import (
	"context"
	"fmt"
	"net/http"
)

// okta pushes as Okta's catalogue applications do: it looks for the userName, creates,
// replaces the whole profile with PUT, and sets active with PATCH.
type okta struct{ *directory }

// create pushes somebody for the first time.
func (o okta) create(ctx context.Context, p person) error {
	if err := o.missing(ctx, "/Users", fmt.Sprintf("userName eq %q", p.address()), "&startIndex=1&count=100"); err != nil {
		return err
	}
	body := o.user(p)
	body["password"] = "never-used" // Okta always sends one
	made, err := o.ask(ctx, http.MethodPost, "/Users", body, "", http.StatusCreated)
	o.ids[p.externalID] = made.ID
	return err
}

// replace pushes a changed profile.
func (o okta) replace(ctx context.Context, p person) error {
	body := o.user(p)
	body["id"] = o.ids[p.externalID]
	_, err := o.ask(ctx, http.MethodPut, o.path(p), body, "", http.StatusOK)
	return err
}

// deactivate ends an assignment; Okta never deletes a user.
func (o okta) deactivate(ctx context.Context, p person) error {
	return o.patch(ctx, o.path(p), `replace {"active": false}`, object{"op": "replace", "value": object{"active": false}})
}

func (o okta) user(p person) object {
	enterprise := p.enterprise()
	if p.manager != "" {
		enterprise["manager"] = object{"value": p.manager}
	}
	return p.addressed(object{
		"schemas":  []string{userURN, enterpriseURN},
		"userName": p.address(), "externalId": p.externalID, "active": true,
		"name":        object{"givenName": p.given, "familyName": p.family},
		"displayName": p.name(), "title": p.title, "locale": "en-US",
		"emails":      []object{{"primary": true, "type": "work", "value": p.address()}},
		"groups":      []object{},
		enterpriseURN: enterprise,
	})
}

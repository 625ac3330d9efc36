package scim

import (
	"context"
	"encoding/json"
	"net/http"

	"usher/internal/usher"
)

// groupResources serves groups. Members are never part of a group's document: they go
// to the writer as ids or as steps, so that a change never loads them.
type groupResources struct{ *collection }

func (g groupResources) create(ctx context.Context, x *exchange) (answer, error) {
	hash := canonicalHash(x.document)
	members, err := takeMembers(x.document)
	if err != nil {
		return answer{}, err
	}
	group, err := g.with(usher.Group{Directory: x.who.Directory, CreateHash: hash}, x.document)
	if err != nil {
		return answer{}, err
	}
	if group, err = g.Writer.CreateGroup(ctx, x.who, group, members); err != nil {
		return answer{}, err
	}
	return g.show(ctx, x, http.StatusCreated, group.ID)
}

func (g groupResources) get(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	members := g.wantsMembers(x)
	group, err := g.Reader.Group(ctx, x.who.Directory, id, members)
	if err != nil {
		return answer{}, err
	}
	// The version knows nothing of members, so that it cannot say they are unchanged.
	if !members && x.unchanged(group.Version) {
		return versioned(http.StatusNotModified, group.Version), nil
	}
	return g.answer(x, http.StatusOK, group)
}

// list shows fewer groups than asked for where they have many members: a page may be short
// (RFC 7644 section 3.4.2.4), and memory is not for the asking.
func (g groupResources) list(ctx context.Context, x *exchange) (answer, error) {
	q := x.listing
	q.Members, q.MaxMembers = g.wantsMembers(x), maxMembers
	page, err := g.Reader.Groups(ctx, q)
	if err != nil {
		return answer{}, err
	}
	shown := make([]map[string]any, len(page.Items))
	for i, group := range page.Items {
		if shown[i], err = g.shown(x.shape, group); err != nil {
			return answer{}, err
		}
	}
	return listed(q, page.Total, shown), nil
}

// replace makes the document the whole resource; members that it leaves out go.
func (g groupResources) replace(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	members, err := takeMembers(x.document)
	if err != nil {
		return answer{}, err
	}
	steps := []usher.MemberOp{{Kind: usher.MembersReplace, IDs: members}}
	group, err := g.change(ctx, x, id, func(map[string]any) (map[string]any, []usher.MemberOp, error) {
		return x.document, steps, nil
	})
	if err != nil {
		return answer{}, err
	}
	return g.show(ctx, x, http.StatusOK, group.ID)
}

// patch answers 204, which is what Entra wants, unless the client asks for attributes.
func (g groupResources) patch(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	group, err := g.change(ctx, x, id, func(document map[string]any) (map[string]any, []usher.MemberOp, error) {
		document, steps, err := g.kind.applyGroup(document, x.operations)
		if err == nil {
			err = bounded(steps)
		}
		return document, steps, err
	})
	if err != nil {
		return answer{}, err
	}
	if len(x.shape.attributes) == 0 {
		return versioned(http.StatusNoContent, group.Version), nil
	}
	return g.show(ctx, x, http.StatusOK, group.ID)
}

type groupEdit func(map[string]any) (map[string]any, []usher.MemberOp, error)

func (g groupResources) change(ctx context.Context, x *exchange, id usher.ID, edit groupEdit) (usher.Group, error) {
	return g.Writer.ChangeGroup(ctx, x.who, id, func(group usher.Group) (usher.Group, []usher.MemberOp, error) {
		if err := x.precondition(group.Version); err != nil {
			return group, nil, err
		}
		document, err := decode(group.Document, "group", id)
		if err != nil {
			return group, nil, err
		}
		document, steps, err := edit(document)
		if err != nil {
			return group, nil, err
		}
		group, err = g.with(group, document)
		return group, steps, err
	})
}

func (g groupResources) remove(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	err := g.Writer.DeleteGroup(ctx, x.who, id, func(group usher.Group) error { return x.precondition(group.Version) })
	return answer{status: http.StatusNoContent}, err
}

func (g groupResources) wantsMembers(x *exchange) bool {
	return g.wants(x.shape, membersName, "value", "$ref", "display", "type")
}

// bounded refuses steps that together name more members than one request may.
func bounded(steps []usher.MemberOp) error {
	n := 0
	for _, s := range steps {
		n += len(s.IDs)
	}
	if n > maxMembers {
		return tooLarge("the request names more than %d members; send them in several", maxMembers)
	}
	return nil
}

// with is the group with another document and all that follows from it.
func (g groupResources) with(group usher.Group, document map[string]any) (usher.Group, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return group, err
	}
	group.Document, group.Values = text, g.kind.values(document)
	group.DisplayName, _ = document["displayName"].(string)
	group.ExternalID, _ = document["externalId"].(string)
	return group, nil
}

// show answers with a group that was just written, read again with its members where
// they are shown.
func (g groupResources) show(ctx context.Context, x *exchange, status int, id usher.ID) (answer, error) {
	group, err := g.Reader.Group(ctx, x.who.Directory, id, g.wantsMembers(x))
	if err != nil {
		return answer{}, err
	}
	return g.answer(x, status, group)
}

func (g groupResources) answer(x *exchange, status int, group usher.Group) (answer, error) {
	shown, err := g.shown(x.shape, group)
	if err != nil {
		return answer{}, err
	}
	return g.found(status, group.ID, group.Version, shown), nil
}

func (g groupResources) shown(s shape, group usher.Group) (map[string]any, error) {
	beside := map[string]any{}
	if len(group.Members) > 0 {
		beside["members"] = g.membersOf(group)
	}
	m := meta{group.ID, group.Version, group.CreatedAt, group.ModifiedAt}
	return g.resource(group.Document, m, beside, s)
}

func (g groupResources) membersOf(group usher.Group) []any {
	out := make([]any, len(group.Members))
	for i, m := range group.Members {
		endpoint := g.users.endpoint
		if m.Type == g.kind.name {
			endpoint = g.endpoint
		}
		out[i] = map[string]any{
			"value":   string(m.Value),
			"$ref":    g.location(endpoint, m.Value),
			"display": m.Display,
			"type":    m.Type,
		}
	}
	return out
}

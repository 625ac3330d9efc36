package scim

import (
	"context"
	"encoding/json"
	"net/http"

	"usher/internal/usher"
)

// userResources serves records as Users.
type userResources struct{ *collection }

func (u userResources) create(ctx context.Context, x *exchange) (answer, error) {
	record, err := u.with(usher.Record{Directory: x.who.Directory, CreateHash: canonicalHash(x.document)}, x.document)
	if err != nil {
		return answer{}, err
	}
	if record, err = u.Writer.CreateRecord(ctx, x.who, record); err != nil {
		return answer{}, err
	}
	return u.show(ctx, x, http.StatusCreated, record)
}

func (u userResources) get(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	record, err := u.Reader.Record(ctx, x.who.Directory, id)
	if err != nil {
		return answer{}, err
	}
	if x.unchanged(record.Version) {
		return versioned(http.StatusNotModified, record.Version), nil
	}
	return u.answer(x, http.StatusOK, record)
}

func (u userResources) list(ctx context.Context, x *exchange) (answer, error) {
	q := x.listing
	q.Groups, q.Seats = u.wantsGroups(x), u.wantsSeats(x)
	page, err := u.Reader.Records(ctx, q)
	if err != nil {
		return answer{}, err
	}
	shown := make([]map[string]any, len(page.Items))
	for i, record := range page.Items {
		if shown[i], err = u.shown(x.shape, record); err != nil {
			return answer{}, err
		}
	}
	return listed(q, page.Total, shown), nil
}

// replace makes the document the whole resource: what it leaves out is removed.
func (u userResources) replace(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	return u.change(ctx, x, id, func(map[string]any) (map[string]any, error) { return x.document, nil })
}

func (u userResources) patch(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	return u.change(ctx, x, id, func(document map[string]any) (map[string]any, error) {
		return u.kind.apply(document, x.operations)
	})
}

func (u userResources) change(ctx context.Context, x *exchange, id usher.ID, edit func(map[string]any) (map[string]any, error)) (answer, error) {
	record, err := u.Writer.ChangeRecord(ctx, x.who, id, func(record usher.Record) (usher.Record, error) {
		if err := x.precondition(record.Version); err != nil {
			return record, err
		}
		document, err := decode(record.Document, "record", id)
		if err != nil {
			return record, err
		}
		if document, err = edit(document); err != nil {
			return record, err
		}
		return u.with(record, document)
	})
	if err != nil {
		return answer{}, err
	}
	return u.show(ctx, x, http.StatusOK, record)
}

func (u userResources) remove(ctx context.Context, x *exchange, id usher.ID) (answer, error) {
	err := u.Writer.DeleteRecord(ctx, x.who, id, func(record usher.Record) error { return x.precondition(record.Version) })
	return answer{status: http.StatusNoContent}, err
}

// with is the record with another document and all that follows from it.
func (u userResources) with(record usher.Record, document map[string]any) (usher.Record, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return record, err
	}
	record.Document, record.Attributes, record.Values = text, attributesOf(document), u.kind.values(document)
	return record, nil
}

// show answers with a record that was just written. Its groups and seats are read
// again where they are shown, because the write may have changed them.
func (u userResources) show(ctx context.Context, x *exchange, status int, record usher.Record) (answer, error) {
	if u.wantsGroups(x) || u.wantsSeats(x) {
		var err error
		if record, err = u.Reader.Record(ctx, x.who.Directory, record.ID); err != nil {
			return answer{}, err
		}
	}
	return u.answer(x, status, record)
}

func (u userResources) wantsGroups(x *exchange) bool {
	return u.wants(x.shape, "groups", "value", "$ref", "display")
}

func (u userResources) wantsSeats(x *exchange) bool { return u.wants(x.shape, seatSchema, "seats") }

func (u userResources) answer(x *exchange, status int, record usher.Record) (answer, error) {
	shown, err := u.shown(x.shape, record)
	if err != nil {
		return answer{}, err
	}
	return u.found(status, record.ID, record.Version, shown), nil
}

func (u userResources) shown(s shape, record usher.Record) (map[string]any, error) {
	beside := map[string]any{}
	if len(record.Groups) > 0 {
		beside["groups"] = u.groupsOf(record)
	}
	if len(record.Seats) > 0 {
		beside[seatSchema] = map[string]any{"seats": seatsOf(record)}
	}
	m := meta{record.ID, record.Version, record.CreatedAt, record.ModifiedAt}
	return u.resource(record.Document, m, beside, s)
}

func (u userResources) groupsOf(record usher.Record) []any {
	out := make([]any, len(record.Groups))
	for i, g := range record.Groups {
		out[i] = map[string]any{
			"value":   string(g.ID),
			"$ref":    u.location(u.groups.endpoint, g.ID),
			"display": g.DisplayName,
		}
	}
	return out
}

func seatsOf(record usher.Record) []any {
	out := make([]any, len(record.Seats))
	for i, s := range record.Seats {
		seat := map[string]any{"subscription": s.Subscription, "state": string(s.State)}
		if s.Portal != "" {
			seat["portal"] = s.Portal
		}
		if s.Reason != "" {
			seat["reason"] = s.Reason
		}
		if s.Place > 0 {
			seat["place"] = s.Place
		}
		out[i] = seat
	}
	return out
}

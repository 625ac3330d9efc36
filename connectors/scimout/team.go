package scimout

import (
	"context"
	"net/http"
	"slices"
	"strings"
)

// memberChunk is how many members one PATCH adds or removes at most.
const memberChunk = 100

// team brings a team's group in line. A team that is no more keeps its group, emptied.
func (d *delivery) team(ctx context.Context) error {
	if err := d.find(ctx); err != nil {
		return err
	}
	want := d.change.Desired
	if d.shown == nil {
		if !want.Active {
			return nil
		}
		if err := d.create(ctx, groupURN, d.groupFields()); err != nil {
			return err
		}
	}
	if !want.Active {
		return d.members(ctx, nil)
	}
	if err := d.update(ctx, d.groupFields()); err != nil {
		return err
	}
	return d.members(ctx, d.change.MemberRemoteIDs)
}

// groupFields are what a team's group should hold beside its members.
func (d *delivery) groupFields() []field {
	fields := []field{{"displayName", d.change.Desired.DisplayName}}
	if key := d.change.Desired.Key; key != "" {
		fields = append(fields, field{"externalId", key})
	}
	return fields
}

// members brings the group's members in line and reads the group back once. A portal that
// does not show them as told is not told again.
func (d *delivery) members(ctx context.Context, want []string) error {
	want = sorted(known(want))
	f := field{"members", strings.Join(want, "\n")}
	if len(d.memo.differing(d.shown, []field{f})) == 0 {
		return nil
	}
	id := d.shown.id()
	if err := d.sendMembers(ctx, want); err != nil {
		return err
	}
	r, err := d.get(ctx, id)
	if err != nil {
		return err
	}
	d.show(r)
	return d.judge([]field{f})
}

// known leaves out the members who have no account there yet.
func known(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
}

// sendMembers sends the difference in bounded PATCHes, or the whole in one PUT.
func (d *delivery) sendMembers(ctx context.Context, want []string) error {
	patch, err := d.patches(ctx)
	if err != nil {
		return err
	}
	id, version, have := d.shown.id(), d.shown.version(), sorted(d.shown.members())
	if !patch {
		r := d.shown.replacement(nil)
		r["members"] = references(want)
		_, err := d.write(ctx, request{method: http.MethodPut, path: d.path(id), version: version, body: r})
		return err
	}
	for _, operations := range memberOperations(have, want) {
		a, err := d.write(ctx, d.patch(id, version, operations))
		if err != nil {
			return err
		}
		version = a.version()
	}
	return nil
}

// version is the version that a write led to; empty when its answer does not show it.
func (a answer) version() string {
	if tag := a.header.Get("ETag"); tag != "" {
		return tag
	}
	object, _ := a.object()
	return resource(object).version()
}

// memberOperations are the PATCHes from have to want, both sorted.
func memberOperations(have, want []string) [][]operation {
	var out [][]operation
	for chunk := range slices.Chunk(without(have, want), memberChunk) {
		var operations []operation
		for _, id := range chunk {
			operations = append(operations, operation{Op: "remove", Path: "members[value eq " + quote(id) + "]"})
		}
		out = append(out, operations)
	}
	for chunk := range slices.Chunk(without(want, have), memberChunk) {
		out = append(out, []operation{{Op: "add", Path: "members", Value: references(chunk)}})
	}
	return out
}

// references are ids as the members attribute has them.
func references(ids []string) []map[string]string {
	out := make([]map[string]string, len(ids))
	for i, id := range ids {
		out[i] = map[string]string{"value": id}
	}
	return out
}

// without are the texts of a that are not in b, which is sorted.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(text string) bool {
		_, found := slices.BinarySearch(b, text)
		return found
	})
}

// sorted is a sorted copy without repetitions.
func sorted(texts []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(texts)))
}

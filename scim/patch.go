package scim

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"usher/internal/usher"
)

const (
	patchSchema   = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
	maxOperations = 1000
)

// The operations of RFC 7644 section 3.5.2.
const (
	opAdd     = "add"
	opRemove  = "remove"
	opReplace = "replace"
)

// patchOp is one step of a PATCH in canonical form: one target, a value of the right
// type. A remove has a value only when it removes certain elements of a list; a replace
// by null or by nothing is a remove.
type patchOp struct {
	op    string
	path  path
	value any
}

// patchOps reads the body of a PATCH and brings every dialect of it into one form: an
// operation without a path becomes one for each attribute in its value, whether that
// stands under its name, a dotted path, a full URN or inside its extension; names and
// operations are taken in any case.
func (k *kind) patchOps(body map[string]any) ([]patchOp, error) {
	named, ok := field(body, "schemas").([]any)
	if !ok || !slices.ContainsFunc(named, func(s any) bool { return sameText(s, patchSchema) }) {
		return nil, badRequest(invalidSyntax, "schemas: must be an array that holds %q", patchSchema)
	}
	operations, _ := field(body, "Operations").([]any)
	switch {
	case len(operations) == 0:
		return nil, badRequest(invalidSyntax, "Operations: must be an array of at least one operation")
	case len(operations) > maxOperations:
		return nil, tooLarge("Operations: has more than %d operations", maxOperations)
	}
	var ops []patchOp
	for i, o := range operations {
		more, err := k.operation(o)
		if p := (*problem)(nil); errors.As(err, &p) {
			return nil, &problem{p.status, p.scimType, "Operations[" + numberText(i) + "]: " + p.detail}
		}
		ops = append(ops, more...)
	}
	return ops, nil
}

// operation reads one element of Operations.
func (k *kind) operation(o any) ([]patchOp, error) {
	object, ok := o.(map[string]any)
	if !ok {
		return nil, badRequest(invalidSyntax, "must be an object, not %s", jsonType(o))
	}
	name, _ := field(object, "op").(string)
	op := strings.ToLower(name)
	if op != opAdd && op != opRemove && op != opReplace {
		return nil, badRequest(invalidSyntax, "op: must be add, remove or replace")
	}
	text, ok := field(object, "path").(string)
	if !ok && field(object, "path") != nil {
		return nil, badRequest(invalidPath, "path: must be a string")
	}
	value := field(object, "value")
	if text == "" {
		return k.pathless(op, value)
	}
	target, err := k.parsePath(text)
	if err != nil {
		return nil, err
	}
	if _, given := object["value"]; !given && value == nil && op != opRemove {
		return nil, badRequest(invalidValue, "value: missing; %s needs one", op)
	}
	return k.targeted(op, target, value)
}

// pathless splits an operation without a path into one for each member of its value.
// Members that the schemas do not know are ignored, as in a POST.
func (k *kind) pathless(op string, value any) ([]patchOp, error) {
	if op == opRemove {
		return nil, badRequest(noTarget, "path: missing; remove needs one")
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badRequest(invalidValue, "value: must be an object when there is no path, not %s", jsonType(value))
	}
	var ops []patchOp
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if strings.EqualFold(key, "id") || strings.EqualFold(key, "meta") {
			continue // Okta repeats the id; meta follows from the rest
		}
		target, err := k.parsePath(key)
		if err != nil && !strings.Contains(key, "[") {
			continue
		}
		if err != nil {
			return nil, err
		}
		more, err := k.targeted(op, target, object[key])
		if err != nil {
			return nil, err
		}
		ops = append(ops, more...)
	}
	return ops, nil
}

// targeted checks an operation on a resolved target and brings its value into form.
func (k *kind) targeted(op string, target path, value any) ([]patchOp, error) {
	switch {
	case target.attribute.path == "schemas":
		return nil, nil // follows from the rest
	case target.attribute.extension && op != opRemove && value != nil:
		return k.expand(op, target.attribute, value)
	}
	if err := target.settable(op); err != nil {
		return nil, err
	}
	list := target.whole() && target.attribute.multiValued
	switch {
	case value == nil && op == opAdd && list:
		return nil, nil // adding nothing
	case value == nil || op == opRemove && !list:
		return target.cleared(), nil
	}
	canonical, err := target.canonical(value)
	switch {
	case err != nil:
		return nil, err
	case target.leaf().returned == returnedNever:
		return nil, nil // a password is checked and never kept
	case canonical == nil && op == opRemove:
		return nil, nil // removing none
	case canonical == nil, canonical == "" && target.decides():
		return target.cleared(), nil
	}
	return []patchOp{{op: op, path: target, value: canonical}}, nil
}

// cleared removes all that the path means.
func (t path) cleared() []patchOp {
	if t.decides() {
		t.sub = nil
	}
	return []patchOp{{op: opRemove, path: t}}
}

// expand splits the object of an extension into its attributes.
func (k *kind) expand(op string, extension *attribute, value any) ([]patchOp, error) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badRequest(invalidValue, "%s: must be an object, not %s", extension.path, jsonType(value))
	}
	if k.find(extension.path) == nil {
		return k.expandForeign(op, extension, object)
	}
	full := make(map[string]any, len(object))
	for key, v := range object {
		full[extension.path+":"+key] = v
	}
	return k.pathless(op, full)
}

// expandForeign splits the object of an extension that the schemas do not know, of which
// every member is kept.
func (k *kind) expandForeign(op string, extension *attribute, object map[string]any) ([]patchOp, error) {
	if err := checkForeign(extension.path, object); err != nil {
		return nil, err
	}
	var ops []patchOp
	for _, key := range slices.Sorted(maps.Keys(object)) {
		a := &attribute{name: key, path: extension.path + ":" + key, typ: typeAny, parent: extension}
		more, err := k.targeted(op, path{attribute: a}, object[key])
		if err != nil {
			return nil, err
		}
		ops = append(ops, more...)
	}
	return ops, nil
}

// leaf is the attribute that the path ends in.
func (t path) leaf() *attribute {
	if t.sub != nil {
		return t.sub
	}
	return t.attribute
}

// whole says that the path means all of the attribute.
func (t path) whole() bool { return t.filter == nil && t.sub == nil }

// decides says that the path means the value of a singular complex attribute, without
// which nothing of it is left, such as manager.value.
func (t path) decides() bool {
	return t.sub != nil && t.sub.name == "value" && !t.attribute.multiValued
}

// settable refuses what a client cannot change (RFC 7643 section 2.2).
func (t path) settable(op string) error {
	members := t.attribute.path == membersName && (t.sub != nil || t.filter != nil && op != opRemove)
	if t.attribute.mutability == readOnly || t.leaf().mutability == readOnly || members {
		return badRequest(mutability, "%s: cannot be changed", t.leaf().path)
	}
	return nil
}

// canonical brings a value for the path into canonical form.
func (t path) canonical(value any) (any, error) {
	c := canonicaliser{lenient: true}
	switch {
	case t.sub != nil:
		return c.value(t.sub, value)
	case t.filter == nil:
		return c.value(t.attribute, value)
	}
	if list, ok := value.([]any); ok && len(list) == 1 {
		value = list[0]
	}
	return c.single(t.attribute, value)
}

// apply is the document after the operations, in order, all or none; doc itself stays
// as it is. Operations that change nothing give an equal document.
func (k *kind) apply(doc map[string]any, ops []patchOp) (map[string]any, error) {
	next, w := clone(doc).(map[string]any), newWork()
	for _, op := range ops {
		if err := op.applyTo(next, w); err != nil {
			return nil, err
		}
	}
	if name := k.missing(next); name != "" {
		return nil, badRequest(mutability, "%s: required, cannot be removed", name)
	}
	return k.finish(next), nil
}

// applyGroup is apply for groups: steps on members become membership steps, in order,
// because members are kept outside the document.
func (k *kind) applyGroup(doc map[string]any, ops []patchOp) (map[string]any, []usher.MemberOp, error) {
	var rest []patchOp
	var steps []usher.MemberOp
	for _, op := range ops {
		if op.path.attribute.path != membersName {
			rest = append(rest, op)
			continue
		}
		step, err := op.memberOp()
		if err != nil {
			return nil, nil, err
		}
		steps = append(steps, step)
	}
	next, err := k.apply(doc, rest)
	return next, steps, err
}

// memberOp turns a step on members into a membership step.
func (o patchOp) memberOp() (usher.MemberOp, error) {
	step := usher.MemberOp{Kind: usher.MembersReplace}
	switch {
	case o.path.filter != nil:
		step.Kind, step.Where = usher.MembersRemove, relative(o.path.filter)
		if ids, ok := memberEqualities(o.path.filter); ok {
			step.IDs, step.Where = ids, nil
		}
	case o.value == nil: // remove all: none are left
	default:
		ids, err := memberIDs(o.value.([]any))
		if err != nil {
			return step, err
		}
		step.IDs = ids
		switch o.op {
		case opAdd:
			step.Kind = usher.MembersAdd
		case opRemove:
			step.Kind = usher.MembersRemove
		}
	}
	return step, nil
}

// memberEqualities are the ids of a filter that does nothing but name members by id.
func memberEqualities(f usher.Filter) ([]usher.ID, bool) {
	switch f := f.(type) {
	case usher.Compare:
		return []usher.ID{usher.ID(f.Text)}, f.Op == usher.Equal && f.Path == usher.PathMembers
	case usher.Or:
		left, okLeft := memberEqualities(f.Left)
		right, okRight := memberEqualities(f.Right)
		return append(left, right...), okLeft && okRight
	}
	return nil, false
}

// relative shortens the paths of a filter on members to those of one member.
func relative(f usher.Filter) usher.Filter {
	switch f := f.(type) {
	case usher.And:
		return usher.And{Left: relative(f.Left), Right: relative(f.Right)}
	case usher.Or:
		return usher.Or{Left: relative(f.Left), Right: relative(f.Right)}
	case usher.Not:
		return usher.Not{Filter: relative(f.Filter)}
	case usher.Compare:
		f.Path = strings.TrimPrefix(f.Path, membersName+".")
		return f
	}
	return f
}

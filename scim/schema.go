package scim

import (
	"slices"
	"strings"

	elimity "github.com/elimity-com/scim"
	"github.com/elimity-com/scim/optional"
	"github.com/elimity-com/scim/schema"

	"usher/internal/usher"
)

// The schemas that a resource can carry.
const (
	userSchema       = schema.UserSchema
	groupSchema      = schema.GroupSchema
	enterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	seatSchema       = "urn:usher:params:scim:schemas:extension:seats:2.0:User"
)

// membersName is the one attribute of a Group that is kept outside its document.
const membersName = "members"

// The data types and characteristics of RFC 7643 sections 2.2, 2.3 and 7 that
// decisions hang on.
const (
	typeBoolean  = "boolean"
	typeDateTime = "dateTime"
	typeBinary   = "binary"
	typeComplex  = "complex"
	// typeAny is the type of an attribute of an extension that usher does not know: it
	// is kept as pushed.
	typeAny = "any"

	readOnly        = "readOnly"
	immutable       = "immutable"
	returnedAlways  = "always"
	returnedNever   = "never"
	returnedRequest = "request"
)

// attribute is one node of a resource type's tree: an extension (a complex attribute
// whose name is its URN), an attribute, or a sub-attribute.
type attribute struct {
	name        string // as it stands in documents
	path        string // canonical full path, such as "emails.value"
	typ         string
	multiValued bool
	caseExact   bool
	required    bool
	extension   bool
	mutability  string
	returned    string
	canonical   []string // canonical values, such as "work"
	subs        []*attribute
	parent      *attribute // nil for what stands at the top of a document
}

// sub is the sub-attribute of that name, in any case; nil when there is none.
func (a *attribute) sub(name string) *attribute {
	i := slices.IndexFunc(a.subs, func(s *attribute) bool { return strings.EqualFold(s.name, name) })
	if i < 0 {
		return nil
	}
	return a.subs[i]
}

// value is the attribute that a comparison with a means: a itself, or the "value" of
// a complex attribute; nil for a complex attribute that has none.
func (a *attribute) value() *attribute {
	if a.typ != typeComplex {
		return a
	}
	return a.sub("value")
}

// kind is a resource type: the schemas that are shown to clients and registered with
// the library, and the tree built from them by which bodies, paths, filters and
// projections are read. There is one definition for all of them.
type kind struct {
	name       string // "User" or "Group"
	core       schema.Schema
	extensions []schema.Schema
	attributes []*attribute          // top of the tree: common, core, extensions
	index      map[string]*attribute // by path in lower case
}

// users is the User resource type with the enterprise and seat extensions.
func users() *kind {
	return newKind("User", schema.CoreUserSchema(), schema.ExtensionEnterpriseUser(), seatExtension())
}

// groups is the Group resource type.
func groups() *kind { return newKind("Group", schema.CoreGroupSchema()) }

// elimity gives the schemas in the form in which the library registers them.
func (k *kind) elimity() (schema.Schema, []elimity.SchemaExtension) {
	var extensions []elimity.SchemaExtension
	for _, s := range k.extensions {
		extensions = append(extensions, elimity.SchemaExtension{Schema: s})
	}
	return k.core, extensions
}

func newKind(name string, core schema.Schema, extensions ...schema.Schema) *kind {
	k := &kind{name: name, core: core, extensions: extensions, index: map[string]*attribute{}}
	k.attributes = append(attributesFrom(schema.CommonAttributes(), nil), attributesFrom(core.Attributes, nil)...)
	for _, s := range extensions {
		e := &attribute{name: s.ID, path: s.ID, typ: typeComplex, extension: true}
		e.subs = attributesFrom(s.Attributes, e)
		k.attributes = append(k.attributes, e)
	}
	k.enter(k.attributes)
	k.find("schemas").mutability = readOnly // follows from the rest of the document
	k.find("schemas").returned = returnedAlways
	for _, path := range []string{usher.PathGroups, usher.PathMembers} {
		if a := k.find(path); a != nil {
			a.caseExact = true // ids
		}
	}
	return k
}

// enter indexes the attributes and all below them: by path, core ones by their full
// URN too, and those of an extension by their bare path where that is free, because
// clients leave the URN out.
func (k *kind) enter(attributes []*attribute) {
	for _, a := range attributes {
		k.index[strings.ToLower(a.path)] = a
		if urn, bare := a.split(); urn == "" {
			k.index[strings.ToLower(k.core.ID+":"+a.path)] = a
		} else if _, taken := k.index[strings.ToLower(bare)]; !taken && bare != "" {
			k.index[strings.ToLower(bare)] = a
		}
		k.enter(a.subs)
	}
}

// split divides the path into the extension's URN, empty for the core, and the rest.
func (a *attribute) split() (urn, bare string) {
	root := a
	for root.parent != nil {
		root = root.parent
	}
	if !root.extension {
		return "", a.path
	}
	return root.path, strings.TrimPrefix(strings.TrimPrefix(a.path, root.path), ":")
}

// find is the attribute of a path in any case; nil when the schemas know none.
func (k *kind) find(path string) *attribute {
	if a, ok := k.index[path]; ok {
		return a
	}
	return k.index[strings.ToLower(path)]
}

func attributesFrom(from schema.Attributes, parent *attribute) []*attribute {
	var out []*attribute
	for _, c := range from {
		a := &attribute{
			name: c.Name(), path: c.Name(), typ: c.AttributeType(), parent: parent,
			multiValued: c.MultiValued(), caseExact: c.CaseExact(), required: c.Required(),
			mutability: c.Mutability(), returned: c.Returned(), canonical: c.CanonicalValues(),
		}
		switch {
		case parent == nil:
		case parent.extension:
			a.path = parent.path + ":" + a.name
		default:
			a.path = parent.path + "." + a.name
		}
		a.subs = attributesFrom(c.SubAttributes(), a)
		out = append(out, a)
	}
	return out
}

// seatExtension shows a record's person's seats.
func seatExtension() schema.Schema {
	text := func(name, description string) schema.SimpleParams {
		return schema.SimpleStringParams(schema.StringParams{
			Name: name, Description: optional.NewString(description), Mutability: schema.AttributeMutabilityReadOnly(),
		})
	}
	return schema.Schema{
		ID:          seatSchema,
		Name:        optional.NewString("Seats"),
		Description: optional.NewString("The seats that usher gives the user."),
		Attributes: schema.Attributes{schema.ComplexCoreAttribute(schema.ComplexParams{
			Name:        "seats",
			Description: optional.NewString("One entry for each subscription in which the user has or awaits a seat."),
			MultiValued: true,
			Mutability:  schema.AttributeMutabilityReadOnly(),
			SubAttributes: []schema.SimpleParams{
				text("subscription", "The name of the subscription."),
				text("portal", "The name of the portal that the subscription is for."),
				text("state", "queued, invited, active or releasing."),
				text("reason", "Why the seat is in its state."),
				schema.SimpleNumberParams(schema.NumberParams{
					Name: "place", Type: schema.AttributeTypeInteger(), Mutability: schema.AttributeMutabilityReadOnly(),
					Description: optional.NewString("The place in the queue, from 1; absent when not queued."),
				}),
			},
		})},
	}
}

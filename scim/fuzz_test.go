package scim

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// FuzzFilter: parsing never panics; what was parsed means the same when it is printed
// and parsed again; the oracle and the evaluator of PATCH agree.
func FuzzFilter(f *testing.F) {
	k := users()
	values := k.values(document(f, k, ann))
	columns := map[string]string{usher.PathID: "019a", usher.PathCreated: "1", usher.PathLastModified: "2", usher.PathGroups: "g"}
	f.Fuzz(func(t *testing.T, text string) {
		first, err := k.parseFilter(text)
		if err != nil {
			wantProblem(t, err, 400, invalidFilter)
			return
		}
		matches(first, values, columns)
		again := printed(first, "")
		if tooMuch(again) {
			return // "name pr" and the like grow when they are resolved
		}
		second, err := k.parseFilter(again)
		if err != nil || !reflect.DeepEqual(first, second) {
			t.Fatalf("%q is %#v, but printed as %q it is %#v, %v", text, first, again, second, err)
		}
	})
}

func tooMuch(filter string) bool {
	return len(filter) > maxFilterBytes || strings.Count(filter, "(")+strings.Count(filter, "[") > maxFilterDepth ||
		strings.Count(filter, " or ")+strings.Count(filter, " and ") >= maxComparisons
}

// printed is a filter as text that means the same; within is the path that its names
// are relative to, with a dot.
func printed(f usher.Filter, within string) string {
	switch f := f.(type) {
	case usher.And:
		return grouped(f.Left, within, usher.Or{}) + " and " + grouped(f.Right, within, usher.Or{}, usher.And{})
	case usher.Or:
		return printed(f.Left, within) + " or " + grouped(f.Right, within, usher.Or{})
	case usher.Not:
		return "not (" + printed(f.Filter, within) + ")"
	case usher.Element:
		return f.Path + "[" + printed(f.Filter, f.Path+".") + "]"
	case usher.Compare:
		path := strings.TrimPrefix(f.Path, within)
		if f.Op == usher.Present {
			return path + " pr"
		}
		text := f.Text
		if f.Path == usher.PathCreated || f.Path == usher.PathLastModified {
			n, _ := strconv.ParseInt(text, 10, 64)
			text = time.UnixMicro(n).UTC().Format(time.RFC3339Nano)
		}
		return path + " " + string(f.Op) + " " + quote(text)
	}
	panic(fmt.Sprintf("printed: %#v", f))
}

// grouped prints in parentheses what binds no stronger than its surroundings.
func grouped(f usher.Filter, within string, weak ...usher.Filter) string {
	for _, w := range weak {
		if reflect.TypeOf(f) == reflect.TypeOf(w) {
			return "(" + printed(f, within) + ")"
		}
	}
	return printed(f, within)
}

// FuzzPath: parsing never panics; what was parsed is resolved.
func FuzzPath(f *testing.F) {
	kinds := []*kind{users(), groups()}
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range kinds {
			p, err := k.parsePath(text)
			if err != nil {
				wantProblem(t, err, 400, invalidPath)
				continue
			}
			again, err := k.parsePath(printedPath(p))
			if p.filter != nil && tooMuch(printedPath(p)) {
				continue
			}
			if err != nil || !reflect.DeepEqual(again.filter, p.filter) ||
				again.leaf().path != p.leaf().path || again.attribute.path != p.attribute.path {
				t.Fatalf("%q is %+v, but printed as %q it is %+v, %v", text, p, printedPath(p), again, err)
			}
		}
	})
}

func printedPath(p path) string {
	text := p.attribute.path
	if p.filter != nil {
		text += "[" + printed(p.filter, p.attribute.path+".") + "]"
	}
	if p.sub != nil {
		text += "." + p.sub.name
	}
	return text
}

// FuzzBody: no body panics; a canonical body is canonical; what follows from it can be
// computed.
func FuzzBody(f *testing.F) {
	kinds := []*kind{users(), groups()}
	f.Fuzz(func(t *testing.T, text string) {
		var body map[string]any
		if json.Unmarshal([]byte(text), &body) != nil {
			return
		}
		for _, k := range kinds {
			doc, err := k.canonicalBody(body)
			if err != nil {
				wantAnyProblem(t, err)
				continue
			}
			wantCanonical(t, k, doc)
		}
	})
}

// wantCanonical checks what holds for every document.
func wantCanonical(t *testing.T, k *kind, doc map[string]any) {
	t.Helper()
	again, err := k.canonicalBody(doc)
	if err != nil || !reflect.DeepEqual(again, doc) {
		t.Fatalf("not canonical: %s becomes %s, %v", encoded(t, doc), encoded(t, again), err)
	}
	if len(canonicalHash(doc)) != 64 || canonicalHash(doc) != canonicalHash(again) {
		t.Fatal("the hash does not follow from the document")
	}
	for _, v := range k.values(doc) {
		if a := k.find(v.Path); a == nil || a.path != v.Path || v.Text == "" {
			t.Fatalf("%+v is no value of the schemas", v)
		}
	}
	for _, hidden := range []string{"id", "meta", "groups", "password", seatSchema} {
		if doc[hidden] != nil {
			t.Fatalf("%s is in the document", hidden)
		}
	}
	for name, v := range doc {
		list, _ := v.([]any)
		n := 0
		for _, e := range list {
			if primary(e) {
				n++
			}
		}
		if n > 1 {
			t.Fatalf("%s has %d primary values", name, n)
		}
	}
	if seen := k.project(doc, nil, nil); !reflect.DeepEqual(seen, doc) {
		t.Fatalf("shown as %s, which is not %s", encoded(t, seen), encoded(t, doc))
	}
	attributesOf(doc)
}

func wantAnyProblem(t *testing.T, err error) {
	t.Helper()
	var p *problem
	if !errors.As(err, &p) || p.status != 400 && p.status != 413 || p.detail == "" {
		t.Fatalf("%#v is not a problem for a client", err)
	}
}

// FuzzPatch: no PATCH panics; it leaves the document alone that it was applied to; its
// result is canonical; applying it again changes nothing, where it only sets.
func FuzzPatch(f *testing.F) {
	k, g := users(), groups()
	before := document(f, k, ann)
	team := document(f, g, `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"G","externalId":"x"}`)
	untouched := encoded(f, before)
	f.Fuzz(func(t *testing.T, text string) {
		var body map[string]any
		if json.Unmarshal([]byte(text), &body) != nil {
			return
		}
		if ops, err := k.patchOps(body); err != nil {
			wantAnyProblem(t, err)
		} else if after, err := k.apply(before, ops); err != nil {
			wantAnyProblem(t, err)
		} else {
			wantCanonical(t, k, after)
			if again, err := k.apply(after, ops); len(ops) == 1 && ops[0].sets() && (err != nil || !reflect.DeepEqual(again, after)) {
				t.Fatalf("again: %s becomes %s, %v", encoded(t, after), encoded(t, again), err)
			}
		}
		if encoded(t, before) != untouched {
			t.Fatal("the document that was patched changed")
		}
		if ops, err := g.patchOps(body); err != nil {
			wantAnyProblem(t, err)
		} else if after, steps, err := g.applyGroup(team, ops); err != nil {
			wantAnyProblem(t, err)
		} else {
			wantCanonical(t, g, after)
			for _, step := range steps {
				if step.Kind < usher.MembersAdd || step.Kind > usher.MembersReplace {
					t.Fatalf("%+v is no membership step", step)
				}
			}
		}
	})
}

// sets says that the operation is one of set semantics: its outcome does not hang on
// how often it was applied. What changes the elements that it selects may select others
// the next time, unless it removes.
func (o patchOp) sets() bool { return o.path.filter == nil || o.op == opRemove }

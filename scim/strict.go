package scim

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

const (
	// maxDepth is how deep objects and arrays may be nested in a document.
	maxDepth = 32
	// maxNames is how many members one object may have.
	maxNames = 256
	// objectWeight is what an object counts against a document's weight; everything else
	// counts one. It follows the memory that they take once read.
	objectWeight = 8
)

// bounds are what a document may take: bytes on the wire, and weight once read.
type bounds struct {
	bytes  int64
	weight int
}

// userBounds are the bounds of Users and searches.
func userBounds() bounds { return bounds{bytes: 1 << 20, weight: 80_000} }

// groupBounds are the bounds of Groups: maxMembers members of four sub-attributes each.
func groupBounds() bounds {
	return bounds{bytes: 8 << 20, weight: 80_000 + maxMembers*(objectWeight+4)}
}

// readDocument reads the body as one JSON object. It is stricter than encoding/json,
// because two readers of one body must never understand two things: no name twice in
// whatever case, valid UTF-8 without NUL, nothing after the object.
func readDocument(w http.ResponseWriter, r *http.Request, b bounds) (map[string]any, error) {
	if r.ContentLength > b.bytes {
		return nil, tooLarge("the body is larger than %d bytes", b.bytes)
	}
	if deadline, ok := r.Context().Deadline(); ok {
		// A writer that cannot do it is not a connection.
		_ = http.NewResponseController(w).SetReadDeadline(deadline)
	}
	body := transform.NewReader(http.MaxBytesReader(w, r.Body, b.bytes), encoding.UTF8Validator)
	d := decoder{Decoder: json.NewDecoder(body), left: b.weight}
	document, err := d.document()
	if err != nil {
		return nil, d.explain(err)
	}
	return document, nil
}

// decoder reads JSON token by token, so that it stops at the first byte too much.
type decoder struct {
	*json.Decoder
	left int // weight that may still be read
}

func (d *decoder) document() (map[string]any, error) {
	value, err := d.value(0)
	if err != nil {
		return nil, err
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, badRequest(invalidSyntax, "the body must be one JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, badRequest(invalidSyntax, "the body goes on after its JSON object")
	}
	return object, nil
}

func (d *decoder) value(depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if depth == maxDepth {
			return nil, badRequest(invalidSyntax, "the body nests deeper than %d levels", maxDepth)
		}
		if t == '{' {
			return d.object(depth + 1)
		}
		return d.array(depth + 1)
	case string:
		if strings.ContainsRune(t, 0) {
			return nil, badRequest(invalidSyntax, "the body holds a NUL character")
		}
	}
	return token, d.spend(1)
}

func (d *decoder) object(depth int) (map[string]any, error) {
	if err := d.spend(objectWeight); err != nil {
		return nil, err
	}
	object := map[string]any{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, err
		}
		name := token.(string) // the decoder has no other token here
		if err := admit(object, name); err != nil {
			return nil, err
		}
		if object[name], err = d.value(depth); err != nil {
			return nil, err
		}
	}
	_, err := d.Token()
	return object, err
}

func (d *decoder) array(depth int) ([]any, error) {
	array := []any{}
	for d.More() {
		value, err := d.value(depth)
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	return array, d.spend(1)
}

func (d *decoder) spend(weight int) error {
	if d.left -= weight; d.left < 0 {
		return tooLarge("the body holds too many values")
	}
	return nil
}

// admit says whether the object can take one more member of that name.
func admit(object map[string]any, name string) error {
	if len(object) == maxNames {
		return tooLarge("an object of the body has more than %d members", maxNames)
	}
	if strings.ContainsRune(name, 0) {
		return badRequest(invalidSyntax, "the body holds a NUL character")
	}
	for other := range object {
		if strings.EqualFold(other, name) {
			return badRequest(invalidSyntax, "the body names an attribute twice")
		}
	}
	return nil
}

// explain says what is wrong with the body, unless err does already.
func (d *decoder) explain(err error) error {
	if _, ok := errors.AsType[*problem](err); ok {
		return err
	}
	if e, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return tooLarge("the body is larger than %d bytes", e.Limit)
	}
	if errors.Is(err, encoding.ErrInvalidUTF8) {
		return badRequest(invalidSyntax, "the body is not valid UTF-8")
	}
	return badRequest(invalidSyntax, "the body is not valid JSON at byte %d", d.InputOffset())
}

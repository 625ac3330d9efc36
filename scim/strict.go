package scim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"unicode"
	"unicode/utf8"
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
// whatever case, valid UTF-8 without NUL, nothing after the object. What it refuses it
// refuses before it builds anything.
func readDocument(w http.ResponseWriter, r *http.Request, b bounds) (map[string]any, error) {
	text, err := readBody(w, r, b.bytes)
	if err != nil {
		return nil, err
	}
	s := scan{text: text, left: b.weight}
	if err := s.run(); err != nil {
		return nil, err
	}
	var object map[string]any
	switch err := json.Unmarshal(text, &object); {
	case err != nil:
		return nil, explain(err)
	case object == nil:
		return nil, notAnObject()
	}
	return object, nil
}

func readBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge("the body is larger than %d bytes", limit)
	}
	if deadline, ok := r.Context().Deadline(); ok {
		// Fails where there is no connection to time out.
		_ = http.NewResponseController(w).SetReadDeadline(deadline)
	}
	body := http.MaxBytesReader(w, r.Body, limit)
	var text []byte
	var err error
	if r.ContentLength >= 0 {
		text = make([]byte, r.ContentLength)
		_, err = io.ReadFull(body, text)
	} else {
		text, err = io.ReadAll(body)
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, tooLarge("the body is larger than %d bytes", limit)
	}
	if err != nil {
		return nil, badRequest(invalidSyntax, "the body ends before its length")
	}
	if !utf8.Valid(text) {
		return nil, badRequest(invalidSyntax, "the body is not valid UTF-8")
	}
	return text, nil
}

// explain says why encoding/json refused the body.
func explain(err error) error {
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return badRequest(invalidSyntax, "the body is not valid JSON at byte %d", e.Offset)
	}
	return notAnObject()
}

func notAnObject() error {
	return badRequest(invalidSyntax, "the body must be one JSON object")
}

// scan walks over JSON text once and checks what encoding/json does not. Text that is
// not JSON may pass; it is refused afterwards.
type scan struct {
	text  []byte
	at    int
	left  int // weight that may still be spent
	stack [maxDepth]frame
	depth int
}

// frame is one open object or array.
type frame struct {
	object bool
	key    bool     // the next string is a name
	names  [][]byte // of the object, so far
	hashes []uint64 // of the names
	count  int      // of the commas
}

func (s *scan) run() error {
	for s.at < len(s.text) {
		c := s.text[s.at]
		s.at++
		var err error
		switch c {
		case '{', '[':
			err = s.open(c == '{')
		case '}', ']':
			s.depth = max(s.depth-1, 0)
		case ',':
			err = s.comma()
		case '"':
			err = s.quoted()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *scan) open(object bool) error {
	if s.depth == maxDepth {
		return badRequest(invalidSyntax, "the body nests deeper than %d levels", maxDepth)
	}
	f := &s.stack[s.depth]
	f.object, f.key, f.names, f.hashes, f.count = object, object, f.names[:0], f.hashes[:0], 0
	s.depth++
	if object {
		return s.spend(objectWeight)
	}
	return s.spend(1)
}

func (s *scan) comma() error {
	if s.depth == 0 {
		return nil
	}
	f := &s.stack[s.depth-1]
	f.key = f.object
	if f.count++; !f.object && f.count == maxMembers {
		return tooLarge("an array of the body has more than %d elements", maxMembers)
	}
	return s.spend(1)
}

func (s *scan) spend(weight int) error {
	if s.left -= weight; s.left < 0 {
		return tooLarge("the body holds too many values")
	}
	return nil
}

// quoted passes over a string, whose quote has been read.
func (s *scan) quoted() error {
	start := s.at
	escaped := false
	for ; s.at < len(s.text) && s.text[s.at] != '"'; s.at++ {
		if s.text[s.at] != '\\' {
			continue
		}
		escaped = true
		if bytes.HasPrefix(s.text[s.at:], []byte(`\u0000`)) {
			return badRequest(invalidSyntax, "the body holds a NUL character")
		}
		s.at++
	}
	end := min(s.at, len(s.text))
	s.at++
	if s.depth == 0 || !s.stack[s.depth-1].key {
		return nil
	}
	return s.stack[s.depth-1].name(s.text[start:end], escaped)
}

// name enters the name of a member of the object.
func (f *frame) name(name []byte, escaped bool) error {
	f.key = false
	if escaped {
		var plain string
		if err := json.Unmarshal(append(append([]byte{'"'}, name...), '"'), &plain); err != nil {
			return explain(err)
		}
		name = []byte(plain)
	}
	if len(f.names) == maxNames {
		return tooLarge("an object of the body has more than %d members", maxNames)
	}
	hash := foldedHash(name)
	for i, other := range f.hashes {
		if other == hash && bytes.EqualFold(f.names[i], name) {
			return badRequest(invalidSyntax, "the body names an attribute twice")
		}
	}
	f.names, f.hashes = append(f.names, name), append(f.hashes, hash)
	return nil
}

// foldedHash is the same for names that bytes.EqualFold takes for equal (FNV-1a).
func foldedHash(name []byte) uint64 {
	hash := uint64(14695981039346656037)
	for _, r := range string(name) {
		hash = (hash ^ uint64(folded(r))) * 1099511628211
	}
	return hash
}

// folded is the least of the characters that differ from r in case only.
func folded(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r < utf8.RuneSelf:
		return r
	}
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

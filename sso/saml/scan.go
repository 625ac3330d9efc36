package saml

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/beevik/etree"
	xrv "github.com/mattermost/xml-roundtrip-validator"
)

// bounds are how much XML of one kind may be.
type bounds struct {
	bytes, elements, depth, attributes int
	plain                              bool // nothing but elements, attributes and text
}

// goxmldsig visits at most 1,000 elements and returns nothing beyond (its issue 202), so 950 and words of our own come first.
var messageBounds = bounds{bytes: maxMessage, elements: 950, depth: 24, attributes: 32, plain: true}

// parse reads XML that stays within its bounds, in one sense only: what is read here would be read again from what it
// is written as (CVE-2020-29509 to 29511).
func parse(data []byte, b bounds) (*etree.Element, error) {
	if len(data) > b.bytes {
		return nil, refuse(TooLarge, "it has more than %d KiB", b.bytes>>10)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, refuse(NotXML, "it is not UTF-8")
	}
	if b.plain && bytes.Contains(data, []byte("<!")) {
		return nil, refuse(Markup, "it has a comment, a DOCTYPE or CDATA, with which text can be made to look other than it is signed")
	}
	if err := scan(data, b); err != nil {
		return nil, err
	}
	if err := xrv.Validate(bytes.NewReader(data)); err != nil {
		return nil, refuse(NotXML, "it can be read in more than one way: %v", err)
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil || doc.Root() == nil {
		return nil, refuse(NotXML, "it is not well-formed")
	}
	return doc.Root(), nil
}

// scan walks over the raw tokens before any tree is built.
func scan(data []byte, b bounds) error {
	s := scanner{bounds: b}
	decoder := xml.NewDecoder(bytes.NewReader(data))
	decoder.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errors.New("its encoding is not UTF-8") }
	for first := true; ; first = false {
		token, err := decoder.RawToken()
		if errors.Is(err, io.EOF) {
			return s.ended()
		}
		if err != nil {
			return refuse(NotXML, "it is not well-formed: %v", err)
		}
		if err := s.take(token, first); err != nil {
			return err
		}
	}
}

type scanner struct {
	bounds
	count, level int
	roots        int
}

func (s *scanner) take(token xml.Token, first bool) error {
	switch t := token.(type) {
	case xml.StartElement:
		return s.open(t)
	case xml.EndElement:
		s.level--
	case xml.CharData:
		if s.level == 0 && len(bytes.TrimSpace(t)) > 0 {
			return refuse(NotXML, "there is text outside of its root")
		}
	case xml.Directive:
		return refuse(Markup, "it has a DOCTYPE or another declaration, which SAML never has")
	case xml.ProcInst:
		if t.Target != "xml" && s.plain || t.Target == "xml" && !first {
			return refuse(Markup, "it has a processing instruction, which SAML messages never have")
		}
	}
	return nil
}

func (s *scanner) open(t xml.StartElement) error {
	if s.level == 0 {
		s.roots++
	}
	s.level++
	s.count++
	switch {
	case s.count > s.elements:
		return refuse(TooLarge, "it has more than %d elements; let the provider send fewer groups, only those that matter to usher", s.elements)
	case s.level > s.depth:
		return refuse(TooLarge, "its elements lie more than %d deep in each other", s.depth)
	case len(t.Attr) > s.attributes:
		return refuse(TooLarge, "an element has more than %d attributes", s.attributes)
	}
	if strings.Contains(t.Name.Local, ":") {
		return refuse(NotXML, "the name %s has a colon too many", quoted(t.Name.Local))
	}
	return checkRawAttributes(t.Attr)
}

// checkRawAttributes refuses what parsers resolve in different ways: an attribute twice, a prefix undeclared again, and
// namespaces that are relative, which make some canonicalisers give up and sign nothing (CVE-2025-66568).
func checkRawAttributes(attributes []xml.Attr) error {
	seen := make(map[xml.Name]bool, len(attributes))
	for _, a := range attributes {
		if seen[a.Name] {
			return refuse(Shape, "an element has the attribute %s twice", quoted(a.Name.Local))
		}
		seen[a.Name] = true
		if strings.Contains(a.Name.Local, ":") {
			return refuse(NotXML, "the name %s has a colon too many", quoted(a.Name.Local))
		}
		declares := a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
		if declares && !strings.Contains(a.Value, ":") && (a.Value != "" || a.Name.Space != "") {
			return refuse(Shape, "the namespace %s is not absolute", quoted(a.Value))
		}
	}
	return nil
}

func (s *scanner) ended() error {
	if s.roots != 1 || s.level != 0 {
		return refuse(NotXML, "it has no root, or more than one")
	}
	return nil
}

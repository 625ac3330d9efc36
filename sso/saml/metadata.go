package saml

import (
	"bytes"
	"crypto/x509"
	"encoding/xml"
	"fmt"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"usher/internal/usher"
)

// MetadataLimit is the longest metadata that is read, in bytes.
const MetadataLimit = 2 << 20

var metadataBounds = bounds{bytes: MetadataLimit, elements: 50_000, depth: 40, attributes: 64}

// Provider is an identity provider as its metadata describes it (saml-metadata 2.4). It never changes.
type Provider struct {
	EntityID     string
	ssoRedirect  string
	ssoPost      string
	sloRequest   string // where its logout messages go over Redirect; empty if it has no such thing
	sloResponse  string
	wantsSigned  bool
	certificates []*x509.Certificate
	leftOut      []Warning
}

// ParseMetadata reads metadata and checks it. It may be about one entity or about many; entityID says which is wanted.
// Where it is empty there has to be one entity with a provider's role alone, whose id the caller keeps and asks for from
// then on: another id is another provider. Nothing of bad metadata counts, so the last good copy stays in use.
func ParseMetadata(data []byte, entityID string, now usher.Time) (idp *Provider, err error) {
	defer func() {
		if recover() != nil {
			idp, err = nil, metadataError("a library failed on it")
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	root, err := parse(data, metadataBounds)
	if err != nil {
		return nil, metadataError("%s", notMetadata(data, err))
	}
	var all saml.EntitiesDescriptor
	switch {
	case (named{nsMetadata, "EntitiesDescriptor"}).is(root):
		err = xml.Unmarshal(data, &all)
	case (named{nsMetadata, "EntityDescriptor"}).is(root):
		all.EntityDescriptors = make([]saml.EntityDescriptor, 1)
		err = xml.Unmarshal(data, &all.EntityDescriptors[0])
	default:
		return nil, metadataError("its root is %s and not an EntityDescriptor", quoted(root.Tag))
	}
	if err != nil {
		return nil, metadataError("it cannot be read: %v", err)
	}
	entity, err := wanted(all, entityID, now)
	if err != nil {
		return nil, err
	}
	return readEntity(entity, now)
}

func metadataError(format string, args ...any) error {
	return fmt.Errorf("metadata of the identity provider: "+format, args...)
}

// notMetadata says in words what often lies at the address instead.
func notMetadata(data []byte, err error) string {
	head := strings.ToLower(string(data[:min(len(data), 256)]))
	if strings.Contains(head, "<html") || strings.Contains(head, "<!doctype html") {
		return "there is a web page (HTML) instead; ask the provider for the metadata's own address"
	}
	return err.Error()
}

// wanted finds the one entity.
func wanted(all saml.EntitiesDescriptor, entityID string, now usher.Time) (saml.EntityDescriptor, error) {
	var none saml.EntityDescriptor
	entities, err := flatten(all, now)
	if err != nil {
		return none, err
	}
	var found []saml.EntityDescriptor
	for _, entity := range entities {
		if entity.EntityID == entityID || entityID == "" && len(entity.IDPSSODescriptors) > 0 {
			found = append(found, entity)
		}
	}
	switch {
	case len(found) == 1 && found[0].EntityID != "":
		return found[0], nil
	case len(found) > 1:
		return none, metadataError("it has %d entities that fit; say which entity id is wanted", len(found))
	case len(entities) == 1 && entityID != "":
		return none, metadataError("it is about %s and not about %s: another provider; set the connection up anew if that is meant", quoted(entities[0].EntityID), entityID)
	}
	return none, metadataError("none of its %d entities is the provider %s", len(entities), entityID)
}

// flatten lists the entities of all levels. A group whose time is over takes its entities with it.
func flatten(all saml.EntitiesDescriptor, now usher.Time) ([]saml.EntityDescriptor, error) {
	if all.ValidUntil != nil && over(*all.ValidUntil, now) {
		return nil, expired(*all.ValidUntil)
	}
	entities := all.EntityDescriptors
	for _, group := range all.EntitiesDescriptors {
		more, err := flatten(group, now)
		if err != nil {
			return nil, err
		}
		entities = append(entities, more...)
	}
	return entities, nil
}

func over(t time.Time, now usher.Time) bool { return !t.IsZero() && !now.Std().Before(t) }

func expired(t time.Time) error {
	return metadataError("it was valid until %s; let the provider publish it anew", t.UTC().Format(time.RFC3339))
}

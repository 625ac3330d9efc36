package saml

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"usher/internal/outbound"
	"usher/internal/usher"
)

const (
	// daily is how often metadata is fetched anew.
	daily = 24 * time.Hour
	// cooldown is the least time between two tries that bad signatures or failures cause.
	cooldown = 5 * time.Minute
)

// Source is where a provider publishes its metadata.
type Source struct {
	URL string
	// EntityID is the provider's; empty only until the first copy is there.
	EntityID string
	// Client comes from [outbound.New], with a BodyLimit of [MetadataLimit].
	Client *http.Client
}

// Copy is the last good metadata of a source, and when it was last asked for. It belongs to its caller, who keeps it where
// all replicas see it: then they share the cooldown as well.
type Copy struct {
	Document []byte
	ETag     string
	// Confirmed is when the source last said that this is its metadata, and Tried when it was last asked.
	Confirmed, Tried usher.Time
}

// Due says whether it is time to ask again: a day after the last answer, and a cooldown after the last failure.
func (c Copy) Due(now usher.Time) bool { return now.Sub(c.Confirmed) >= daily && c.MayRetry(now) }

// MayRetry says whether a bad signature may cause a refresh now. Anybody can send a bad signature, so not each may.
func (c Copy) MayRetry(now usher.Time) bool { return c.Tried == 0 || now.Sub(c.Tried) >= cooldown }

// Refresh asks the source for its metadata, and gives the copy to be kept from now on and the provider in it. When it fails
// the copy given is the one that was there, with Tried set; it is to be kept too. The provider is then nil.
func (s Source) Refresh(ctx context.Context, last Copy, now usher.Time) (Copy, *Provider, error) {
	last.Tried = now
	resp, err := s.ask(ctx, last) //nolint:bodyclose // ReadAll closes it
	if err != nil {
		return last, nil, fmt.Errorf("metadata of the identity provider: %w", err)
	}
	body, err := outbound.ReadAll(resp, MetadataLimit)
	switch {
	case err != nil:
		return last, nil, fmt.Errorf("metadata of the identity provider: %w", err)
	case resp.StatusCode == http.StatusNotModified && len(last.Document) > 0:
		body = last.Document
	case resp.StatusCode != http.StatusOK:
		return last, nil, metadataError("its address answered %s", resp.Status)
	default:
		last.ETag = resp.Header.Get("ETag")
	}
	return s.take(body, last, now)
}

func (s Source) ask(ctx context.Context, last Copy) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL, nil)
	if err != nil {
		return nil, fmt.Errorf("the address %q: %w", s.URL, err)
	}
	req.Header.Set("Accept", "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8")
	if last.ETag != "" && len(last.Document) > 0 {
		req.Header.Set("If-None-Match", last.ETag)
	}
	return outbound.Do(s.Client, req)
}

// take keeps a document only if it is good: the same document can have run out since.
func (s Source) take(body []byte, last Copy, now usher.Time) (Copy, *Provider, error) {
	idp, err := ParseMetadata(body, s.EntityID, now)
	if err != nil {
		last.ETag = "" // so that the next answer has a body
		return last, nil, err
	}
	last.Document, last.Confirmed = body, now
	return last, idp, nil
}

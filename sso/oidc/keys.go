package oidc

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	jose "github.com/go-jose/go-jose/v4"

	"usher/internal/usher"
)

const (
	maxKeys    = 100  // of one set
	minRSABits = 2048 // NIST SP 800-131A
)

// keyring is the provider's public keys that may sign tokens.
type keyring []jose.JSONWebKey

func (c *Connection) fetchKeys(ctx context.Context, now usher.Time) (keyring, error) {
	m, _, err := c.metadata.newer(ctx, now, 0)
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := c.getJSON(ctx, m.JWKSURI, "", &set); err != nil {
		if _, answered := errors.AsType[statusError](err); answered {
			c.metadata.doubted.Store(true) // the keys may have moved
		}
		return nil, unavailable(CodeUnavailable, fmt.Errorf("keys: %w", err))
	}
	ring := readKeys(set.Keys)
	if len(ring) == 0 {
		return nil, unavailable(CodeMetadata, errors.New("none of the keys that it publishes can sign a token"))
	}
	return ring, nil
}

// readKeys passes over what cannot sign, or is not understood (RFC 7517 5): one odd key must not lock everybody out.
func readKeys(set []json.RawMessage) keyring {
	var ring keyring
	for _, text := range set[:min(len(set), maxKeys)] {
		var key jose.JSONWebKey
		if json.Unmarshal(text, &key) == nil && signs(key) {
			ring = append(ring, key)
		}
	}
	return ring
}

// signs says whether a key is a public one, long enough, and meant for signatures.
func signs(key jose.JSONWebKey) bool {
	if key.Use != "" && key.Use != "sig" || !key.Valid() {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return public.N.BitLen() >= minRSABits
	case *ecdsa.PublicKey, ed25519.PublicKey:
		return true
	}
	return false // private and symmetric keys have no place in a public set
}

var (
	errUnknownKey = refuse(CodeKey, "the token is signed with a key that the provider does not publish; keys that it has just changed are known in some seconds")
	errSignature  = refuse(CodeSignature, "the token's signature is not the provider's")
)

// verify returns what a token says, if one of the keys signed it. A kid names its key; without one every key that fits
// the algorithm is tried.
func (k keyring) verify(jws *jose.JSONWebSignature) ([]byte, error) {
	problem := errUnknownKey
	header := jws.Signatures[0].Protected
	for _, key := range k {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		if payload, err := jws.Verify(key); err == nil {
			return payload, nil
		}
		problem = errSignature
	}
	return nil, problem
}

// VerifySignature makes a keyring a go-oidc KeySet.
func (k keyring) VerifySignature(_ context.Context, raw string) ([]byte, error) {
	jws, err := jose.ParseSignedCompact(raw, slices.Clone(asymmetric))
	if err != nil {
		return nil, err
	}
	return k.verify(jws)
}

// verified returns what a token says and the keys that show it. Where the keys that are here do not, the provider is
// asked once whether it has others, in the pace that lastGood allows.
func (c *Connection) verified(ctx context.Context, now usher.Time, raw string) ([]byte, keyring, error) {
	jws, err := jose.ParseSignedCompact(raw, c.algorithms)
	if err != nil || len(jws.Signatures) != 1 {
		return nil, nil, refuse(CodeMalformed, "the token is no signed JWT")
	}
	ring, version, err := c.keys.newer(ctx, now, 0)
	if err != nil {
		return nil, nil, err
	}
	payload, problem := ring.verify(jws)
	if problem == nil {
		return payload, ring, nil
	}
	if ring, _, err = c.keys.newer(ctx, now, version); err != nil {
		return nil, nil, err
	}
	payload, problem = ring.verify(jws)
	return payload, ring, problem
}

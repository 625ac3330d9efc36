package oidc

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"

	jose "github.com/go-jose/go-jose/v4"

	"usher/internal/usher"
)

// maxToken bounds a token. Entra's with 200 groups has some 12 KiB.
const maxToken = 64 << 10

// header is what of a JOSE header (RFC 7515 4.1) is read before any key is looked for. jwk, jku, x5u and x5c, by which a
// token may bring its own key, are not read at all.
type header struct{ alg, typ string }

// open returns what a token says if the provider signed it. types are the typ that it may have, in lower case; one
// without typ may have any.
func (c *Connection) open(ctx context.Context, now usher.Time, raw string, types ...string) (claims, keyring, error) {
	h, err := readHeader(raw)
	if err != nil {
		return nil, nil, err
	}
	if err := c.checkHeader(h, types); err != nil {
		return nil, nil, err
	}
	payload, ring, err := c.verified(ctx, now, raw)
	if err != nil {
		return nil, nil, err
	}
	said, err := readClaims(payload)
	return said, ring, err
}

// readHeader takes the compact form alone (RFC 7515 7.1), to the letter: no spaces, no padding, three parts, each the one
// way in which its bytes are written. go-oidc takes the JSON forms as well, and passes over spaces and bits that are left over.
func readHeader(raw string) (header, error) {
	if len(raw) > maxToken {
		return header{}, refuse(CodeMalformed, "the token is longer than %d bytes", maxToken)
	}
	parts := strings.Split(raw, ".")
	switch {
	case len(parts) == 5:
		return header{}, refuse(CodeMalformed, "the token is encrypted; turn its encryption off at the provider")
	case len(parts) != 3 || strings.Trim(raw, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != "":
		return header{}, refuse(CodeMalformed, "the token is no signed JWT of three parts")
	}
	var text []byte
	for i, part := range parts {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil {
			return header{}, refuse(CodeMalformed, "part %d of the token is not base64url", i+1)
		}
		if i == 0 {
			text = decoded
		}
	}
	said, err := readClaims(text)
	if err != nil {
		return header{}, err
	}
	if said.has("crit") { // nothing is understood that would have to be (RFC 7515 4.1.11)
		return header{}, refuse(CodeMalformed, "the token's header has crit, of which nothing is known here")
	}
	return header{alg: said.text("alg"), typ: strings.ToLower(said.text("typ"))}, nil
}

func (c *Connection) checkHeader(h header, types []string) error {
	switch {
	case !slices.Contains(c.algorithms, jose.SignatureAlgorithm(h.alg)):
		return refuse(CodeAlgorithm, "the token's algorithm is %s, which this connection does not allow; choose RS256 at the provider, or allow it if it is asymmetric", shown(h.alg))
	case h.typ != "" && !slices.Contains(types, strings.TrimPrefix(h.typ, "application/")): // RFC 7515 4.1.9
		return refuse(CodeType, "the token's type is %s, so it is meant for something else", shown(h.typ))
	}
	return nil
}

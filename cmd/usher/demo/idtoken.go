package demo

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"time"
)

// keyID is what the provider's one key is called.
const keyID = "demo"

// keys publishes the public half of the key (RFC 8037, 2).
func (p *identity) keys(w http.ResponseWriter, _ *http.Request) {
	public, _ := p.key.Public().(ed25519.PublicKey) // it always is one
	answerJSON(w, http.StatusOK, object{"keys": []object{{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": keyID, "x": encoded(public)}}})
}

// idToken says who signed in, to the client that asked (OpenID Connect Core 1.0, 2).
func (p *identity) idToken(a answered) string {
	now := time.Now().Unix()
	claims := object{
		"iss": p.issuer, "aud": clientID, "sub": a.guise.externalID, "nonce": a.query.Get("nonce"), "iat": now, "exp": now + 300, "auth_time": now,
		"email": a.guise.address(), "email_verified": true, "name": a.guise.name(), "given_name": a.guise.given, "family_name": a.guise.family,
	}
	text := encodedJSON(object{"alg": "EdDSA", "typ": "JWT", "kid": keyID}) + "." + encodedJSON(claims)
	return text + "." + encoded(ed25519.Sign(p.key, []byte(text)))
}

// encoded is base64url without padding (RFC 7515, 2).
func encoded(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

func encodedJSON(o object) string {
	text, _ := json.Marshal(o) // of texts, numbers and booleans
	return encoded(text)
}

package oidctest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
)

// counted counts requests by path, and lets nobody in while the provider is down.
func (p *Provider) counted(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.fetched[r.URL.Path]++
		down := p.down
		p.mu.Unlock()
		if down {
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	})
}

func (p *Provider) serveMetadata(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer(w, http.StatusOK, p.metadata)
}

func (p *Provider) serveKeys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.edit.KeysStatus != 0 {
		w.WriteHeader(p.edit.KeysStatus)
		return
	}
	answer(w, http.StatusOK, map[string]any{"keys": p.shown})
}

// serveAuthorize signs the person in at once and sends the browser back.
func (p *Provider) serveAuthorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := p.Authorize(r.URL.String())
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

// Authorize answers an authentication request without a browser: with the query of the request to the redirect URL.
func (p *Provider) Authorize(at string) (url.Values, error) {
	u, err := url.Parse(at)
	if err != nil {
		return nil, err
	}
	q := u.Query()
	if q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43 ||
		!strings.Contains(" "+q.Get("scope")+" ", " openid ") || q.Get("nonce") == "" || q.Get("state") == "" {
		return nil, fmt.Errorf("the request is not one for a code with PKCE: %v", q)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	code := rand.Text()
	p.codes[code] = request{q}
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}
	if p.edit.Answer != nil {
		p.edit.Answer(back)
	}
	return back, nil
}

func (p *Provider) serveToken(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.edit.TokenStatus != 0 {
		w.WriteHeader(p.edit.TokenStatus)
		return
	}
	id, secret, ok := r.BasicAuth()
	id, _ = url.QueryUnescape(id)
	secret, _ = url.QueryUnescape(secret)
	if !ok {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != ClientID || secret != Secret {
		answer(w, http.StatusUnauthorized, map[string]any{"error": "invalid_client"})
		return
	}
	asked, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || asked.query.Get("redirect_uri") != r.PostFormValue("redirect_uri") || asked.query.Get("code_challenge") != Base64(challenge[:]) {
		answer(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		return
	}
	answer(w, http.StatusOK, p.tokens(asked.query.Get("nonce")))
}

func (p *Provider) tokens(nonce string) map[string]any {
	header, claims := map[string]any{}, p.idClaims(nonce)
	hash := sha256.Sum256([]byte("access"))
	claims["at_hash"] = Base64(hash[:16])
	if p.edit.IDToken != nil {
		p.edit.IDToken(header, claims)
	}
	tokens := map[string]any{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": p.signing.Sign(header, claims)}
	if p.edit.TokenResponse != nil {
		p.edit.TokenResponse(tokens)
	}
	return tokens
}

func (p *Provider) serveUserInfo(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer access" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	info := maps.Clone(p.person)
	if p.edit.UserInfo != nil {
		p.edit.UserInfo(info)
	}
	answer(w, http.StatusOK, info)
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

// serveEnd ends the provider's own session, which it has none of, and sends the browser back (OpenID Connect RP-Initiated
// Logout 1.0, 3).
func serveEnd(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, r.URL.Query().Get("post_logout_redirect_uri"), http.StatusSeeOther)
}

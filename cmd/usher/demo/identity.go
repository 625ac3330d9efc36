package demo

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// identity is where the company's people sign in: an OpenID Connect provider on loopback (OpenID Connect Core 1.0) that
// asks nobody for a password, but whom they want to be. It knows one client, usher.
type identity struct {
	issuer, secret string
	key            ed25519.PrivateKey
	server         *http.Server

	mu       sync.Mutex
	redirect string // where usher wants its browsers back
	roles    []guise
	codes    map[string]answered // by the code that was given out
}

// guise is somebody as whom the reader may come in.
type guise struct {
	Role string
	*employee
}

// answered is an authentication request for which a code was given.
type answered struct {
	query url.Values
	guise guise
}

// clientID is usher's at the provider.
const clientID = "usher"

func openIdentity(ctx context.Context) (*identity, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", freeListen)
	if err != nil {
		return nil, err
	}
	_, key, err := ed25519.GenerateKey(rand.Reader)
	p := &identity{issuer: "http://" + l.Addr().String(), secret: rand.Text(), key: key, codes: map[string]answered{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.metadata)
	mux.HandleFunc("GET /keys", p.keys)
	mux.HandleFunc("GET /authorize", p.choose)
	mux.HandleFunc("POST /authorize", p.chosen)
	mux.HandleFunc("POST /token", p.token)
	p.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = p.server.Serve(l) }() // ends with server.Close
	return p, err
}

// serves says to whom the provider gives codes, and whom the reader may be.
func (p *identity) serves(redirect string, people []guise) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.redirect, p.roles = redirect, people
}

func (p *identity) metadata(w http.ResponseWriter, _ *http.Request) {
	answerJSON(w, http.StatusOK, object{
		"issuer": p.issuer, "authorization_endpoint": p.issuer + "/authorize", "token_endpoint": p.issuer + "/token", "jwks_uri": p.issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"EdDSA"},
		"authorization_response_iss_parameter_supported": true, "code_challenge_methods_supported": []string{"S256"},
	})
}

// asked says that the request is one of our client for a code with PKCE.
func (p *identity) asked(q url.Values) bool {
	return q.Get("client_id") == clientID && q.Get("response_type") == "code" && q.Get("code_challenge_method") == "S256" && q.Get("redirect_uri") == p.redirect
}

var choice = template.Must(template.New("choice").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Meridian Tools</title>
<h1>Meridian Tools</h1>
<p>This is the demo's identity provider. It asks for no password. Whom do you want to be?</p>
<form method="post">{{range .}}<p><button name="number" value="{{.Number}}">{{.Name}}, {{.Role}}</button></p>{{end}}</form>
</html>
`))

// Number and Name are for the page.
func (g guise) Number() string { return g.number }

// Name is how the person is called.
func (g guise) Name() string { return g.name() }

// choose shows the people.
func (p *identity) choose(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.asked(r.URL.Query()) {
		http.Error(w, "this is no request of usher", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = choice.Execute(w, p.roles) // who is gone does not read
}

// chosen sends the browser back with a code.
func (p *identity) chosen(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, g := range p.roles {
		if g.number != r.PostFormValue("number") || !p.asked(q) {
			continue
		}
		code := rand.Text()
		p.codes[code] = answered{q, g}
		back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.issuer}}
		http.Redirect(w, r, p.redirect+"?"+back.Encode(), http.StatusSeeOther)
		return
	}
	http.Error(w, "nobody of that number is here", http.StatusBadRequest)
}

// token gives the ID token for a code, once, to whoever has the verifier (RFC 7636, 4.6).
func (p *identity) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	p.mu.Lock()
	defer p.mu.Unlock()
	code := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if id != clientID || secret != p.secret || code.query.Get("code_challenge") != encoded(challenge[:]) {
		answerJSON(w, http.StatusBadRequest, object{"error": "invalid_grant"})
		return
	}
	answerJSON(w, http.StatusOK, object{"access_token": rand.Text(), "token_type": "Bearer", "expires_in": 300, "id_token": p.idToken(code)})
}

func answerJSON(w http.ResponseWriter, status int, body object) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // who is gone does not read
}

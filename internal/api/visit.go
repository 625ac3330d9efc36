package api

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"

	"usher/internal/limit"
	"usher/internal/usher"
)

// visit is one request of somebody.
type visit struct {
	*api

	by    usher.Principal
	w     http.ResponseWriter
	r     *http.Request
	query url.Values
}

// serve looks at who asks and for what, and answers.
func (a *api) serve(route Route, w http.ResponseWriter, r *http.Request) {
	v := &visit{api: a, w: w, r: r}
	err := v.admit(route)
	if err == nil {
		v.query, err = readQuery(r, route.Query)
	}
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	body, err := route.serve(v)
	if err != nil {
		a.refuse(w, r, err)
		return
	}
	switch body := body.(type) {
	case text:
		body.write(w)
	case sets:
		a.answer(w, r, body.status, "application/json", body.body)
	default:
		a.answer(w, r, http.StatusOK, "application/json", body)
	}
}

// admit lets in whoever may use the route.
func (v *visit) admit(route Route) error {
	if route.Scope == "" {
		return nil
	}
	if err := v.known(); err != nil {
		return err
	}
	directory := v.by.Kind == usher.PrincipalDirectory
	switch {
	case directory && route.Scope == usher.ScopeRostersWrite:
		if v.r.PathValue("name") != v.by.Name {
			return nothingHere()
		}
	case directory:
		return v.wants(route.Scope, "a directory's token opens its own rosters and nothing else; this needs a token of the API with the scope ")
	case !v.by.Has(route.Scope):
		return v.wants(route.Scope, "the token does not have the scope ")
	}
	return nil
}

// known looks at who asks, and how often.
func (v *visit) known() error {
	var err error
	if v.by, err = v.Authenticate(v.r); err != nil {
		return v.unknown(err)
	}
	if wait := v.tokens.Take(v.by.Token); wait > 0 {
		return &Problem{Status: http.StatusTooManyRequests, Code: "too-many-requests", Detail: "too many requests of this token; wait as long as Retry-After says", after: wait}
	}
	return nil
}

// still looks once more whether the token opens anything, when a body is there: it may have taken its time.
func (v *visit) still() error {
	if _, err := v.Authenticate(v.r); err != nil {
		return v.unknown(err)
	}
	return nil
}

// longBody is one that may take an hour. Its end is an error where the token no longer opens anything.
type longBody struct {
	io.Reader

	v *visit
}

// Read implements io.Reader.
func (b longBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = cmp.Or(b.v.still(), err)
	}
	return n, err
}

// wants refuses a token that does not open the route (RFC 6750, 3.1).
func (v *visit) wants(scope usher.Scope, why string) error {
	v.w.Header().Set("WWW-Authenticate", `Bearer realm="usher", error="insufficient_scope", scope="`+string(scope)+`"`)
	return &Problem{Status: http.StatusForbidden, Code: "missing-scope", Detail: why + string(scope)}
}

// unknown refuses whoever bears no token that opens anything. Only guesses count against a client.
func (v *visit) unknown(err error) error {
	if !errors.Is(err, usher.ErrNotFound) {
		return err
	}
	challenge := `Bearer realm="usher"`
	detail := "send a token: Authorization: Bearer ush_api_..."
	if v.r.Header.Get("Authorization") != "" {
		if wait := v.failures.Take(limit.Network(v.Client(v.r))); wait > 0 {
			return &Problem{Status: http.StatusTooManyRequests, Code: "too-many-requests", Detail: "too many tokens that open nothing; wait as long as Retry-After says", after: wait}
		}
		challenge += `, error="invalid_token"`
		detail = "the token opens nothing here: it is unknown, expired or revoked, or one for something else; send one of the API, or for rosters that of the directory"
	}
	v.w.Header().Set("WWW-Authenticate", challenge)
	return &Problem{Status: http.StatusUnauthorized, Code: "unauthorized", Detail: detail}
}

// because is whoever asks, with the reason that they give.
func (v *visit) because(reason string) usher.Principal {
	by := v.by
	by.Reason = cmp.Or(reason, by.Reason)
	return by
}

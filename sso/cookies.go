package sso

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"time"
)

// cookies makes secrets for browsers and keeps their hashes. With the prefix __Host- a cookie comes from this very host, over
// TLS (RFC 6265bis 4.1.3.2); over plain http, as on a developer's machine, browsers refuse the prefix.
//
// All are Lax: a cookie that is Strict is not sent on the way back from a provider, and one that is None is sent with what
// another site posts. Nor is a Lax one sent with the provider's own POST, so the answer waits under a ticket until the browser
// comes back by itself.
type cookies struct {
	secure bool
	key    []byte
	random io.Reader
}

const (
	sessionCookie = "usher"
	browserCookie = "usher-browser"
)

// browserTime is how long a browser is known while somebody signs in.
const browserTime = time.Hour

func (c cookies) name(name string) string {
	if c.secure {
		return "__Host-" + name
	}
	return name
}

// secret is a new one, of 256 bits.
func (c cookies) secret() (string, error) {
	var b [32]byte
	if _, err := io.ReadFull(c.random, b[:]); err != nil {
		return "", fmt.Errorf("random bytes: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(b[:]), nil
}

// hash is what is kept of a secret. It is keyed, so that a stolen database opens nothing, and says what the
// secret is for.
func (c cookies) hash(purpose, secret string) string {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(purpose + "\x00" + secret))
	return hex.EncodeToString(mac.Sum(nil))
}

// read is what a browser shows; empty where it shows nothing that could be a secret of ours, or shows two.
func (c cookies) read(r *http.Request, name string) string {
	found := r.CookiesNamed(c.name(name))
	if len(found) != 1 || len(found[0].Value) != 43 {
		return ""
	}
	return found[0].Value
}

func (c cookies) set(w http.ResponseWriter, name, value string, lasts time.Duration) {
	http.SetCookie(w, &http.Cookie{Name: c.name(name), Value: value, Path: "/", MaxAge: int(lasts.Seconds()),
		HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

func (c cookies) drop(w http.ResponseWriter, name string) {
	http.SetCookie(w, &http.Cookie{Name: c.name(name), Path: "/", MaxAge: -1, HttpOnly: true, Secure: c.secure, SameSite: http.SameSiteLaxMode})
}

// browser is the hash of what marks the browser of a request, and marks it if nothing does.
func (c cookies) browser(w http.ResponseWriter, r *http.Request) (string, error) {
	secret := c.read(r, browserCookie)
	if secret == "" {
		var err error
		if secret, err = c.secret(); err != nil {
			return "", err
		}
	}
	c.set(w, browserCookie, secret, browserTime)
	return c.hash("browser", secret), nil
}

// shownBrowser is the hash of what marks the browser already; empty for none.
func (c cookies) shownBrowser(r *http.Request) string {
	if secret := c.read(r, browserCookie); secret != "" {
		return c.hash("browser", secret)
	}
	return ""
}

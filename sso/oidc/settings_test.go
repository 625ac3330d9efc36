package oidc_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"usher/internal/outbound"
	"usher/sso/oidc"
	"usher/sso/oidc/oidctest"
)

func TestSettings(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*oidc.Settings)
		want string // in the error; empty if they are good
	}{
		{"good", func(*oidc.Settings) {}, ""},
		{"no name", func(s *oidc.Settings) { s.Name = "" }, "no name"},
		{"no client id", func(s *oidc.Settings) { s.ClientID = "" }, "no client id"},
		{"no secret", func(s *oidc.Settings) { s.ClientSecret = "" }, "neither a client secret nor a key"},
		{"http", func(s *oidc.Settings) { s.Issuer = "http://idp.example" }, "https://"},
		{"http inside", func(s *oidc.Settings) {
			s.Issuer, s.Outbound = "http://idp.example", outbound.Options{AllowPrivate: true}
		}, ""},
		{"no issuer", func(s *oidc.Settings) { s.Issuer = "" }, "issuer is no absolute URL"},
		{"issuer with a query", func(s *oidc.Settings) { s.Issuer += "?a=b" }, "issuer is no absolute URL"},
		{"issuer with a fragment", func(s *oidc.Settings) { s.Issuer += "#" }, "issuer is no absolute URL"},
		{"redirect to a script", func(s *oidc.Settings) { s.RedirectURL = "javascript:alert(1)" }, "redirect URL"},
		{"post-logout without host", func(s *oidc.Settings) { s.PostLogoutURL = "/signed-out" }, "post-logout URL"},
		{"HS256", func(s *oidc.Settings) { s.Algorithms = []string{"RS256", "HS256"} }, "HS256"},
		{"none", func(s *oidc.Settings) { s.Algorithms = []string{"none"} }, "none"},
		{"leeway of an hour", func(s *oidc.Settings) { s.Leeway = time.Hour }, "leeway"},
		{"auth that nobody knows", func(s *oidc.Settings) { s.Auth = "tls_client_auth" }, "client authentication"},
		{"private_key_jwt without a key", func(s *oidc.Settings) { s.Auth = oidc.PrivateKeyJWT }, "needs a key"},
		{"subject an address", func(s *oidc.Settings) { s.Subject = "email" }, "neither sub nor tid+oid"},
		{"tid+oid without a tenant", func(s *oidc.Settings) { s.Subject = oidc.ByTenantAndObject }, "tenant"},
		{"a preset that nobody knows", func(s *oidc.Settings) { s.Preset = "ping" }, "preset"},
		{"Entra", func(s *oidc.Settings) {
			s.Preset, s.Issuer = oidc.Entra, "https://login.microsoftonline.com/"+tenantID+"/v2.0"
		}, ""},
		{"Entra, all tenants", func(s *oidc.Settings) {
			s.Preset, s.Issuer = oidc.Entra, "https://login.microsoftonline.com/common/v2.0"
		}, "many tenants"},
		{"Entra, all organisations", func(s *oidc.Settings) { s.Issuer = "https://login.microsoftonline.com/organizations/v2.0" }, "many tenants"},
		{"Entra, the placeholder", func(s *oidc.Settings) { s.Issuer = "https://login.microsoftonline.com/{tenantid}/v2.0" }, "many tenants"},
		{"a key that is none", func(s *oidc.Settings) {
			s.Keys = []byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")
		}, "no private key"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := oidc.Settings{Name: "idp", Issuer: "https://idp.example", ClientID: "c", ClientSecret: "canary", RedirectURL: redirectURL}
			tt.edit(&s)
			_, err := oidc.New(s)
			if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "canary")) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// keyPEM writes a private key as PEM, with a certificate behind it if there is one.
func keyPEM(t *testing.T, key crypto.Signer, certificate []byte) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if certificate != nil {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})...)
	}
	return text
}

func certificate(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func TestClientKeys(t *testing.T) {
	rsaKey := oidctest.NewKey("RS256", "client").Private
	ecKey := oidctest.NewKey("ES256", "client").Private
	short, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it is to be refused
	if err != nil {
		t.Fatal(err)
	}
	odd, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	two := append(keyPEM(t, rsaKey, nil), keyPEM(t, ecKey, nil)...)
	wrong := keyPEM(t, rsaKey, certificate(t, ecKey))
	for _, tt := range []struct {
		name string
		text []byte
		want string
		keys int
	}{
		{"RSA", keyPEM(t, rsaKey, nil), "", 1},
		{"EC", keyPEM(t, ecKey, nil), "", 1},
		{"EC in SEC 1", secPEM(t, ecKey.(*ecdsa.PrivateKey)), "", 1},
		{"RSA in PKCS #1", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(rsaKey.(*rsa.PrivateKey))}), "", 1},
		{"two, for a roll-over", two, "", 2},
		{"with its certificate", keyPEM(t, rsaKey, certificate(t, rsaKey)), "", 1},
		{"with another's certificate", wrong, "not that of the private key", 0},
		{"a certificate first", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate(t, rsaKey)}), "before its private key", 0},
		{"the same twice", append(keyPEM(t, rsaKey, nil), keyPEM(t, rsaKey, nil)...), "same id", 0},
		{"1024 bits", keyPEM(t, short, nil), "none of RSA", 0},
		{"P-224", keyPEM(t, odd, nil), "none of RSA", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := oidc.New(oidc.Settings{Name: "idp", Issuer: "https://idp.example", ClientID: "c", Keys: tt.text, RedirectURL: redirectURL})
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil {
				return
			}
			text, err := c.PublicKeys()
			var set jose.JSONWebKeySet
			if err != nil || json.Unmarshal(text, &set) != nil || len(set.Keys) != tt.keys {
				t.Fatalf("%s, %v", text, err)
			}
			for _, key := range set.Keys {
				if !key.IsPublic() || strings.Contains(string(text), `"d"`) {
					t.Error("a private key is published")
				}
			}
		})
	}
}

func secPEM(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

// TestAssertion reads what private_key_jwt sends, and has go-jose check it with the published key.
func TestAssertion(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		offered    []string
		certified  bool
	}{
		{"RS256", "RS256", nil, false}, {"PS256", "PS256", []string{"PS256", "ES256"}, false}, {"RS256", "RS256", []string{"PS256", "RS256"}, true}, {"ES256", "ES256", nil, false},
	} {
		t.Run(tt.want, func(t *testing.T) {
			key := oidctest.NewKey(strings.Replace(tt.name, "PS", "RS", 1), "client").Private
			var ours []byte
			var thumb any // of the certificate
			if tt.certified {
				ours = certificate(t, key)
				sum := sha256.Sum256(ours)
				thumb = oidctest.Base64(sum[:])
			}
			w := newWorld(t, func(s *oidc.Settings) {
				s.Keys, s.KeyID = keyPEM(t, key, ours), "our-key" // beside a secret, which is then not sent
			})
			forms := make(chan map[string][]string, 2)
			front := httpFront(t, w, func(r *http.Request) {
				_ = r.ParseForm()
				forms <- r.PostForm
				r.Body, r.ContentLength = http.NoBody, 0 // which has been read
			})
			w.EditMetadata(func(m map[string]any) {
				m["token_endpoint"], m["token_endpoint_auth_signing_alg_values_supported"] = front+"/token", tt.offered
			})
			_, err := w.signIn() // the provider of the tests knows secrets alone
			if codeOf(t, err) != oidc.CodeClient {
				t.Fatalf("got %v", err)
			}
			_, _ = w.signIn()
			first, second := <-forms, <-forms
			if first["client_secret"] != nil || first["client_id"][0] != oidctest.ClientID || first["client_assertion_type"][0] != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" {
				t.Errorf("form %v", first)
			}
			jws, err := jose.ParseSignedCompact(first["client_assertion"][0], []jose.SignatureAlgorithm{jose.SignatureAlgorithm(tt.want)})
			if err != nil {
				t.Fatal(err)
			}
			text, err := jws.Verify(key.Public())
			if err != nil || jws.Signatures[0].Header.KeyID != "our-key" {
				t.Fatalf("signed otherwise: %v", err)
			}
			if got := jws.Signatures[0].Header.ExtraHeaders["x5t#S256"]; got != thumb {
				t.Errorf("thumbprint of the certificate: %v, want %v", got, thumb)
			}
			var said struct {
				Iss, Sub, Aud, Jti string
				Iat, Exp           int64
			}
			if err := json.Unmarshal(text, &said); err != nil {
				t.Fatal(err)
			}
			if said.Iss != oidctest.ClientID || said.Sub != said.Iss || said.Aud != front+"/token" || said.Iat != w.at.Unix() || said.Exp != w.at.Unix()+60 || len(said.Jti) != 43 {
				t.Errorf("%+v", said)
			}
			if first["client_assertion"][0] == second["client_assertion"][0] || strings.Contains(string(text), first["code"][0]) {
				t.Error("two assertions are one, or one tells the code")
			}
		})
	}
}

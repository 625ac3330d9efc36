package saml

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"

	"usher/internal/usher"
)

// signedURL packs a message into an address of the provider and signs it (saml-bindings 3.4.4.1). The query is put
// together by hand, because what is signed is its very text.
func signedURL(endpoint, param string, message []byte, relay string, key *Key) (string, error) {
	query := param + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString(deflate(message)))
	if relay != "" {
		query += "&RelayState=" + url.QueryEscape(relay)
	}
	if key != nil {
		query += "&SigAlg=" + url.QueryEscape(algRSASHA256)
		sum := sha256.Sum256([]byte(query))
		value, err := rsa.SignPKCS1v15(nil, key.Private, crypto.SHA256, sum[:])
		if err != nil {
			return "", err
		}
		query += "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(value))
	}
	if strings.Contains(endpoint, "?") {
		return endpoint + "&" + query, nil
	}
	return endpoint + "?" + query, nil
}

// redirected is a message that came over Redirect: its parts as they were written, before any unescaping.
type redirected struct {
	param                          string
	message, relay, alg, sig       string // unescaped
	rawMessage, rawRelay, rawAlg   string
	hasRelay, hasAlg, hasSignature bool
}

// splitQuery takes a raw query apart. A part that comes twice is refused, since two readers would take different ones.
func splitQuery(raw string, params ...string) (redirected, error) {
	if len(raw) > maxMessage {
		return redirected{}, refuse(TooLarge, "the address is longer than %d KiB", maxMessage>>10)
	}
	values, err := rawValues(raw)
	if err != nil {
		return redirected{}, err
	}
	var r redirected
	for _, param := range params {
		if raw, there := values[param]; there && r.param == "" {
			r.param, r.rawMessage = param, raw
		} else if there {
			return redirected{}, refuse(Shape, "it has both %s", strings.Join(params, " and "))
		}
	}
	if r.param == "" {
		return redirected{}, refuse(WrongMessage, "it has no %s", strings.Join(params, " or "))
	}
	r.rawRelay, r.hasRelay = values["RelayState"]
	r.rawAlg, r.hasAlg = values["SigAlg"]
	var rawSignature string
	rawSignature, r.hasSignature = values["Signature"]
	for _, part := range []struct {
		raw   string
		value *string
	}{{r.rawMessage, &r.message}, {r.rawRelay, &r.relay}, {r.rawAlg, &r.alg}, {rawSignature, &r.sig}} {
		if *part.value, err = url.QueryUnescape(part.raw); err != nil {
			return redirected{}, refuse(NotBase64, "a part of the address is escaped wrongly")
		}
	}
	return r, nil
}

// rawValues keeps what stands between the signs of a query.
func rawValues(raw string) (map[string]string, error) {
	known := []string{"SAMLRequest", "SAMLResponse", "RelayState", "SigAlg", "Signature", "SAMLEncoding"}
	values := make(map[string]string)
	for part := range strings.SplitSeq(raw, "&") {
		escaped, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(escaped)
		if err != nil || !slices.Contains(known, name) {
			continue
		}
		if _, twice := values[name]; twice || name != escaped {
			return nil, refuse(Shape, "the address has %s twice, or escaped", name)
		}
		values[name] = value
	}
	return values, nil
}

// data gives the message itself.
func (r redirected) data() ([]byte, error) {
	packed, err := unbase64(r.message)
	if err != nil {
		return nil, err
	}
	return inflate(packed)
}

// signedBy wants the detached signature of one of the provider's keys over the parts, in their order and spelling.
func (r redirected) signedBy(p pinned, now usher.Time) error {
	if !r.hasSignature || !r.hasAlg {
		return refuse(Unsigned, "the address is not signed; let the provider sign its logout messages")
	}
	if !slices.Contains(signatureMethods, r.alg) {
		return refuse(Algorithm, "it is signed with %s; let the provider sign with SHA-256", quoted(r.alg))
	}
	value, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(r.sig), ""))
	if err != nil {
		return refuse(BadSignature, "the signature is not base64")
	}
	for _, cert := range p.certificates {
		if p.refuseEnded && now.Std().After(cert.NotAfter) {
			continue
		}
		if cert.CheckSignature(x509Algorithm(r.alg), r.signedText(), asn1Signature(value, cert.PublicKey)) == nil {
			return nil
		}
	}
	return refuse(Signature, "none of the %d keys in the provider's metadata has signed it, or it was changed since", len(p.certificates))
}

func (r redirected) signedText() []byte {
	text := r.param + "=" + r.rawMessage
	if r.hasRelay {
		text += "&RelayState=" + r.rawRelay
	}
	return []byte(text + "&SigAlg=" + r.rawAlg)
}

func x509Algorithm(uri string) x509.SignatureAlgorithm {
	algorithms := []x509.SignatureAlgorithm{x509.SHA256WithRSA, x509.SHA384WithRSA, x509.SHA512WithRSA, x509.ECDSAWithSHA256, x509.ECDSAWithSHA384, x509.ECDSAWithSHA512}
	return algorithms[slices.Index(signatureMethods, uri)]
}

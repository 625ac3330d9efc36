package saml

import (
	"errors"
	"fmt"
)

// Code says in a word why a message was refused. Codes are stable: admins look them up and search logs for them.
type Code string

// The codes, in the order in which a message meets them.
const (
	TooLarge      Code = "too-large"         // more bytes, elements or levels than usher reads
	NotBase64     Code = "not-base64"        // the form value is no base64, or what it packs is no DEFLATE
	NotXML        Code = "not-xml"           // not well-formed, or read differently when written again
	Markup        Code = "markup"            // comment, DOCTYPE, CDATA, processing instruction
	WrongMessage  Code = "wrong-message"     // not the kind of message that belongs here
	Shape         Code = "shape"             // parts that are missing, doubled or out of place
	BadID         Code = "id"                // an ID that is missing, doubled or no NCName
	BadSignature  Code = "signature-shape"   // a signature that is not made as SAML makes it (saml-core 5.4)
	Algorithm     Code = "algorithm"         // an algorithm that is not accepted, SHA-1 for one
	Unsigned      Code = "unsigned"          // neither response nor assertion is signed
	Signature     Code = "signature"         // signed by none of the keys in the provider's metadata
	Ended         Code = "certificate-ended" // signed, but the certificate's time is over
	Decryption    Code = "decryption"        // encrypted, and what came out is nothing that can be believed
	Status        Code = "status"            // the provider itself says no
	Version       Code = "version"           // not SAML 2.0
	Destination   Code = "destination"       // made for another address
	Issuer        Code = "issuer"            // made by another provider
	Stale         Code = "stale"             // issued too long ago, or its time is over
	Early         Code = "early"             // of the future: clocks differ
	Audience      Code = "audience"          // made for another service
	Condition     Code = "condition"         // a condition that usher does not know
	Confirmation  Code = "confirmation"      // no bearer confirmation that holds
	Recipient     Code = "recipient"         // to be delivered elsewhere
	InResponseTo  Code = "in-response-to"    // its parts answer different requests
	Unsolicited   Code = "unsolicited"       // answers no request, and the connection does not allow that
	Statement     Code = "authn-statement"   // does not say when or how somebody signed in
	SessionOver   Code = "session-over"      // the session at the provider has ended
	NoSubject     Code = "subject"           // lacks what people are known by, or has it twice
	SubjectFormat Code = "subject-format"    // the NameID is of another format
	Tenant        Code = "tenant"            // somebody of another tenant
	RelayState    Code = "relay-state"       // not a token of ours
	Broken        Code = "broken"            // a library failed on it
)

// Refusal is why a message is not believed. Code may be shown to whoever signs in; Words are for admins, and for them
// alone: they would tell an attacker how far a forged message came. Neither holds anything personal.
type Refusal struct {
	Code  Code
	Words string
}

// Error implements error.
func (r *Refusal) Error() string { return string(r.Code) + ": " + r.Words }

// MetadataMayMend says whether the same message could be right under newer metadata of the provider: the moment to call
// [Source.Refresh], as far as [Copy.MayRetry] allows, and to judge once more. A signature within what is encrypted can be
// the reason for Decryption; that it is, must not show, so each counts.
func (r *Refusal) MetadataMayMend() bool {
	return r.Code == Signature || r.Code == Ended || r.Code == Decryption
}

func refuse(code Code, format string, args ...any) error {
	return &Refusal{code, fmt.Sprintf(format, args...)}
}

// contained turns a panic of a library into a refusal: a message is never worth the process.
func contained(err *error) {
	if recover() != nil {
		*err = refuse(Broken, "a library failed on this message; please report it with the provider's product and version")
	}
}

// recoded gives every refusal in err the same code, for what must not be told apart from outside.
func recoded(err error, code Code) error {
	if r, ok := errors.AsType[*Refusal](err); ok {
		return &Refusal{code, r.Words}
	}
	return err
}

// quoted shows a value out of a message in a refusal, shortened and in one line.
func quoted(s string) string {
	const most = 120
	if len(s) > most {
		return fmt.Sprintf("%q...", s[:most])
	}
	return fmt.Sprintf("%q", s)
}

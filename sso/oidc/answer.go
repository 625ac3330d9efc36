package oidc

import (
	"net/url"
	"regexp"
	"strings"

	"usher/internal/usher"
)

// maxParameter bounds each parameter of an answer. Entra's codes have some 1 KiB.
const maxParameter = 8 << 10

// judgeAnswer returns the code of an authentication response (Core 3.1.2.5, RFC 6749 4.1.2, RFC 9207), if it answers
// this sign-in and comes from this provider. An error answer is believed only then, too.
func (c *Connection) judgeAnswer(q url.Values, p Pending, m metadata) (string, error) {
	err := firstOf(
		func() error { return checkParameters(q) },
		func() error { return c.checkOrigin(q, p, m) },
		func() error { return refusedByProvider(q) },
	)
	if err != nil {
		return "", err
	}
	if q.Get("code") == "" {
		return "", refuse(CodeAnswer, "the answer has no code; the provider has to answer with response_mode query")
	}
	return q.Get("code"), nil
}

// checkParameters refuses one that stands there twice (RFC 6749 3.1): it is not clear which of them counts.
func checkParameters(q url.Values) error {
	for _, name := range []string{"state", "code", "iss", "error", "error_description"} {
		if len(q[name]) > 1 {
			return refuse(CodeAnswer, "the answer has %s twice", name)
		}
		if len(q.Get(name)) > maxParameter {
			return refuse(CodeAnswer, "the answer's %s is longer than %d bytes", name, maxParameter)
		}
	}
	if q.Has("code") && q.Has("error") {
		return refuse(CodeAnswer, "the answer is a code and an error at once")
	}
	return nil
}

// checkOrigin binds an answer to its sign-in by state, and to the provider by iss: without that a provider that
// somebody broke into could have the code of another sent to it (RFC 9207 1).
func (c *Connection) checkOrigin(q url.Values, p Pending, m metadata) error {
	switch {
	case !q.Has("state"):
		return refuse(CodeState, "the answer has no state; a link that only starts a sign-in has to lead to the address for that")
	case !same(q.Get("state"), p.State):
		return refuse(CodeState, "the answer belongs to another sign-in (state)")
	case q.Has("iss") && q.Get("iss") != c.issuer:
		return refuse(CodeIssuer, "the answer comes from %s and not from %s", shown(q.Get("iss")), shown(c.issuer))
	case m.NamesItself && !q.Has("iss"):
		return refuse(CodeIssuer, "the answer does not say from whom it comes (iss), which this provider always does")
	}
	return nil
}

var (
	plainWord = regexp.MustCompile(`^[a-z_]{1,40}$`)
	entraCode = regexp.MustCompile(`^AADSTS[0-9]{1,10}\b`)
)

// refusedByProvider reads an error answer (RFC 6749 4.1.2.1, Core 3.1.2.6). Its description may hold anything, a name
// too; of it only the number is shown by which Entra's are looked up.
func refusedByProvider(q url.Values) error {
	word := q.Get("error")
	number := entraCode.FindString(q.Get("error_description"))
	if number != "" {
		number = " (" + number + ")"
	}
	switch {
	case !q.Has("error"):
		return nil
	case word == "access_denied":
		return refuse(CodeDenied, "the provider does not let this person in%s; assign them to the application there", number)
	case word == "temporarily_unavailable" || word == "server_error":
		return &Refusal{code: CodeUnavailable, text: "the provider says " + word + number, cause: ErrUnavailable}
	case !plainWord.MatchString(word):
		return refuse(CodeProvider, "the provider answers with an error that is no plain word")
	}
	return refuse(CodeProvider, "the provider answers %s%s", word, number)
}

// checkPending wants a sign-in of this connection that began not long ago.
func (c *Connection) checkPending(p Pending, now usher.Time) error {
	switch {
	case p.Connection != c.name:
		return refuse(CodePending, "the sign-in began at connection %s and ends at %s", shown(p.Connection), shown(c.name))
	case p.State == "" || p.Nonce == "" || p.Verifier == "":
		return refuse(CodePending, "no sign-in was begun")
	case now.Sub(p.StartedAt) > Lifetime || p.StartedAt.Sub(now) > c.leeway:
		return refuse(CodePending, "the sign-in was begun longer than %s ago; begin again", strings.TrimSuffix(Lifetime.String(), "0s"))
	}
	return nil
}

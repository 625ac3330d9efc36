package oidc_test

import (
	"fmt"
	"strings"
	"testing"

	library "github.com/coreos/go-oidc/v3/oidc"

	"usher/sso/oidc/oidctest"
)

// row is one case of the table: whether the token should pass, and whether it does.
type row struct {
	kind, name  string
	right       bool
	plain, ours bool
	plainIs     string // who signed in for plain go-oidc
}

// TestOIDCTable prints what go-oidc alone, used as its documentation shows, makes of each token, beside usher. It fails
// where usher is wrong, and where go-oidc never is: then the table compares nothing.
func TestOIDCTable(t *testing.T) {
	rows := tableRows(t)
	var table strings.Builder
	table.WriteString("| token | case | right | go-oidc alone | usher |\n|---|---|---|---|---|\n")
	plainWrong, oursWrong := 0, 0
	for _, r := range rows {
		plain, ours := verdict(r.plain, r.right), verdict(r.ours, r.right)
		if r.plain && r.plainIs == "boss" {
			plain = "**takes it, for another person**"
			r.plain = !r.right
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", r.kind, r.name, word(r.right), plain, ours)
		plainWrong += count(r.plain != r.right)
		oursWrong += count(r.ours != r.right)
	}
	t.Logf("\n%s\ntokens=%d go-oidc alone wrong=%d usher wrong=%d", table.String(), len(rows), plainWrong, oursWrong)
	if oursWrong > 0 || plainWrong == 0 {
		t.Errorf("usher is wrong on %d, go-oidc alone on %d", oursWrong, plainWrong)
	}
}

func tableRows(t *testing.T) []row {
	var rows []row
	for _, tt := range idTokenCases() {
		w := newWorld(t, tt.set)
		p, answer := w.begun(tt.options)
		raw := w.worked(p.Nonce, tt.spoil)
		w.Misbehave(oidctest.Edits{TokenResponse: func(tokens map[string]any) { tokens["id_token"] = raw }})
		_, err := w.Finish(t.Context(), w.now(), p, answer)
		r := row{kind: "ID", name: tt.name, right: tt.want == "", ours: err == nil}
		if token, err := w.plain().Verify(t.Context(), raw); err == nil {
			r.plain, r.plainIs = true, token.Subject
		}
		rows = append(rows, r)
	}
	for _, tt := range logoutTokenCases() {
		w := newWorld(t, tt.set)
		raw := w.workedLogout(tt.spoil)
		_, err := w.JudgeLogout(t.Context(), w.now(), raw)
		_, plain := w.plain().VerifyLogout(t.Context(), raw)
		rows = append(rows, row{kind: "logout", name: tt.name, right: tt.want == "", ours: err == nil, plain: plain == nil})
	}
	return rows
}

// plain is go-oidc's verifier as its documentation shows it.
func (w *world) plain() *library.IDTokenVerifier {
	w.Helper()
	provider, err := library.NewProvider(w.Context(), w.Issuer)
	if err != nil {
		w.Fatal(err)
	}
	return provider.Verifier(&library.Config{ClientID: oidctest.ClientID})
}

func verdict(taken, right bool) string {
	if taken == right {
		return word(taken)
	}
	return "**" + word(taken) + "**"
}

func word(taken bool) string {
	if taken {
		return "taken"
	}
	return "refused"
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// TestVerdictsOfTheTable sees that a wrong verdict is shown as one.
func TestVerdictsOfTheTable(t *testing.T) {
	if verdict(true, false) != "**taken**" || verdict(false, true) != "**refused**" || verdict(true, true) != "taken" || word(false) != "refused" {
		t.Error("the table would hide a wrong verdict")
	}
}

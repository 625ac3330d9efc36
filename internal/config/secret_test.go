package config

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
)

func TestSecretIsNeverShown(t *testing.T) {
	s := Secret(canary)
	holder := struct {
		Token *Secret
		Map   map[string]Secret
	}{&s, map[string]Secret{"key": s}}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	markup, err := xml.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{string(encoded), string(markup), s.String(), s.GoString(), fmt.Sprint(s)}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%10.3s"} {
		shown = append(shown, fmt.Sprintf(verb, s), fmt.Sprintf(verb, struct{ Token Secret }{s}))
	}
	for _, text := range shown {
		if strings.Contains(text, canary[:4]) || strings.Contains(text, fmt.Sprintf("%x", canary)) || !strings.Contains(text, redacted) {
			t.Errorf("shown as %q", text)
		}
	}
	if s.Reveal() != canary {
		t.Errorf("Reveal gives %q", s.Reveal())
	}
}

func TestConfigPrintsNoSecret(t *testing.T) {
	text := "store: postgres://usher:${env:CANARY}@db/usher\n" +
		"portals: {p: {kind: scim, url: https://p.example.com, token: \"${env:CANARY}\"}}\n"
	c, err := Parse("usher.yaml", []byte(text), testEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Portals[0].Token.Reveal(); got != canary {
		t.Fatalf("token %q", got)
	}
	if got := c.Store.Reveal(); got != "postgres://usher:"+canary+"@db/usher" {
		t.Fatalf("store %q", got)
	}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{string(encoded), fmt.Sprintf("%v %+v %#v", c, *c, *c)} {
		if strings.Contains(shown, canary) {
			t.Errorf("a secret is shown in %s", shown)
		}
	}
}

package saml

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

const samlpService = "https://usher.example/samlp"

// startSamlp starts npm samlp, the second provider that shares no code with us, and gives its address.
func startSamlp(t *testing.T) string {
	t.Helper()
	dir := filepath.Join("..", "..", "testdata", "peers", "samlp")
	node, err := exec.LookPath("node")
	if _, absent := os.Stat(filepath.Join(dir, "node_modules", "samlp")); err != nil || absent != nil {
		storetest.Need(t, "node, and the packages of testdata/peers/samlp")
	}
	cmd := exec.Command(node, "server.js")
	cmd.Dir, cmd.Stderr = dir, os.Stderr
	cmd.Env = append(os.Environ(), "PEER_CERT="+key(t, "idp").certFile, "PEER_KEY="+key(t, "idp").keyFile, "PEER_SERVICE_CERT="+key(t, "ours").certFile,
		"PEER_SERVICE="+samlpService, "PEER_OBJECT_ID="+oid, "PEER_TENANT_ID="+tenantID, "NODE_NO_WARNINGS=1")
	stdin, err := cmd.StdinPipe()
	must(t, err)
	stdout, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	t.Cleanup(func() {
		_ = stdin.Close() // on which it ends
		if err := cmd.Wait(); err != nil {
			t.Errorf("samlp: %v", err)
		}
	})
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("samlp did not say where it listens: %v", err)
	}
	return strings.TrimSpace(line)
}

func TestSamlp(t *testing.T) {
	address := startSamlp(t)
	s := settings(t)
	byObjectID(&s)
	s.EntityID, s.ACS = samlpService, samlpService+"/acs"
	connect := func(t *testing.T, variant string, s Settings) *Connection {
		t.Helper()
		source := Source{address + "/" + variant + "/metadata", idpID, outbound.New(outbound.Options{AllowPrivate: true, BodyLimit: MetadataLimit})}
		_, idp, err := source.Refresh(t.Context(), Copy{}, usher.TimeOf(time.Now()))
		must(t, err)
		c, err := New(s, idp)
		must(t, err)
		return c
	}
	b := &browser{t, http.DefaultClient}
	for variant, want := range map[string]Code{
		"assertion": "", "prefixed": "", "both": "", "response": "", "gcm": "", "cbc": "", "sealed": "", "sha1": Algorithm, "unsigned": Unsigned,
	} {
		t.Run(variant, func(t *testing.T) {
			c := connect(t, variant, s)
			r, err := c.Start(Ask{Relay: "token-1"}, usher.TimeOf(time.Now()), rand.Reader)
			must(t, err)
			j, err := b.judge(c, b.get(r.URL))
			if got := codeOf(t, err); got != want {
				t.Fatalf("got %v, want %q", err, want)
			}
			if err == nil && (j.InResponseTo != r.ID || j.SignedIn.Subject != oid || j.SignedIn.Address != "ann@example.com" || fmt.Sprintf("%q", j.SignedIn.Groups) != `["HR" "Zürich <&> \"Süd\""]`) {
				t.Errorf("got %+v", j)
			}
		})
	}
	t.Run("begun by the provider", func(t *testing.T) {
		s := s
		s.Unsolicited = true
		c := connect(t, "assertion", s)
		j, err := b.judge(c, b.get(address+"/assertion/sso?audience="+samlpService))
		if err != nil || j.InResponseTo != "" || j.SignedIn.Subject != oid {
			t.Errorf("got %+v, %v", j, err)
		}
	})
	t.Run("another tenant", func(t *testing.T) {
		s := s
		s.Subject.Tenant = oid
		c := connect(t, "assertion", s)
		r, err := c.Start(Ask{}, usher.TimeOf(time.Now()), rand.Reader)
		must(t, err)
		if _, err := b.judge(c, b.get(r.URL)); codeOf(t, err) != Tenant {
			t.Errorf("got %v", err)
		}
	})
}

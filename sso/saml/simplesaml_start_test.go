package saml

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"usher/internal/outbound"
	"usher/internal/store/storetest"
	"usher/internal/usher"
)

// simpleSAML is a real identity provider that shares no code with us: SimpleSAMLphp of Debian, on loopback.
type simpleSAML struct {
	url, dir string
	source   Source
}

const simpleSAMLHome = "/usr/share/simplesamlphp"

// startSimpleSAML stops it when the test ends.
func startSimpleSAML(t *testing.T, services map[string]any) *simpleSAML {
	t.Helper()
	php, err := exec.LookPath("php")
	if _, absent := os.Stat(simpleSAMLHome + "/www"); err != nil || absent != nil {
		storetest.Need(t, "SimpleSAMLphp (Debian: simplesamlphp php-cli php-xml php-mbstring php-curl)")
	}
	idp := &simpleSAML{dir: t.TempDir()}
	idp.write(t, services)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	address := listener.Addr().String()
	must(t, listener.Close())
	idp.url = "http://" + address
	config, err := filepath.Abs("testdata/simplesamlphp")
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, php, "-S", address, "-t", simpleSAMLHome+"/www")
	cmd.Env = append(os.Environ(), "SIMPLESAMLPHP_CONFIG_DIR="+config, "USHER_IDP_DIR="+idp.dir, "USHER_IDP_URL="+idp.url)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	must(t, cmd.Start())
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // killed
		if t.Failed() {
			kept, _ := os.ReadFile(filepath.Join(idp.dir, "idp.log"))
			t.Logf("php: %s\nSimpleSAMLphp: %s", log.String(), kept)
		}
	})
	idp.source = Source{idp.url + "/saml2/idp/metadata.php", idpID, outbound.New(outbound.Options{AllowPrivate: true, BodyLimit: MetadataLimit})}
	idp.await(t)
	return idp
}

// write puts what the provider reads into its folder.
func (idp *simpleSAML) write(t *testing.T, services map[string]any) {
	t.Helper()
	for _, name := range []string{"tmp", "sessions"} {
		must(t, os.Mkdir(filepath.Join(idp.dir, name), 0o700))
	}
	for name, file := range map[string]string{"idp.key": key(t, "idp").keyFile, "idp.crt": key(t, "idp").certFile, "next.key": key(t, "idp next").keyFile, "next.crt": key(t, "idp next").certFile} {
		data, err := os.ReadFile(file)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(idp.dir, name), data, 0o600))
	}
	data, err := json.Marshal(services)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(idp.dir, "services.json"), data, 0o600))
	idp.stage(t, "old")
}

func (idp *simpleSAML) stage(t *testing.T, stage string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(idp.dir, "stage"), []byte(stage), 0o600))
}

func (idp *simpleSAML) await(t *testing.T) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		resp, err := http.Get(idp.url + "/index.php")
		if err == nil {
			resp.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("SimpleSAMLphp does not answer: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (idp *simpleSAML) connect(t *testing.T, s Settings) *Connection {
	t.Helper()
	_, known, err := idp.source.Refresh(t.Context(), Copy{}, usher.TimeOf(time.Now()))
	must(t, err)
	c, err := New(s, known)
	must(t, err)
	return c
}

package daemon_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"usher/connectors/scimout/scimportal"
	"usher/internal/store"
	"usher/internal/store/storetest"
)

// count is how often a campaign does what it does; the variable raises it.
func count(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s=%q is not a number from 1 on", variable, text)
	}
	return n
}

// site is an installation whose processes come and go: a store, a data folder, a
// configuration, and a portal that outlives them all.
type site struct {
	*testing.T
	binary string
	place  store.Options
	data   string
	file   string // the configuration
	portal *scimportal.Portal
	// portalURL is where the portal answers.
	portalURL string
	token     string
	client    *http.Client
	db        *sql.DB // past usher, for looking only
}

// newSite prepares an installation and starts nothing. The text is the rest of its
// configuration; %PORTAL% in it is the portal's address. Guards stay out of the way.
func newSite(t *testing.T, binary string, place store.Options, text string) *site {
	t.Helper()
	s := &site{T: t, binary: binary, place: place, data: place.Folder, portal: scimportal.New(scimportal.Options{})}
	if s.data == "" {
		s.data = t.TempDir()
	}
	server := httptest.NewServer(s.portal)
	t.Cleanup(server.Close)
	s.client = newClient()
	s.portalURL = server.URL
	s.configure(server.URL, text)
	return s
}

// newClient is a client of a site.
func newClient() *http.Client {
	return &http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: clients, MaxConnsPerHost: clients}}
}

const siteConfig = `listen: 127.0.0.1:0
data: %s
store: %q
log: {level: warn, format: json}
limits: {rate: 100000, burst: 1000000, uploads: 100000}
guards:
  releases: {min: 1000000, percent: 100}
  invitations: {min: 1000000}
%s`

func (s *site) configure(portal, text string) {
	s.Helper()
	url := s.place.URL
	if url == "" {
		url = "sqlite"
	}
	s.file = filepath.Join(s.TempDir(), "usher.yaml")
	text = fmt.Sprintf(siteConfig, s.data, url, strings.ReplaceAll(text, "%PORTAL%", portal))
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		s.Fatal(err)
	}
}

// up starts a process; on PostgreSQL there may be several.
func (s *site) up() *child {
	s.Helper()
	p := &child{T: s.T, file: s.file, data: s.data, log: &logged{}, command: exec.Command(s.binary, "serve", "--config", s.file)}
	p.command.Stderr = p.log
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		s.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		s.Fatal(err)
	}
	s.Cleanup(p.end)
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "SCIM base URL: ")
	if err != nil || !ok {
		s.Fatalf("usher said %q, %v\n%s", line, err, p.log)
	}
	p.url = strings.TrimSuffix(url, "/scim/v2")
	if s.token == "" {
		s.token = p.token()
		s.db = storetest.Raw(s.T, s.place)
	}
	return p
}

// kill ends the process as a power cut does.
func (p *child) kill() {
	p.Helper()
	if err := p.command.Process.Kill(); err != nil {
		p.Fatalf("the process had ended: %v\n%s", err, p.log)
	}
	_ = p.command.Wait() // which says that it was killed
}

// usher runs a command as an operator does.
func (s *site) usher(args ...string) (stdout, stderr string, err error) {
	var out, problems bytes.Buffer
	command := exec.Command(s.binary, append(args, "--config", s.file)...)
	command.Stdout, command.Stderr = &out, &problems
	err = command.Run()
	return out.String(), problems.String(), err
}

// do runs a command that must succeed.
func (s *site) do(args ...string) (stdout, stderr string) {
	s.Helper()
	stdout, stderr, err := s.usher(args...)
	if err != nil {
		s.Fatalf("usher %s: %v\n%s%s", strings.Join(args, " "), err, stdout, stderr)
	}
	return stdout, stderr
}

// send asks a process over SCIM. The error is of the road: nobody knows what became of
// the request.
func (s *site) send(p *child, method, path, body string) (reply, error) {
	req, err := http.NewRequestWithContext(s.Context(), method, p.url+"/scim/v2"+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+s.token)
	req.Header.Set("Content-Type", "application/scim+json")
	res, err := s.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return reply{res.StatusCode, res.Header, string(text)}, err
}

// number reads one number past usher.
func (s *site) number(query string, args ...any) int {
	s.Helper()
	var n int
	if err := s.db.QueryRowContext(s.Context(), query, args...).Scan(&n); err != nil {
		s.Fatalf("%s: %v", query, err)
	}
	return n
}

// sound looks for pools that are oversold or that miscount, past usher, and has usher
// check itself.
func (s *site) sound() {
	s.Helper()
	const occupied = `(select count(*) from seat t where t.subscription_id = s.id and t.state in ('invited', 'active', 'releasing'))`
	if n := s.number(`select count(*) from subscription s where s.used > s.purchased or s.used <> ` + occupied); n != 0 {
		s.Fatalf("%d subscriptions are oversold or miscounted", n)
	}
	s.do("check")
}

// user is the body of a User in a department.
func userBody(userName, department string) string {
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":%q,"externalId":%q,"displayName":"v0","active":true,
		"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":%q}}`, userName, "x-"+userName, department)
}

// replace is the body of a PATCH that replaces one attribute.
func replace(path string, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":%q,"value":%s}]}`, path, text)
}

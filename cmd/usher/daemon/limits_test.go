package daemon_test

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"usher/internal/store"
)

// maxGrowth is how much memory the refusal of a request may cost the process.
const maxGrowth = 32 << 20

// maxRefusal is how long a refusal may take on a machine that does other things too; the
// limit itself is measured without a network in package scim.
const maxRefusal = 2 * time.Second

// limit is a bound of what a request may hold.
type limit struct {
	name string
	n    int
	// send writes a request with n of it.
	send func(w io.Writer, n int)
	over []int // what is answered beyond it
}

// TestLimits tries every limit at n-1, n, n+1 and 1000n over the network on a process of
// its own: it stays alive, and refuses soon and without growing.
func TestLimits(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the process's memory is read from /proc")
	}
	p := spawn(t, binary(t), store.Options{Folder: t.TempDir()}, "limits: {rate: 100000, burst: 1000000}")
	for _, l := range limits(p) {
		t.Run(l.name, func(t *testing.T) {
			for _, n := range []int{l.n - 1, l.n} {
				if status, _ := p.ask(t, l, n); status >= 300 {
					t.Errorf("%d was refused with %d", n, status)
				}
			}
			for _, n := range []int{l.n + 1, 1000 * l.n} {
				p.refused(t, l, n)
			}
		})
	}
}

// tries is how often a refusal is measured until it is within its bounds, because the
// machine does other things too.
const tries = 8

func (p *child) refused(t *testing.T, l limit, n int) {
	t.Helper()
	var status int
	took, grown := time.Hour, math.MaxInt
	for try := 0; try < tries && (took > maxRefusal || grown > maxGrowth); try++ {
		p.forgetPeak()
		before := p.memory("VmRSS")
		var this time.Duration
		status, this = p.ask(t, l, n)
		took, grown = min(took, this), min(grown, p.memory("VmHWM")-before)
	}
	t.Logf("%d: %d after %v, the process grew by %d kB", n, status, took, grown>>10)
	ok := false
	for _, want := range l.over {
		ok = ok || status == want
	}
	if !ok || took > maxRefusal || grown > maxGrowth {
		t.Errorf("%d: answered %d after %v, the process grew by %d kB; want one of %v, at most %v and %d kB",
			n, status, took, grown>>10, l.over, maxRefusal, maxGrowth>>10)
	}
}

// ask sends a request over a connection of its own and reads the answer while it is still
// being sent, because a refusal does not wait for the end. The time counts from the first
// byte.
func (p *child) ask(t *testing.T, l limit, n int) (status int, took time.Duration) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatalf("the process does not answer: %v\n%s", err, p.log)
	}
	defer conn.Close()
	start := time.Now()
	go func() {
		w := bufio.NewWriterSize(conn, 64<<10)
		l.send(w, n)
		_ = w.Flush()
	}()
	if err := conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%d: no answer: %v", n, err)
	}
	res.Body.Close()
	return res.StatusCode, time.Since(start)
}

// limits are the bounds that stand in front of every parser.
func limits(p *child) []limit {
	token := p.token()
	head := func(w io.Writer, method, target, more string) {
		fmt.Fprintf(w, "%s %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s", method, target, token, more)
	}
	send := func(w io.Writer, method, target string, body func(w io.Writer)) {
		head(w, method, target, "Content-Type: application/scim+json\r\nTransfer-Encoding: chunked\r\n\r\n")
		chunks := &chunked{w}
		body(chunks)
		_, _ = io.WriteString(w, "0\r\n\r\n")
	}
	post := func(w io.Writer, target string, body func(w io.Writer)) { send(w, "POST", target, body) }
	// filled sends a body in which # stands for n units.
	filled := func(method, target, text, unit string, first int) func(io.Writer, int) {
		before, after, _ := strings.Cut(text, "#")
		return func(w io.Writer, n int) {
			send(w, method, target, func(w io.Writer) {
				_, _ = io.WriteString(w, before)
				repeat(w, unit, n-first)
				_, _ = io.WriteString(w, after)
			})
		}
	}
	user := p.make(token, "/scim/v2/Users", person("limit@example.com", "Limit"))
	groupBody := `{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"g"}`
	group := p.make(token, "/scim/v2/Groups", groupBody)
	member := `{"value":"` + strings.TrimPrefix(user, "/scim/v2/Users/") + `"}`
	step := `{"op":"replace","path":"title","value":"x"}`
	search := "/scim/v2/Users/.search"
	filter := func(w io.Writer, text string) {
		head(w, "GET", "/scim/v2/Users?count=0&filter="+url.QueryEscape(text), "\r\n")
	}
	return []limit{
		{"bytes of headers", 32 << 10, func(w io.Writer, n int) {
			var start strings.Builder
			head(&start, "GET", "/scim/v2/ServiceProviderConfig", "X-Padding: ")
			_, _ = io.WriteString(w, start.String())
			repeat(w, "x", n-start.Len()-len("\r\n\r\n"))
			_, _ = io.WriteString(w, "\r\n\r\n")
		}, []int{431}},
		{"bytes of a body", 1 << 20, func(w io.Writer, n int) {
			post(w, search, func(w io.Writer) {
				_, _ = io.WriteString(w, `{"count":0}`)
				repeat(w, " ", n-len(`{"count":0}`))
			})
		}, []int{413}},
		{"bytes of a group", 8 << 20, func(w io.Writer, n int) {
			filled("PUT", group, groupBody+"#", " ", len(groupBody))(w, n)
		}, []int{413}},
		{"members of a group", 50_000, filled("PUT", group, strings.TrimSuffix(groupBody, "}")+`,"members":[`+member+`#]}`, ","+member, 1), []int{413}},
		{"operations of a PATCH", 1000, filled("PATCH", user, `{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[`+step+`#]}`, ","+step, 1), []int{413}},
		{"depth of a body", 32, func(w io.Writer, n int) {
			post(w, search, func(w io.Writer) {
				_, _ = io.WriteString(w, `{"count":0,"attributes":[],"x":`)
				repeat(w, "[", n-1)
				repeat(w, "]", n-1)
				_, _ = io.WriteString(w, `}`)
			})
		}, []int{400, 413}},
		{"bytes of a filter", 4 << 10, func(w io.Writer, n int) {
			filterIn(post, search)(w, `title eq \"`+strings.Repeat("x", n-len(`title eq ""`))+`\"`)
		}, []int{400, 413}},
		{"brackets of a filter", 16, func(w io.Writer, n int) {
			filterIn(post, search)(w, strings.Repeat("(", n)+"title pr"+strings.Repeat(")", n))
		}, []int{400}},
		{"comparisons of a filter", 20, func(w io.Writer, n int) {
			filterIn(post, search)(w, strings.TrimSuffix(strings.Repeat("title pr or ", n), " or "))
		}, []int{400}},
		{"comparisons of a filter in the address", 20, func(w io.Writer, n int) {
			filter(w, strings.TrimSuffix(strings.Repeat("title pr or ", n), " or "))
		}, []int{400, 431}},
	}
}

// make creates a resource and gives its path.
func (p *child) make(token, path, body string) string {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), http.MethodPost, p.url+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		p.Fatalf("POST %s answered %d", path, res.StatusCode)
	}
	return strings.TrimPrefix(res.Header.Get("Location"), p.url)
}

// filterIn sends a filter in the body of a search, where headers do not bound it.
func filterIn(post func(io.Writer, string, func(io.Writer)), target string) func(io.Writer, string) {
	return func(w io.Writer, text string) {
		post(w, target, func(w io.Writer) { fmt.Fprintf(w, `{"count":0,"filter":"%s"}`, text) })
	}
}

// repeat writes text n times, in pieces.
func repeat(w io.Writer, text string, n int) {
	piece := strings.Repeat(text, 32<<10)
	for ; n > 0; n -= len(piece) / len(text) {
		if _, err := io.WriteString(w, piece[:min(n*len(text), len(piece))]); err != nil {
			return // the refusal came before the end
		}
	}
}

// chunked writes HTTP chunks (RFC 9112, 7.1).
type chunked struct{ w io.Writer }

// Write implements io.Writer.
func (c *chunked) Write(b []byte) (int, error) {
	if _, err := fmt.Fprintf(c.w, "%x\r\n", len(b)); err != nil {
		return 0, err
	}
	n, err := c.w.Write(b)
	if err == nil {
		_, err = io.WriteString(c.w, "\r\n")
	}
	return n, err
}

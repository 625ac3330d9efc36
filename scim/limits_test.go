package scim

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// What a refusal may cost.
const (
	refusalTime   = 100 * time.Millisecond
	refusalMemory = 32 << 20
)

// TestLimits tries every limit at n-1, n, n+1 and 1000n: up to n it is no reason to
// refuse, beyond it the answer is a 4xx, soon and without much memory.
func TestLimits(t *testing.T) {
	d := newDoor(t, newMemory())
	member := d.want(201, d.do("POST", "/Users", person("member", ""))).id()
	user := "/Users/" + member
	group := "/Groups/" + d.want(201, d.do("POST", "/Groups", team("g", ""))).id()
	one := `{"value":"` + member + `"}`
	filter := func(text string) *http.Request {
		return httptest.NewRequest("GET", "/Users?count=0&filter="+url.QueryEscape(text), nil)
	}
	put := func(target, body, mark string, unit func(i int) string, n int) *http.Request {
		return httptest.NewRequest("PUT", target, filled(body, mark, unit, n))
	}
	for _, c := range []struct {
		name  string
		n     int
		over  int
		build func(n int) *http.Request
	}{
		{"bytes of a User", 1 << 20, 413, func(n int) *http.Request {
			return httptest.NewRequest("PUT", user, padded(person("member", ""), n))
		}},
		{"declared bytes of a User", 1 << 20, 413, func(n int) *http.Request {
			r := httptest.NewRequest("PUT", user, padded(person("member", ""), n))
			r.ContentLength = int64(n)
			return r
		}},
		{"bytes of a Group", 8 << 20, 413, func(n int) *http.Request {
			return httptest.NewRequest("PUT", group, padded(team("g", ""), n))
		}},
		{"bytes of a search", 1 << 20, 413, func(n int) *http.Request {
			return httptest.NewRequest("POST", "/Users/.search", padded(`{"count":0}`, n))
		}},
		{"depth", maxDepth, 400, func(n int) *http.Request {
			// The arrays stand in an extension in the document: two levels down.
			closing := strings.Repeat("]", min(n-2, 100))
			return put(user, person("member", `,"urn:x:y":{"a":#`+closing+`}`), "#", same("["), n-2)
		}},
		{"names in an object", maxNames, 413, func(n int) *http.Request {
			return put(user, person("member", `#`), "#", func(i int) string { return fmt.Sprintf(`,"x%d":1`, i) }, n-2)
		}},
		{"weight of a User", userBounds().weight, 413, func(n int) *http.Request {
			// Two objects, three arrays and two commas; then commas, and now and then an array
			// of its own, because one array cannot have that many elements.
			unit := func(i int) string {
				if i%1000 == 999 {
					return "],[1"
				}
				return ",1"
			}
			left := n - 2*objectWeight - 5
			return put(user, person("member", `,"urn:x:y":{"a":[[1#]]}`), "#", unit, left/1001*1000+left%1001)
		}},
		{"members of a group", maxMembers, 413, func(n int) *http.Request {
			return put(group, team("g", `,"members":[`+one+`#]`), "#", same(","+one), n-1)
		}},
		{"members of one operation", maxMembers, 413, func(n int) *http.Request {
			body := patch(`{"op":"add","path":"members","value":[` + one + `#]}`)
			return httptest.NewRequest("PATCH", group, filled(body, "#", same(","+one), n-1))
		}},
		{"operations", maxOperations, 413, func(n int) *http.Request {
			step := `{"op":"replace","path":"title","value":"x"}`
			return httptest.NewRequest("PATCH", user, filled(patch(step+"#"), "#", same(","+step), n-1))
		}},
		{"bytes of a filter", maxFilterBytes, 400, func(n int) *http.Request {
			return filter(`title eq "` + strings.Repeat("x", n-len(`title eq ""`)) + `"`)
		}},
		{"brackets of a filter", maxFilterDepth, 400, func(n int) *http.Request {
			return filter(strings.Repeat("(", n) + "title pr" + strings.Repeat(")", n))
		}},
		{"comparisons of a filter", 20, 400, func(n int) *http.Request {
			return filter(strings.TrimSuffix(strings.Repeat("title pr or ", n), " or "))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, n := range []int{c.n - 1, c.n} {
				if got := serve(d, c.build(n)); got.Code >= 300 {
					t.Errorf("%d refused with %d: %.200s", n, got.Code, got.Body)
				}
			}
			for _, n := range []int{c.n + 1, 1000 * c.n} {
				checkRefusal(t, d, n, c.over, c.build)
			}
		})
	}
}

// checkRefusal measures what a refusal costs: the best of a few, because the machine does
// other things too.
func checkRefusal(t *testing.T, d *door, n, status int, build func(int) *http.Request) {
	t.Helper()
	took, memory := time.Hour, uint64(1<<63)
	for try := 0; try < 8 && (try == 0 || took > refusalTime || memory > refusalMemory); try++ {
		r := build(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		got := serve(d, r)
		took = min(took, time.Since(start))
		runtime.ReadMemStats(&after)
		memory = min(memory, after.TotalAlloc-before.TotalAlloc)
		if got.Code != status {
			t.Fatalf("%d: answered %d, want %d: %.200s", n, got.Code, status, got.Body)
		}
	}
	t.Logf("%d: refused after %v and %d kB", n, took, memory>>10)
	if took > refusalTime || memory > refusalMemory {
		t.Errorf("%d: refused after %v and %d kB, want at most %v and %d kB", n, took, memory>>10, refusalTime, refusalMemory>>10)
	}
}

func serve(d *door, r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Authorization", "Bearer ann")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	return w
}

func same(text string) func(int) string { return func(int) string { return text } }

// filled reads as text with n units in place of the mark, made as they are read.
func filled(text, mark string, unit func(i int) string, n int) io.Reader {
	before, after, _ := strings.Cut(text, mark)
	return io.MultiReader(strings.NewReader(before), &units{unit: unit, n: n}, strings.NewReader(after))
}

type units struct {
	unit func(i int) string
	n, i int
	rest string
}

// Read implements io.Reader.
func (u *units) Read(p []byte) (int, error) {
	filled := 0
	for filled < len(p) && (u.rest != "" || u.i < u.n) {
		if u.rest == "" {
			u.rest = u.unit(u.i)
			u.i++
		}
		k := copy(p[filled:], u.rest)
		filled, u.rest = filled+k, u.rest[k:]
	}
	if filled == 0 {
		return 0, io.EOF
	}
	return filled, nil
}

// padded reads as text with blanks after it, n bytes in all.
func padded(text string, n int) io.Reader {
	return io.LimitReader(io.MultiReader(strings.NewReader(text), blanks{}), int64(n))
}

type blanks struct{}

// Read implements io.Reader.
func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestMembersOfAllOperations counts the members of a PATCH together.
func TestMembersOfAllOperations(t *testing.T) {
	d := newDoor(t, newMemory())
	group := "/Groups/" + d.want(201, d.do("POST", "/Groups", team("g", ""))).id()
	for n, status := range map[int]int{maxMembers: 400, maxMembers + 1: 413} { // 400: nobody has these ids
		step := `{"op":"add","path":"members","value":[{"value":"x"}#]}`
		half := filled(step, "#", func(i int) string { return fmt.Sprintf(`,{"value":"a%d"}`, i) }, n/2-1)
		rest := filled(","+step+"]}", "#", func(i int) string { return fmt.Sprintf(`,{"value":"b%d"}`, i) }, n-n/2-1)
		head := strings.NewReader(strings.TrimSuffix(patch(""), "]}"))
		got := serve(d, httptest.NewRequest("PATCH", group, io.MultiReader(head, half, rest)))
		if got.Code != status {
			t.Errorf("%d members: %d, want %d: %s", n, got.Code, status, got.Body)
		}
	}
}

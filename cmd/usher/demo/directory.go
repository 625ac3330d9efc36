package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// directory is an identity provider's side of SCIM.
type directory struct {
	name, base, token string
	http              http.Client
	ids               map[string]string // usher's ids by those of the directory
	calls             []call            // since they were last told
}

// call is one request, without what differs from person to person.
type call struct {
	method, path, body string
	status             int
}

func newDirectory(name, base, token string) *directory {
	return &directory{name: name, base: base, token: token, http: http.Client{Timeout: 20 * time.Second}, ids: map[string]string{}}
}

// The schemas of what is pushed.
const (
	userURN       = "urn:ietf:params:scim:schemas:core:2.0:User"
	enterpriseURN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
	groupURN      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	patchURN      = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
)

// object is JSON in the making or as it was answered.
type object = map[string]any

// resource is what the demo reads of an answer.
type resource struct {
	ID           string `json:"id"`
	TotalResults int    `json:"totalResults"`
}

// ask sends one request; any answer but the one that is wanted is an error. shown is what
// is told of the body.
func (d *directory) ask(ctx context.Context, method, path string, body any, shown string, want ...int) (resource, error) {
	var answer resource
	content, err := json.Marshal(body)
	if err != nil {
		return answer, err
	}
	if body == nil {
		content = nil
	}
	request, err := http.NewRequestWithContext(ctx, method, d.base+path, bytes.NewReader(content))
	if err != nil {
		return answer, err
	}
	request.Header.Set("Authorization", "Bearer "+d.token)
	request.Header.Set("Content-Type", "application/scim+json")
	response, err := d.http.Do(request)
	if err != nil {
		return answer, fmt.Errorf("%s: %w", d.name, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return answer, fmt.Errorf("%s: %w", d.name, err)
	}
	if !slices.Contains(want, response.StatusCode) {
		return answer, fmt.Errorf("%s: %s %s was answered %d: %s", d.name, method, path, response.StatusCode, text)
	}
	d.calls = append(d.calls, call{method, shape(path), shown, response.StatusCode})
	if len(text) > 0 {
		err = json.Unmarshal(text, &answer)
	}
	return answer, err
}

// missing looks a resource up, as every identity provider does before it creates one.
func (d *directory) missing(ctx context.Context, endpoint, filter, rest string) error {
	found, err := d.ask(ctx, http.MethodGet, endpoint+"?filter="+url.QueryEscape(filter)+rest, nil, "", http.StatusOK)
	if err == nil && found.TotalResults != 0 {
		err = fmt.Errorf("%s: %s is there already", d.name, filter)
	}
	return err
}

// path is where a person's record is.
func (d *directory) path(p person) string { return "/Users/" + d.ids[p.externalID] }

func (d *directory) patch(ctx context.Context, path, shown string, operations ...object) error {
	body := object{"schemas": []string{patchURN}, "Operations": operations}
	_, err := d.ask(ctx, http.MethodPatch, path, body, shown, http.StatusOK, http.StatusNoContent)
	return err
}

var (
	quotedText = regexp.MustCompile(`"[^"]*"`)
	resourceID = regexp.MustCompile(`/[0-9a-f]{8}-[0-9a-f-]{27}`)
)

// shape is a path without what differs from person to person.
func shape(path string) string {
	if decoded, err := url.QueryUnescape(path); err == nil {
		path = decoded
	}
	return resourceID.ReplaceAllString(quotedText.ReplaceAllString(path, `"..."`), "/{id}")
}

// told writes the calls since it was last asked, the same ones put together, and says how
// many there were.
func (d *directory) told(p *page) int {
	var order []call
	times := map[call]int{}
	for _, c := range d.calls {
		if times[c] == 0 {
			order = append(order, c)
		}
		times[c]++
	}
	label := d.name
	for _, c := range order {
		line := c.method + " " + c.path
		if c.body != "" {
			line += "  " + c.body
		}
		line += fmt.Sprintf("  -> %d", c.status)
		if times[c] > 1 {
			line += fmt.Sprintf(", %d times", times[c])
		}
		p.row(label, line)
		label = ""
	}
	n := len(d.calls)
	d.calls = nil
	return n
}

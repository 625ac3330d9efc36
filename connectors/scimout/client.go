package scimout

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"usher/connectors"
)

// scimType is the media type of RFC 7644 3.1.
const scimType = "application/scim+json"

// request is one call.
type request struct {
	method string
	path   string
	query  url.Values
	body   any
	// version is sent as If-Match when the portal showed one.
	version string
}

// write says whether the call may change something.
func (r request) write() bool { return r.method != http.MethodGet }

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends one request. The error is always a *connectors.Failure.
func (c *Connector) do(ctx context.Context, r request) (answer, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return answer{}, connectors.Refuse("the request cannot be made: "+err.Error(), "")
	}
	resp, err := c.options.Client.Do(req)
	if err != nil {
		return answer{}, connectors.NoAnswer(r.write(), err)
	}
	defer resp.Body.Close()
	a := answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, c.options.MaxBody+1))
	if a.status < 200 || a.status > 299 { // what a refusal says is welcome, but not needed
		return a, c.failed(r, a)
	}
	if err != nil {
		return a, connectors.Unclear(r.write(), "the portal's answer broke off: "+err.Error())
	}
	if int64(len(a.body)) > c.options.MaxBody {
		return a, connectors.Unclear(r.write(), fmt.Sprintf("the portal's answer is larger than %d bytes", c.options.MaxBody))
	}
	return a, nil
}

// build makes the HTTP request of r.
func (c *Connector) build(ctx context.Context, r request) (*http.Request, error) {
	target := c.base + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	var body bytes.Buffer
	if r.body != nil {
		encoder := json.NewEncoder(&body)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(r.body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, r.method, target, &body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", c.options.Accept)
	if r.body != nil {
		req.Header.Set("Content-Type", scimType)
	}
	if r.version != "" {
		req.Header.Set("If-Match", r.version)
	}
	if c.options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	return req, nil
}

// object reads the body as a JSON object. Portals name all sorts of media types; a page
// for people is the one that cannot be an answer.
func (a answer) object() (map[string]any, bool) {
	if media, _, _ := mime.ParseMediaType(a.header.Get("Content-Type")); media == "text/html" {
		return nil, false
	}
	var object map[string]any
	err := json.Unmarshal(a.body, &object)
	return object, err == nil && object != nil
}

// empty says whether the answer has no body.
func (a answer) empty() bool { return len(bytes.TrimSpace(a.body)) == 0 }

// detail is what an error answer says (RFC 7644 3.12).
func (a answer) detail() string {
	object, ok := a.object()
	if !ok {
		return ""
	}
	detail := text(object, "detail")
	if kind := text(object, "scimType"); kind != "" {
		detail = kind + " " + detail
	}
	return connectors.Words(detail)
}

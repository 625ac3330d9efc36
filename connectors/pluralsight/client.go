package pluralsight

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"usher/connectors"
)

// maxBody is the largest answer that is read, in bytes.
const maxBody = 4 << 20

// post sends records. Only a run that is not dry is a write; its failure may leave open what
// it did.
func (c *Connector) post(ctx context.Context, e errand, records []record, dry bool) (answer, *connectors.Failure) {
	query := url.Values{"exitOnError": {"false"}, "dryRun": {fmt.Sprint(dry)}}
	target := c.base + "/" + e.run() + "?" + query.Encode()
	if e.products != "" {
		target += "&productIds=" + e.products // as in the vendor's examples: its commas are not escaped
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(file(records)))
	if err != nil {
		return answer{}, connectors.Refuse("the request cannot be made: "+err.Error(), "")
	}
	req.Header.Set("Content-Type", "text/csv")
	req.Header.Set("Content-Disposition", `attachment; filename="`+e.run()+`.csv"`)
	return c.do(req, !dry)
}

// outcome asks what the latest run came to.
func (c *Connector) outcome(ctx context.Context, e errand) (answer, *connectors.Failure) {
	target := c.base + strings.ReplaceAll(c.options.Results, "{run}", e.run())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return answer{}, connectors.Refuse("the request cannot be made: "+err.Error(), "")
	}
	return c.do(req, false)
}

// do sends a request and reads its answer.
func (c *Connector) do(req *http.Request, write bool) (answer, *connectors.Failure) {
	req.Header.Set("Accept", "application/json")
	if c.options.User != "" {
		req.SetBasicAuth(c.options.User, c.options.Token)
	} else if c.options.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.options.Token)
	}
	resp, err := c.options.Client.Do(req)
	if err != nil {
		return answer{}, connectors.NoAnswer(write, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil {
		err = req.Context().Err() // an answer that ended after its time is not whole
	}
	switch {
	case err == nil && len(body) > maxBody:
		return answer{}, connectors.Unclear(write, fmt.Sprintf("the portal's answer is larger than %d bytes", maxBody))
	case err != nil && resp.StatusCode < http.StatusMultipleChoices:
		return answer{}, connectors.Unclear(write, "the portal's answer broke off: "+err.Error())
	}
	return read(resp, body, write)
}

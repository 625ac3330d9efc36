package scim

import (
	"net/http"
	"net/url"
	"strings"

	"usher/internal/usher"
)

// maxID is how long the ids that usher makes can be.
const maxID = 64

// collection is a resource type at its endpoint: it reads a request into an exchange
// and sees that its resources answer.
type collection struct {
	*server
	kind      *kind
	endpoint  string
	bounds    bounds
	resources resources
}

// route reads what follows the endpoint. Anything that is not an id as usher makes them
// is no resource, so that no id is ever decoded twice.
func (c *collection) route(rest string, deeper bool) (target, error) {
	switch {
	case !deeper:
		return target{[]string{http.MethodGet, http.MethodHead, http.MethodPost}, c.serveAll}, nil
	case strings.EqualFold(rest, ".search"):
		return target{[]string{http.MethodPost}, c.serveSearch}, nil
	case validID(rest):
		methods := []string{http.MethodGet, http.MethodHead, http.MethodPut, http.MethodPatch, http.MethodDelete}
		return target{methods, c.serveOne(usher.ID(rest))}, nil
	}
	return target{}, notFound()
}

func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return true
}

// serveAll lists, or creates.
func (c *collection) serveAll(w http.ResponseWriter, r *http.Request, who usher.Principal) (answer, error) {
	x, asked, err := c.begin(r, who)
	if err != nil {
		return answer{}, err
	}
	if r.Method == http.MethodPost {
		if x.document, err = c.readResource(w, r); err != nil {
			return answer{}, err
		}
		return c.pass(r, x, http.MethodPost, c.endpoint)
	}
	if x.listing, err = c.query(who.Directory, asked); err != nil {
		return answer{}, err
	}
	return c.pass(r, x, http.MethodGet, c.endpoint)
}

// serveSearch is a list whose parameters came in the body.
func (c *collection) serveSearch(w http.ResponseWriter, r *http.Request, who usher.Principal) (answer, error) {
	asked, err := readSearch(w, r)
	if err != nil {
		return answer{}, err
	}
	x := &exchange{who: who, header: r.Header, shape: asked.shape}
	if x.listing, err = c.query(who.Directory, asked); err != nil {
		return answer{}, err
	}
	return c.pass(r, x, http.MethodGet, c.endpoint)
}

// serveOne reads, replaces, changes or deletes one resource.
func (c *collection) serveOne(id usher.ID) func(http.ResponseWriter, *http.Request, usher.Principal) (answer, error) {
	return func(w http.ResponseWriter, r *http.Request, who usher.Principal) (answer, error) {
		x, _, err := c.begin(r, who)
		if err != nil {
			return answer{}, err
		}
		method := r.Method
		switch method {
		case http.MethodHead:
			method = http.MethodGet // net/http drops the body
		case http.MethodPut:
			if x.document, err = c.readResource(w, r); err != nil {
				return answer{}, err
			}
		case http.MethodPatch:
			if x.operations, err = c.readPatch(w, r); err != nil {
				return answer{}, err
			}
			return c.resources.patch(r.Context(), x, id)
		}
		return c.pass(r, x, method, c.endpoint+"/"+string(id))
	}
}

// begin opens the exchange with what the query string asks for.
func (c *collection) begin(r *http.Request, who usher.Principal) (*exchange, search, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, search{}, badRequest(invalidValue, "the query string is not percent-encoded correctly")
	}
	asked, err := searchOf(values)
	if err != nil {
		return nil, search{}, err
	}
	return &exchange{who: who, header: r.Header, shape: asked.shape}, asked, nil
}

func (c *collection) readResource(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	body, err := readDocument(w, r, c.bounds)
	if err != nil {
		return nil, err
	}
	return c.kind.canonicalBody(body)
}

func (c *collection) readPatch(w http.ResponseWriter, r *http.Request) ([]patchOp, error) {
	body, err := readDocument(w, r, c.bounds)
	if err != nil {
		return nil, err
	}
	return c.kind.patchOps(body)
}

package scim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"

	elimity "github.com/elimity-com/scim"
	scimerrors "github.com/elimity-com/scim/errors"
	"github.com/elimity-com/scim/optional"

	"usher/internal/usher"
)

// exchange is one request on its way through the library: what was taken off the
// request before, and the answer that the library is not asked to render.
type exchange struct {
	who    usher.Principal
	header http.Header
	shape  shape
	// listing is what a list or search asks for.
	listing usher.Query
	// document is the canonical body of a POST or PUT.
	document map[string]any
	// operations are those of a PATCH.
	operations []patchOp

	settled bool // a handler ran
	answer  answer
	err     error
}

type exchangeKey struct{}

// exchangeOf is the exchange that pass put beside the request.
func exchangeOf(r *http.Request) *exchange { return r.Context().Value(exchangeKey{}).(*exchange) }

// settle keeps the outcome of a handler and gives the library something to chew on.
func (x *exchange) settle(a answer, err error) (elimity.Resource, error) {
	x.settled, x.answer, x.err = true, a, err
	return elimity.Resource{}, err
}

// resources is what can be done with one type of resource.
type resources interface {
	create(ctx context.Context, x *exchange) (answer, error)
	get(ctx context.Context, x *exchange, id usher.ID) (answer, error)
	list(ctx context.Context, x *exchange) (answer, error)
	replace(ctx context.Context, x *exchange, id usher.ID) (answer, error)
	patch(ctx context.Context, x *exchange, id usher.ID) (answer, error)
	remove(ctx context.Context, x *exchange, id usher.ID) (answer, error)
}

// handler is how the library sees resources. What it passes as parameters is less than
// what the exchange holds, and is ignored.
type handler struct{ resources }

// Create implements elimity.ResourceHandler.
func (h handler) Create(r *http.Request, _ elimity.ResourceAttributes) (elimity.Resource, error) {
	x := exchangeOf(r)
	return x.settle(h.create(r.Context(), x))
}

// Get implements elimity.ResourceHandler.
func (h handler) Get(r *http.Request, id string) (elimity.Resource, error) {
	x := exchangeOf(r)
	return x.settle(h.get(r.Context(), x, usher.ID(id)))
}

// GetAll implements elimity.ResourceHandler.
func (h handler) GetAll(r *http.Request, _ elimity.ListRequestParams) (elimity.Page, error) {
	x := exchangeOf(r)
	_, err := x.settle(h.list(r.Context(), x))
	return elimity.Page{}, err
}

// Replace implements elimity.ResourceHandler.
func (h handler) Replace(r *http.Request, id string, _ elimity.ResourceAttributes) (elimity.Resource, error) {
	x := exchangeOf(r)
	return x.settle(h.replace(r.Context(), x, usher.ID(id)))
}

// Patch implements elimity.ResourceHandler. The library never sees a PATCH.
func (h handler) Patch(*http.Request, string, []elimity.PatchOperation) (elimity.Resource, error) {
	return elimity.Resource{}, scimerrors.ScimError{Status: http.StatusNotImplemented}
}

// Delete implements elimity.ResourceHandler.
func (h handler) Delete(r *http.Request, id string) error {
	x := exchangeOf(r)
	_, err := x.settle(h.remove(r.Context(), x, usher.ID(id)))
	return err
}

// register describes the collection to the library.
func (c *collection) register() elimity.ResourceType {
	core, extensions := c.kind.elimity()
	return elimity.ResourceType{
		ID: optional.NewString(c.kind.name), Name: c.kind.name, Endpoint: c.endpoint,
		Schema: core, SchemaExtensions: extensions, Handler: handler{c.resources},
	}
}

// pass sends the exchange through the library, which sees a method, a clean path and
// a body in canonical form, and returns the outcome.
func (c *collection) pass(r *http.Request, x *exchange, method, path string) (answer, error) {
	inner := r.WithContext(context.WithValue(r.Context(), exchangeKey{}, x))
	inner.Method, inner.URL, inner.Body = method, &url.URL{Path: path}, http.NoBody
	if x.document != nil {
		body, err := json.Marshal(validated(x.document))
		if err != nil {
			return answer{}, err
		}
		inner.Body = io.NopCloser(bytes.NewReader(body))
	}
	v := &verdict{header: http.Header{}}
	c.library.ServeHTTP(v, inner)
	if x.settled {
		return x.answer, x.err
	}
	return answer{}, v.problem()
}

// validated is what of a document the library validates: all but members, which are
// validated already and can be 50,000.
func validated(document map[string]any) map[string]any {
	body := maps.Clone(document)
	delete(body, membersName)
	return body
}

// verdict takes what the library writes. It counts only when no handler ran, which
// means that the library refused the body.
type verdict struct {
	header http.Header
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (v *verdict) Header() http.Header { return v.header }

// WriteHeader implements http.ResponseWriter; the body says the status too.
func (v *verdict) WriteHeader(int) {}

// Write implements http.ResponseWriter.
func (v *verdict) Write(p []byte) (int, error) { return v.body.Write(p) }

func (v *verdict) problem() error {
	var e scimerrors.ScimError
	if err := json.Unmarshal(v.body.Bytes(), &e); err != nil {
		return err
	}
	return &problem{status: e.Status, scimType: string(e.ScimType), detail: e.Detail}
}

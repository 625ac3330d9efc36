// Package scim is the door through which identity providers push people and groups:
// a SCIM 2.0 service provider (RFC 7643, RFC 7644) for the dialects of Okta and Entra
// at once, without switches.
//
// Its invariant: nothing a client sends reaches a parser before its size, depth and
// syntax are bounded, nothing is served before the caller is authenticated, and a
// caller sees and changes the records of its own directory only.
//
// # What the library does
//
// github.com/elimity-com/scim sits inside as router, schema kit and body validator:
// its schema values are the one definition of our resource types, its validator reads
// every POST and PUT, and its server calls our [elimity.ResourceHandler] for everything
// but PATCH. These go around it, because there it is wrong, unbounded or silent:
//
//   - limits, authentication, paths, methods: answered in front of it;
//   - filters, sorting, paging and projection: taken off the request and carried beside
//     it to the handler, which hands the store a condition it can turn into SQL;
//   - PATCH: canonicalised and applied by us; the library would refuse what Okta and
//     Entra send and spend most of its time on paths;
//   - bodies of POST and PUT: made canonical before it validates them; group members
//     are validated before and kept from it;
//   - discovery, and every answer: the handlers leave theirs in the [exchange] and the
//     library's own rendering is dropped, unless it refused the body itself.
//
// docs/decisions/0002-scim-library.md lists its defects and where each is fenced off.
package scim

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	elimity "github.com/elimity-com/scim"

	"usher/internal/limit"
	"usher/internal/usher"
)

// Reader is what the door reads. It never returns what belongs to another directory.
type Reader interface {
	// Record is one record with its groups and seats; usher.ErrNotFound for an unknown
	// id, another directory's and a deleted one's.
	Record(ctx context.Context, directory, id usher.ID) (usher.Record, error)
	// Records is a page of records that are not deleted.
	Records(ctx context.Context, q usher.Query) (usher.Page[usher.Record], error)
	// Group is one group, with its members if asked; usher.ErrNotFound as in Record.
	Group(ctx context.Context, directory, id usher.ID, members bool) (usher.Group, error)
	// Groups is a page of groups.
	Groups(ctx context.Context, q usher.Query) (usher.Page[usher.Group], error)
}

// Writer is what the door changes, always as a principal and in that principal's
// directory. The functions that it is given run under the lock of what they change, may
// run again on a retry, and stop the change by returning an error, which comes back.
type Writer interface {
	// CreateRecord makes a record of r's directory, document, attributes and values; id,
	// version and times are the writer's. A create repeated with the same CreateHash,
	// while the record is still as created, returns that record. usher.ErrConflict when
	// userName or externalId is taken.
	CreateRecord(ctx context.Context, p usher.Principal, r usher.Record) (usher.Record, error)
	// ChangeRecord stores what change makes of the record; an equal result changes nothing.
	ChangeRecord(ctx context.Context, p usher.Principal, id usher.ID, change func(usher.Record) (usher.Record, error)) (usher.Record, error)
	// DeleteRecord leaves a tombstone, once check agrees.
	DeleteRecord(ctx context.Context, p usher.Principal, id usher.ID, check func(usher.Record) error) error
	// CreateGroup makes a group with members, under the rules of CreateRecord.
	CreateGroup(ctx context.Context, p usher.Principal, g usher.Group, members []usher.ID) (usher.Group, error)
	// ChangeGroup stores what change makes of the group, which it sees without members,
	// and applies the steps to its members in order.
	ChangeGroup(ctx context.Context, p usher.Principal, id usher.ID, change func(usher.Group) (usher.Group, []usher.MemberOp, error)) (usher.Group, error)
	// DeleteGroup removes the group, once check agrees.
	DeleteGroup(ctx context.Context, p usher.Principal, id usher.ID, check func(usher.Group) error) error
}

// Options are what a door needs. Reader, Writer, Authenticate and BaseURL are required.
type Options struct {
	Reader Reader
	Writer Writer
	// Authenticate turns a request into the principal of a directory. An error that wraps
	// usher.ErrNotFound or usher.ErrInvalid means that there is no valid token (401); any
	// other is a failure of ours.
	Authenticate func(*http.Request) (usher.Principal, error)
	// BaseURL is the absolute URL of the tree as clients see it, such as
	// "https://usher.example.com/scim/v2".
	BaseURL string
	// ClientIP names the client whose failed authentications are counted together; nil
	// takes the address of the connection.
	ClientIP func(*http.Request) string
	// OnError hears of errors that the client is not told about; nil drops them.
	OnError func(*http.Request, error)
	// Rate and Burst bound each token: requests a second, and at once. Zero: 50 and 200.
	Rate  float64
	Burst int
	// Failures is how many failed authentications a minute a client may make. Zero: 10.
	Failures int
	// Deadline bounds one request. Zero: 10 s.
	Deadline time.Duration
	// Now is the clock of the limits; nil takes time.Now.
	Now func() time.Time
}

// New makes the door. It serves the tree below its mount: "/Users", "/Groups" and so
// on, so give it the requests through http.StripPrefix.
func New(o Options) (http.Handler, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	s := &server{
		Options:  o,
		tokens:   limit.New(o.Rate, o.Burst, o.Now),
		failures: limit.New(float64(o.Failures)/time.Minute.Seconds(), o.Failures, o.Now),
	}
	s.users = &collection{server: s, kind: users(), endpoint: "/Users", bounds: userBounds()}
	s.users.resources = userResources{s.users}
	s.groups = &collection{server: s, kind: groups(), endpoint: "/Groups", bounds: groupBounds()}
	s.groups.resources = groupResources{s.groups}
	library, err := elimity.NewServer(&elimity.ServerArgs{
		ServiceProviderConfig: &elimity.ServiceProviderConfig{},
		ResourceTypes:         []elimity.ResourceType{s.users.register(), s.groups.register()},
	})
	if err != nil {
		return nil, err
	}
	s.library = library
	return s, nil
}

// complete checks what must be given and fills in what may be left out.
func (o *Options) complete() error {
	if o.Reader == nil || o.Writer == nil || o.Authenticate == nil {
		return errors.New("scim: Reader, Writer and Authenticate are required")
	}
	base, err := url.Parse(o.BaseURL)
	if err != nil || base.Scheme == "" || base.Host == "" {
		return errors.New("scim: BaseURL must be an absolute URL, such as https://usher.example.com/scim/v2")
	}
	o.BaseURL = strings.TrimRight(o.BaseURL, "/")
	if o.ClientIP == nil {
		o.ClientIP = connectionIP
	}
	if o.OnError == nil {
		o.OnError = func(*http.Request, error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.Rate = orElse(o.Rate, 50)
	o.Burst = orElse(o.Burst, 200)
	o.Failures = orElse(o.Failures, 10)
	o.Deadline = orElse(o.Deadline, 10*time.Second)
	return nil
}

func orElse[T comparable](value, fallback T) T {
	var zero T
	if value == zero {
		return fallback
	}
	return value
}

func connectionIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// server is the door.
type server struct {
	Options
	users, groups    *collection
	library          http.Handler
	tokens, failures *limit.Limiter
}

// location is the URL of a resource below the base.
func (s *server) location(endpoint string, id usher.ID) string {
	return s.BaseURL + endpoint + "/" + string(id)
}

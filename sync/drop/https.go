package drop

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"time"

	"usher/internal/outbound"
)

// Web says how usher calls a web address.
type Web struct {
	Version string // usher's own, for the User-Agent
	// AllowPrivate opens addresses inside the network, over http too (see package outbound).
	AllowPrivate bool
	RootCAs      *x509.CertPool // [the system's]
	Timeout      time.Duration  // for one request, with the whole body [10 min]
}

func (w Web) timeout() time.Duration { return cmp.Or(w.Timeout, 10*time.Minute) }

func (w Web) allows(at *url.URL) bool {
	return at.Scheme == "https" || at.Scheme == "http" && w.AllowPrivate
}

func (w Web) client() *http.Client {
	return outbound.New(outbound.Options{
		Version: w.Version, AllowPrivate: w.AllowPrivate, RootCAs: w.RootCAs,
		Timeout:   w.timeout(),
		BodyLimit: 1 << 40, // the fetcher's limit is the one that counts
	})
}

// HTTPS is one file at a web address. It stays there, so one process at a time may fetch it.
type HTTPS struct {
	URL    string
	Token  string // sent as "Authorization: Bearer"; none is sent when it is empty
	Header string // sends Token alone, in this header [Authorization]
	Web
}

// NewHTTPS returns the source of a web address, which is called when a roster is fetched.
func NewHTTPS(h HTTPS) (Source, error) {
	at, err := url.Parse(h.URL)
	if err != nil || at.Host == "" || at.User != nil {
		return nil, errors.New("https: url is none such as https://hr.example.com/people.csv; a user and password do not belong in it")
	}
	if !h.allows(at) {
		return nil, fmt.Errorf("https: url with %q: write https", at.Scheme)
	}
	return &httpsSource{HTTPS: h, at: at, client: h.client()}, nil
}

type httpsSource struct {
	HTTPS

	at     *url.URL
	client *http.Client
}

// String implements Source. What follows a question mark may be secret.
func (s *httpsSource) String() string {
	shown := url.URL{Scheme: s.at.Scheme, Host: s.at.Host, Path: s.at.Path}
	return shown.String()
}

// enter implements Source.
func (s *httpsSource) enter(_ context.Context, visit visit) (place, error) {
	return &answer{source: s, known: visit.known, limit: visit.limit}, nil
}

// answer is what a web address says during one visit.
type answer struct {
	source *httpsSource
	known  []sighting
	limit  int64
	resp   *http.Response
}

// leave implements place.
func (a *answer) leave() {
	if a.resp != nil {
		a.resp.Body.Close()
	}
}

// list implements place. It asks for the file unless it is the one that was last handed over (RFC 9110, 13.1).
func (a *answer) list(ctx context.Context) ([]entry, error) {
	req, err := a.request(ctx)
	if err != nil {
		return nil, err
	}
	if a.resp, err = outbound.Do(a.source.client, req); err != nil { //nolint:bodyclose // closed by leave
		return nil, err
	}
	if err := checkStatus(a.resp); err != nil {
		return nil, err
	}
	item := a.item()
	if slices.ContainsFunc(a.known, item.same) && item.versioned() {
		return nil, ErrUnchanged
	}
	return []entry{{sighting: item, fault: errors.Join(checkName(item.Name), checkSize(item.Size, a.limit), framed(a.resp))}}, nil
}

func (a *answer) request(ctx context.Context) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.source.at.String(), http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity") // lengths are those of the file
	switch {
	case a.source.Header != "":
		req.Header.Set(a.source.Header, a.source.Token)
	case a.source.Token != "":
		req.Header.Set("Authorization", "Bearer "+a.source.Token)
	}
	if len(a.known) == 1 {
		last := a.known[0]
		switch {
		case last.Tag != "":
			req.Header.Set("If-None-Match", last.Tag)
		case !last.ModTime.IsZero():
			req.Header.Set("If-Modified-Since", last.ModTime.Format(http.TimeFormat))
		}
	}
	return req, nil
}

func checkStatus(resp *http.Response) error {
	switch resp.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusNotModified:
		return ErrUnchanged
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("answer %s: check the token", resp.Status)
	default:
		return fmt.Errorf("answer %s: check the url", resp.Status)
	}
}

func (a *answer) item() sighting {
	name := path.Base(a.source.at.Path)
	if name == "." || name == "/" {
		name = a.source.at.Hostname()
	}
	item := sighting{Name: name, Size: a.resp.ContentLength, Tag: a.resp.Header.Get("Etag")}
	if modified, err := http.ParseTime(a.resp.Header.Get("Last-Modified")); err == nil {
		item.ModTime = modified.UTC()
	}
	return item
}

// framed refuses an answer that ends when the connection does: it looks the same when it was cut off.
func framed(resp *http.Response) error {
	if resp.ContentLength < 0 && resp.ProtoMajor == 1 && !slices.Contains(resp.TransferEncoding, "chunked") {
		return errors.New("the answer says neither its length nor where it ends, so a cut one would look whole: let the server send Content-Length")
	}
	return nil
}

// read implements place. The transport fails when less comes than was announced.
func (a *answer) read(ctx context.Context, _ entry, to io.Writer) error {
	_, err := io.Copy(&stoppable{ctx, to}, a.resp.Body)
	return err
}

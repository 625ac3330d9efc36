package saml

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/outbound"
)

// publisher serves metadata as a test wants it.
type publisher struct {
	document, etag string
	status         int
	hang           bool
	asked          []string // If-None-Match of each request
}

func (p *publisher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked = append(p.asked, r.Header.Get("If-None-Match"))
	switch {
	case p.hang:
		<-r.Context().Done()
	case p.status != 0:
		w.WriteHeader(p.status)
	case p.etag != "" && r.Header.Get("If-None-Match") == p.etag:
		w.WriteHeader(http.StatusNotModified)
	default:
		w.Header().Set("ETag", p.etag)
		fmt.Fprint(w, p.document)
	}
}

func published(t *testing.T, p *publisher) Source {
	t.Helper()
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	client := outbound.New(outbound.Options{AllowPrivate: true, BodyLimit: MetadataLimit, HeaderTimeout: 2 * time.Second})
	return Source{server.URL, idpID, client}
}

func TestRefresh(t *testing.T) {
	p := &publisher{document: string(metadataOf(t, "idp")), etag: `"1"`}
	source := published(t, p)
	first, idp, err := source.Refresh(t.Context(), Copy{}, now)
	if err != nil || idp.EntityID != idpID || string(first.Document) != p.document || first.ETag != `"1"` || first.Confirmed != now {
		t.Fatalf("%+v, %v", first, err)
	}
	later := now.Add(24 * time.Hour)
	second, idp, err := source.Refresh(t.Context(), first, later)
	if err != nil || idp == nil || string(second.Document) != p.document || second.Confirmed != later || p.asked[1] != `"1"` {
		t.Errorf("unchanged: %+v, %v, asked with %q", second, err, p.asked)
	}
	p.document, p.etag = string(metadataOf(t, "idp next")), `"2"`
	third, _, err := source.Refresh(t.Context(), second, later)
	if err != nil || string(third.Document) != p.document || third.ETag != `"2"` {
		t.Errorf("changed: %+v, %v", third, err)
	}
}

func TestFailedRefreshKeepsTheLastGoodCopy(t *testing.T) {
	good := string(metadataOf(t, "idp"))
	for name, p := range map[string]*publisher{
		"404":               {status: 404},
		"500":               {status: 500},
		"304 to nothing":    {status: 304},
		"slow":              {hang: true},
		"5 MiB":             {document: good + strings.Repeat(" ", 5<<20)},
		"HTML":              {document: "<html></html>"},
		"expired":           {document: strings.Replace(good, "entityID", `validUntil="2020-01-01T00:00:00Z" entityID`, 1)},
		"another entity id": {document: strings.Replace(good, idpID, "https://other.example", 1)},
		"no certificate":    {document: strings.Replace(good, part(t, good, "KeyDescriptor"), "", 1)},
	} {
		t.Run(name, func(t *testing.T) {
			last := Copy{Document: []byte(good), ETag: `"1"`, Confirmed: now.Add(-25 * time.Hour)}
			if p.status == 304 {
				last.Document = nil
			}
			kept, idp, err := published(t, p).Refresh(t.Context(), last, now)
			if err == nil || idp != nil {
				t.Fatal("no error")
			}
			if string(kept.Document) != string(last.Document) || kept.Confirmed != last.Confirmed || kept.Tried != now {
				t.Errorf("kept %+v", kept)
			}
			if !strings.HasPrefix(err.Error(), "metadata of the identity provider: ") {
				t.Errorf("the error does not say what it is about: %v", err)
			}
		})
	}
}

func TestUnchangedMetadataCanRunOut(t *testing.T) {
	doc := strings.Replace(string(metadataOf(t, "idp")), "entityID", `validUntil="2026-11-28T13:00:00Z" entityID`, 1)
	source := published(t, &publisher{document: doc, etag: `"1"`})
	first, _, err := source.Refresh(t.Context(), Copy{}, now)
	must(t, err)
	if _, _, err := source.Refresh(t.Context(), first, now.Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "valid until") {
		t.Errorf("got %v", err)
	}
}

func TestRefreshStaysOutOfTheHouse(t *testing.T) {
	source := published(t, &publisher{document: string(metadataOf(t, "idp"))})
	source.Client = outbound.New(outbound.Options{})
	if _, _, err := source.Refresh(t.Context(), Copy{}, now); err == nil {
		t.Error("metadata was fetched from loopback, which is not allowed")
	}
}

func TestRefreshEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := published(t, &publisher{document: string(metadataOf(t, "idp"))}).Refresh(ctx, Copy{}, now); err == nil {
		t.Error("no error")
	}
}

func TestWhenToRefresh(t *testing.T) {
	for _, c := range []struct {
		name             string
		confirmed, tried time.Duration // ago; negative is never
		due, mayRetry    bool
	}{
		{"never asked", -1, -1, true, true},
		{"a moment ago", time.Second, time.Second, false, false},
		{"at the end of the cooldown", 5 * time.Minute, 5 * time.Minute, false, true},
		{"within the cooldown", 5*time.Minute - time.Second, 5*time.Minute - time.Second, false, false},
		{"almost a day ago", 24*time.Hour - time.Second, 24*time.Hour - time.Second, false, true},
		{"a day ago", 24 * time.Hour, 24 * time.Hour, true, true},
		{"a day ago, and just failed", 24 * time.Hour, time.Minute, true, false},
	} {
		var kept Copy
		if c.confirmed >= 0 {
			kept.Confirmed = now.Add(-c.confirmed)
		}
		if c.tried >= 0 {
			kept.Tried = now.Add(-c.tried)
		}
		if due := c.due && c.mayRetry; kept.Due(now) != due || kept.MayRetry(now) != c.mayRetry {
			t.Errorf("%s: due %v, may retry %v", c.name, kept.Due(now), kept.MayRetry(now))
		}
	}
}

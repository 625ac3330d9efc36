package web

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"usher/internal/usher"
)

// TestOnePersonIsBounded: whoever asks too often is told when to come back, and nobody else is.
func TestOnePersonIsBounded(t *testing.T) {
	now := time.Now()
	who := usher.ID("ann")
	pages := New(Options{Now: func() time.Time { return now }, Failed: func(_ *http.Request, err error) { t.Error(err) }, Seats: none{},
		Who: func(*http.Request) (Visitor, error) { return Visitor{Person: usher.Person{ID: who}}, nil }})
	ask := func() *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/me", nil))
		return w
	}
	for i := range atOnce {
		if got := ask(); got.Code != http.StatusOK {
			t.Fatalf("request %d is answered %d", i+1, got.Code)
		}
	}
	if got := ask(); got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "1" {
		t.Errorf("one too many: %d, Retry-After %q", got.Code, got.Header().Get("Retry-After"))
	}
	who = "bob"
	if got := ask(); got.Code != http.StatusOK {
		t.Errorf("somebody else: %d", got.Code)
	}
	who, now = "ann", now.Add(time.Second)
	if got := ask(); got.Code != http.StatusOK {
		t.Errorf("after the wait: %d", got.Code)
	}
}

// none are the seats of somebody who has none.
type none struct{}

// SeatsOf implements Seats.
func (none) SeatsOf(context.Context, usher.ID) ([]Seat, error) { return nil, nil }

// RequestsOf implements Seats.
func (none) RequestsOf(context.Context, usher.ID) ([]Request, error) { return nil, nil }

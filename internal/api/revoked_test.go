package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/usher"
)

// done counts what was done.
type done struct {
	Writes
	Reads

	times int
}

// AllowHold implements Writes.
func (d *done) AllowHold(context.Context, usher.Principal, int64) error {
	d.times++
	return nil
}

// Hold implements Reads.
func (*done) Hold(context.Context, int64) (usher.HoldDetail, error) { return usher.HoldDetail{}, nil }

// Upload implements Rosters.
func (d *done) Upload(_ context.Context, _ usher.Principal, _, _ string, content io.Reader) (Report, error) {
	if _, err := io.Copy(io.Discard, content); err != nil {
		return Report{}, err
	}
	d.times++
	return Report{}, nil
}

// TestATokenThatIsRevokedMeanwhile: a body may take its time, a roster's an hour. What a token sent that is revoked by the end of it is
// not done.
func TestATokenThatIsRevokedMeanwhile(t *testing.T) {
	for _, c := range []struct{ path, body string }{
		{"/api/v1/holds/1/allow", `{"reason":"x"}`},
		{"/api/v1/directories/hr/rosters", "userName\nann\n"},
	} {
		for _, revokes := range []bool{false, true} {
			revoked, d := false, &done{}
			a := New(Options{Reads: d, Writes: d, Rosters: d, Rate: 10, Burst: 10, Now: time.Now, Client: func(*http.Request) string { return "a" },
				Failed: func(_ *http.Request, err error) { t.Log(err) },
				Authenticate: func(*http.Request) (usher.Principal, error) {
					if revoked {
						return usher.Principal{}, usher.ErrNotFound
					}
					return usher.Principal{Kind: usher.PrincipalToken, Scopes: usher.Scopes()}, nil
				}})
			text := strings.NewReader(c.body)
			r := httptest.NewRequest(http.MethodPost, c.path, reading(func(p []byte) (int, error) {
				revoked = revokes
				return text.Read(p)
			}))
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer x")
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			want, times := http.StatusOK, 1
			if revokes {
				want, times = http.StatusUnauthorized, 0
			}
			if w.Code != want || d.times != times {
				t.Errorf("%s, revoked %v: %d %s, done %d times", c.path, revokes, w.Code, w.Body, d.times)
			}
		}
	}
}

// reading is a reader.
type reading func([]byte) (int, error)

// Read implements io.Reader.
func (f reading) Read(p []byte) (int, error) { return f(p) }

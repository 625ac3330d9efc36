package daemon

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"usher/internal/usher"
)

// visit is what is learnt of one request on its way, for the log.
type visit struct {
	id        string // ours; also sent as X-Request-Id
	directory string // name of the directory whose token it bore
	token     string // name of the token of the API that it bore
}

type visitKey struct{}

// visitOf is the visit of a request that came through watch.
func visitOf(r *http.Request) *visit {
	if v, ok := r.Context().Value(visitKey{}).(*visit); ok {
		return v
	}
	return &visit{}
}

// watch measures and logs every request, and answers 500 where a handler panics. What a
// client wrote into path and query can be personal data: only the route is logged.
func (d *Daemon) watch(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		v := &visit{id: rand.Text()[:16]}
		r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
		answer := &recorder{ResponseWriter: w}
		answer.Header().Set("X-Request-Id", v.id)
		defer func() {
			d.recovered(answer, v, recover())
			d.served(r, answer.status, v, time.Since(start))
		}()
		next.ServeHTTP(answer, r)
	})
}

func (d *Daemon) recovered(w *recorder, v *visit, cause any) {
	if cause == nil || cause == any(http.ErrAbortHandler) {
		return
	}
	d.log.Error().Str("request", v.id).Interface("panic", cause).Bytes("stack", debug.Stack()).Msg("a handler panicked")
	if w.status == 0 {
		http.Error(w, "internal error; the log has more under request "+v.id, http.StatusInternalServerError)
	}
}

func (d *Daemon) served(r *http.Request, status int, v *visit, took time.Duration) {
	if status == 0 {
		status = http.StatusOK
	}
	route := routeOf(r.URL.Path)
	d.metrics.observe(route, r.Method, status, took)
	level := zerolog.InfoLevel
	if route == routeHealth || route == routeReady || route == routeMetrics {
		level = zerolog.DebugLevel
	}
	d.log.WithLevel(level).Str("request", v.id).Str("method", methodOf(r.Method)).Str("route", route).Int("status", status).
		Dur("took", took).Str("directory", v.directory).Str("token", v.token).Msg("request")
	d.log.Debug().Str("request", v.id).Str("url", shownURL(r.URL, route)).Msg("request in full")
}

// shownURL is a request's URL for the log, without what can be a secret: what follows the path where people sign in, and the
// code of a join link.
func shownURL(u *url.URL, route string) string {
	switch {
	case strings.HasPrefix(u.Path, usher.JoinPath):
		return usher.JoinPath + "..."
	case route == routeSignIn || route == routeSSO:
		return u.EscapedPath()
	}
	return u.RequestURI()
}

// recorder remembers the status that was sent.
type recorder struct {
	http.ResponseWriter
	status int
}

// WriteHeader implements http.ResponseWriter.
func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

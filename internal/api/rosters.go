// Package api is usher's own interface over HTTP, in JSON. Its invariant: a handler acts
// for the principal that the daemon found in the token, and for nobody else.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// Rosters take files of people.
type Rosters interface {
	// Upload takes a whole file of a directory and says what became of it.
	// usher.ErrInvalid: it was not taken, and why. *TooManyError: nothing of it was read.
	Upload(ctx context.Context, by usher.Principal, name string, content io.Reader) (Report, error)
}

// Report says what became of a file.
type Report struct {
	Plan     int64            `json:"plan"`
	State    usher.PlanState  `json:"state"`
	SHA256   string           `json:"sha256"`
	Counts   usher.PlanCounts `json:"counts"`
	Reasons  []string         `json:"reasons,omitempty"`  // why a human has to look at it
	Findings []usher.Finding  `json:"findings,omitempty"` // the first of them
}

// RostersPath is where a directory's files are uploaded, before and after its name.
const (
	RostersPath   = "/api/v1/directories/"
	rostersEnding = "/rosters"
)

// DirectoryOf is the directory whose rosters a path names.
func DirectoryOf(requested string) (string, bool) {
	rest, ok := strings.CutPrefix(requested, RostersPath)
	name, is := strings.CutSuffix(rest, rostersEnding)
	return name, ok && is && name != "" && !strings.Contains(name, "/")
}

// ErrTooLarge says that a file has more than Limit.
var ErrTooLarge = errors.New("file too large")

// TooManyError says that a directory has uploaded as many files as it may, and how long it is until
// the next.
type TooManyError struct{ After time.Duration }

// Error implements error.
func (e *TooManyError) Error() string {
	return fmt.Sprintf("the directory has uploaded as many files as it may; send the next in %s", e.After.Round(time.Second))
}

// Limit bounds a file, in bytes.
const Limit = 200 << 20

// slowest is the pace below which an upload is cut off, in bytes a second, and patience what
// any upload may take beside it.
const (
	slowest  = 64 << 10
	patience = time.Minute
	longest  = time.Hour
)

// Upload answers POST on a directory's rosters. authenticate gives who the request's token
// stands for; a directory sees its own files only.
func Upload(rosters Rosters, authenticate func(*http.Request) (usher.Principal, error), failed func(*http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := DirectoryOf(r.URL.Path)
		by, err := authenticate(r)
		switch {
		case err != nil && !errors.Is(err, usher.ErrNotFound):
			failed(r, err)
			refuse(w, http.StatusServiceUnavailable, "try again later")
		case err != nil:
			w.Header().Set("WWW-Authenticate", `Bearer realm="usher"`)
			refuse(w, http.StatusUnauthorized, "send the directory's token: Authorization: Bearer ush_...")
		case !ok || by.Name != name:
			refuse(w, http.StatusNotFound, "nothing is here")
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", http.MethodPost)
			refuse(w, http.StatusMethodNotAllowed, "send the file with POST")
		default:
			take(w, r, rosters, by, failed)
		}
	})
}

func take(w http.ResponseWriter, r *http.Request, rosters Rosters, by usher.Principal, failed func(*http.Request, error)) {
	switch {
	case r.ContentLength > Limit:
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the file has more than %d MiB; divide it", Limit>>20))
		return
	case strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/"):
		refuse(w, http.StatusUnsupportedMediaType, "send the file itself as the body, as curl -X POST -T file does, and no form")
		return
	}
	allowed := patience
	if r.ContentLength > 0 {
		allowed += time.Duration(r.ContentLength/slowest) * time.Second
	} else {
		allowed = longest // how much will come is not known
	}
	control := http.NewResponseController(w)
	deadline := time.Now().Add(min(allowed, longest))
	if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline.Add(longest))); err != nil {
		failed(r, err)
	}
	report, err := rosters.Upload(r.Context(), by, fileName(r), r.Body)
	many, tooMany := errors.AsType[*TooManyError](err)
	switch {
	case tooMany:
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(many.After.Seconds()))))
		refuse(w, http.StatusTooManyRequests, many.Error())
	case errors.Is(err, ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("the file has more than %d MiB; divide it", Limit>>20))
	case errors.Is(err, usher.ErrBusy):
		w.Header().Set("Retry-After", "60")
		refuse(w, http.StatusServiceUnavailable, err.Error())
	case errors.Is(err, usher.ErrInvalid):
		refuse(w, http.StatusBadRequest, err.Error())
	case errors.Is(err, usher.ErrStale), errors.Is(err, usher.ErrConflict):
		refuse(w, http.StatusConflict, err.Error())
	case err != nil:
		failed(r, err)
		refuse(w, http.StatusServiceUnavailable, "the file was not taken; send it again later")
	case report.State == usher.PlanRefused:
		answer(w, http.StatusUnprocessableEntity, report)
	default:
		answer(w, http.StatusOK, report)
	}
}

// fileName is what the client calls the file, without any folder.
func fileName(r *http.Request) string {
	name := path.Base(path.Clean("/" + r.URL.Query().Get("name")))
	if name == "/" || len(name) > 200 || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) || strings.HasPrefix(name, ".") {
		return "upload"
	}
	return name
}

func refuse(w http.ResponseWriter, status int, detail string) {
	answer(w, status, map[string]string{"error": detail})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that has gone misses its answer
}

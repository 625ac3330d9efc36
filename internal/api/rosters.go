package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path"
	"strings"
	"time"

	"usher/internal/usher"
)

var directoryRoutes = []Route{
	{Method: "GET", Path: "/api/v1/directories", Scope: usher.ScopeDirectoriesRead, serve: listDirectories},
	{Method: "POST", Path: "/api/v1/directories/{name}/rosters", Scope: usher.ScopeRostersWrite, Query: []string{"name"}, serve: upload},
}

func listDirectories(v *visit) (any, error) { return whole(v.Reads.Directories(v.r.Context())) }

// Rosters take files of people.
type Rosters interface {
	// Upload takes a whole file of a directory and says what became of it.
	// usher.ErrNotFound: no directory of files is called so. usher.ErrInvalid: it was not taken,
	// and why. *TooManyError: nothing of it was read.
	Upload(ctx context.Context, by usher.Principal, directory, name string, content io.Reader) (Report, error)
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

// tooLarge refuses a file that has more than Limit.
func tooLarge() *Problem {
	return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "too-large", Detail: fmt.Sprintf("the file has more than %d MiB; divide it", Limit>>20)}
}

// upload takes a file of a directory. The body is the file as it is.
func upload(v *visit) (any, error) {
	switch {
	case v.r.ContentLength > Limit:
		return nil, tooLarge()
	case strings.HasPrefix(v.r.Header.Get("Content-Type"), "multipart/"):
		return nil, &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported-media-type", Detail: "send the file itself as the body, as curl -X POST -T file does, and no form"}
	}
	v.allow(v.r.ContentLength)
	report, err := v.Rosters.Upload(v.r.Context(), v.by, v.r.PathValue("name"), fileName(v.query.Get("name")), longBody{v.r.Body, v})
	if err != nil {
		return nil, err
	}
	if report.State == usher.PlanRefused {
		return sets{http.StatusUnprocessableEntity, report}, nil
	}
	return report, nil
}

// allow gives a file of that many bytes the time that it takes to come; -1: how many is not known.
func (v *visit) allow(length int64) {
	allowed := longest
	if length > 0 {
		allowed = min(patience+time.Duration(length/slowest)*time.Second, longest)
	}
	control := http.NewResponseController(v.w)
	deadline := time.Now().Add(allowed)
	if err := errors.Join(control.SetReadDeadline(deadline), control.SetWriteDeadline(deadline.Add(longest))); err != nil {
		v.Failed(v.r, err)
	}
}

// fileName is what the client calls the file, without any folder.
func fileName(given string) string {
	name := path.Base(path.Clean("/" + given))
	if name == "/" || len(name) > 200 || strings.ContainsFunc(name, func(c rune) bool { return c < ' ' || c == '\\' || c == 0x7f }) || strings.HasPrefix(name, ".") {
		return "upload"
	}
	return name
}

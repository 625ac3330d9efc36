package web

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
	"unicode"

	"usher/internal/usher"
)

// inMemory is how much of a file that is sent is held in memory; the rest waits in a temporary file.
const inMemory = 1 << 20

// slowest is the pace below which an upload is cut off, in bytes a second, and patience what any may take beside it.
const (
	slowest  = 64 << 10
	patience = time.Minute
)

// read reads the form that is sent, and answers where it is none.
func (v *visit) read(route Route) bool {
	err := error(nil)
	if kind, _, _ := mime.ParseMediaType(v.r.Header.Get("Content-Type")); route.Body > 0 && kind == "multipart/form-data" {
		v.allow(route.Body)
		err = v.r.ParseMultipartForm(inMemory)
	} else {
		err = v.r.ParseForm()
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large && route.Body > 0 {
		tell(v.w, http.StatusRequestEntityTooLarge, "The file is too large.")
		return false
	}
	if err != nil || !wellFormed(v.r.PostForm) {
		tell(v.w, http.StatusBadRequest, "What was sent cannot be read, or is too long.")
		return false
	}
	return true
}

// allow gives an upload of at most so many bytes the time that it takes to come, and its answer as long again. A server without such
// limits needs none.
func (v *visit) allow(most int64) {
	until := time.Now().Add(patience + time.Duration(most/slowest)*time.Second)
	control := http.NewResponseController(v.w)
	err := errors.Join(control.SetReadDeadline(until), control.SetWriteDeadline(until.Add(patience)))
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		v.o.Failed(v.r, err)
	}
}

// forgetFiles removes what was sent from the disk.
func (v *visit) forgetFiles() {
	if v.r.MultipartForm != nil {
		_ = v.r.MultipartForm.RemoveAll()
	}
}

// sent is the file of a field, with its name without any folder. The caller closes it.
func (v *visit) sent(field string) (io.ReadCloser, string, error) {
	file, head, err := v.r.FormFile(field)
	if err != nil || head.Size == 0 {
		return nil, "", &usher.InvalidError{Attribute: field, Problem: "is missing: choose a file that is not empty"}
	}
	return file, fileName(head.Filename), nil
}

// fileName is what somebody calls a file, without any folder, as far as it can be shown and kept.
func fileName(given string) string {
	name := path.Base(path.Clean("/" + strings.ReplaceAll(given, `\`, "/")))
	if name == "/" || len(name) > 200 || strings.HasPrefix(name, ".") || strings.ContainsFunc(name, unicode.IsControl) || !wellFormed(map[string][]string{"": {name}}) {
		return "upload"
	}
	return name
}

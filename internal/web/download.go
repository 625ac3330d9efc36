package web

import (
	"mime"
	"net/http"
	"strconv"
)

// download begins a file that the browser is to keep and never to show: its texts are anybody's. The name is ours or the visitor's own.
func (v *visit) download(name, kind string, size int) {
	h := v.w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	if size > 0 {
		h.Set("Content-Length", strconv.Itoa(size))
	}
	v.w.WriteHeader(http.StatusOK)
}

// The media types of files that are downloaded.
const (
	kindCSV   = "text/csv; charset=utf-8"
	kindXLSX  = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	kindLines = "application/x-ndjson"
	kindBytes = "application/octet-stream"
)

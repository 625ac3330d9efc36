package api

import (
	_ "embed"
	"net/http"
)

// Document describes the interface as OpenAPI 3.1 does.
//
//go:embed openapi.yaml
var Document string

var documentRoutes = []Route{{Method: "GET", Path: "/api/v1/openapi.yaml", serve: func(*visit) (any, error) { return text(Document), nil }}}

// text is an answer that is no JSON.
type text string

func (t text) write(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(t))
}

package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"time"
)

// The files beside the pages: our style sheet, our icon, our one script, and htmx 2.0.11 (htmx.org, Zero-Clause BSD), which makes some
// parts of pages live.
//
//go:embed assets
var assetFiles embed.FS

// assetsAt is where they stand.
const assetsAt = "/assets/"

// assetKinds are those that there are, with their media types.
var assetKinds = map[string]string{
	"console.css": "text/css; charset=utf-8",
	"console.js":  "text/javascript; charset=utf-8",
	"htmx.min.js": "text/javascript; charset=utf-8",
	"usher.svg":   "image/svg+xml",
}

// asset is a file with what tells its content from another one's.
type asset struct {
	content []byte
	kind    string
	version string
}

var assets = func() map[string]asset {
	all := map[string]asset{}
	for name, kind := range assetKinds {
		content, err := assetFiles.ReadFile("assets/" + name)
		if err != nil {
			panic(err) // it was compiled in
		}
		sum := sha256.Sum256(content)
		all[name] = asset{content, kind, hex.EncodeToString(sum[:8])}
	}
	return all
}()

// assetPath is how pages name a file: with its version, so that a browser may keep it and still never shows an old one.
func assetPath(name string) string { return assetsAt + name + "?v=" + assets[name].version }

// serveAsset answers everybody.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	a, has := assets[r.PathValue("name")]
	if !has {
		tell(w, http.StatusNotFound, "Nothing is here.")
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Etag", `"`+a.version+`"`)
	if r.URL.Query().Get("v") == a.version {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(a.content))
}

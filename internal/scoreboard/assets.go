package scoreboard

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
)

//go:embed static templates
var files embed.FS

// The media types of what is sent.
const (
	typeHTML = "text/html; charset=utf-8"
	typeText = "text/plain; charset=utf-8"
	typeJSON = "application/json; charset=utf-8"
	typeCSV  = "text/csv; charset=utf-8; header=present"
	typeSVG  = "image/svg+xml"
)

// asset is a file that pages load. Its address changes with its content, so that
// browsers may keep it for good.
type asset struct {
	body          []byte
	contentType   string
	etag, address string
}

type assets map[string]asset

func loadAssets() (assets, error) {
	out := make(assets)
	for name, contentType := range map[string]string{
		"app.js": "text/javascript; charset=utf-8", "style.css": "text/css; charset=utf-8", "icon.svg": typeSVG,
	} {
		body, err := files.ReadFile(path.Join("static", name))
		if err != nil {
			return nil, fmt.Errorf("scoreboard: read %s: %w", name, err)
		}
		sum := sha256.Sum256(body)
		mark := hex.EncodeToString(sum[:6])
		out[name] = asset{body, contentType, `"` + mark + `"`, "/static/" + name + "?v=" + mark}
	}
	return out, nil
}

// static serves the script, the style sheet and the icon.
func (s *Server) static(w http.ResponseWriter, r *http.Request) {
	a, ok := s.assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("ETag", a.etag)
	h.Set("Cache-Control", "public, max-age=300")
	if r.URL.RequestURI() == a.address {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if r.Header.Get("If-None-Match") == a.etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.send(w, r, http.StatusOK, a.contentType, a.body)
}

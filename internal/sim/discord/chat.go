package discord

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed web
var webFiles embed.FS

// chatPolicy lets the page load its own files and nothing else.
const chatPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

// ChatHandler serves the chat page at /chat, with its files and its API below
// /chat/; / leads there. Whoever reaches it may act as any person of the world, so
// it belongs on a local address only.
func (s *Server) ChatHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", http.RedirectHandler("/chat", http.StatusFound))
	mux.HandleFunc("GET /chat", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, webFiles, "web/chat.html")
	})
	static, err := fs.Sub(webFiles, "web")
	if err != nil {
		panic("the chat page's files are embedded: " + err.Error())
	}
	mux.Handle("GET /chat/static/", http.StripPrefix("/chat/static/", http.FileServerFS(static)))
	mux.HandleFunc("GET /chat/attachments/{channel}/{id}/{name}", s.serveAttachment)
	mux.HandleFunc("GET /chat/api/world", s.chatWorld)
	mux.HandleFunc("GET /chat/api/messages", s.chatMessages)
	mux.HandleFunc("GET /chat/api/events", s.chatEvents)
	for name, act := range s.chatActions() {
		mux.HandleFunc("POST /chat/api/"+name, s.chatAction(act))
	}
	return secured(mux)
}

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", chatPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-cache")
		if site := r.Header.Get("Sec-Fetch-Site"); r.Method == http.MethodPost && site != "" && site != "same-origin" {
			http.Error(w, "only the chat page itself may do this", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

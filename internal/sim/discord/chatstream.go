package discord

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// chatEvents streams what a person sees change, as server-sent events:
// message, edit and delete with the message, world when it is to be read anew,
// and a clock every second, by which the page follows the demo's time.
func (s *Server) chatEvents(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	viewer := r.URL.Query().Get("user")
	after, err := strconv.ParseUint(r.URL.Query().Get("after"), 10, 64)
	if err != nil {
		http.Error(w, "after is a number", http.StatusBadRequest)
		return
	}
	// After a lost connection the browser says where it stopped.
	if last, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64); err == nil {
		after = max(after, last)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		s.mu.Lock()
		events, lost := s.feed.since(after)
		changed := s.changed
		var out []byte
		for _, e := range events {
			out = append(out, s.streamed(e, viewer)...)
			after = e.seq
		}
		if lost {
			out = append(out, fmt.Sprintf("id: %d\nevent: world\ndata: {}\n\n", after)...)
		}
		out = append(out, fmt.Sprintf("event: clock\ndata: {\"now\":%d,\"online\":%t}\n\n", s.cfg.Now().UnixMilli(), s.Gateway().Live > 0)...)
		s.mu.Unlock()
		if _, err := w.Write(out); err != nil {
			return
		}
		if rc.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-r.Context().Done():
			return
		case <-s.closing.Done():
			return
		}
	}
}

// streamed is an event as text, or nothing when the viewer does not see it. The
// caller holds s.mu.
func (s *Server) streamed(e feedEvent, viewer string) []byte {
	data := []byte("{}")
	if e.channelID != "" {
		if !s.sees(viewer, e.message) {
			return nil
		}
		b, err := json.Marshal(chatView(e.message))
		if err != nil {
			return nil
		}
		data = b
	}
	return fmt.Appendf(nil, "id: %d\nevent: %s\ndata: %s\n\n", e.seq, e.kind, data)
}

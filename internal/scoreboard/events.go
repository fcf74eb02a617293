package scoreboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"consigliere/internal/faction"
)

// writeWithin is how long one write may take; who is slower is dropped and asks again.
const writeWithin = 10 * time.Second

// errCrowded tells that too many pages are open.
var errCrowded = faction.Errorf(faction.Unavailable, "Too many pages are being kept up to date. This one works, but has to be reloaded by hand.")

// events keeps one page up to date (Server-Sent Events): "state" names what is shown
// now, "change" that there is something else, "end" that the link no longer works.
// The page fetches the rest itself.
func (s *Server) events(w http.ResponseWriter, r *http.Request, v visitor) error {
	id, ok := parseWar(r.PathValue("id"))
	if !ok {
		return noSuchWar()
	}
	return s.live(w, r, v, func(ctx context.Context) (string, error) {
		b, err := s.boards.read(ctx, v.link.Faction, id)
		if err != nil {
			return "", err
		}
		return b.digest, nil
	})
}

// live tells whoever has a page open when its digest changes.
func (s *Server) live(w http.ResponseWriter, r *http.Request, v visitor, digest func(context.Context) (string, error)) error {
	l, ok := s.hub.join(v.link.Faction, v.link.ID)
	if !ok {
		return errCrowded
	}
	defer s.hub.leave(l)
	// Only after joining: what changes from here on wakes us.
	shown, err := digest(r.Context())
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would collect the events
	if r.Method == http.MethodHead {
		return nil
	}
	out := stream{w, http.NewResponseController(w)}
	if err := out.send("state", shown); err != nil {
		return nil // gone again
	}
	s.follow(r.Context(), out, l, v, digest, shown)
	return nil
}

// follow writes until the reader leaves, the link ends or the process stops.
func (s *Server) follow(ctx context.Context, out stream, l *listener, v visitor, digest func(context.Context) (string, error), shown string) {
	beat := time.NewTicker(s.cfg.Heartbeat)
	defer beat.Stop()
	checked := time.Now()
	for {
		event, data := "", ""
		select {
		case <-ctx.Done():
			return
		case <-l.woken:
		case <-beat.C:
		}
		// A revoked link ends here within one heartbeat, without a question at each hit.
		if time.Since(checked) >= s.cfg.Heartbeat {
			if !s.stillWorks(ctx, v) {
				_ = out.send("end", "")
				return
			}
			checked = time.Now()
		}
		is, err := digest(ctx)
		if err != nil {
			s.logFailure(ctx, err, v.link.Faction)
		} else if is != shown {
			event, data, shown = "change", is, is
		}
		if out.send(event, data) != nil {
			return
		}
		if event == "" {
			continue
		}
		pause := time.NewTimer(s.cfg.Coalesce)
		select {
		case <-ctx.Done():
			pause.Stop()
			return
		case <-pause.C:
		}
	}
}

// stillWorks asks whether the link has not ended. A database that does not answer
// ends nobody's page.
func (s *Server) stillWorks(ctx context.Context, v visitor) bool {
	now := s.cfg.Now()
	if !now.Before(v.link.Expires) {
		return false
	}
	_, ok, err := s.cfg.Links.ResolveWebLink(ctx, v.hash[:], now)
	if err != nil {
		s.logFailure(ctx, err, v.link.Faction)
		return true
	}
	return ok
}

func (s *Server) logFailure(ctx context.Context, err error, id faction.ID) {
	if ctx.Err() == nil {
		s.cfg.Log.Warn("a live page could not look again", "faction_id", id, "err", err)
	}
}

// stream writes events.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// send writes one event, or a sign of life when event is empty.
func (s stream) send(event, data string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	text := ": still here\n\n"
	if event != "" {
		text = fmt.Sprintf("event: %s\ndata: %s\n\n", event, data)
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

package scoreboard

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// visitor is somebody with a link that works.
type visitor struct {
	link faction.WebLink
	hash tokenHash
}

// queueWithin is how long, in wall time, a token may wait in line behind guesses.
const queueWithin = 10 * time.Second

// Why somebody is not let in.
var (
	errNoLink   = errors.New("no link was opened in this browser")
	errDeadLink = errors.New("the link has expired or was revoked")
	errGuessing = errors.New("too many wrong links from this address")
)

// cookieName is bound to this host where the browser can make sure of that.
func (s *Server) cookieName() string {
	if s.secure {
		return "__Host-consigliere"
	}
	return "consigliere"
}

// visitor finds out who asks: the database decides at every request, so that a
// revoked link ends at once.
func (s *Server) visitor(r *http.Request) (visitor, error) {
	cookie, err := r.Cookie(s.cookieName())
	if err != nil {
		return visitor{}, errNoLink
	}
	return s.resolve(r, cookie.Value)
}

func (s *Server) resolve(r *http.Request, token string) (visitor, error) {
	if !wellFormed(token) {
		return visitor{}, errDeadLink
	}
	from, now, hash := addressOf(r), s.cfg.Now(), hashOf(token)
	link, ok, err := s.lookUp(r.Context(), from, hash, now)
	if err != nil {
		return visitor{}, err
	}
	if !ok {
		if s.guesses.wrong(from, hash, now) {
			return visitor{}, errGuessing
		}
		return visitor{}, errDeadLink
	}
	s.guesses.right(hash)
	return visitor{link: link, hash: hash}, nil
}

// lookUp asks the database for a token's link, however many wrong ones came from the
// same address: somebody else there may have one that works.
func (s *Server) lookUp(ctx context.Context, from netip.Addr, hash tokenHash, now time.Time) (faction.WebLink, bool, error) {
	waiting, cancel := context.WithTimeout(ctx, queueWithin)
	defer cancel()
	leave, err := s.guesses.enter(waiting, from, hash, now)
	switch {
	case ctx.Err() != nil && err != nil:
		return faction.WebLink{}, false, ctx.Err()
	case err != nil:
		return faction.WebLink{}, false, errGuessing
	}
	defer leave()
	return s.cfg.Links.ResolveWebLink(ctx, hash[:], now)
}

// member lets in whoever has a link that works, and says to others how to get one.
func (s *Server) member(h func(http.ResponseWriter, *http.Request, visitor) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Cookie")
		v, err := s.visitor(r)
		if err == nil {
			err = h(w, r, v)
		}
		if err != nil {
			s.fail(w, r, err)
		}
	}
}

// door shows one button. It asks nothing and spends nothing: chat programs open
// links to preview them.
func (s *Server) door(w http.ResponseWriter, r *http.Request) {
	if !wellFormed(r.PathValue("token")) {
		s.fail(w, r, errDeadLink)
		return
	}
	s.show(w, r, http.StatusOK, "door", nil)
}

// enter remembers the link in this browser and leads to its page. The last link
// that was opened counts.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		s.fail(w, r, faction.Errorf(faction.Denied, "Open the link itself and press its button."))
		return
	}
	token := r.PathValue("token")
	v, err := s.resolve(r, token)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	//nolint:gosec // G124: Secure follows the public address; without https there is no other way
	http.SetCookie(w, &http.Cookie{
		Name: s.cookieName(), Value: token, Path: "/",
		MaxAge:   s.lifetime(v.link.Expires),
		HttpOnly: true, Secure: s.secure,
		// Lax: the page is also opened from Discord, where its address is shared.
		SameSite: http.SameSiteLaxMode,
	})
	http.Redirect(w, r, pageOf(v.link), http.StatusSeeOther)
}

// lifetime is how many seconds of wall time are left until a moment.
func (s *Server) lifetime(until time.Time) int {
	left := until.Sub(s.cfg.Now()).Seconds() / s.cfg.Speed
	return max(int(left), 1)
}

// pageOf is where a link leads: one war, or whichever is on.
func pageOf(l faction.WebLink) string {
	page := strings.TrimPrefix(strings.Trim(l.Page, "/"), "war/")
	if id, ok := parseWar(page); ok {
		return warPath(id)
	}
	return "/war"
}

func warPath(id war.ID) string { return "/war/" + strconv.FormatInt(int64(id), 10) }

func parseWar(text string) (war.ID, bool) {
	id, err := strconv.ParseInt(text, 10, 64)
	return war.ID(id), err == nil && id > 0
}

// lastAddress is the address that the nearest proxy saw.
func lastAddress(forwarded string) (netip.Addr, bool) {
	parts := strings.Split(forwarded, ",")
	addr, err := netip.ParseAddr(strings.TrimSpace(parts[len(parts)-1]))
	return addr.Unmap(), err == nil
}

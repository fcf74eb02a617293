package scoreboard

import (
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Guessing a token is hopeless; the limit keeps those who try from the database.
const (
	guessBurst  = 20              // wrong tokens that an address may send at once
	guessRefill = 6 * time.Second // and one more after each of these
	guessers    = 4096            // addresses remembered at most
)

// guesses counts wrong tokens by address. Only wrong ones count, so that a busy
// faction behind one address is never slowed down.
type guesses struct {
	mu   sync.Mutex
	seen map[netip.Addr]*guesser
}

type guesser struct {
	limit *rate.Limiter
	last  time.Time
}

func newGuesses() *guesses { return &guesses{seen: make(map[netip.Addr]*guesser)} }

// tooMany tells whether an address has used up its wrong guesses.
func (g *guesses) tooMany(from netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.seen[from]
	return known != nil && known.limit.TokensAt(now) < 1
}

// wrong counts a wrong guess.
func (g *guesses) wrong(from netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	known := g.seen[from]
	if known == nil {
		g.makeRoom(now)
		known = &guesser{limit: rate.NewLimiter(rate.Every(guessRefill), guessBurst)}
		g.seen[from] = known
	}
	known.last = now
	known.limit.AllowN(now, 1)
}

// makeRoom forgets whoever has all guesses back, and when that is nobody, somebody.
func (g *guesses) makeRoom(now time.Time) {
	if len(g.seen) < guessers {
		return
	}
	var oldest netip.Addr
	for from, known := range g.seen {
		if now.Sub(known.last) > guessBurst*guessRefill {
			delete(g.seen, from)
		} else if first, ok := g.seen[oldest]; !ok || known.last.Before(first.last) {
			oldest = from
		}
	}
	if len(g.seen) >= guessers {
		delete(g.seen, oldest)
	}
}

// addressOf is who asks. A proxy on this very machine is believed when it names its
// client; nobody else is. Of IPv6 the network counts, since one person has all of it.
func addressOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); addr.IsLoopback() && len(forwarded) > 0 {
		if named, ok := lastAddress(forwarded[len(forwarded)-1]); ok {
			addr = named
		}
	}
	if addr.Is6() {
		if network, err := addr.WithZone("").Prefix(64); err == nil {
			addr = network.Addr()
		}
	}
	return addr
}

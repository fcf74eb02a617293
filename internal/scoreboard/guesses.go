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
//
// Whoever was met lately is among the young. When those are too many they become
// the old, and the old are forgotten: bounded memory without a search.
type guesses struct {
	mu         sync.Mutex
	young, old map[netip.Addr]*rate.Limiter
}

func newGuesses() *guesses { return &guesses{young: make(map[netip.Addr]*rate.Limiter)} }

// tooMany tells whether an address has used up its wrong guesses.
func (g *guesses) tooMany(from netip.Addr, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.find(from)
	return limit != nil && limit.TokensAt(now) < 1
}

// wrong counts a wrong guess.
func (g *guesses) wrong(from netip.Addr, now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	limit := g.find(from)
	if limit == nil {
		limit = rate.NewLimiter(rate.Every(guessRefill), guessBurst)
		g.remember(from, limit)
	}
	limit.AllowN(now, 1)
}

// find gives an address's limit, nil when it has none, and makes it young again.
func (g *guesses) find(from netip.Addr) *rate.Limiter {
	if limit := g.young[from]; limit != nil {
		return limit
	}
	limit := g.old[from]
	if limit != nil {
		delete(g.old, from)
		g.remember(from, limit)
	}
	return limit
}

func (g *guesses) remember(from netip.Addr, limit *rate.Limiter) {
	if len(g.young) >= guessers/2 {
		g.old, g.young = g.young, make(map[netip.Addr]*rate.Limiter)
	}
	g.young[from] = limit
}

// addressOf is who asks. A proxy on this machine or in its private network is believed
// when it names its client: otherwise one guesser would lock out everybody behind the
// proxy. Nobody else is. Of IPv6 the network counts, since one person has all of it.
func addressOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); (addr.IsLoopback() || addr.IsPrivate()) && len(forwarded) > 0 {
		// The last entry is the proxy's own; those before it may be anybody's.
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

package scoreboard

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Guessing a token is hopeless; the limit keeps those who try from burdening the
// database, and tells those who mistype why they should stop.
const (
	guessBurst  = 20              // wrong tokens that an address may send at once
	guessRefill = 6 * time.Second // and one more after each of these
	guessers    = 4096            // addresses remembered at most
	worked      = 4096            // tokens remembered that worked, at most
	doubtful    = 2               // look-ups at a time for addresses that guess
)

// guesses counts wrong tokens by address. Only wrong ones count, and no count keeps
// out a token that works: a busy faction behind one address is never slowed down, nor
// locked out by a guesser among them.
type guesses struct {
	// narrow holds a place for each look-up that an address that guesses may cause.
	narrow chan struct{}

	mu     sync.Mutex
	limits recent[netip.Addr, *rate.Limiter]
	worked recent[tokenHash, struct{}]
}

func newGuesses() *guesses {
	return &guesses{
		narrow: make(chan struct{}, doubtful),
		limits: newRecent[netip.Addr, *rate.Limiter](guessers),
		worked: newRecent[tokenHash, struct{}](worked),
	}
}

// enter lets a token be looked up; leave has to be called after it. Tokens of an
// address that has used up its wrong guesses wait in line, unless they worked
// lately: a flood of guesses costs a few look-ups at a time. It fails when ctx ends.
func (g *guesses) enter(ctx context.Context, from netip.Addr, hash tokenHash, now time.Time) (leave func(), err error) {
	if !g.suspect(from, hash, now) {
		return func() {}, nil
	}
	select {
	case g.narrow <- struct{}{}:
		return func() { <-g.narrow }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *guesses) suspect(from netip.Addr, hash tokenHash, now time.Time) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.worked.find(hash); ok {
		return false
	}
	limit, ok := g.limits.find(from)
	return ok && limit.TokensAt(now) < 1
}

// right remembers a token that works.
func (g *guesses) right(hash tokenHash) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.worked.remember(hash, struct{}{})
}

// wrong counts a token that does not work; tooMany tells that the address had used up
// its wrong guesses before.
func (g *guesses) wrong(from netip.Addr, hash tokenHash, now time.Time) (tooMany bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.worked.forget(hash)
	limit, ok := g.limits.find(from)
	if !ok {
		limit = rate.NewLimiter(rate.Every(guessRefill), guessBurst)
		g.limits.remember(from, limit)
	}
	return !limit.AllowN(now, 1)
}

// addressOf is who asks. A proxy on this machine is believed when it names its client:
// otherwise everybody behind it would count as one. Nobody else is, since whoever
// shares a private network with us could claim any address. Of IPv6 the network
// counts, since one person has all of it.
func addressOf(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr := peer.Addr().Unmap()
	if forwarded := r.Header.Values("X-Forwarded-For"); addr.IsLoopback() && len(forwarded) > 0 {
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

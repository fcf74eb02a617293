package scoreboard

import (
	"net/netip"
	"testing"
	"time"
)

func TestGuessersAreRememberedInBoundedMemory(t *testing.T) {
	g, now := newGuesses(), time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)
	persistent := netip.MustParseAddr("203.0.113.7")
	addr := netip.MustParseAddr("10.0.0.1")
	for range 3 * guessers {
		addr, now = addr.Next(), now.Add(time.Millisecond)
		g.wrong(addr, now)
		if !g.tooMany(persistent, now) {
			g.wrong(persistent, now)
		}
	}
	if n := len(g.young) + len(g.old); n > guessers {
		t.Errorf("%d addresses are remembered, at most %d may be", n, guessers)
	}
	if !g.tooMany(persistent, now) {
		t.Error("many others made somebody who guesses on be forgotten")
	}
}

package scoreboard

import (
	"encoding/binary"
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
		g.wrong(addr, tokenHash{}, now)
		if !g.suspect(persistent, tokenHash{}, now) {
			g.wrong(persistent, tokenHash{}, now)
		}
	}
	if n := len(g.limits.young) + len(g.limits.old); n > guessers {
		t.Errorf("%d addresses are remembered, at most %d may be", n, guessers)
	}
	if !g.suspect(persistent, tokenHash{}, now) {
		t.Error("many others made somebody who guesses on be forgotten")
	}
}

func TestTokensThatWorkedAreRememberedInBoundedMemory(t *testing.T) {
	g := newGuesses()
	for i := range 3 * worked {
		var hash tokenHash
		binary.BigEndian.PutUint64(hash[:], uint64(i))
		g.right(hash)
	}
	if n := len(g.worked.young) + len(g.worked.old); n > worked {
		t.Errorf("%d tokens are remembered, at most %d may be", n, worked)
	}
}

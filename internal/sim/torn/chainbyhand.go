package torn

import (
	"errors"
	"fmt"
	"time"
)

// HandChain is a chain that somebody plays hit by hit, on people outside any war, and
// the account of what was meant to happen in it. It is used by one goroutine.
type HandChain struct {
	w       *World
	faction int64
	first   int64 // the attack that began it
	turn    int
	figures ChainFigures
}

// ChainFigures is what a chain came to.
type ChainFigures struct {
	Hits        int
	Begin, Last time.Time // first and last hit
	Total       ChainShare
	Members     map[int64]ChainShare
	Bonuses     map[int]int64 // who landed the bonus hits, by counter
}

// ChainShare is a part of a chain; respect is in hundredths.
type ChainShare struct {
	Hits int64
	// Respect includes the flat bonuses, Bonus is them alone; Best is the most that one
	// hit earned without.
	Respect, Bonus, Best int64
}

var errChainOver = errors.New("the chain has broken")

// NewChain is a chain of a faction in which nobody has hit yet.
func (w *World) NewChain(faction int64) *HandChain {
	return &HandChain{w: w, faction: faction, figures: ChainFigures{Members: map[int64]ChainShare{}, Bonuses: map[int]int64{}}}
}

// ID is the chain's, as Torn shows it; 0 before the first hit.
func (c *HandChain) ID() int64 {
	if c.first == 0 {
		return 0
	}
	return chainID(c.first)
}

// Figures is what it comes to once every hit that was asked for can be seen.
func (c *HandChain) Figures() ChainFigures { return c.figures }

// Hit lands the next hit at a moment, which may be still to come, and can be seen from
// then on. by is a member, 0 one of a few in turn. It fails when the chain is over by then.
func (c *HandChain) Hit(by int64, at time.Time) error {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	at = at.UTC().Truncate(time.Second)
	f := &c.figures
	if f.Hits > 0 && (at.Before(f.Last) || at.Sub(f.Last) > chainGap*time.Second) {
		return fmt.Errorf("hit %d %v after the last one: %w", f.Hits+1, at.Sub(f.Last), errChainOver)
	}
	if by == 0 {
		by = c.next()
	}
	a := Attack{Attacker: by, Defender: c.w.newPlayer(c.w.rng).id, Kind: OutsideHit, Started: at.Add(-15 * time.Second), Ended: at, Visible: at,
		Chain: f.Hits + 1, FairFight: 150 + c.w.rng.Int64N(150)}
	plain := 150 + c.w.rng.Int64N(450)
	a.Respect = plain + a.bonus()
	id, err := c.w.addAttack(a)
	if err != nil {
		return fmt.Errorf("hit %d of a chain: %w", f.Hits+1, err)
	}
	if f.Hits++; f.Hits == 1 {
		c.first, f.Begin = id, at
	}
	f.Last = at
	mine := f.Members[by]
	for _, s := range []*ChainShare{&mine, &f.Total} {
		s.Hits++
		s.Respect += a.Respect
		s.Bonus += a.bonus()
		s.Best = max(s.Best, plain)
	}
	f.Members[by] = mine
	if a.bonus() > 0 {
		f.Bonuses[f.Hits] = by
	}
	return nil
}

// few is how many members hit in turn.
const few = 9

// next is whose turn it is.
func (c *HandChain) next() int64 {
	var able []int64
	for _, id := range c.w.groups[c.faction].members {
		if c.w.players[id].position != positionRecruit && len(able) < few {
			able = append(able, id)
		}
	}
	c.turn++
	return able[c.turn*c.turn%len(able)]
}

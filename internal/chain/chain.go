// Package chain holds the rules of chains: where a chain stands, how urgent its
// timer is, which bonus comes next (game.md, Chains).
package chain

import (
	"time"

	"consigliere/internal/faction"
)

// ID is a chain's id.
type ID int64

// The game's figures.
const (
	// Timeout is how long a chain lives without a hit.
	Timeout = 300 * time.Second
	// MinHits make a chain; below it is only an attempt.
	MinHits = 10
)

// State is a faction's chain as Torn last showed it.
type State struct {
	ID ID
	// Current is the chain's counter; 0 when there is none.
	Current int
	Max     int
	Start   time.Time
	// End is the absolute moment it breaks, or broke; zero when there is none.
	End time.Time
	// Cooldown is until when no chain can be started; zero when there is none.
	Cooldown time.Time
}

// Phase is where a chain stands.
type Phase string

// The phases.
const (
	Idle     Phase = "idle"     // no chain
	Building Phase = "building" // hits have landed, fewer than make a chain
	Running  Phase = "running"
	Broken   Phase = "broken"  // its time ran out; Torn may not show it yet
	Cooling  Phase = "cooling" // over, and none can be started yet
)

// Phase tells where the chain stands at now.
func (s State) Phase(now time.Time) Phase {
	switch {
	case s.Current > 0 && now.Before(s.End):
		if s.Current < MinHits {
			return Building
		}
		return Running
	case now.Before(s.Cooldown):
		return Cooling
	case s.Current > 0:
		return Broken
	default:
		return Idle
	}
}

// Left is how long the chain has at now: from 0 to Timeout, whatever the clocks say.
func (s State) Left(now time.Time) time.Duration {
	if s.Current <= 0 || s.End.IsZero() {
		return 0
	}
	return max(0, min(Timeout, s.End.Sub(now)))
}

// Next is the next bonus hit of the chain and its flat respect. ok is false past
// the last one.
func (s State) Next() (at int, bonus faction.Respect, ok bool) {
	return faction.NextChainBonus(max(0, s.Current) + 1)
}

// ToNext is how many hits the next bonus is away; 0 past the last one.
func (s State) ToNext() int {
	at, _, ok := s.Next()
	if !ok {
		return 0
	}
	return at - max(0, s.Current)
}

// IsBonus tells whether the hit that brings a chain to counter carries a bonus.
func IsBonus(counter int) bool {
	_, ok := faction.ChainBonus(counter)
	return ok
}

// Crossed lists the bonus hits passed when a chain grew from was to is, ascending.
func Crossed(was, is int) []int {
	var crossed []int
	for _, m := range faction.ChainMilestones() {
		if was < m && m <= is {
			crossed = append(crossed, m)
		}
	}
	return crossed
}

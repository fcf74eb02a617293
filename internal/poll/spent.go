package poll

import (
	"slices"
	"sync"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

const (
	// spentWithin is the while over which a faction's requests are looked at.
	spentWithin = 2 * time.Minute
	// spentMost is how many it may make in that while before the enemy's side rests: a
	// request a minute less than a faction at war may cost (ADR 0012), since sweeps of the
	// log come in bursts.
	spentMost = 28
)

// Spent counts the requests that this process makes to follow factions, those that read
// wars of the past left out. It is safe for use by many goroutines; nil counts nothing.
type Spent struct {
	clock clock.Clock
	mu    sync.Mutex
	made  map[faction.ID][]time.Time // the oldest first
}

// NewSpent makes one that knows of no request yet.
func NewSpent(clk clock.Clock) *Spent {
	return &Spent{clock: clk, made: map[faction.ID][]time.Time{}}
}

// add counts a request that is made for a faction.
func (s *Spent) add(id faction.ID) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[id] = append(s.recent(id), s.clock.Now())
}

// full tells whether a faction has made as many requests of late as it should.
func (s *Spent) full(id faction.ID) bool {
	if s == nil {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made[id] = s.recent(id)
	return len(s.made[id]) >= spentMost
}

// recent are the faction's requests within the while.
func (s *Spent) recent(id faction.ID) []time.Time {
	from := s.clock.Now().Add(-spentWithin)
	return slices.DeleteFunc(s.made[id], func(at time.Time) bool { return !at.After(from) })
}

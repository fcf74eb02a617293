package torn

import (
	"sync"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// usesKept bounds how long counts wait that nobody takes, for want of a database.
const usesKept = time.Hour

// Uses counts the requests made with each stored key, by the minute. It is safe for
// use by many goroutines.
type Uses struct {
	clock clock.Clock

	mu sync.Mutex
	by map[useOf]*faction.KeyUse
}

type useOf struct {
	faction faction.ID
	key     int64
	minute  int64 // Unix
}

// NewUses makes a count of nothing.
func NewUses(clk clock.Clock) *Uses { return &Uses{clock: clk, by: map[useOf]*faction.KeyUse{}} }

// Count counts one request; it fits Config.Observe. One with a key that is not stored
// is nobody's.
func (u *Uses) Count(c Call) {
	if c.Key == 0 {
		return
	}
	now := u.clock.Now()
	u.mu.Lock()
	defer u.mu.Unlock()
	u.add(c.Faction, faction.KeyUse{Key: c.Key, Minute: now.Truncate(time.Minute), Last: now, Calls: 1})
}

func (u *Uses) add(f faction.ID, n faction.KeyUse) {
	at := useOf{f, n.Key, n.Minute.Unix()}
	have := u.by[at]
	if have == nil {
		u.by[at] = &n
		return
	}
	have.Calls += n.Calls
	if n.Last.After(have.Last) {
		have.Last = n.Last
	}
}

// Take gives what was counted since the last Take, by faction.
func (u *Uses) Take() map[faction.ID][]faction.KeyUse {
	u.mu.Lock()
	defer u.mu.Unlock()
	out := map[faction.ID][]faction.KeyUse{}
	for at, n := range u.by {
		out[at.faction] = append(out[at.faction], *n)
	}
	clear(u.by)
	return out
}

// PutBack returns what was taken and could not be stored.
func (u *Uses) PutBack(f faction.ID, uses []faction.KeyUse) {
	oldest := u.clock.Now().Add(-usesKept)
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, n := range uses {
		if n.Minute.After(oldest) {
			u.add(f, n)
		}
	}
}

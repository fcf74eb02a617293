package commands

import (
	"sync"

	"consigliere/internal/faction"
)

// heavyAtOnce is how many people may have one heavy command run for them at a time: an
// export may hold tens of megabytes, and a form can be sent as fast as a program clicks.
const heavyAtOnce = 3

// crowd counts who has heavy commands under way in this process. The zero crowd is empty.
type crowd struct {
	mu     sync.Mutex
	inside map[string]map[string]bool // route, then user
}

// enter lets somebody in, who has to leave; or refuses.
func (c *crowd) enter(route, user string) (leave func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inside[route][user]:
		return nil, faction.Errorf(faction.Conflict, "The one that you asked for before is still being made. Nothing was changed; wait for it.")
	case len(c.inside[route]) >= heavyAtOnce:
		return nil, faction.Errorf(faction.Unavailable, "Others are being served. Nothing was changed; try again in a minute.")
	}
	if c.inside == nil {
		c.inside = map[string]map[string]bool{}
	}
	if c.inside[route] == nil {
		c.inside[route] = map[string]bool{}
	}
	c.inside[route][user] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.inside[route], user)
	}, nil
}

package commands

import (
	"fmt"
	"sync"

	"consigliere/internal/faction"
)

// heavyAtOnce is how many people, or factions, may have one heavy command run for them at a time: an
// export may hold tens of megabytes, and a form can be sent as fast as a program clicks.
const heavyAtOnce = 3

// crowd counts who has heavy commands under way in this process. The zero crowd is empty.
type crowd struct {
	mu     sync.Mutex
	inside map[string]map[string]bool // route, then user or faction
}

// enter lets a call in, which has to leave; or refuses.
func (c *crowd) enter(rt route, by *Call) (leave func(), err error) {
	route, who, again := rt.name, by.Request.UserID, "The one that you asked for before is still being made."
	if rt.alone {
		who, again = fmt.Sprintf("faction %d", by.Faction), "Somebody asked for it for this faction, and it is still being made."
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.inside[route][who]:
		return nil, faction.Errorf(faction.Conflict, "%s Nothing was changed; wait for it.", again)
	case len(c.inside[route]) >= heavyAtOnce:
		return nil, faction.Errorf(faction.Unavailable, "Others are being served. Nothing was changed; try again in a minute.")
	}
	if c.inside == nil {
		c.inside = map[string]map[string]bool{}
	}
	if c.inside[route] == nil {
		c.inside[route] = map[string]bool{}
	}
	c.inside[route][who] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.inside[route], who)
	}, nil
}

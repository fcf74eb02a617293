package commands

import (
	"context"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// Feeds tells how reading Torn fares, and hurries it.
type Feeds interface {
	Feeds(ctx context.Context, id faction.ID) ([]feed.State, error)
	Hurry(ctx context.Context, id faction.ID, now time.Time, feeds ...feed.Name) error
}

// readAt is when a feed last brought something; zero: never.
func readAt(states []feed.State, name feed.Name) time.Time {
	for _, s := range states {
		if s.Feed == name {
			return s.LastSuccess
		}
	}
	return time.Time{}
}

// hurry makes feeds due at once. They come due by themselves soon after, so that a
// failure is only logged: what the caller asked for is done.
func (c *Call) hurry(ctx context.Context, id faction.ID, names ...feed.Name) {
	if err := c.registry.deps.Feeds.Hurry(ctx, id, c.Now, names...); err != nil {
		c.registry.log.Warn("feeds not hurried", "faction_id", id, "err", err)
	}
}

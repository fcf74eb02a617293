package commands

import (
	"context"
	"fmt"
	"time"

	"consigliere/internal/clock"
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

// HurriesPerMinute is how often keys that are lent hurry a faction's feeds: lending and
// taking back by turns must not spend its requests.
const HurriesPerMinute = 1

// hurryByTurns is hurry for what anybody may do as often as they like. What comes too
// soon makes the feeds due when the minute is over.
func (c *Call) hurryByTurns(ctx context.Context, id faction.ID, names ...feed.Name) {
	d := &c.registry.deps
	wait, ok, err := d.Hurries.Take(ctx, fmt.Sprintf("feeds of %d", id))
	if err != nil {
		c.registry.log.Warn("hurries not counted", "faction_id", id, "err", err)
		wait, ok = time.Minute, false
	}
	due := c.Now
	if !ok {
		due = due.Add(clock.Span(d.Clock, wait))
	}
	if err := d.Feeds.Hurry(ctx, id, due, names...); err != nil {
		c.registry.log.Warn("feeds not hurried", "faction_id", id, "err", err)
	}
}

package app

import (
	"context"
	"fmt"
	"time"

	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/scoreboard"
)

// readyWithin bounds the look that /readyz takes.
const readyWithin = 3 * time.Second

// ready tells whether this process can do its work: the database answers, the last
// polls brought something, the gateway is connected, traffic to Torn flows.
func (a *App) ready(ctx context.Context) []scoreboard.Check {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	state := *a.state.Load()
	checks := []scoreboard.Check{{Name: "process", OK: state != starting, Detail: state}}
	db := scoreboard.Check{Name: "database", OK: true}
	if err := a.store.Ping(ctx); err != nil {
		db.OK, db.Detail = false, "does not answer"
		return append(checks, db)
	}
	checks = append(checks, db, a.keyset.check())
	if shared, ok := a.limits.(interface{ Ping(context.Context) error }); ok {
		c := scoreboard.Check{Name: "redis", OK: true}
		if shared.Ping(ctx) != nil {
			c.OK, c.Detail = false, "does not answer; polls wait"
		}
		checks = append(checks, c)
	}
	if until, reason := a.client.Breaker().Stopped(); !until.IsZero() {
		checks = append(checks, scoreboard.Check{Name: "torn", Detail: "stopped until " + until.UTC().Format("15:04:05") + ": " + reason})
	}
	if a.cfg.Runs(config.RoleGateway) && state != standby {
		checks = append(checks, a.gatewayCheck())
	}
	// A process that stands by tells, too, when nobody polls: then nobody leads.
	return append(checks, a.polls(ctx))
}

// gatewayCheck words the state of the connection; its causes name addresses and are
// for the log.
func (a *App) gatewayCheck() scoreboard.Check {
	c := scoreboard.Check{Name: "gateway", Detail: "not connected to Discord"}
	if s := a.listening.Load(); s != nil {
		if ok, since, _ := s.Healthy(); ok {
			c.OK, c.Detail = true, ""
		} else {
			c.Detail += " since " + since.UTC().Format("15:04:05")
		}
	}
	return c
}

// polls sums up all factions without naming one: everybody can read it.
func (a *App) polls(ctx context.Context) scoreboard.Check {
	c := scoreboard.Check{Name: "polls", OK: true}
	factions, err := a.store.Registered(ctx)
	if err != nil {
		return scoreboard.Check{Name: "polls", Detail: "cannot be looked at"}
	}
	late, worst := 0, time.Duration(0)
	for _, id := range factions {
		n, age := a.lateFeeds(ctx, id)
		late, worst = late+n, max(worst, age)
	}
	c.Detail = fmt.Sprintf("%d factions, none late", len(factions))
	if late > 0 {
		c.OK, c.Detail = false, fmt.Sprintf("%d feeds late, the worst by %s", late, worst.Round(time.Second))
	}
	return c
}

// lateFeeds counts a faction's feeds that should have been read long ago. One that
// fails is tried again with growing pauses, so that it shows here, too.
func (a *App) lateFeeds(ctx context.Context, id faction.ID) (n int, worst time.Duration) {
	states, err := a.store.Feeds(ctx, id)
	if err != nil {
		return 1, 0
	}
	now := a.clock.Now()
	for _, s := range states {
		late := now.Sub(s.NextDue)
		if late > lateAfter || late < -feed.Longest || s.Failures >= failing && s.Feed != feed.Wars {
			n, worst = n+1, max(worst, late, now.Sub(s.LastSuccess))
		}
	}
	return n, worst
}

const (
	lateAfter = 2 * time.Minute // in the clock's time
	failing   = 3               // failures in a row
)

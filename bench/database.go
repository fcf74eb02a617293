package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// database is a private one that writes to disk as an operator's would.
type database struct {
	store *store.Store
	close func()
}

// newDatabase starts an empty database and has cfg name it.
func newDatabase(ctx context.Context, cfg *config.Config, log *slog.Logger) (*database, error) {
	dir, cleanup, err := tempDir()
	if err != nil {
		return nil, err
	}
	cfg.DataDir = dir
	db, err := app.OpenDatabase(ctx, cfg, false, log)
	if err != nil {
		cleanup()
		return nil, err
	}
	end := func() {
		_ = db.Close(context.WithoutCancel(ctx))
		cleanup()
	}
	if err := db.Migrate(ctx); err != nil {
		end()
		return nil, err
	}
	s, err := store.Open(ctx, store.Config{URL: db.AppURL})
	if err != nil {
		end()
		return nil, err
	}
	cfg.Database.URL, cfg.Database.AdminURL = config.Secret(db.AppURL), config.Secret(db.AdminURL)
	return &database{store: s, close: func() { s.Close(); end() }}, nil
}

// atWar registers a faction and lets its war be known, and its members when they are
// given.
func atWar(ctx context.Context, s *store.Store, guildID string, w war.War, us []war.Fighter) error {
	id := w.Us.Faction
	if err := s.Register(ctx, faction.Faction{ID: id, Name: w.Us.Name}, guildID, "", w.SeenAt); err != nil {
		return err
	}
	st, err := feedState(ctx, s, id, feed.Front)
	if err != nil {
		return err
	}
	u := feed.Update{Wars: []war.War{w}, Rosters: map[faction.ID][]faction.Member{}, Progress: polled(st, w.SeenAt)}
	for _, f := range us {
		u.Rosters[id] = append(u.Rosters[id], faction.Member{ID: f.ID, Name: f.Name, Level: f.Level})
	}
	return s.SaveUpdate(ctx, &st, u)
}

// feedState reads how a feed stands, due or not.
func feedState(ctx context.Context, s *store.Store, id faction.ID, name feed.Name) (feed.State, error) {
	states, err := s.Feeds(ctx, id)
	if err != nil {
		return feed.State{}, err
	}
	for _, st := range states {
		if st.Feed == name {
			return st, nil
		}
	}
	return feed.State{}, fmt.Errorf("faction %d has no feed %s", id, name)
}

// polled ends a poll that is due again at once.
func polled(st feed.State, now time.Time) feed.Progress {
	return feed.Progress{Now: now, NextDue: now, Done: true, Log: st.Log}
}

package main

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
	"consigliere/internal/store"
)

const (
	tenants     = 20 // factions on the measured bot
	decisions   = 1_000_000
	lookups     = 500
	decideTime  = time.Microsecond
	guildOfAll  = "1"
	askedByAlly = "ally"
)

// measureRights times what every command, click and suggestion begins with: who asks,
// found out in a database of many factions, and whether they may. The one asking is
// of the kind that needs most, an officer looking at what another faction shares.
func measureRights(ctx context.Context) ([]figure, error) {
	cfg := new(config.Config)
	db, err := newDatabase(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	defer db.close()
	now := time.Now().UTC().Truncate(time.Second)
	if err := manyFactions(ctx, db.store, now); err != nil {
		return nil, err
	}
	var count atomic.Int64
	s, err := store.Open(ctx, store.Config{URL: cfg.Database.URL.Reveal(), Sent: func(sql string) {
		if sql != "commit" && !strings.HasPrefix(sql, "begin") {
			count.Add(1)
		}
	}})
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if _, err := s.Standing(ctx, askedByAlly, guildOfAll, false); err != nil { // the plan is made once
		return nil, err
	}
	count.Store(0)
	var who rbac.Standing
	took := make([]time.Duration, 0, lookups)
	for range lookups {
		began := time.Now()
		if who, err = s.Standing(ctx, askedByAlly, guildOfAll, false); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	queries := float64(count.Load()) / lookups
	actor, mapping, guard := who.Actor(false), who.Mapping(ours+1, now), rbac.Need(rbac.WarView)
	if d := rbac.Allow(actor, guard, mapping); d.Reason != rbac.ReasonShared {
		return nil, fmt.Errorf("the ally is refused: %s", d.Reason)
	}
	began := time.Now()
	for range decisions {
		rbac.Allow(actor, guard, mapping)
	}
	each := time.Since(began) / decisions
	allocs := testing.AllocsPerRun(1000, func() { rbac.Allow(actor, guard, mapping) })
	return []figure{
		{"a permission decision", fmt.Sprintf("%d ns", each.Nanoseconds()), "1000 ns", fmt.Sprintf("mean of %d, across a share; %.0f allocations", decisions, allocs),
			each <= decideTime && allocs == 0},
		{"queries of a command's whole authorisation", fmt.Sprintf("%.0f", queries), "1",
			fmt.Sprintf("mean of %d, %d factions of %d members in one server; median %s, p99 %s", lookups, tenants, members, ms(percentile(took, 50)), ms(percentile(took, 99))),
			queries <= 1},
	}, nil
}

// manyFactions fills a database with factions of one server, links an officer of the
// first, and has the second share its wars with it.
func manyFactions(ctx context.Context, s *store.Store, now time.Time) error {
	for n := range tenants {
		id := faction.ID(ours + n)
		if err := s.Register(ctx, faction.Faction{ID: id, Name: fmt.Sprint("Faction ", n)}, guildOfAll, "", now); err != nil {
			return err
		}
		st, err := feedState(ctx, s, id, feed.Members)
		if err != nil {
			return err
		}
		u := feed.Update{Rosters: map[faction.ID][]faction.Member{}, Positions: []faction.Position{{Name: "Officer"}}, Progress: polled(st, now)}
		for m := range members {
			u.Rosters[id] = append(u.Rosters[id], faction.Member{ID: faction.PlayerID(n*members + m + 1), Name: "Member", Position: "Officer"})
		}
		if err := s.SaveUpdate(ctx, &st, u); err != nil {
			return err
		}
	}
	link := faction.Link{Faction: ours, DiscordID: askedByAlly, Player: 1, Name: "Member"}
	key := faction.Key{Player: 1, Sealed: []byte{1}, Fingerprint: []byte{1}, Consent: "verify"}
	if _, err := s.LinkWithKey(ctx, link, key, false, now); err != nil {
		return err
	}
	_, _, err := s.ChangeShare(ctx, ours+1, ours, rbac.SetOf(rbac.WarView), 0, 1, now)
	return err
}

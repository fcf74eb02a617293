package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/clock"
	"consigliere/internal/demo"
	"consigliere/internal/faction"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

const (
	retalSpeed = 4               // how much faster than the wall the measured war passes
	retalWatch = 5 * time.Minute // of the war
	// retalWithin is what is promised beyond one poll of the log.
	retalWithin = 2 * time.Second
)

// measureRetals lets the whole bot follow a war in which a channel is told of every
// retaliation, and compares when Torn began to show each hit with when Discord took
// the message.
func measureRetals(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	clk := clock.NewScaled(time.Now().Truncate(time.Second), retalSpeed)
	stage, err := demo.NewStage(ctx, clk, retalSpeed, simtorn.Config{
		Seed: 4, MembersPerSide: members, Intensity: 1.2, MatchedAfter: -24 * time.Hour, StartsAfter: 90 * time.Second, WarLength: retalWatch + 5*time.Minute,
	})
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	plan := stage.Torn.Plan()
	us, channel := faction.ID(plan.OurFaction), stage.Guild.Channel("general").ID
	var told map[int64]time.Time
	err = stage.Run(ctx, log, func(ctx context.Context) error {
		if err := db.store.PutRules(ctx, us, []alert.Rule{{Kind: alert.RetalOpen, ChannelID: channel, Enabled: true}}, clk.Now()); err != nil {
			return err
		}
		if err := clk.Sleep(ctx, plan.Start.Add(retalWatch).Sub(clk.Now())); err != nil {
			return err
		}
		told = announced(stage.Discord, channel)
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown := stage.Torn.Appeared(plan.OurFaction, plan.Start.Add(-time.Hour), clk.Now())
	retals, err := db.store.Retals(ctx, us, 0, plan.Start.Add(-time.Hour))
	if err != nil {
		return nil, err
	}
	var fromEnd, fromShown []time.Duration
	for _, r := range retals {
		at, ok := told[int64(r.Attack)]
		// What Torn shows late waits for a sweep, and may be over when it is found.
		if seen, known := shown[int64(r.Attack)]; ok && known && seen.Sub(r.At) < 10*time.Second {
			fromShown = append(fromShown, at.Sub(seen))
			fromEnd = append(fromEnd, at.Sub(r.At))
		}
	}
	limit := stage.Config.Torn.Poll.AttacksWar + retalWithin
	p95 := percentile(fromShown, 95)
	return []figure{{
		"p95 from Torn showing a hit on us to Discord taking the retaliation alert", s1(p95), s1(limit),
		fmt.Sprintf("p50 %s, max %s of %d alerts of one war, each in a message of its own; from the hit's end p50 %s, p95 %s; limit: one poll and %s; a clock %d times as fast",
			s1(percentile(fromShown, 50)), s1(percentile(fromShown, 100)), len(fromShown), s1(percentile(fromEnd, 50)), s1(percentile(fromEnd, 95)), retalWithin, retalSpeed),
		len(fromShown) >= 10 && p95 <= limit,
	}}, nil
}

// announced tells when Discord took the message of each retaliation that got one of its
// own, by the hit that opened it.
func announced(server *simdiscord.Server, channel string) map[int64]time.Time {
	out := map[int64]time.Time{}
	for _, m := range server.Messages(channel) {
		for _, was := range append(server.History(m.ID), m) {
			for _, row := range was.Components {
				for _, button := range row.Components {
					parts := strings.Split(button.CustomID, ":")
					if i := slices.Index(parts, "mine"); i != 1 || len(parts) != 4 {
						continue
					}
					if id, err := strconv.ParseInt(parts[3], 10, 64); err == nil {
						out[id] = m.Timestamp
					}
				}
			}
		}
	}
	return out
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/demo"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/notify"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
)

const (
	alertRate     = 50 // a second
	alertChannels = 40
	alertSpan     = 20 * time.Second
	alertLimit    = 1500 * time.Millisecond
	alertFaction  = faction.ID(4242)
)

// measureAlerts commits alerts at a steady rate, each for one of many channels, and
// compares when each was committed with when the stand-in for Discord, which keeps
// Discord's limits, took its message. The clock is the wall's.
func measureAlerts(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	clk := clock.NewScaled(time.Now(), 1)
	stage, err := demo.NewStage(ctx, clk, 1, simtorn.Config{Seed: 1})
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	channels, err := manyChannels(ctx, db.store, stage.Discord, clk.Now())
	if err != nil {
		return nil, err
	}
	cfg := *stage.Config
	cfg.Roles = []config.Role{config.RoleWork}
	bot, err := app.New(ctx, app.Options{Config: &cfg, Clock: clk, Log: log, Redact: new(config.Redactor)})
	if err != nil {
		return nil, err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- bot.Run(running) }()
	committed, err := commitAlerts(ctx, db.store, clk)
	if err == nil {
		err = allSent(ctx, db.store, len(committed))
	}
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		return nil, err
	}
	took, messages, err := accepted(ctx, db.store, stage.Discord, channels, committed)
	if err != nil {
		return nil, err
	}
	p95 := percentile(took, 95)
	return []figure{{
		"p95 from an alert's commit to Discord taking its message", s1(p95), s1(alertLimit),
		fmt.Sprintf("p50 %s, p99 %s, max %s of %d alerts, %d a second over %d channels for %s, in %d messages", s1(percentile(took, 50)), s1(percentile(took, 99)),
			s1(percentile(took, 100)), len(took), alertRate, alertChannels, alertSpan, messages),
		p95 <= alertLimit && len(took) == len(committed),
	}}, nil
}

// manyChannels makes a faction with a rule for each of many channels, which wants the
// alerts that bear the channel's number as their name.
func manyChannels(ctx context.Context, s *store.Store, server *simdiscord.Server, now time.Time) ([]string, error) {
	specs := make([]simdiscord.ChannelSpec, alertChannels)
	for i := range specs {
		specs[i].Name = fmt.Sprint("alerts-", i)
	}
	guild := server.AddGuild(simdiscord.GuildSpec{Name: "Many", Channels: specs, Members: []simdiscord.MemberSpec{{Name: "B"}}})
	if err := s.Register(ctx, faction.Faction{ID: alertFaction, Name: "Many"}, guild.ID, "Many", now); err != nil {
		return nil, err
	}
	var ids []string
	var rules []alert.Rule
	for i := range specs {
		id := guild.Channel(specs[i].Name).ID
		ids = append(ids, id)
		rules = append(rules, alert.Rule{Kind: alert.RetalOpen, ChannelID: id, Enabled: true, Thresholds: alert.Thresholds{Names: []string{fmt.Sprint(i)}}})
	}
	return ids, s.PutRules(ctx, alertFaction, rules, now)
}

// commitAlerts commits them one by one and tells when each was, by its subject.
func commitAlerts(ctx context.Context, s *store.Store, clk clock.Clock) (map[string]time.Time, error) {
	states, err := s.Feeds(ctx, alertFaction)
	if err != nil {
		return nil, err
	}
	st := states[0]
	committed := map[string]time.Time{}
	tick := time.NewTicker(time.Second / alertRate)
	defer tick.Stop()
	for n := range int(alertSpan.Seconds() * alertRate) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-tick.C:
		}
		now := clk.Now()
		a := alert.Alert{Kind: alert.RetalOpen, Subject: alert.Subject("bench", int64(n)), Stage: "open", At: now, ExpiresAt: now.Add(time.Hour),
			Name: fmt.Sprint(n % alertChannels), Data: alert.Data{Note: "An alert to be measured."}}
		u := feed.Update{Alerts: []alert.Alert{a}, Progress: feed.Progress{Now: now, NextDue: now.Add(time.Hour)}}
		if err := s.SaveUpdate(ctx, &st, u); err != nil {
			return nil, err
		}
		committed[a.Subject] = clk.Now()
	}
	return committed, nil
}

// allSent waits until every alert has arrived.
func allSent(ctx context.Context, s *store.Store, want int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		box, err := s.Outbox(ctx, alertFaction, time.Time{})
		if err != nil || box["sent"] == want {
			return err
		}
		if err := clock.Wall.Sleep(clock.Wall{}, ctx, 200*time.Millisecond); err != nil {
			return fmt.Errorf("of %d alerts %v: %w", want, box, err)
		}
	}
}

// accepted tells how long each alert took, by the marks that messages bear.
func accepted(ctx context.Context, s *store.Store, server *simdiscord.Server, channels []string, committed map[string]time.Time) (took []time.Duration, messages int, err error) {
	subjects := map[string]string{}
	for id := int64(1); len(subjects) < len(committed); id++ { // numbered from 1 in a fresh database
		d, err := s.LoadDelivery(ctx, alertFaction, id)
		if err != nil {
			return nil, 0, err
		}
		subjects[strings.TrimPrefix(notify.Marker(alertFaction, id), "ref ")] = d.Subject
	}
	for _, channel := range channels {
		for _, m := range server.Messages(channel) {
			messages++
			for word := range strings.FieldsSeq(server.RenderText(m)) {
				if at, ok := committed[subjects[word]]; ok {
					took = append(took, max(0, m.Timestamp.Sub(at)))
				}
			}
		}
	}
	return took, messages, nil
}

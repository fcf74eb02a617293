package app_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/app"
	"consigliere/internal/feed"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
)

// chaos is a bot that only delivers, over many channels, while all that it needs fails.
type chaos struct {
	*stage
	channels []string
	rng      *rand.Rand
	between  *proxy
}

// newChaos makes a faction with a rule for each of so many channels. Time runs as on the
// wall: limits and timeouts are Discord's own.
func newChaos(t *testing.T, channels int) *chaos {
	t.Helper()
	c := &chaos{stage: newStageAt(t, simtorn.Config{Seed: 1}, 1), rng: rand.New(rand.NewPCG(7, chaosSeed(t)))}
	c.child.Config["CONSIGLIERE_ROLES"] = "work"
	specs := make([]simdiscord.ChannelSpec, channels)
	for i := range specs {
		specs[i].Name = fmt.Sprint("alerts-", i)
	}
	guild := c.discord.AddGuild(simdiscord.GuildSpec{Name: "Many", Channels: specs, Members: []simdiscord.MemberSpec{{Name: "B"}}})
	var rules []alert.Rule
	for i := range specs {
		id := guild.Channel(fmt.Sprint("alerts-", i)).ID
		c.channels = append(c.channels, id)
		rules = append(rules, alert.Rule{Kind: alert.RetalOpen, ChannelID: id, Enabled: true})
	}
	if err := c.db.Store.PutRules(t.Context(), c.us, rules, c.clock.Now()); err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(c.db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	c.between = newProxy(t, u.Host)
	u.Host = c.between.listener.Addr().String()
	c.child.Config["CONSIGLIERE_DATABASE_URL"] = u.String()
	return c
}

// chaosSeed decides what fails when; CHAOS_SEED names another than the usual one.
func chaosSeed(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv("CHAOS_SEED")
	if text == "" {
		return 11
	}
	seed, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("CHAOS_SEED: %v", err)
	}
	return seed
}

func (c *chaos) alert(n int, note string) alert.Alert {
	now := c.clock.Now()
	return alert.Alert{Kind: alert.RetalOpen, Subject: alert.Subject("chaos", int64(n)), Stage: "open", At: now, ExpiresAt: now.Add(time.Hour), Data: alert.Data{Note: note}}
}

// save commits what there is to tell, as a poll does.
func (c *chaos) save(u feed.Update) {
	c.t.Helper()
	states, err := c.db.Store.Feeds(c.t.Context(), c.us)
	if err != nil {
		c.t.Fatal(err)
	}
	now := c.clock.Now()
	u.Progress = feed.Progress{Now: now, NextDue: now.Add(time.Hour), Done: true}
	if err := c.db.Store.SaveUpdate(c.t.Context(), &states[0], u); err != nil {
		c.t.Fatal(err)
	}
}

// faults lets some of the coming requests fail, each in another way.
func (c *chaos) faults() {
	for _, f := range []simdiscord.Fault{
		{Kind: simdiscord.LoseAnswer, Method: "POST", Path: "channels/*/messages", Times: 6},
		{Kind: simdiscord.RateLimited, Path: "channels/*/messages", Times: 3, After: 300 * time.Millisecond},
		{Kind: simdiscord.ServerError, Method: "POST", Path: "channels/*/messages", Times: 4},
		{Kind: simdiscord.ServerError, Method: "POST", Path: "channels/*/messages", Times: 3, Status: 502},
		{Kind: simdiscord.HangAnswer, Method: "POST", Path: "channels/*/messages", Times: 2, After: 2 * time.Second},
		{Kind: simdiscord.LoseRequest, Path: "channels/*/messages", Times: 4},
		{Kind: simdiscord.RateLimitedGlobally, Times: 1, After: 200 * time.Millisecond},
		{Kind: simdiscord.LoseAnswer, Method: "PATCH", Times: 2},
	} {
		c.discord.Fault(f)
	}
}

// Of a thousand alerts none is lost and none is told twice, whatever happens to the
// worker, the database and Discord meanwhile; and each message says how its matter
// ended.
func TestAThousandAlertsSurviveEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	const channels, alerts, settledEvery = 40, 25, 3
	c := newChaos(t, channels)
	bot := c.start()
	defer func() { _ = bot.Process.Kill(); _ = bot.Wait() }()
	settle := func(n int) {
		a := c.alert(n, fmt.Sprintf("ended %d", n))
		c.save(feed.Update{Settled: []alert.Settled{{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject}, Alert: a, GoesOn: true}}})
	}
	for n := range alerts {
		c.save(feed.Update{Alerts: []alert.Alert{c.alert(n, fmt.Sprintf("began %d", n))}})
		switch n % 4 {
		case 0:
			c.faults()
		case 1: // a kill at any moment
			time.Sleep(time.Duration(c.rng.IntN(400)) * time.Millisecond)
			_ = bot.Process.Kill()
			_ = bot.Wait()
			bot = c.start()
		case 2: // the database goes away under the worker
			c.between.setCut(true)
			time.Sleep(time.Duration(100+c.rng.IntN(300)) * time.Millisecond)
			c.between.setCut(false)
		}
		if n%settledEvery == 2 {
			settle(n - 1)
		}
		time.Sleep(time.Duration(c.rng.IntN(300)) * time.Millisecond)
	}
	c.patiently(3*time.Minute, func() error { return c.delivered(channels * alerts) })
	c.eachOnce(channels*alerts, settledEvery)
	if t.Failed() {
		t.Logf("the bot's last words:\n%s", tail(c.logs.String(), 4000))
	}
}

// patiently tries until check passes.
func (c *chaos) patiently(most time.Duration, check func() error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), most)
	defer cancel()
	for {
		err := check()
		if err == nil {
			return
		}
		select {
		case <-ctx.Done():
			c.t.Fatalf("still not delivered: %v\n%s", err, tail(c.logs.String(), 6000))
		case <-time.After(300 * time.Millisecond):
		}
	}
}

// delivered tells whether all is sent and every message says what it should.
func (c *chaos) delivered(want int) error {
	outbox, err := c.db.Store.Outbox(c.t.Context(), c.us, time.Time{})
	if err != nil {
		return err
	}
	if outbox["sent"] != want {
		return fmt.Errorf("outbox %v, want %d sent", outbox, want)
	}
	var outdated int
	err = c.db.Store.Faction(c.t.Context(), c.us, func(tx pgx.Tx) error {
		return tx.QueryRow(c.t.Context(), "select count(*) from alert_deliveries where shown < edition").Scan(&outdated)
	})
	if err == nil && outdated > 0 {
		err = fmt.Errorf("%d messages are not edited yet", outdated)
	}
	return err
}

// eachOnce wants every delivery's mark in its channel exactly once.
func (c *chaos) eachOnce(want, settledEvery int) {
	c.t.Helper()
	type sent struct{ channel, subject string }
	deliveries := map[string]sent{}
	grouped := map[string]bool{}
	err := c.db.Store.Faction(c.t.Context(), c.us, func(tx pgx.Tx) error {
		rows, err := tx.Query(c.t.Context(), "select delivery_id, channel_id, subject, group_id from alert_deliveries")
		if err != nil {
			return err
		}
		var id, group int64
		var at sent
		_, err = pgx.ForEachRow(rows, []any{&id, &at.channel, &at.subject, &group}, func() error {
			deliveries[app.Marker(c.us, id)] = at
			grouped[app.Marker(c.us, id)] = group != 0
			return nil
		})
		return err
	})
	if err != nil || len(deliveries) != want {
		c.t.Fatalf("%d deliveries (%v), want %d", len(deliveries), err, want)
	}
	count, wrong := map[string]int{}, 0
	messages := 0
	for _, channel := range c.channels {
		for _, m := range c.discord.Messages(channel) {
			messages++
			text := c.discord.RenderText(m)
			for marker, at := range deliveries {
				if !strings.Contains(text, marker) {
					continue
				}
				count[marker]++
				if at.channel != channel {
					c.t.Errorf("alert %s of channel %s is in channel %s", marker, at.channel, channel)
				}
				var n int
				if _, err := fmt.Sscanf(at.subject, "chaos:%d", &n); err != nil {
					c.t.Fatal(err)
				}
				ended := n%settledEvery == 1 && n < 24
				if !grouped[marker] && strings.Contains(text, fmt.Sprintf("ended %d", n)) != ended {
					if wrong++; wrong < 5 {
						c.t.Errorf("the message of alert %d, ended %t, says\n%s", n, ended, text)
					}
				}
			}
		}
	}
	lost, doubled := 0, 0
	for marker := range deliveries {
		switch n := count[marker]; {
		case n == 0:
			lost++
		case n > 1:
			doubled++
		}
	}
	c.t.Logf("%d alerts in %d messages: %d lost, %d twice", want, messages, lost, doubled)
	if lost+doubled > 0 {
		c.t.Error(errors.New("see the counts above"))
	}
}

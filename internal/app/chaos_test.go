package app_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simdiscord "consigliere/internal/sim/discord"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store/storetest"
)

// chaos is two bots that deliver over many channels, while all that they need fails.
type chaos struct {
	*stage
	channels  []string
	rng       *rand.Rand
	postgres  *postgres
	between   *proxy // the bots and their database
	redis     *redisServer
	redisBack time.Time // by the stage's clock
	bots      []*tended
	ended     map[int]bool // the alerts whose matter was settled
}

// newChaos makes a faction with a rule for each of so many channels, on servers of its
// own. Time runs as on the wall: limits and timeouts are Discord's own.
func newChaos(t *testing.T, channels int) *chaos {
	t.Helper()
	c := &chaos{redis: startRedis(t), postgres: startPostgres(t), ended: map[int]bool{}, rng: rand.New(rand.NewPCG(7, chaosSetting(t, "CHAOS_SEED", 11)))}
	db := storetest.OpenAt(t, at(t, c.postgres.server.AdminURL(), c.postgres.front()))
	c.between = c.postgres.front()
	c.stage = newStageAt(t, db, simtorn.Config{Seed: 1, MatchedAfter: 10 * time.Hour}, 1)
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
	for k, v := range map[string]string{
		"CONSIGLIERE_ROLES": "poll,work", "CONSIGLIERE_TORN_POLL_MEMBERS": "2s", "CONSIGLIERE_TORN_POLL_WARS": "2s",
		"CONSIGLIERE_DATABASE_URL": at(t, db.AppURL, c.between), "CONSIGLIERE_REDIS_URL": c.redis.url(),
	} {
		c.child.Config[k] = v
	}
	c.save(feed.Update{}) // this test is who polls the attack log, for an hour
	c.bots = []*tended{c.tend("first"), c.tend("second")}
	return c
}

// at is a database's address by way of a proxy.
func at(t *testing.T, address string, by *proxy) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("a database's address is no URL") // err would show its password
	}
	u.Host = by.addr()
	return u.String()
}

// chaosSetting is a number from the environment: CHAOS_SEED decides what fails when,
// CHAOS_ROUNDS how often all of it does.
func chaosSetting(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func (c *chaos) alert(n int, note string) alert.Alert {
	now := c.clock.Now()
	return alert.Alert{Kind: alert.RetalOpen, Subject: alert.Subject("chaos", int64(n)), Stage: "open", At: now, ExpiresAt: now.Add(time.Hour), Data: alert.Data{Note: note}}
}

// settle commits how an alert's matter ended.
func (c *chaos) settle(n int) {
	c.t.Helper()
	a := c.alert(n, fmt.Sprintf("ended %d", n))
	c.save(feed.Update{Settled: []alert.Settled{{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject}, Alert: a, GoesOn: true}}})
	c.ended[n] = true
}

// save commits what there is to tell, as a poll does: again while the database fails.
func (c *chaos) save(u feed.Update) {
	c.t.Helper()
	c.patiently(time.Minute, func() error {
		states, err := c.db.Store.Feeds(c.t.Context(), c.us)
		if err != nil {
			return err
		}
		now := c.clock.Now()
		u.Progress = feed.Progress{Now: now, NextDue: now.Add(time.Hour), Done: true}
		return c.db.Store.SaveUpdate(c.t.Context(), &states[0], u)
	})
}

// blow is something that fails so many times in a run.
type blow struct {
	name  string
	times int
	deal  func()
}

// blows are all that fails. Each comes a random while after an alert, and leaves behind
// what the next one finds: Discord's faults wait for their request, a bot takes seconds
// to come back.
func (c *chaos) blows() []blow {
	return []blow{
		{"Discord fails", 5, c.faults},
		{"a bot is killed", 5, func() { c.anyBot().kill() }},
		{"both bots are killed", 2, func() {
			for _, b := range c.bots {
				b.kill()
			}
		}},
		{"connections to PostgreSQL are cut", 2, func() {
			c.between.setCut(true)
			c.pause(400 * time.Millisecond)
			c.between.setCut(false)
		}},
		{"PostgreSQL is restarted", 2, func() { c.restart(c.postgres.stopFast) }},
		{"PostgreSQL crashes", 3, func() { c.restart(c.postgres.crash) }},
		{"PostgreSQL recovers from a killed session", 2, c.postgres.killBackend},
		{"Redis is killed", 4, c.loseRedis},
	}
}

// sequence is every blow as often as it comes in so many rounds, in the order that the
// seed draws.
func (c *chaos) sequence(rounds uint64) []blow {
	var all []blow
	for range rounds {
		for _, b := range c.blows() {
			all = append(all, slices.Repeat([]blow{b}, b.times)...)
		}
	}
	c.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (c *chaos) pause(most time.Duration) { time.Sleep(time.Duration(c.rng.Int64N(int64(most)))) }

func (c *chaos) anyBot() *tended { return c.bots[c.rng.IntN(len(c.bots))] }

// restart stops PostgreSQL for a while, during which a bot may be killed, too.
func (c *chaos) restart(stop func()) {
	c.t.Helper()
	stop()
	if c.rng.IntN(2) == 0 {
		c.anyBot().kill()
	}
	c.pause(time.Second)
	c.postgres.start()
}

// loseRedis kills Redis. Until it is back every bot says so, and alerts go out all the
// same: only requests to Torn are counted there.
func (c *chaos) loseRedis() {
	c.t.Helper()
	c.redis.kill()
	before, _ := c.sent()
	c.patiently(time.Minute, func() error {
		for _, b := range c.bots {
			if err := b.says(http.StatusServiceUnavailable, "does not answer; polls wait"); err != nil {
				return err
			}
		}
		if sent, waiting := c.sent(); sent <= before && waiting > 0 {
			return fmt.Errorf("without Redis nothing is sent: %d were, %d wait", sent, waiting)
		}
		return nil
	})
	c.redis.start()
	c.redisBack = c.clock.Now()
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

// Of a thousand alerts none is lost and none is told twice, whatever happens to two bots
// that work side by side, to PostgreSQL, Redis and Discord meanwhile; each message says
// how its matter ended; and in the end everything works again by itself.
func TestAThousandAlertsSurviveEverything(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	const channels = 40
	c := newChaos(t, channels)
	began := time.Now()
	all := c.sequence(chaosSetting(t, "CHAOS_ROUNDS", 1))
	for n, b := range all {
		c.save(feed.Update{Alerts: []alert.Alert{c.alert(n, fmt.Sprintf("began %d", n))}})
		c.pause(400 * time.Millisecond)
		t.Logf("%5.1f s: %s", time.Since(began).Seconds(), b.name)
		b.deal()
		if n%3 == 2 {
			c.settle(n - 1)
		}
		c.pause(300 * time.Millisecond)
	}
	c.patiently(3*time.Minute, func() error { return c.delivered(channels * len(all)) })
	t.Logf("%5.1f s: all is delivered", time.Since(began).Seconds())
	c.eachOnce(channels * len(all))
	missing := ""
	c.patiently(2*time.Minute, func() error {
		err := c.recovered()
		if err != nil && missing != err.Error() {
			missing = err.Error()
			t.Logf("%5.1f s: not yet: %s", time.Since(began).Seconds(), missing)
		}
		return err
	})
	t.Logf("%5.1f s: everything works again", time.Since(began).Seconds())
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
			for _, b := range c.bots {
				c.t.Logf("a bot's last words:\n%s", b.words())
			}
			c.t.Fatalf("after %s still: %v", most, err)
		case <-time.After(300 * time.Millisecond):
		}
	}
}

package poll_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

// payload is the wording of the one delivery of a kind in channel "one" whose stage
// begins so, and in how many editions it was.
func (e *evening) payload(kind alert.Kind, stage string) (a alert.Alert, editions int) {
	e.t.Helper()
	var body []byte
	must(e.t, e.owner.QueryRow(e.t.Context(), `select payload, edition from alert_deliveries
		where kind = $1 and starts_with(stage, $2) and channel_id = 'one'`, string(kind), stage).Scan(&body, &editions))
	must(e.t, json.Unmarshal(body, &a))
	return a, editions
}

// deliveries counts those of a kind in channel "one", or to players.
func (e *evening) deliveries(kind alert.Kind, where string, args ...any) (n int) {
	e.t.Helper()
	must(e.t, e.owner.QueryRow(e.t.Context(), "select count(*) from alert_deliveries where kind = $1 and "+where, append([]any{string(kind)}, args...)...).Scan(&n))
	return n
}

func (e *evening) wants(kinds ...alert.Kind) {
	e.t.Helper()
	var rules []alert.Rule
	for _, k := range kinds {
		rules = append(rules, alert.Rule{Kind: k, ChannelID: "one", Enabled: true})
	}
	must(e.t, e.store.PutRules(e.t.Context(), e.us, rules, e.clock.Now()))
}

func TestANewWarsEnemyIsScoutedAndTheMessageSaysWhoTheyAre(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 71, MatchedAfter: 2 * time.Minute, StartsAfter: 3 * time.Hour, WarLength: time.Hour})
	e.wants(alert.WarScheduled, alert.WarSoon)
	e.runUntil(e.clock.Now().Add(2*time.Hour + 50*time.Minute))
	card, known, err := e.store.Scout(t.Context(), e.us, e.war)
	must(t, err)
	if !known || card.Members != 12 || card.Rank == "" || card.Levels.Highest == 0 || card.SeenAt.IsZero() {
		t.Fatalf("known %v: %+v", known, card)
	}
	a, editions := e.payload(alert.WarScheduled, "scheduled")
	if a.Data.War == nil || a.Data.War.Scout == nil || a.Data.War.Scout.Members != 12 || editions != 1 {
		t.Errorf("the message in edition %d says %+v", editions, a.Data.War)
	}
	looks, err := e.store.Activity(t.Context(), e.us, e.war)
	must(t, err)
	total := 0
	for _, l := range looks {
		total += l.Looks
		if l.Looks > 4 || l.Members != 12*l.Looks || l.Active > l.Members || !l.Hour.Equal(l.Hour.Truncate(time.Hour)) {
			t.Errorf("an hour of %+v", l)
		}
	}
	if total < 11 || total > 13 {
		t.Errorf("%d looks in about three hours", total)
	}
	if n := e.deliveries(alert.WarSoon, "channel_id = 'one' and stage ~ '^soon:(60|15):'"); n != 2 {
		t.Errorf("%d warnings before the start, want two", n)
	}
	// Four looks an hour, the page and the list once: that is all it costs.
	asked := 0
	for _, r := range e.world.RequestLog() {
		if strings.Contains(r.Path, "/rankedwars") && strings.Contains(r.Path, fmt.Sprint(card.Enemy)) {
			asked++
		}
	}
	if asked != 1 {
		t.Errorf("the enemy's wars were asked for %d times", asked)
	}
}

func TestNobodyIsScoutedWithoutAWar(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 72, MatchedAfter: 50 * time.Hour, StartsAfter: 60 * time.Hour})
	e.runUntil(e.clock.Now().Add(3 * time.Hour))
	st := e.feeds()[feed.Scout]
	if st.Failures > 0 || st.LastSuccess.IsZero() || st.NextDue.Sub(st.LastSuccess) < 50*time.Minute {
		t.Errorf("the feed stands at %+v", st)
	}
}

func TestAFactionThatIsNotEnlistedIsRemindedTwiceAndToldWhenItIs(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 73, MatchedAfter: 300 * time.Hour, StartsAfter: 350 * time.Hour})
	e.wants(alert.WarEnlist)
	enlisted := any(false)
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if basic, ok := body["basic"].(map[string]any); ok && path == "/faction/basic" {
			basic["is_enlisted"] = enlisted
		}
	})
	monday := time.Date(2026, 11, 23, 11, 50, 0, 0, time.UTC)
	at := func(after time.Duration) {
		e.clock.Advance(monday.Add(after).Sub(e.clock.Now()) - 6*time.Minute)
		e.runUntil(monday.Add(after))
	}
	at(0)
	if n := e.deliveries(alert.WarEnlist, "true"); n != 0 {
		t.Fatalf("%d reminders before Monday noon", n)
	}
	at(30 * time.Minute)
	at(5 * time.Hour)
	if n := e.deliveries(alert.WarEnlist, "stage = 'day'"); n != 1 {
		t.Errorf("%d reminders on Monday, want one", n)
	}
	at(23*time.Hour + 30*time.Minute)
	if n := e.deliveries(alert.WarEnlist, "true"); n != 2 {
		t.Errorf("%d reminders in all, want two", n)
	}
	enlisted = true
	at(23*time.Hour + 50*time.Minute)
	for _, stage := range []string{"day", "hour"} {
		if a, editions := e.payload(alert.WarEnlist, stage); a.Data.Enlist == nil || !a.Data.Enlist.Enlisted || editions != 1 {
			t.Errorf("%s: in edition %d it says %+v", stage, editions, a.Data.Enlist)
		}
	}
}

// Of three answers only one tells, and later none does.
func TestAKeyThatDoesNotSeeItIsNoReasonToRemindOfEnlisting(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 74, MatchedAfter: 300 * time.Hour, StartsAfter: 350 * time.Hour})
	e.wants(alert.WarEnlist)
	var reads, blind atomic.Int32
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if basic, ok := body["basic"].(map[string]any); ok && path == "/faction/basic" {
			basic["is_enlisted"] = any(true)
			if reads.Add(1)%3 != 0 || blind.Load() == 1 {
				basic["is_enlisted"] = nil
			}
		}
	})
	e.clock.Advance(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC).Sub(e.clock.Now()))
	e.runUntil(e.clock.Now().Add(30 * time.Minute))
	blind.Store(1)
	e.runUntil(e.clock.Now().Add(30 * time.Minute))
	if n := e.deliveries(alert.WarEnlist, "true"); n != 0 {
		t.Errorf("%d reminders though the faction is enlisted", n)
	}
	if st := e.feeds()[feed.Members]; !st.EnlistedFor.Equal(time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)) || reads.Load() < 12 {
		t.Errorf("enlisted for %s after %d reads", st.EnlistedFor, reads.Load())
	}
}

func TestWithoutAKeyThatSeesItTheReminderSaysThatNobodyKnows(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 74, MatchedAfter: 300 * time.Hour, StartsAfter: 350 * time.Hour})
	e.wants(alert.WarEnlist)
	e.gate.set(nil, func(path string, _ url.Values, body map[string]any) {
		if basic, ok := body["basic"].(map[string]any); ok && path == "/faction/basic" {
			basic["is_enlisted"] = nil
		}
	})
	e.clock.Advance(time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC).Sub(e.clock.Now()))
	e.runUntil(e.clock.Now().Add(12 * time.Minute))
	if a, _ := e.payload(alert.WarEnlist, "day"); a.Data.Enlist == nil || !a.Data.Enlist.Unknown {
		t.Errorf("it says %+v", a.Data.Enlist)
	}
	for name, st := range e.feeds() {
		if st.Failures > 0 {
			t.Errorf("%s failed: %s", name, st.LastError)
		}
	}
}

func TestAgreedTermsAreWatchedWhileTheWarIsFought(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 75, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 90 * time.Minute, Intensity: 0.5})
	e.wants(alert.WarTerms)
	begin := e.world.Plan().Start
	e.runUntil(begin.Add(20 * time.Minute))
	w, err := e.store.War(t.Context(), e.us, e.war)
	must(t, err)
	limit, limitHits := w.Us.Score*2, int64(6)
	_, terms, err := e.store.SetTerms(t.Context(), e.us, e.war, func(t war.Terms) (war.Terms, error) {
		t.ScoreCap, t.HitLimit, t.StopAt, t.By, t.At = limit, limitHits, begin.Add(60*time.Minute), 1, e.clock.Now()
		return t, nil
	})
	must(t, err)
	e.runUntil(begin.Add(75 * time.Minute))
	got, ok, err := e.store.Terms(t.Context(), e.us, e.war)
	must(t, err)
	if w, err = e.store.War(t.Context(), e.us, e.war); err != nil || w.Us.Score <= limit {
		t.Fatalf("the war has %d of %d points (%v): choose another seed", w.Us.Score, limit, err)
	}
	if !ok || got.Told[war.LimitScore] != war.Passed || got.Told[war.LimitStop] != war.Stop || got.CapAt.IsZero() {
		t.Errorf("the terms stand at %+v", got)
	}
	for _, stage := range []string{fmt.Sprintf("terms:score:%d:slow", limit), fmt.Sprintf("terms:score:%d:passed", limit), fmt.Sprintf("terms:stop:%d:slow", terms.StopAt.Unix()), fmt.Sprintf("terms:stop:%d:stop", terms.StopAt.Unix())} {
		if n := e.deliveries(alert.WarTerms, "channel_id = 'one' and stage = $2", stage); n != 1 {
			t.Errorf("%s was told %d times, want once", stage, n)
		}
	}
	// Every hit that began after the stop is in the one message about them.
	stop, _ := got.Stopped(e.clock.Now())
	rows, err := e.store.AttacksCountedAfter(t.Context(), e.us, e.war, stop)
	must(t, err)
	late, _ := war.HitsAfter(rows, stop)
	a, editions := e.payload(alert.WarTerms, "after:")
	if len(late) == 0 || a.Data.Terms.Count != len(late) || editions == 0 {
		t.Errorf("%d hits after the stop, the message in edition %d counts %d", len(late), editions, a.Data.Terms.Count)
	}
	// Who came to the limit was told before and at it; who was there before the terms is not.
	tallies, err := e.store.Tallies(t.Context(), e.us, e.war)
	must(t, err)
	over := 0
	for _, r := range tallies {
		if r.Team != war.Ours {
			continue
		}
		n := e.deliveries(alert.WarTerms, "player_id = $2 and stage = $3", int64(r.Player), fmt.Sprintf("limit:%d:at", limitHits))
		if r.WarHits < limitHits && n != 0 || n > 1 {
			t.Errorf("a member with %d hits of %d was told %d times", r.WarHits, limitHits, n)
		}
		over += n
	}
	if over == 0 {
		t.Error("nobody was told of the limit")
	}
}

func TestAPollThatIsCutOffTellsOfTermsAllTheSame(t *testing.T) {
	e := newEvening(t, simtorn.Config{Seed: 75, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 90 * time.Minute, Intensity: 0.5})
	e.wants(alert.WarTerms)
	begin := e.world.Plan().Start
	e.runUntil(begin.Add(10 * time.Minute))
	_, _, err := e.store.SetTerms(t.Context(), e.us, e.war, func(t war.Terms) (war.Terms, error) {
		t.ScoreCap, t.At = 1, e.clock.Now()
		return t, nil
	})
	must(t, err)
	dying := e.process("dying", deadStore{e.store})
	e.clock.Advance(20 * time.Second)
	e.poll(t.Context(), dying, time.Second)
	if n := e.deliveries(alert.WarTerms, "true"); n != 0 {
		t.Fatalf("%d told by a poll that stored nothing", n)
	}
	e.clock.Advance(2 * time.Second)
	e.runUntil(e.clock.Now().Add(time.Minute))
	if n := e.deliveries(alert.WarTerms, "stage like 'terms:score:1:%'"); n != 1 {
		t.Errorf("told %d times, want once", n)
	}
}

// deadStore is the store of a process that dies whenever it wants to write.
type deadStore struct{ *store.Store }

func (deadStore) SaveUpdate(context.Context, *feed.State, feed.Update) error { return errKilled }

func (deadStore) SaveAttacks(context.Context, *feed.State, feed.AttackPage) error { return errKilled }

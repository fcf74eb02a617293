package poll

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// post is where alerts end up: each key once, as the unique index of the store has it, and
// what was said of which matter, whatever its stage is called.
type post struct {
	t     *rapid.T
	rules []alert.Rule
	sent  map[alert.Key]bool
	said  map[string]alert.Key
	// warned are the timers told, by rule: two of one danger may bear stamps that are
	// seconds apart.
	warned map[string][]time.Time
}

func newPost(t *rapid.T) *post {
	p := &post{t: t, sent: map[alert.Key]bool{}, said: map[string]alert.Key{}, warned: map[string][]time.Time{}}
	for i, k := range alert.Kinds() {
		p.rules = append(p.rules, alert.Rule{ID: alert.RuleID(2*i + 1), Kind: k, ChannelID: "1", Enabled: true},
			alert.Rule{ID: alert.RuleID(2*i + 2), Kind: k, ChannelID: "1", Enabled: true, Thresholds: alert.Thresholds{Every: 50, AtLeast: 20, Ahead: time.Hour}})
	}
	return p
}

// put takes what a run has committed.
func (p *post) put(all []alert.Alert) {
	for _, d := range alert.Match(p.rules, all) {
		if p.sent[d.Key] {
			continue
		}
		p.sent[d.Key] = true
		matter := p.matter(d)
		if first, ok := p.said[matter]; ok {
			p.t.Fatalf("%s was told as %+v and as %+v", matter, first, d.Key)
		}
		p.said[matter] = d.Key
	}
}

// matter is what a message is about, as whoever reads it would say.
func (p *post) matter(d alert.Delivery) string {
	what := fmt.Sprintf("rule %d %s %s ", d.Rule, d.Alert.Kind, d.Subject)
	steps := d.Rule%2 == 0
	switch c, w := d.Alert.Data.Chain, d.Alert.Data.War; {
	case c != nil && d.Alert.Kind == alert.ChainTimer:
		what += fmt.Sprintf("at %d s", c.Left)
		for _, before := range p.warned[what] {
			if before.Sub(c.Deadline).Abs() < time.Minute {
				p.t.Fatalf("%s was told twice of the deadlines %s and %s", what, before, c.Deadline)
			}
		}
		p.warned[what] = append(p.warned[what], c.Deadline)
		return what + c.Deadline.String()
	case c != nil && steps:
		return what + fmt.Sprint(d.Alert.Is/50)
	case c != nil:
		return what + fmt.Sprint(c.Hit)
	case w != nil && d.Alert.Kind == alert.WarSoon:
		for _, ahead := range []time.Duration{15 * time.Minute, time.Hour, 24 * time.Hour} {
			if w.Start.Sub(d.Alert.At) <= ahead {
				return what + ahead.String()
			}
		}
	case w != nil && d.Alert.Kind == alert.WarLead:
		return what + fmt.Sprint(w.UsScore, w.ThemScore)
	case w != nil && d.Alert.Kind == alert.WarMilestone && steps && d.Alert.Is > 0:
		return what + fmt.Sprint(d.Alert.Is/50)
	case w != nil && d.Alert.Kind == alert.WarMilestone:
		return what + fmt.Sprint(w.Percent, w.Reached)
	}
	return what
}

// nobody is a store without members and hits.
type nobody struct{ ChainStore }

func (nobody) Members(context.Context, faction.ID, faction.ID) (faction.Roster, error) {
	return faction.Roster{}, nil
}

func (nobody) HitRespect(context.Context, faction.ID, time.Time) (map[faction.PlayerID]faction.Respect, error) {
	return nil, nil
}

// fate is what becomes of a run: how often it is begun from what is stored, and whether
// the last time it lives to commit. What is not committed is neither told nor remembered.
func fate(t *rapid.T, run func(commit bool)) {
	for range rapid.IntRange(0, 2).Draw(t, "killed") {
		run(false)
	}
	run(true)
}

// TestWhateverHappensToAChainEachMatterIsToldOnceARule: looks with gaps, pictures that are
// late, a log in any order, deadlines stamped a second or two apart, runs that die.
func TestWhateverHappensToAChainEachMatterIsToldOnceARule(t *testing.T) {
	start := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		p := newPost(t)
		at := start.Add(time.Hour)
		is := chain.State{ID: 7, Current: rapid.IntRange(1, 1010).Draw(t, "hits"), Start: start, End: at.Add(chain.Timeout)}
		past, stored, told := []chain.State{is}, is, chain.Told{}
		var hits []chain.Hit
		for range rapid.IntRange(1, 50).Draw(t, "looks") {
			at = at.Add(time.Duration(rapid.IntRange(1, 130).Draw(t, "wait")) * time.Second)
			for range rapid.SampledFrom([]int{0, 0, 1, 2, 60}).Draw(t, "hits") {
				if at.After(is.End) {
					break
				}
				is.Current++
				is.End = at.Add(chain.Timeout)
				hits = append(hits, chain.Hit{ID: int64(is.Current), Player: 3, Name: "Ann", Counter: is.Current, At: at})
				past = append(past, is)
			}
			read := past[len(past)-1-rapid.IntRange(0, min(3, len(past)-1)).Draw(t, "late by")]
			read.End = read.End.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "stamp")) * time.Second)
			log := rapid.Permutation(hits[:rapid.IntRange(0, len(hits)).Draw(t, "log")]).Draw(t, "order")
			unconfirmed := rapid.Bool().Draw(t, "unconfirmed")
			fate(t, func(commit bool) {
				r := &chainRun{Chain: &Chain{Store: nobody{}, Clock: clock.Wall{}}, st: &feed.State{Faction: 777}}
				now, after, look := stored.Merge(read).With(log), told, chain.Look
				if at.After(now.End.Add(lateHit)) {
					look = func(d chain.Told, s chain.State, h []chain.Hit, _ float64, now time.Time) ([]chain.Event, chain.Told) {
						return chain.End(d, s, h, now)
					}
				}
				events, next := look(after, now, log, 2, at)
				l := chainLook{Watched: chain.Watched{State: now, Told: next}, before: told, now: at, unconfirmed: unconfirmed}
				if err := r.tell(context.Background(), l, events); err != nil {
					t.Fatal(err)
				}
				if commit {
					stored, told = now, next
					p.put(r.news.Alerts)
				}
			})
			if told.Over {
				break
			}
		}
	})
}

func TestWhateverHappensToAWarEachMatterIsToldOnceARule(t *testing.T) {
	start := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		p := newPost(t)
		at, is := start.Add(-30*time.Hour), war.War{ID: 44751, Start: start, Target: 3000, OriginalTarget: 3000, Us: war.Side{Faction: 777}, Them: war.Side{Faction: 555}}
		var past []war.War
		var stored *war.War
		for range rapid.IntRange(1, 40).Draw(t, "looks") {
			at = at.Add(time.Duration(rapid.IntRange(1, 300).Draw(t, "wait")) * time.Minute)
			if !at.Before(start) && is.End.IsZero() {
				is.Us.Score += int64(rapid.SampledFrom([]int{0, 10, 700}).Draw(t, "us"))
				is.Them.Score += int64(rapid.SampledFrom([]int{0, 10, 700}).Draw(t, "them"))
				is.Target = war.DecayedTarget(is.OriginalTarget, start, at)
				if rapid.IntRange(0, 9).Draw(t, "over") == 0 {
					is.End, is.Winner = at, 777
				}
			}
			if !is.End.IsZero() && rapid.Bool().Draw(t, "reported") {
				is.ReportAt = at
			}
			is.SeenAt = at
			past = append(past, is)
			seen := past[len(past)-1-rapid.IntRange(0, min(2, len(past)-1)).Draw(t, "late by")]
			fate(t, func(commit bool) {
				events := war.Events(stored, seen, at, war.DefaultEventOptions())
				if commit {
					stored = &seen
					p.put(alertsOf(events))
				}
			})
		}
	})
}

// TestWhateverHappensToARetaliationEachMatterIsToldOnceARule: rows in any order, some
// first seen while the fight is on, read again and again.
func TestWhateverHappensToARetaliationEachMatterIsToldOnceARule(t *testing.T) {
	const ours faction.ID = 777
	start := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC)
	rapid.Check(t, func(t *rapid.T) {
		p := newPost(t)
		var rows []war.Attack
		for i := range rapid.IntRange(1, 20).Draw(t, "attacks") {
			us, them := war.Fighter{ID: 1, Faction: ours}, war.Fighter{ID: faction.PlayerID(rapid.IntRange(7, 9).Draw(t, "them")), Faction: 555}
			ended := start.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "ended")) * time.Second)
			a := war.Attack{ID: war.AttackID(i + 1), Started: ended.Add(-20 * time.Second), Ended: ended, Attacker: them, Defender: us, Result: war.Hospitalized, RespectGain: 300,
				Modifiers: war.Modifiers{FairFight: 2, War: 1, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1}}
			if rapid.Bool().Draw(t, "ours") {
				a.Attacker, a.Defender, a.Modifiers.Retaliation = us, them, 1.5
			}
			rows = append(rows, a)
		}
		arrival := append(rapid.Permutation(rows).Draw(t, "arrival"), rapid.SliceOf(rapid.SampledFrom(rows)).Draw(t, "again")...)
		log, stored := map[war.AttackID]war.Attack{}, map[war.AttackID]war.Retal{}
		now := start
		for _, a := range arrival {
			now = now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "wait")) * time.Second)
			if rapid.IntRange(0, 3).Draw(t, "early") == 0 {
				a.Ended, a.Result, a.RespectGain = time.Time{}, war.None, 0
			}
			fate(t, func(commit bool) {
				var scope war.RetalScope
				if old, ok := log[a.ID]; ok {
					scope.Touch(old, ours)
				}
				scope.Touch(a, ours)
				in, known := retalsInScope(scope, log, stored)
				changes := scope.Changes(append(in, a), known, ours, nil, now)
				if !commit {
					return
				}
				log[a.ID] = a
				for _, c := range changes {
					stored[c.Attack] = c.Retal
				}
				p.put(feed.RetalNews(changes, now).Alerts)
			})
		}
	})
}

// retalsInScope is what the store gives for a scope.
func retalsInScope(scope war.RetalScope, log map[war.AttackID]war.Attack, stored map[war.AttackID]war.Retal) (rows []war.Attack, known []war.Retal) {
	who := scope.Players()
	from, to := scope.Started()
	for _, a := range log {
		if (slices.Contains(who, a.Attacker.ID) || slices.Contains(who, a.Defender.ID)) && !a.Started.Before(from) && !a.Started.After(to) {
			rows = append(rows, a)
		}
	}
	from, to = scope.Opened()
	for _, r := range stored {
		if r.State == war.RetalOpen || slices.Contains(who, r.Target.ID) && !r.At.Before(from) && !r.At.After(to) {
			known = append(known, r)
		}
	}
	return rows, known
}

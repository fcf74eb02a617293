package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

const (
	loadPage    = 1000
	idle        = 5                // members of each side who did nothing
	lastLoaded  = 200_000_000      // below all ids of the stand-in
	sampleEvery = 15 * time.Second // a score that changes all the time, as often as it is read
)

// loadWar stores a war of n attacks that has been followed from its start to now,
// fought by everybody but the idle.
func loadWar(ctx context.Context, s *store.Store, world *simtorn.World, guildID string, n int, now time.Time) error {
	plan, f := world.Plan(), world.Figures(now)
	w := war.War{
		ID: war.ID(plan.WarID), Start: plan.Start, Target: f.Target, OriginalTarget: f.OriginalTarget, Tracked: true, SeenAt: now,
		Us:   war.Side{Faction: faction.ID(plan.OurFaction), Name: f.Us.Name},
		Them: war.Side{Faction: faction.ID(plan.EnemyFaction), Name: f.Them.Name},
	}
	if err := atWar(ctx, s, guildID, w, nil); err != nil {
		return err
	}
	if err := loadAttacks(ctx, s, w, fighters(world, w.Us), fighters(world, w.Them), n); err != nil {
		return err
	}
	return loadSamples(ctx, s, w)
}

// loadAttacks stores the last n of a log of attacks between two sides, spread evenly
// over the war so far.
func loadAttacks(ctx context.Context, s *store.Store, w war.War, us, them []war.Fighter, n int) error {
	id, wars, rules := w.Us.Faction, []war.War{w}, war.DefaultRules()
	st, err := feedState(ctx, s, id, feed.Attacks)
	if err != nil {
		return err
	}
	rng := rand.New(rand.NewPCG(3, 4))
	span := w.SeenAt.Sub(w.Start)
	for from := 0; from < n; from += loadPage {
		var p feed.AttackPage
		var moves []war.Row
		for i := from; i < min(n, from+loadPage); i++ {
			a := attackAt(rng, us, them, w.Start.Add(span/time.Duration(n)*time.Duration(i)).Truncate(time.Second))
			a.ID, a.Code = war.AttackID(lastLoaded-n+1+i), fmt.Sprintf("%032x", i)
			logged := war.Log(a, id, wars, rules)
			p.Rows = append(p.Rows, logged)
			moves = append(moves, war.Moves(nil, logged, id, wars)[w.ID]...)
			st.Log.HeadID, st.Log.HeadAt = int64(a.ID), a.Started
		}
		p.Moves = map[war.ID][]war.Row{w.ID: war.Merge(moves)}
		st.Log.SweptAt = w.SeenAt
		p.Progress = polled(st, w.SeenAt)
		if err := s.SaveAttacks(ctx, &st, p); err != nil {
			return fmt.Errorf("load a war of %d attacks: %w", n, err)
		}
	}
	return nil
}

// fighters are a roster as attacks name it, without its idle members.
func fighters(world *simtorn.World, side war.Side) []war.Fighter {
	var out []war.Fighter
	for _, p := range world.Roster(int64(side.Faction)) {
		out = append(out, war.Fighter{ID: faction.PlayerID(p.ID), Name: p.Name, Level: p.Level, Faction: side.Faction, FactionName: side.Name})
	}
	return out[:len(out)-idle]
}

// attackAt makes an attack that ended at a moment, two of three by us. Not one of
// them was interrupted, so that whoever asks for those has the whole war searched.
func attackAt(rng *rand.Rand, us, them []war.Fighter, ended time.Time) war.Attack {
	from, to := us, them
	if rng.IntN(3) == 0 {
		from, to = to, from
	}
	a := war.Attack{
		Started: ended.Add(-time.Duration(5+rng.IntN(60)) * time.Second), Ended: ended,
		Attacker: from[rng.IntN(len(from))], Defender: to[rng.IntN(len(to))], RankedWar: true,
		Modifiers: war.Modifiers{FairFight: 1 + 2*rng.Float64(), War: 2, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1},
	}
	switch n := rng.IntN(100); {
	case n < 4:
		a.Result = war.Assist
	case n < 10:
		a.Result = war.Lost
	case n < 12:
		a.Result = war.Stalemate
	default:
		a.Result = []war.Result{war.Hospitalized, war.Attacked, war.Mugged}[n%3]
		a.RespectGain = faction.Respect(200 + rng.IntN(600))
		a.RespectLoss = a.RespectGain * 9 / 10
	}
	return a
}

// loadSamples stores the score as it was seen all along.
func loadSamples(ctx context.Context, s *store.Store, w war.War) error {
	st, err := feedState(ctx, s, w.Us.Faction, feed.Front)
	if err != nil {
		return err
	}
	for at := w.Start; at.Before(w.SeenAt); at = at.Add(sampleEvery) {
		i := int64(at.Sub(w.Start) / sampleEvery)
		sample := war.Sample{At: at, Us: 20 * i, Them: 10*i + i%7, Target: war.DecayedTarget(w.OriginalTarget, w.Start, at)}
		if err := s.SaveUpdate(ctx, &st, feed.Update{Sample: &sample, SampleOf: w.ID, Progress: polled(st, w.SeenAt)}); err != nil {
			return fmt.Errorf("store the score of %s: %w", at, err)
		}
	}
	return nil
}

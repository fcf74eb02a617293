package poll_test

import (
	"testing"
	"time"

	simtorn "consigliere/internal/sim/torn"
)

// Every kind of attack with every mark, between everybody: what is no hit bears none.
func TestMarksAreCountedOnHitsAndOnNothingElse(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 91, MatchedAfter: -time.Hour, StartsAfter: time.Minute, WarLength: 30 * time.Minute, Intensity: 0.2})
	plan := e.world.Plan()
	e.runUntil(plan.Start.Add(time.Minute))
	now := e.clock.Now()
	ours, theirs := e.world.Roster(plan.OurFaction), e.world.Roster(plan.EnemyFaction)
	stranger := e.world.AddPlayer()
	everything := simtorn.Marks{Retaliation: true, Overseas: true, Group: true, Warlord: true, FlagDiffers: true}
	n := 0
	for _, kind := range []simtorn.Kind{simtorn.WarHit, simtorn.OutsideHit, simtorn.NoScore, simtorn.Assist, simtorn.Lost,
		simtorn.Stalemate, simtorn.Escape, simtorn.Timeout, simtorn.Interrupted, simtorn.Other} {
		for _, marks := range []simtorn.Marks{{}, everything} {
			for _, pair := range [][2]int64{{ours[3].ID, theirs[4].ID}, {theirs[5].ID, ours[6].ID}, {ours[4].ID, ours[5].ID}, {ours[7].ID, stranger}, {stranger, ours[2].ID}} {
				between := pair[0] != stranger && pair[1] != stranger && pair != [2]int64{ours[4].ID, ours[5].ID}
				if kind == simtorn.WarHit && !between || kind == simtorn.OutsideHit && between {
					continue // what the factions say decides
				}
				n++
				_, err := e.world.AddAttack(simtorn.Attack{Attacker: pair[0], Defender: pair[1], Kind: kind, Marks: marks,
					FairFight: 120, Ended: now.Add(-time.Duration(n%40) * time.Second)})
				must(t, err)
			}
		}
	}
	e.settle()
	if len(e.reasons) > 0 {
		t.Errorf("polls failed: %v", e.reasons)
	}
}

package war_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func TestAnAttackIsLoggedInTheWarWhoseWindowHoldsIt(t *testing.T) {
	past, now := ended(), active()
	past.ID, past.Start, past.End = 1, start.Add(-100*time.Hour), start.Add(-50*time.Hour)
	wars := []war.War{past, now}
	for _, c := range []struct {
		name string
		at   time.Time
		want war.ID
	}{
		{"during the first", past.Start.Add(time.Hour), 1},
		{"between them", past.End.Add(time.Hour), 0},
		{"during the second", start.Add(time.Hour), now.ID},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := hit()
			a.Started, a.Ended = c.at, c.at
			got := war.Log(a, ours, wars, war.DefaultRules())
			if got.War != c.want || got.Verdict.InWar != (c.want != 0) {
				t.Errorf("logged in war %d, in war %v; want %d", got.War, got.Verdict.InWar, c.want)
			}
		})
	}
}

// The end of a war becomes known after attacks beyond it were counted, and the
// threshold of a mark may change between two looks: what was stored decides what
// is taken off.
func TestMovesFollowWhatWasStoredThoughTheWarAndTheRulesChange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		open, closed := active(), active()
		closed.End = start.Add(time.Duration(rapid.IntRange(1, 48).Draw(t, "hours")) * time.Hour)
		loose, strict := war.Rules{LowFairFight: 1.2}, war.Rules{LowFairFight: 2}

		stored := make(map[war.AttackID]war.Logged)
		var rows []war.Row
		look := func(a war.Attack, w war.War, r war.Rules) {
			var before *war.Logged
			if old, known := stored[a.ID]; known {
				before = &old
			}
			now := war.Log(a, ours, []war.War{w}, r)
			rows = war.Merge(append(rows, war.Moves(before, now, ours, []war.War{w})[w.ID]...))
			stored[a.ID] = now
		}
		log := rapid.SliceOfNDistinct(attacks(), 0, 30, func(a war.Attack) war.AttackID { return a.ID }).Draw(t, "log")
		for _, a := range log {
			look(a, open, loose)
		}
		for _, a := range log {
			look(a, closed, strict)
		}
		if diff := cmp.Diff(war.Fold(log, ours, closed, strict), war.NewBoard(closed, rows, closed.SeenAt)); diff != "" {
			t.Fatalf("recount -, moved +\n%s", diff)
		}
	})
}

func TestAnAttackOutsideAnyWarMovesNothing(t *testing.T) {
	l := war.Log(hit(), ours, nil, war.DefaultRules())
	if moves := war.Moves(nil, l, ours, nil); len(moves) != 0 {
		t.Errorf("moves %+v", moves)
	}
}

func TestAnAttackThatTurnsOutToBelongToAnotherWarMovesBoth(t *testing.T) {
	first, second := ended(), active()
	second.ID = first.ID + 1
	old := war.Log(hit(), ours, []war.War{first}, war.DefaultRules())
	now := war.Log(hit(), ours, []war.War{second}, war.DefaultRules())
	moves := war.Moves(&old, now, ours, []war.War{first, second})
	var sum []war.Row
	for _, id := range []war.ID{first.ID, second.ID} {
		if len(moves[id]) != 2 {
			t.Fatalf("war %d moves by %+v", id, moves[id])
		}
		sum = append(sum, moves[id]...)
	}
	if left := war.Merge(sum); len(left) != 0 {
		t.Errorf("what left the one did not reach the other: %+v", left)
	}
	if got := moves[first.ID][0]; got.Player != faction.PlayerID(1) || got.WarHits != -1 {
		t.Errorf("the first war moves by %+v", got)
	}
}

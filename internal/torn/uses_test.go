package torn_test

import (
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

func TestUsesAreCountedByKeyAndMinuteAndTakenOnce(t *testing.T) {
	t.Parallel()
	clk := newStepClock() // at half a minute past
	u := torn.NewUses(clk)
	count := func(f faction.ID, key int64) { u.Count(torn.Call{Faction: f, Key: key}) }
	count(3, 1)
	count(3, 1)
	count(4, 2)
	count(3, 0) // a key that is not stored
	clk.advance(40 * time.Second)
	count(3, 1)
	got := u.Take()
	calls := map[time.Time]int{}
	for _, n := range got[3] {
		calls[n.Minute] += n.Calls
	}
	minute := clk.Now().Truncate(time.Minute)
	if len(got) != 2 || len(got[3]) != 2 || calls[minute] != 1 || calls[minute.Add(-time.Minute)] != 2 || len(got[4]) != 1 {
		t.Fatalf("counted %+v", got)
	}
	if left := u.Take(); len(left) != 0 {
		t.Errorf("taken twice: %+v", left)
	}
	u.PutBack(3, got[3])
	count(3, 1)
	again := 0
	for _, n := range u.Take()[3] {
		again += n.Calls
	}
	if again != 4 {
		t.Errorf("after being put back there are %d, want 4", again)
	}
	clk.advance(2 * time.Hour)
	u.PutBack(3, got[3])
	if left := u.Take(); len(left) != 0 {
		t.Errorf("what is hours old is kept: %+v", left)
	}
}

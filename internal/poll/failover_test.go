package poll_test

import (
	"fmt"
	"testing"
	"time"

	simtorn "consigliere/internal/sim/torn"
)

// Each of Torn's errors about a key: the next key takes over within the same poll, and
// nobody notices but the key's record.
func TestAKeyThatFailsMakesWayForTheNextWithinTheSamePoll(t *testing.T) {
	t.Parallel()
	for _, code := range []int{2, 7, 10, 13, 16, 18} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			t.Parallel()
			e := newEvening(t, simtorn.Config{Seed: 61, MatchedAfter: time.Minute, StartsAfter: 3 * time.Minute, WarLength: 30 * time.Minute})
			plan := e.world.Plan()
			e.runUntil(plan.Start.Add(2 * time.Minute))
			e.world.Fault(simtorn.Fault{Path: "/faction/attacks", Key: e.world.LeaderKey(), Kind: simtorn.ErrorCode(code)})
			before := len(e.world.RequestLog())
			e.runUntil(e.clock.Now().Add(2 * time.Minute))
			failed, saved := 0, 0
			log := e.world.RequestLog()[before:]
			for i, r := range log {
				if r.Path != "/faction/attacks" || r.Code != code {
					continue
				}
				failed++
				for _, next := range log[i+1:] {
					if next.At.Equal(r.At) && next.Path == r.Path && next.Query.Get("from") == r.Query.Get("from") && next.Player == plan.Officers[0] && next.Code == -1 {
						saved++
						break
					}
				}
			}
			if failed == 0 || saved != failed {
				t.Errorf("%d attack calls failed, %d were made at once with the next key", failed, saved)
			}
			if len(e.reasons) > 0 {
				t.Errorf("polls failed: %v", e.reasons)
			}
			e.keys.mu.Lock()
			verdicts := e.keys.verdicts[1]
			e.keys.mu.Unlock()
			if len(verdicts) == 0 || verdicts[0].Code != code {
				t.Errorf("of the key was learnt %+v, want error %d", verdicts, code)
			}
		})
	}
}

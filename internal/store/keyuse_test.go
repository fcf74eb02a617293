package store_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
)

func TestUsesOfAKeyAddUpOverProcesses(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	must(t, db.Store.SaveKey(ctx, lions, keyOf(11, "a"), noon))
	must(t, db.Store.SaveKey(ctx, lions, keyOf(12, "b"), noon))
	keys := keysOf(t, db.Store, lions)
	var wg sync.WaitGroup
	for range 4 { // four processes, each of whose keys come in an order of their own
		wg.Go(func() {
			var uses []faction.KeyUse
			for m := range 5 {
				minute := noon.Add(time.Duration(m) * time.Minute)
				for _, k := range keys {
					uses = append(uses, faction.KeyUse{Key: k.ID, Minute: minute, Last: minute.Add(30 * time.Second), Calls: 3})
				}
			}
			if err := db.Store.AddKeyUses(ctx, lions, uses, noon.Add(5*time.Minute)); err != nil {
				t.Error(err)
			}
			slices.Reverse(uses)
			if err := db.Store.AddKeyUses(ctx, lions, uses, noon.Add(5*time.Minute)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	calls, err := db.Store.KeyCalls(ctx, lions, noon.Add(6*time.Minute+10*time.Second))
	must(t, err)
	if len(calls) != 2 || calls[keys[0].ID] != 24 {
		t.Errorf("calls a minute are %v, want 24 for each of two keys", calls)
	}
	if k := keysOf(t, db.Store, lions)[0]; !k.LastUsed.Equal(noon.Add(4*time.Minute + 30*time.Second)) {
		t.Errorf("last used at %s", k.LastUsed)
	}
	// An older count that comes late does not turn the last use back; old minutes go.
	must(t, db.Store.AddKeyUses(ctx, lions, []faction.KeyUse{{Key: keys[0].ID, Minute: noon, Last: noon, Calls: 1}}, noon.Add(2*time.Hour)))
	if k := keysOf(t, db.Store, lions)[0]; !k.LastUsed.Equal(noon.Add(4*time.Minute + 30*time.Second)) {
		t.Errorf("the last use was turned back to %s", k.LastUsed)
	}
	if n := count(t, owner(t, db), "select count(*) from key_uses"); n != 0 {
		t.Errorf("%d minutes are kept for two hours", n)
	}
	if theirs, err := db.Store.KeyCalls(ctx, bears, noon.Add(6*time.Minute)); err != nil || len(theirs) != 0 {
		t.Errorf("another faction sees %v (%v)", theirs, err)
	}
}

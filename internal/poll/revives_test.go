package poll_test

import (
	"testing"
	"time"

	"consigliere/internal/faction"
	simtorn "consigliere/internal/sim/torn"
)

// Torn tells who may revive our members only to keys with faction access, and the
// enemy's to nobody.
func TestAtWarOurMembersReviveSettingsAreKnown(t *testing.T) {
	t.Parallel()
	e := newEvening(t, simtorn.Config{Seed: 5, MatchedAfter: time.Minute, StartsAfter: 3 * time.Minute, WarLength: 20 * time.Minute, MembersPerSide: 12})
	e.runUntil(e.world.Plan().Start.Add(2 * time.Minute))
	for of, known := range map[faction.ID]bool{e.us: true, faction.ID(e.world.Plan().EnemyFaction): false} {
		r, err := e.store.Members(t.Context(), e.us, of)
		must(t, err)
		if len(r.Members) == 0 {
			t.Fatalf("no roster of faction %d", of)
		}
		for _, m := range r.Members {
			if (m.ReviveSetting != "Unknown") != known {
				t.Errorf("%s of faction %d: %q", m.Name, of, m.ReviveSetting)
			}
		}
	}
}

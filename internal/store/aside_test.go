package store_test

import (
	"testing"

	"consigliere/internal/feed"
)

func TestWhatIsWrittenBetweenTwoPollsGivesWayToAPollThatHasClaimedTheLog(t *testing.T) {
	db := opened(t)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	aside := feed.AttackPage{Aside: true, Progress: feed.Progress{Now: noon, NextDue: st.NextDue}}
	free := st
	must(t, db.Store.SaveAttacks(t.Context(), &free, aside))
	claimed, err := db.Store.ClaimDue(t.Context(), "one", noon, lease, 100)
	must(t, err)
	if len(claimed) == 0 {
		t.Fatal("nothing was claimed")
	}
	if err := db.Store.SaveAttacks(t.Context(), &free, aside); err == nil {
		t.Error("a poll that has claimed the log was overtaken")
	}
	for _, c := range claimed {
		if c.Faction == lions && c.Feed == feed.Attacks {
			must(t, db.Store.SaveAttacks(t.Context(), &c, feed.AttackPage{Progress: progress(c, noon)}))
			return
		}
	}
	t.Fatal("the log of lions was not claimed")
}

package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store/storetest"
)

func TestOfManyProcessesExactlyOneGetsEachDueFeed(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	const factions, processes = 8, 6
	for id := range faction.ID(factions) {
		register(t, db.Store, id+1)
	}
	var mu sync.Mutex
	owners := map[string][]string{}
	var wg sync.WaitGroup
	for p := range processes {
		wg.Go(func() {
			for {
				got, err := db.Store.ClaimDue(t.Context(), fmt.Sprint("process ", p), noon, lease, 3)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				for _, st := range got {
					key := fmt.Sprint(st.Faction, " ", st.Feed)
					owners[key] = append(owners[key], fmt.Sprint(p))
				}
				done := len(owners) == factions*len(feed.All())
				mu.Unlock()
				if done || len(got) == 0 && t.Context().Err() != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for key, who := range owners {
		if len(who) != 1 {
			t.Errorf("%s was claimed by processes %v, want one", key, who)
		}
	}
}

func TestAClaimNeverTakesMoreThanAskedForAndTheLongestDueFirst(t *testing.T) {
	t.Parallel()
	db := opened(t)
	must(t, db.Store.Hurry(t.Context(), bears, noon.Add(-time.Minute), feed.Wars))
	got, err := db.Store.ClaimDue(t.Context(), "me", noon, lease, 1)
	must(t, err)
	if len(got) != 1 || got[0].Faction != bears || got[0].Feed != feed.Wars {
		t.Fatalf("claimed %+v, want the wars of bears alone", got)
	}
}

func TestACrashedOwnersFeedIsFreeWhenItsLeaseRunsOut(t *testing.T) {
	t.Parallel()
	db := opened(t)
	both := 2 * len(feed.All()) // factions
	claim := func(at time.Time) int {
		got, err := db.Store.ClaimDue(t.Context(), "me", at, lease, 100)
		must(t, err)
		return len(got)
	}
	if n := claim(noon); n != both {
		t.Fatalf("claimed %d feeds, want all %d", n, both)
	}
	if n := claim(noon.Add(lease - time.Millisecond)); n != 0 {
		t.Errorf("within the lease %d feeds were claimed again", n)
	}
	if n := claim(noon.Add(lease)); n != both {
		t.Errorf("after the lease %d feeds were claimed, want all %d", n, both)
	}
}

func TestADoneFeedIsDueAgainAtItsNextTimeAndNotBefore(t *testing.T) {
	t.Parallel()
	db := opened(t)
	got, err := db.Store.ClaimDue(t.Context(), "me", noon, lease, 100)
	must(t, err)
	for _, st := range got {
		must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{Progress: progress(st, noon)}))
	}
	for _, tc := range []struct {
		at   time.Time
		want int
	}{{noon.Add(10*time.Second - time.Millisecond), 0}, {noon.Add(10 * time.Second), len(got)}} {
		got, err := db.Store.ClaimDue(t.Context(), "me", tc.at, lease, 100)
		must(t, err)
		if len(got) != tc.want {
			t.Errorf("at %s %d feeds were claimed, want %d", tc.at.Sub(noon), len(got), tc.want)
		}
	}
}

func TestAPausedFactionIsNotPolled(t *testing.T) {
	t.Parallel()
	db := opened(t)
	if _, err := owner(t, db).Exec(t.Context(), "update factions set state = 'paused' where faction_id = $1", lions); err != nil {
		t.Fatal(err)
	}
	got, err := db.Store.ClaimDue(t.Context(), "me", noon, lease, 100)
	must(t, err)
	for _, st := range got {
		if st.Faction == lions {
			t.Errorf("%s of the paused faction was claimed", st.Feed)
		}
	}
	if len(got) != len(feed.All()) {
		t.Errorf("claimed %d feeds, want the %d of bears", len(got), len(feed.All()))
	}
}

func TestRegisteringAgainKeepsHowFarTheFeedsAre(t *testing.T) {
	t.Parallel()
	db := opened(t)
	st := stateOf(t, db.Store, lions, feed.Attacks)
	p := progress(st, noon)
	p.Log.HeadID, p.Log.HeadAt = 77, noon
	must(t, db.Store.SaveAttacks(t.Context(), &st, feed.AttackPage{Progress: p}))
	register(t, db.Store, lions)
	got := stateOf(t, db.Store, lions, feed.Attacks)
	if got.Log.HeadID != 77 || !got.NextDue.Equal(p.NextDue) {
		t.Errorf("after registering again the log is at %d, due %s; want it untouched", got.Log.HeadID, got.NextDue)
	}
}

func TestAFailedPollIsRecordedWithItsReasonAndGivenBack(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	got, err := db.Store.ClaimDue(ctx, "me", noon, lease, 1)
	must(t, err)
	st := got[0]
	for i := 1; i <= 3; i++ {
		must(t, db.Store.FailPoll(ctx, st, noon, noon.Add(time.Minute), "Torn naps."))
		st = stateOf(t, db.Store, st.Faction, st.Feed)
		if st.Failures != i || st.LastError != "Torn naps." || !st.LastErrorAt.Equal(noon) || !st.NextDue.Equal(noon.Add(time.Minute)) || !st.LeaseUntil.IsZero() {
			t.Fatalf("after failure %d the feed is %+v", i, st)
		}
	}
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Progress: progress(st, noon.Add(time.Minute))}))
	st = stateOf(t, db.Store, st.Faction, st.Feed)
	if st.Failures != 0 || !st.LastSuccess.Equal(noon.Add(time.Minute)) || st.LastError == "" {
		t.Errorf("after a success the feed is %+v; want no failures in a row and the last error still on record", st)
	}
}

func TestWhoIsHurriedDuringAPollIsPolledOnceMore(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	got, err := db.Store.ClaimDue(ctx, "me", noon.Add(time.Minute), lease, 1)
	must(t, err)
	st := got[0]
	asked := noon.Add(time.Minute + time.Second)
	must(t, db.Store.Hurry(ctx, st.Faction, asked, st.Feed))
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Progress: feed.Progress{Now: asked, NextDue: asked.Add(time.Hour), Done: true}}))
	if got := stateOf(t, db.Store, st.Faction, st.Feed); !got.NextDue.Equal(asked) {
		t.Errorf("the feed is due at %s, want at once (%s)", got.NextDue, asked)
	}
}

func TestHurryNeverDelaysAFeed(t *testing.T) {
	t.Parallel()
	db := opened(t)
	must(t, db.Store.Hurry(t.Context(), lions, noon.Add(time.Hour), feed.All()...))
	for _, name := range feed.All() {
		if st := stateOf(t, db.Store, lions, name); !st.NextDue.Equal(noon) {
			t.Errorf("%s is due at %s, want at noon as before", name, st.NextDue)
		}
	}
}

// Polls of different feeds hurry each other, in transactions that overlap. Locks
// taken in any order would end in a deadlock.
func TestPollsThatHurryEachOtherNeverDeadlock(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	all := feed.All()
	var wg sync.WaitGroup
	for i, name := range all {
		wg.Go(func() {
			for range 60 {
				st := stateOf(t, db.Store, lions, name)
				u := feed.Update{Hurry: map[feed.Name]time.Time{}, Progress: progress(st, noon)}
				for _, other := range all {
					u.Hurry[other] = noon
				}
				if i%2 == 0 {
					u.Fill = &feed.Fill{From: noon, Due: noon}
				}
				if err := db.Store.SaveUpdate(ctx, &st, u); err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if err := db.Store.Hurry(ctx, lions, noon, all[i], all[(i+1)%len(all)]); err != nil {
					t.Errorf("hurry beside %s: %v", name, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestOnlyTheFeedsThatAreNamedAreClaimed(t *testing.T) {
	t.Parallel()
	db := opened(t)
	first, err := db.Store.ClaimDue(t.Context(), "me", noon, lease, 100, feed.Urgent()...)
	must(t, err)
	rest, err := db.Store.ClaimDue(t.Context(), "me", noon, lease, 100)
	must(t, err)
	if len(first) != 2*len(feed.Urgent()) || len(rest) != 2*len(feed.Calm()) {
		t.Errorf("%d feeds were claimed by name and %d after them; want those of both factions", len(first), len(rest))
	}
	for _, st := range first {
		if !slices.Contains(feed.Urgent(), st.Feed) {
			t.Errorf("%s was claimed, which nobody named", st.Feed)
		}
	}
}

package store_test

import (
	"errors"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

func TestTermsAreKeptAsTheyWereSet(t *testing.T) {
	db := opened(t)
	saveWars(t, db.Store, lions, aWar(1))
	if _, ok, err := db.Store.Terms(t.Context(), lions, 1); ok || err != nil {
		t.Fatalf("terms before any were set: %t %v", ok, err)
	}
	want := war.Terms{
		War: 1, ScoreCap: 5000, TheirCap: 4000, HitLimit: 25, StopAt: noon.Add(time.Hour), FinishAt: noon.Add(30 * time.Hour),
		Result: war.AgreedLose, Note: "half of the caches", By: 7, At: noon,
	}
	set := func(change func(*war.Terms)) (was, is war.Terms) {
		t.Helper()
		was, is, err := db.Store.SetTerms(t.Context(), lions, 1, func(t war.Terms) (war.Terms, error) { change(&t); return t, nil })
		must(t, err)
		return was, is
	}
	set(func(t *war.Terms) { *t = want })
	got, ok, err := db.Store.Terms(t.Context(), lions, 1)
	must(t, err)
	got.Told = nil
	if !ok || got.ScoreCap != want.ScoreCap || !got.StopAt.Equal(want.StopAt) || !got.FinishAt.Equal(want.FinishAt) || got.Result != want.Result || got.Note != want.Note || got.By != 7 || !got.CapAt.IsZero() {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if _, ok, err := db.Store.Terms(t.Context(), bears, 1); ok || err != nil {
		t.Errorf("another faction reads them: %t %v", ok, err)
	}
	was, is := set(func(t *war.Terms) { t.HitLimit = 30 })
	if was.HitLimit != 25 || is.HitLimit != 30 || is.ScoreCap != 5000 {
		t.Errorf("was %+v, is %+v", was, is)
	}
	set(func(t *war.Terms) { *t = war.Terms{War: 1, By: 7, At: noon} })
	if _, ok, _ := db.Store.Terms(t.Context(), lions, 1); ok {
		t.Error("terms of which nothing is left are still there")
	}
	_, _, err = db.Store.SetTerms(t.Context(), lions, 99, func(t war.Terms) (war.Terms, error) { return t, nil })
	wantKind(t, err, faction.NotFound)
	refused := errors.New("refused")
	if _, _, err = db.Store.SetTerms(t.Context(), lions, 1, func(t war.Terms) (war.Terms, error) { t.HitLimit = 1; return t, refused }); !errors.Is(err, refused) {
		t.Errorf("got %v", err)
	}
	if _, ok, _ := db.Store.Terms(t.Context(), lions, 1); ok {
		t.Error("refused terms are there")
	}
}

func TestWhatWasToldOfTermsIsLostWhenTheyChangeInTheMeantime(t *testing.T) {
	db := opened(t)
	saveWars(t, db.Store, lions, aWar(1))
	set := func(cap int64, at time.Time) {
		t.Helper()
		_, _, err := db.Store.SetTerms(t.Context(), lions, 1, func(t war.Terms) (war.Terms, error) { t.ScoreCap, t.At = cap, at; return t, nil })
		must(t, err)
	}
	tell := func(terms war.Terms) {
		t.Helper()
		st := stateOf(t, db.Store, lions, feed.Front)
		terms.Told, terms.CapAt = war.Told{war.LimitScore: war.Passed}, noon
		must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{Terms: &terms, Progress: progress(st, noon)}))
	}
	read := func() war.Terms {
		t.Helper()
		terms, _, err := db.Store.Terms(t.Context(), lions, 1)
		must(t, err)
		return terms
	}
	set(1000, noon)
	old := read()
	set(2000, noon.Add(time.Minute))
	tell(old)
	if got := read(); got.Told[war.LimitScore] != war.Clear || !got.CapAt.IsZero() {
		t.Errorf("the new cap counts as told: %+v", got)
	}
	tell(read())
	if got := read(); got.Told[war.LimitScore] != war.Passed || !got.CapAt.Equal(noon) {
		t.Errorf("what was told is not kept: %+v", got)
	}
}

func TestSamplesSinceAMomentBeginWithTheOneThatHeldThen(t *testing.T) {
	db := opened(t)
	w := aWar(1)
	for i := range 5 {
		st := stateOf(t, db.Store, lions, feed.Front)
		at := noon.Add(time.Duration(i) * 10 * time.Minute)
		must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{Wars: []war.War{w}, SampleOf: 1, Sample: &war.Sample{At: at, Us: int64(i)}, Progress: progress(st, at)}))
	}
	for after, want := range map[time.Duration]int64{-time.Hour: 0, 15 * time.Minute: 1, 20 * time.Minute: 2, time.Hour: 4} {
		got, err := db.Store.SamplesSince(t.Context(), lions, 1, noon.Add(after))
		must(t, err)
		if len(got) == 0 || got[0].Us != want || got[len(got)-1].Us != 4 {
			t.Errorf("since %s: %+v, want from %d to 4", after, got, want)
		}
	}
}

func TestLooksAtTheEnemyAddUpByHourAndAreNotDoubled(t *testing.T) {
	db := opened(t)
	saveWars(t, db.Store, lions, aWar(1))
	look := func(after time.Duration, active int) {
		t.Helper()
		at := noon.Add(after)
		st := stateOf(t, db.Store, lions, feed.Scout)
		must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{
			Activity: &war.Activity{War: 1, Hour: at.Truncate(time.Hour), Looks: 1, Members: 50, Active: active, Online: 1}, Progress: progress(st, at),
		}))
	}
	look(0, 10)
	look(2*time.Minute, 40) // somebody asked for it in between
	look(15*time.Minute, 20)
	look(70*time.Minute, 7)
	got, err := db.Store.Activity(t.Context(), lions, 1)
	must(t, err)
	if len(got) != 2 || got[0].Looks != 2 || got[0].Active != 30 || got[0].Members != 100 || got[1].Active != 7 {
		t.Errorf("got %+v", got)
	}
}

func TestAScoutedEnemyAndAnEbbAreReadBack(t *testing.T) {
	db := opened(t)
	saveWars(t, db.Store, lions, aWar(1))
	card := war.Scout{Enemy: bears, Rank: "Gold II", Members: 3, SeenAt: noon, Past: []war.PastWar{{ID: 5, Against: "X", End: noon, Outcome: war.OutcomeLost}}}
	ebb := war.Ebb{War: 1, Began: noon, Lead: -20}
	st := stateOf(t, db.Store, lions, feed.Scout)
	must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{Scout: &card, ScoutOf: 1, Ebb: &ebb, Progress: progress(st, noon)}))
	gotCard, ok, err := db.Store.Scout(t.Context(), lions, 1)
	must(t, err)
	gotEbb, err := db.Store.Ebb(t.Context(), lions, 1)
	must(t, err)
	if !ok || gotCard.Rank != "Gold II" || len(gotCard.Past) != 1 || gotCard.Past[0].Outcome != war.OutcomeLost || gotEbb != ebb {
		t.Errorf("card %t %+v, ebb %+v", ok, gotCard, gotEbb)
	}
	if none, err := db.Store.Ebb(t.Context(), bears, 1); err != nil || none != (war.Ebb{}) {
		t.Errorf("another faction's ebb: %+v %v", none, err)
	}
}

package feed_test

import (
	"testing"
	"time"

	"consigliere/internal/feed"
	"consigliere/internal/war"
)

func TestTheShareOfABackfillGrowsToOneAndCountsOnlyWhatIsRead(t *testing.T) {
	at := func(hours int) time.Time { return noon.Add(time.Duration(hours) * time.Hour) }
	w := func(state feed.BackfillWarState, reported bool, readTo time.Time) feed.BackfillWar {
		return feed.BackfillWar{Start: at(0), End: at(40), State: state, Reported: reported, ReadTo: readTo}
	}
	last := -1.0
	for _, tc := range []struct {
		name string
		wars []feed.BackfillWar
	}{
		{"nothing is done", []feed.BackfillWar{w(feed.WarWaiting, false, time.Time{}), w(feed.WarWaiting, false, time.Time{})}},
		{"a report is there", []feed.BackfillWar{w(feed.WarWaiting, true, time.Time{}), w(feed.WarWaiting, false, time.Time{})}},
		{"a war is half read", []feed.BackfillWar{w(feed.WarReading, true, at(20)), w(feed.WarWaiting, false, time.Time{})}},
		{"past its beginning", []feed.BackfillWar{w(feed.WarReading, true, at(-1)), w(feed.WarWaiting, false, time.Time{})}},
		{"the second is half read", []feed.BackfillWar{w(feed.WarRead, true, at(-1)), w(feed.WarReading, true, at(20))}},
		{"all is read", []feed.BackfillWar{w(feed.WarRead, true, at(-1)), w(feed.WarRead, true, at(-1))}},
	} {
		b := feed.Backfill{State: feed.BackfillRunning, Wars: tc.wars}
		if got := b.Share(); got <= last || got > 1 {
			t.Errorf("%s: %.3f after %.3f", tc.name, got, last)
		} else {
			last = got
		}
	}
	if last != 1 {
		t.Errorf("at the end it is %.3f", last)
	}
	known := feed.Backfill{State: feed.BackfillRunning, Wars: append([]feed.BackfillWar{w(feed.WarReading, true, at(20))}, w(feed.WarKnown, true, time.Time{}), w(feed.WarTooOld, true, time.Time{}))}
	if got := known.Share(); got < 0.45 || got > 0.65 {
		t.Errorf("one half-read war among others that are not read: %.2f, want about a half", got)
	}
	if got := (feed.Backfill{State: feed.BackfillRunning}).Share(); got != 0 {
		t.Errorf("before it is known which wars these are: %.2f", got)
	}
}

func TestABackfillGoesFromTheNewestWarToTheOldestReportsFirst(t *testing.T) {
	wars := []feed.BackfillWar{{War: 3, State: feed.WarWaiting}, {War: 2, State: feed.WarKnown}, {War: 1, State: feed.WarWaiting, Reported: true}}
	var steps []war.ID
	for range 10 {
		w, report, ok := feed.Backfill{Wars: wars}.Next()
		if !ok {
			break
		}
		for i := range wars {
			switch {
			case wars[i].War != w.War:
			case report:
				wars[i].ReportTries++
			default:
				wars[i].State = feed.WarRead
			}
		}
		steps = append(steps, w.War)
	}
	want := []war.ID{3, 3, 3, 3, 2, 2, 2, 1} // three tries at each report that is not to be had
	if len(steps) != len(want) {
		t.Fatalf("steps %v, want %v", steps, want)
	}
	for i := range want {
		if steps[i] != want[i] {
			t.Errorf("steps %v, want %v", steps, want)
		}
	}
}

func TestABackfillWantsTheWarsThatBeganInItsSpanAndAreOver(t *testing.T) {
	o := feed.BackfillOrder{From: noon, To: noon.Add(10 * time.Hour)}
	for _, tc := range []struct {
		name       string
		start, end time.Duration
		on         bool
		want       bool
	}{
		{"inside", time.Hour, 2 * time.Hour, false, true},
		{"from its first moment", 0, 2 * time.Hour, false, true},
		{"ending after it", 9 * time.Hour, 40 * time.Hour, false, true},
		{"before it", -time.Hour, 2 * time.Hour, false, false},
		{"after it", 11 * time.Hour, 12 * time.Hour, false, false},
		{"still on", time.Hour, 0, true, false},
	} {
		w := war.War{Start: noon.Add(tc.start), End: noon.Add(tc.end)}
		if tc.on {
			w.End = time.Time{}
		}
		if got := o.Wants(w); got != tc.want {
			t.Errorf("%s: %t", tc.name, got)
		}
	}
}

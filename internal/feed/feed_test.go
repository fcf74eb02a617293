package feed_test

import (
	"slices"
	"testing"
	"time"

	"consigliere/internal/feed"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func TestAskingWidensAFillAndBeginsAnew(t *testing.T) {
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	for _, tc := range []struct {
		name            string
		have            feed.Fill
		from, due       time.Time
		wantFrom, wantD time.Time
	}{
		{"nothing was asked before", feed.Fill{}, at(-10), at(0), at(-10), at(0)},
		{"an earlier stretch", feed.Fill{From: at(-10), To: at(-2), Due: at(0)}, at(-60), at(5), at(-60), at(0)},
		{"a later stretch, sooner", feed.Fill{From: at(-60), To: at(-2), Due: at(6)}, at(-10), at(0), at(-60), at(0)},
	} {
		got := tc.have.Ask(tc.from, tc.due)
		if !got.From.Equal(tc.wantFrom) || !got.Due.Equal(tc.wantD) || !got.To.IsZero() {
			t.Errorf("%s: %+v, want from %s due %s and no progress", tc.name, got, tc.wantFrom, tc.wantD)
		}
	}
}

func TestAFillIsPendingFromItsDueMomentOn(t *testing.T) {
	f := feed.Fill{From: noon.Add(-time.Hour), Due: noon}
	if f.Pending(noon.Add(-time.Second)) || !f.Pending(noon) || (feed.Fill{}).Pending(noon) {
		t.Error("a fill is pending before it is due, not when it is, or without a stretch")
	}
}

func TestPausesGrowWithFailuresAndStayBounded(t *testing.T) {
	for _, tc := range []struct {
		interval time.Duration
		failures int
		want     time.Duration
	}{
		{10 * time.Second, 1, 10 * time.Second},
		{10 * time.Second, 3, 40 * time.Second},
		{10 * time.Second, 50, 5 * time.Minute},
		{time.Hour, 1, time.Hour},
		{time.Hour, 9, time.Hour},
	} {
		if got := feed.Backoff(tc.interval, tc.failures); got != tc.want {
			t.Errorf("after %d failures of a feed read every %s: %s, want %s", tc.failures, tc.interval, got, tc.want)
		}
	}
}

func TestEachFeedIsUrgentOrCalm(t *testing.T) {
	both := append(feed.Urgent(), feed.Calm()...)
	slices.Sort(both)
	if all := slices.Sorted(slices.Values(feed.All())); !slices.Equal(both, all) {
		t.Errorf("urgent and calm are %v; want each of %v once", both, all)
	}
}

package feed_test

import (
	"testing"
	"time"

	"consigliere/internal/feed"
)

func TestAFeedIsStaleWhenItShouldHaveBroughtSomethingAndDidNot(t *testing.T) {
	every := feed.Intervals{AttacksWar: 10 * time.Second, AttacksIdle: 30 * time.Second, Members: 5 * time.Minute, Wars: time.Minute, Front: 15 * time.Second}
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	for _, tc := range []struct {
		name  string
		state feed.State
		want  bool
	}{
		{"just read", feed.State{Feed: feed.Attacks, LastSuccess: ago(10 * time.Second), NextDue: noon}, false},
		{"a few failures in a row", feed.State{Feed: feed.Attacks, LastSuccess: ago(2 * time.Minute), Failures: 4, NextDue: noon}, false},
		{"failing for more than three minutes", feed.State{Feed: feed.Attacks, LastSuccess: ago(3*time.Minute + time.Second), Failures: 6, NextDue: noon}, true},
		{"members are read seldom", feed.State{Feed: feed.Members, LastSuccess: ago(14 * time.Minute), Failures: 2, NextDue: noon}, false},
		{"members fail for three looks", feed.State{Feed: feed.Members, LastSuccess: ago(16 * time.Minute), Failures: 3, NextDue: noon}, true},
		{"nobody looks any more", feed.State{Feed: feed.Front, LastSuccess: ago(10 * time.Minute), NextDue: ago(9 * time.Minute)}, true},
		{"waiting its turn as planned", feed.State{Feed: feed.Wars, LastSuccess: ago(50 * time.Minute), NextDue: noon.Add(10 * time.Minute)}, false},
		{"never read, and just begun", feed.State{Feed: feed.Wars, Failures: 1, NextDue: noon}, false},
		{"never read after several tries", feed.State{Feed: feed.Wars, Failures: 3, NextDue: noon}, true},
	} {
		if got := len(feed.Stale([]feed.State{tc.state}, every, noon)) == 1; got != tc.want {
			t.Errorf("%s: stale %t, want %t", tc.name, got, tc.want)
		}
	}
}

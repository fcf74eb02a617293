package alert_test

import (
	"testing"
	"time"

	"consigliere/internal/alert"
)

func TestAnEpisodeIsToldOnceAndItsEndInTheSameMessage(t *testing.T) {
	var e alert.Episode
	told, edited, settled := 0, 0, 0
	stage := ""
	for i, step := range []struct{ feeds []string }{{nil}, {[]string{"attacks"}}, {[]string{"attacks"}}, {[]string{"wars", "attacks"}}, {[]string{"wars"}}, {nil}, {nil}} {
		var feeds []alert.StaleFeed
		for _, f := range step.feeds {
			feeds = append(feeds, alert.StaleFeed{Feed: f})
		}
		var n alert.News
		e, n = alert.Stale(e, feeds, now.Add(time.Duration(i)*time.Minute))
		for _, a := range n.Alerts {
			told, stage = told+1, a.Stage
		}
		for _, s := range n.Settled {
			if s.Stage != stage || s.Alert.Stage != stage {
				t.Errorf("step %d changes another message: %q, want %q", i, s.Stage, stage)
			}
			if s.GoesOn {
				edited++
			} else if settled++; s.Alert.Data.Stale.FreshAt.IsZero() {
				t.Error("the end does not say that it is one")
			}
		}
	}
	if told != 1 || edited != 2 || settled != 1 || !e.Began.IsZero() {
		t.Errorf("told %d times, edited %d, settled %d, and left is %+v; want 1, 2, 1 and nothing", told, edited, settled, e)
	}
	if _, n := alert.Stale(e, []alert.StaleFeed{{Feed: "attacks"}}, now.Add(time.Hour)); len(n.Alerts) != 1 || n.Alerts[0].Stage == stage {
		t.Error("another episode is not told of, or not as another one")
	}
}

package store_test

import (
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

func TestWhoHasLeftIsToldNothingMoreOfTheFaction(t *testing.T) {
	t.Parallel()
	db := opened(t)
	s, ctx, conn := db.Store, t.Context(), owner(t, db)
	both := map[faction.PlayerID]string{1: "Leader", 2: "Guard"}
	polled(t, s, feed.Members, noon, both, map[string][]string{"Guard": {api}})
	link(t, s, lions, "1002", 2, "fp2")
	for _, p := range []faction.PlayerID{1, 2} {
		_, err := s.AddRule(ctx, lions, alert.Rule{Kind: alert.RetalOpen, Player: p, Enabled: true}, noon)
		must(t, err)
	}
	notice := func(k alert.Kind) alert.Personal {
		return alert.Personal{Player: 2, Alert: alert.Alert{Kind: k, Subject: "matter:" + string(k), Stage: "x", At: noon}}
	}
	raise(t, s, lions, retal(alert.RetalOpen, 1, "open"))
	must(t, s.Tell(ctx, lions, noon, notice(alert.WarTerms), notice(alert.KeyUnhealthy), notice(alert.LinkConfirmed)))
	reached := func() (out []alert.Kind) {
		t.Helper()
		for _, j := range jobs(t, conn) {
			if d := loaded(t, s, lions, j.Delivery); d.Player == 2 && d.Rule.UserID == "1002" && d.Decide(noon.Add(time.Minute)).Send {
				out = append(out, d.Alert.Kind)
			}
		}
		return out
	}
	if got := reached(); len(got) != 4 {
		t.Fatalf("a member is told of %v, want all four", got)
	}
	polled(t, s, feed.Members, noon.Add(time.Minute), map[faction.PlayerID]string{1: "Leader"}, nil)
	if got := reached(); len(got) != 2 || got[0] != alert.KeyUnhealthy || got[1] != alert.LinkConfirmed {
		t.Errorf("who has left is told of %v, want only of their own key and link", got)
	}
	rules, err := s.Rules(ctx, lions)
	must(t, err)
	if len(rules) != 1 || rules[0].Player != 1 {
		t.Errorf("rules are %+v, want only the one for who is still there", rules)
	}
	wantEntries(t, s, "alerts.end", "map[because:rights.changed player:2 rules:[2]]")
	polled(t, s, feed.Members, noon.Add(2*time.Minute), both, nil)
	raise(t, s, lions, retal(alert.RetalOpen, 2, "open"))
	if n := count(t, conn, "select count(*) from alert_deliveries where subject = 'retal:2' and player_id = 2"); n != 0 {
		t.Error("a rule came back with its player")
	}
}

package store_test

import (
	"slices"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

func kindsOf(rules []alert.Rule) (out []string) {
	for _, r := range rules {
		out = append(out, string(r.Kind)+" "+r.ChannelID+" "+r.RoleID)
	}
	return out
}

func TestAFactionGetsTheUsualRulesOnceAndWhatWasRemovedStaysAway(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	if given, err := db.Store.GiveDefaults(ctx, lions, noon); err != nil || len(given) != 0 {
		t.Fatalf("without a war channel %v were given (%v)", given, err)
	}
	// As an older version set it up.
	putRules(t, db.Store, lions, rule(alert.WarStarted, "war"), rule(alert.WarReport, "news"))
	given, err := db.Store.GiveDefaults(ctx, lions, noon)
	must(t, err)
	want := alert.Defaults("war", "r")
	if len(given) != len(want)-2 || slices.Contains(given, alert.WarStarted) || slices.Contains(given, alert.WarReport) {
		t.Errorf("given were %v, want all but those that were there", given)
	}
	rules, err := db.Store.Rules(ctx, lions)
	must(t, err)
	for _, r := range rules {
		switch {
		case r.Kind == alert.WarReport && r.ChannelID != "news", r.Kind != alert.WarReport && r.ChannelID != "war":
			t.Errorf("%s is told in %q", r.Kind, r.ChannelID)
		case !r.Kind.OnByDefault(), r.Kind == alert.BudgetHigh, r.Kind == alert.DeliveryBroken:
			t.Errorf("%s is on", r.Kind)
		case r.Kind == alert.ChainTimer && (r.AtLeast != 100 || r.RoleID != "r"), r.Kind == alert.RetalOpen && (r.When != alert.InPeace || r.RoleID != ""):
			t.Errorf("%s is told as %+v", r.Kind, r)
		}
	}
	for _, r := range rules {
		if r.Kind == alert.DataStale || r.Kind == alert.WarStarted {
			_, err := db.Store.RemoveRule(ctx, lions, r.ID, noon)
			must(t, err)
		}
	}
	if given, err = db.Store.GiveDefaults(ctx, lions, noon.Add(time.Hour)); err != nil || len(given) != 0 {
		t.Errorf("asked again, %v were given (%v), want none", given, err)
	}
	if rules, err = db.Store.Rules(ctx, bears); err != nil || len(rules) != 0 {
		t.Errorf("another faction got %v (%v)", kindsOf(rules), err)
	}
}

func TestMovingAChannelMovesItsRulesAndLeavesNoDoubles(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	putRules(t, db.Store, lions, rule(alert.WarStarted, "old"), rule(alert.WarEnded, "old"), rule(alert.WarEnded, "new"), rule(alert.WarReport, "else"))
	must(t, db.Store.BreakPlace(ctx, lions, alert.Place{Channel: "old"}, "gone", noon))
	must(t, db.Store.MoveRules(ctx, lions, "old", "new"))
	rules, err := db.Store.Rules(ctx, lions)
	must(t, err)
	got := kindsOf(rules)
	slices.Sort(got)
	if want := []string{"war.ended new r", "war.report else r", "war.started new r"}; !slices.Equal(got, want) {
		t.Errorf("rules are %v, want %v", got, want)
	}
	for _, r := range rules {
		if r.Broken != "" {
			t.Errorf("%s is still broken in its new channel", r.Kind)
		}
	}
}

func TestARuleIsChangedWholeOrNotAtAll(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	hook := alert.Rule{Kind: alert.WarStarted, WebhookID: "123456789012345678", Sealed: []byte{1, 2}, Enabled: true, Thresholds: alert.Thresholds{When: alert.InWar}}
	id, err := db.Store.AddRule(ctx, lions, hook, noon)
	must(t, err)
	_, err = db.Store.AddRule(ctx, lions, hook, noon)
	wantKind(t, err, faction.Conflict)
	_, _, err = db.Store.ChangeRule(ctx, lions, id, func(r *alert.Rule) error {
		r.Enabled = false
		return faction.Errorf(faction.Invalid, "no")
	})
	wantKind(t, err, faction.Invalid)
	was, is, err := db.Store.ChangeRule(ctx, lions, id, func(r *alert.Rule) error {
		r.RoleID, r.MutedUntil = "7", noon.Add(time.Hour)
		return nil
	})
	must(t, err)
	if !was.Enabled || was.RoleID != "" || is.RoleID != "7" || !is.MutedUntil.Equal(noon.Add(time.Hour)) || string(is.Sealed) != "\x01\x02" {
		t.Errorf("changed from %+v to %+v", was, is)
	}
	_, _, err = db.Store.ChangeRule(ctx, bears, id, func(*alert.Rule) error { return nil })
	wantKind(t, err, faction.NotFound)
	_, err = db.Store.RemoveRule(ctx, bears, id, noon)
	wantKind(t, err, faction.NotFound)
}

func TestRulesAreForWarOrForPeace(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	for channel, when := range map[string]alert.When{"w": alert.InWar, "p": alert.InPeace, "a": alert.Always} {
		_, err := db.Store.AddRule(ctx, lions, alert.Rule{Kind: alert.RetalOpen, ChannelID: channel, Enabled: true, Thresholds: alert.Thresholds{When: when}}, noon)
		must(t, err)
	}
	conn := owner(t, db)
	told := func(subject int64) int64 {
		raise(t, db.Store, lions, retal(alert.RetalOpen, subject, "open"))
		return count(t, conn, "select count(*) from alert_deliveries where subject = $1", alert.Subject("retal", subject))
	}
	if n := told(1); n != 2 {
		t.Errorf("in peace %d were told, want 2", n)
	}
	st := stateOf(t, db.Store, lions, feed.Front)
	on := war.War{ID: 1, Start: noon.Add(-time.Hour), Us: war.Side{Faction: lions, Name: "Lions"}, Them: war.Side{Faction: 9, Name: "Theirs"}, Target: 9, OriginalTarget: 9, SeenAt: noon}
	must(t, db.Store.SaveUpdate(ctx, &st, feed.Update{Wars: []war.War{on}, Progress: progress(st, noon)}))
	if n := told(2); n != 2 || count(t, conn, "select count(*) from alert_deliveries where subject = 'retal:2' and channel_id = 'p'") != 0 {
		t.Errorf("at war %d were told, want 2, and not in the channel for peace", n)
	}
}

func TestASquadIsCalledWhereARoleWouldBe(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	conn := owner(t, db)
	_, err := conn.Exec(ctx, `insert into squad_members (faction_id, squad_id, player_id, state, since) values (101, 5, 11, 'member', now()), (101, 5, 12, 'member', now())`)
	must(t, err)
	_, err = conn.Exec(ctx, `insert into discord_links (faction_id, discord_id, player_id, player_name, linked_at) values (101, '911', 11, 'Ann', $1), (101, '912', 12, 'Bob', $1)`, noon)
	must(t, err)
	_, err = db.Store.AddRule(ctx, lions, alert.Rule{Kind: alert.RetalOpen, Squad: 5, ChannelID: "one", Enabled: true}, noon)
	must(t, err)
	one := retal(alert.RetalOpen, 1, "for one")
	one.Call, one.CallNobodyElse = []faction.PlayerID{12}, true
	raise(t, db.Store, lions, one, retal(alert.RetalOpen, 2, "for all"))
	called := map[string][]string{}
	for _, j := range jobs(t, conn) {
		d := loaded(t, db.Store, lions, j.Delivery)
		called[d.Alert.Data.Note] = d.Accounts
	}
	if !slices.Equal(called["for one"], []string{"912"}) || !slices.Equal(called["for all"], []string{"911", "912"}) {
		t.Errorf("called: %v", called)
	}
}

func TestADirectRuleTellsItsPlayerAndASquadsRuleItsMembers(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	conn := owner(t, db)
	_, err := conn.Exec(ctx, `insert into squad_members (faction_id, squad_id, player_id, state, since) values
		(101, 5, 11, 'member', now()), (101, 5, 12, 'member', now()), (101, 5, 13, 'asked', now()), (101, 6, 14, 'member', now())`)
	must(t, err)
	for _, r := range []alert.Rule{{Kind: alert.RetalOpen, Player: 10}, {Kind: alert.RetalOpen, Squad: 5}, {Kind: alert.RetalOpen, Squad: 5, ChannelID: "one"}} {
		r.Enabled = true
		_, err := db.Store.AddRule(ctx, lions, r, noon)
		must(t, err)
	}
	raise(t, db.Store, lions, retal(alert.RetalOpen, 1, "open"), retal(alert.RetalOpen, 1, "open"))
	var players []faction.PlayerID
	posted := 0
	for _, j := range jobs(t, conn) {
		d := loaded(t, db.Store, lions, j.Delivery)
		switch {
		case d.Direct():
			players = append(players, d.Player)
		case d.Channel == "one" && slices.Equal(d.Rule.Members, []faction.PlayerID{11, 12}):
			posted++
		default:
			t.Errorf("delivery %+v goes nowhere", d)
		}
	}
	slices.Sort(players)
	if !slices.Equal(players, []faction.PlayerID{10, 11, 12}) || posted != 1 {
		t.Errorf("direct messages go to %v and %d posts, want 10, 11, 12 and one", players, posted)
	}
}

func TestAnEpisodeIsToldOnceByWhoeverLooks(t *testing.T) {
	t.Parallel()
	db := opened(t)
	ctx := t.Context()
	putRules(t, db.Store, lions, rule(alert.DataStale, "one"))
	look := func(after time.Duration, feeds ...string) {
		t.Helper()
		now := noon.Add(after)
		must(t, db.Store.Episode(ctx, lions, alert.StaleSubject, now, func(e alert.Episode) (alert.Episode, alert.News) {
			var stale []alert.StaleFeed
			for _, f := range feeds {
				stale = append(stale, alert.StaleFeed{Feed: f})
			}
			return alert.Stale(e, stale, now)
		}))
	}
	look(0)
	look(time.Minute, "attacks")
	look(2*time.Minute, "attacks")
	look(3*time.Minute, "attacks", "front")
	conn := owner(t, db)
	if n := deliveries(t, db); n != 1 {
		t.Fatalf("%d deliveries, want one", n)
	}
	send(t, db.Store, lions, jobs(t, conn)[0].Delivery)
	look(4 * time.Minute)
	look(5 * time.Minute)
	d := loaded(t, db.Store, lions, jobs(t, conn)[0].Delivery)
	if !d.Settled || d.Alert.Data.Stale.FreshAt.IsZero() || !d.Outdated() || deliveries(t, db) != 1 {
		t.Errorf("when it is over the message stands for %+v", d.Alert.Data.Stale)
	}
	look(time.Hour, "attacks")
	if n := deliveries(t, db); n != 2 {
		t.Errorf("another time: %d deliveries, want two", n)
	}
}

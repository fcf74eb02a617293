package store_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/war"
)

// chained is a database in which the Lions chain, at 245 hits.
func chained(t *testing.T) storetest.DB {
	t.Helper()
	db := opened(t)
	must(t, saveChain(t, db, feed.Update{Chain: &chain.State{ID: 7, Current: 245, Max: 250, Start: noon.Add(-time.Hour), End: noon.Add(2 * time.Minute)}}))
	st := stateOf(t, db.Store, lions, feed.Members)
	must(t, db.Store.SaveUpdate(t.Context(), &st, feed.Update{
		Rosters:  map[faction.ID][]faction.Member{lions: {{ID: 11, Name: "Ann"}, {ID: 12, Name: "Bob"}}},
		Progress: progress(st, noon),
	}))
	return db
}

func saveChain(t *testing.T, db storetest.DB, u feed.Update) error {
	t.Helper()
	st := stateOf(t, db.Store, lions, feed.Chain)
	u.Progress = progress(st, noon)
	return db.Store.SaveUpdate(t.Context(), &st, u)
}

func openChain(t *testing.T, s *store.Store) chain.Watched {
	t.Helper()
	open, err := s.OpenChains(t.Context(), lions)
	must(t, err)
	if len(open) != 1 {
		t.Fatalf("%d chains are open, want 1", len(open))
	}
	return open[0]
}

func TestWhatPeopleWereToldOfAChainIsKept(t *testing.T) {
	t.Parallel()
	db := chained(t)
	w := openChain(t, db.Store)
	w.Told = chain.Told{
		Seen: true, Current: 245, Near: 250, Unnamed: []int{100}, Danger: chain.Danger{Deadline: noon.Add(2 * time.Minute), Current: 245, Stage: 90},
	}
	w.Current, w.End, w.SeenAt = 246, noon.Add(4*time.Minute), noon.Add(time.Second)
	must(t, saveChain(t, db, feed.Update{Chains: []chain.Watched{w}}))
	got := openChain(t, db.Store)
	if diff := cmp.Diff(w.Told, got.Told); diff != "" || got.State != w.State || !got.SeenAt.Equal(w.SeenAt) {
		t.Errorf("got %+v, %s (-want +got):\n%s", got.State, got.SeenAt, diff)
	}
	// An older picture, written later, sets nothing back.
	old := w
	old.Current, old.End, old.SeenAt = 240, noon, noon.Add(-time.Minute)
	must(t, saveChain(t, db, feed.Update{Chains: []chain.Watched{old}}))
	if got := openChain(t, db.Store); got.State != w.State || !got.SeenAt.Equal(w.SeenAt) {
		t.Errorf("set back to %+v, %s", got.State, got.SeenAt)
	}
	w.Told.Closed = true
	must(t, saveChain(t, db, feed.Update{Chains: []chain.Watched{w}}))
	if open, err := db.Store.OpenChains(t.Context(), lions); err != nil || len(open) != 0 {
		t.Errorf("a closed chain is open: %v, %v", open, err)
	}
}

func TestAChainsReportIsStoredAndTakesThePlaceOfTheFirst(t *testing.T) {
	t.Parallel()
	db := chained(t)
	ctx := t.Context()
	r := chain.Report{Chain: 7, Logged: 240, Respect: 120_000, Bonus: 15_000, Members: []chain.MemberReport{
		{Player: 11, Name: "Ann", Hits: 200, WarHits: 12, Respect: 100_000, Bonus: 15_000, Best: 900, Bonuses: 4, Wasted: 1, Watch: 90 * time.Minute},
		{Player: 12, Name: "Bob", Hits: 40, Respect: 20_000, Best: 800},
	}}
	must(t, saveChain(t, db, feed.Update{ChainReports: []chain.Report{r}}))
	r.Logged, r.Respect = 245, 122_000
	r.Members[1].Hits, r.Members[1].Respect = 45, 22_000
	must(t, saveChain(t, db, feed.Update{ChainReports: []chain.Report{r}}))
	got, err := db.Store.ChainMembers(ctx, lions, 7)
	must(t, err)
	if diff := cmp.Diff(r.Members, got); diff != "" {
		t.Errorf("members (-want +got):\n%s", diff)
	}
	s, err := db.Store.ChainByID(ctx, lions, 7)
	must(t, err)
	if !s.Counted || s.Logged != 245 || s.Respect != 122_000 || s.Bonus != 15_000 || s.Current != 245 {
		t.Errorf("the chain is %+v", s)
	}
	if list, err := db.Store.Chains(ctx, lions, 246, 9); err != nil || len(list) != 0 {
		t.Errorf("too small a chain is listed: %v, %v", list, err)
	}
	if _, err := db.Store.ChainByID(ctx, bears, 7); faction.KindOf(err) != faction.NotFound {
		t.Errorf("another faction's chain: %v", err)
	}
}

func TestABonusHitHasOneTakerWhoMayGiveItBack(t *testing.T) {
	t.Parallel()
	db := chained(t)
	ctx := t.Context()
	for _, c := range []struct {
		name string
		by   faction.PlayerID
		want faction.PlayerID
		says string
	}{{"the first", 11, 11, "Ann"}, {"another", 12, 11, "Ann"}, {"the first again", 11, 0, ""}, {"another then", 12, 12, "Bob"}} {
		got, err := db.Store.TakeBonus(ctx, lions, 7, 250, c.by, noon)
		if err != nil || got.Player != c.want || got.Name != c.says {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if got := openChain(t, db.Store).Claim; got.Hit != 250 || got.Player != 12 || got.Name != "Bob" || !got.At.Equal(noon) {
		t.Errorf("the chain's claim is %+v", got)
	}
	for _, c := range []struct {
		name  string
		in    faction.ID
		chain chain.ID
		hit   int
		at    time.Time
	}{
		{"a hit that is done", lions, 7, 100, noon}, {"no such chain", lions, 8, 250, noon},
		{"another faction's", bears, 7, 250, noon}, {"a chain whose time is up", lions, 7, 250, noon.Add(3 * time.Minute)},
	} {
		if _, err := db.Store.TakeBonus(ctx, c.in, c.chain, c.hit, 11, c.at); faction.KindOf(err) != faction.Conflict {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestWhoTakesABonusStandsInItsAnnouncementAndHoldIsToldOnce(t *testing.T) {
	t.Parallel()
	db := chained(t)
	ctx := t.Context()
	must(t, db.Store.PutRules(ctx, lions, []alert.Rule{{Kind: alert.ChainBonusSoon, ChannelID: "1", Enabled: true}}, noon))
	must(t, saveChain(t, db, feed.Update{Alerts: []alert.Alert{{
		Kind: alert.ChainBonusSoon, Subject: "chain:7", Stage: "bonus:250:soon", At: noon,
		Data: alert.Data{Chain: &alert.ChainData{ID: 7, Current: 245, Hit: 250, Deadline: noon.Add(2 * time.Minute)}},
	}}}))
	_, err := db.Store.TakeBonus(ctx, lions, 7, 250, 11, noon)
	must(t, err)
	for _, by := range []faction.PlayerID{11, 12} {
		k, err := db.Store.HoldBonus(ctx, lions, 7, 250, by, noon)
		if err != nil || k.HeldBy != 11 || k.HolderName != "Ann" {
			t.Fatalf("held: %+v, %v", k, err)
		}
	}
	open, err := db.Store.OpenChains(ctx, lions)
	if must(t, err); len(open) != 1 || open[0].Claim.HolderName != "Ann" {
		t.Errorf("the open chains say that %+v hold", open)
	}
	told := map[string]alert.ChainClaim{}
	must(t, db.Store.Faction(ctx, lions, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select stage, payload from alert_deliveries")
		if err != nil {
			return err
		}
		var stage string
		var payload []byte
		_, err = pgx.ForEachRow(rows, []any{&stage, &payload}, func() error {
			var a alert.Alert
			if err := json.Unmarshal(payload, &a); err != nil {
				return err
			}
			told[stage] = *a.Data.Chain.Claim
			return nil
		})
		return err
	}))
	ann := &alert.PlayerData{ID: 11, Name: "Ann"}
	want := map[string]alert.ChainClaim{"bonus:250:soon": {Player: ann, HeldBy: ann}, "bonus:250:hold": {Player: ann, HeldBy: ann}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestWhetherChainsAreTrackedIsKept(t *testing.T) {
	t.Parallel()
	db := chained(t)
	var got []bool
	for _, on := range []bool{false, false, true} {
		was, err := db.Store.TrackChains(t.Context(), lions, on)
		must(t, err)
		got = append(got, was, openChain(t, db.Store).Untracked)
	}
	if want := []bool{true, true, false, true, false, false}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := db.Store.TrackChains(t.Context(), 99999, true); faction.KindOf(err) != faction.NotFound {
		t.Errorf("a faction that is not registered: %v", err)
	}
}

func TestWhatIsUnderWayOfAChainKeepsItsStage(t *testing.T) {
	t.Parallel()
	db := chained(t)
	conn := owner(t, db)
	must(t, db.Store.PutRules(t.Context(), lions, []alert.Rule{{Kind: alert.ChainBonusSoon, ChannelID: "1", Enabled: true}, {Kind: alert.ChainMilestone, ChannelID: "1", Enabled: true}}, noon))
	var news feed.Update
	for stage, kind := range map[string]alert.Kind{
		"bonus:250": alert.ChainBonusSoon, "hold:250": alert.ChainBonusSoon, "milestone:2500": alert.ChainMilestone, "milestone:250:": alert.ChainMilestone, "every:500": alert.ChainMilestone,
	} {
		news.Alerts = append(news.Alerts, alert.Alert{Kind: kind, Subject: "chain:7", Stage: stage, At: noon})
	}
	must(t, saveChain(t, db, news))
	stages := func(down bool) string {
		if _, err := conn.Exec(t.Context(), migrationOf(t, "0041_chain_stages.sql", down)); err != nil {
			t.Fatal(err)
		}
		rows, err := conn.Query(t.Context(), "select stage from alert_deliveries order by 1")
		must(t, err)
		out, err := pgx.CollectRows(rows, pgx.RowTo[string])
		must(t, err)
		return strings.Join(out, " ")
	}
	want := []string{chain.HoldStage(250), chain.SoonStage(250), "every:500", chain.MilestoneStage(2500), chain.MilestoneStage(250)}
	slices.Sort(want)
	for range 2 {
		if got := strings.Fields(stages(false)); len(got) != len(want) || !slices.Equal(slices.Sorted(slices.Values(got)), want) {
			t.Errorf("after: %v, want %v", got, want)
		}
	}
	if got := stages(true); got != "bonus:250 every:500 hold:250 milestone:250 milestone:2500" {
		t.Errorf("back: %s", got)
	}
}

func TestACallToHoldIsSettledWithItsHitAndNoOther(t *testing.T) {
	t.Parallel()
	db := chained(t)
	ctx := t.Context()
	must(t, db.Store.PutRules(ctx, lions, []alert.Rule{{Kind: alert.ChainBonusSoon, ChannelID: "1", Enabled: true}}, noon))
	soon := func(hit int) alert.Alert {
		return alert.Alert{Kind: alert.ChainBonusSoon, Subject: "chain:7", Stage: chain.SoonStage(hit), At: noon,
			Data: alert.Data{Chain: &alert.ChainData{ID: 7, Current: 245, Hit: hit, Deadline: noon.Add(2 * time.Minute)}}}
	}
	must(t, saveChain(t, db, feed.Update{Alerts: []alert.Alert{soon(250), soon(2500)}}))
	_, err := db.Store.HoldBonus(ctx, lions, 7, 250, 11, noon)
	must(t, err)
	_, err = db.Store.TakeBonus(ctx, lions, 7, 250, 12, noon) // while the call waits to be sent
	must(t, err)
	conn := owner(t, db)
	of := func(stage string) alert.Outgoing {
		return loaded(t, db.Store, lions, count(t, conn, "select delivery_id from alert_deliveries where stage = $1", stage))
	}
	if hold := of(chain.HoldStage(250)); hold.Alert.Data.Chain.Claim.Player == nil || hold.Alert.Data.Chain.Claim.Player.ID != 12 || hold.State != "pending" || !hold.Alert.ExpiresAt.Equal(noon.Add(2*time.Minute)) {
		t.Errorf("the call does not say who has taken it since: %+v", hold.Alert)
	}
	for _, d := range []string{chain.HoldStage(250), chain.SoonStage(250), chain.SoonStage(2500)} {
		must(t, db.Store.MarkSent(ctx, lions, of(d), d, 0, noon))
	}
	made := soon(250)
	made.Data.Chain.Outcome = alert.WasMade
	must(t, saveChain(t, db, feed.Update{Settled: []alert.Settled{{Ref: alert.Ref{Kind: made.Kind, Subject: made.Subject, Stage: chain.BonusStages(250)}, Alert: made}}}))
	for stage, want := range map[string]string{chain.HoldStage(250): alert.WasMade, chain.SoonStage(250): alert.WasMade, chain.SoonStage(2500): ""} {
		if got := of(stage).Alert.Data.Chain.Outcome; got != want {
			t.Errorf("%s: %q, want %q", stage, got, want)
		}
	}
}

func TestACallToHoldTellsOfTheChainAsItIsAndReachesWhoeverIsHitting(t *testing.T) {
	t.Parallel()
	db := chained(t)
	ctx := t.Context()
	must(t, db.Store.PutRules(ctx, lions, []alert.Rule{{Kind: alert.ChainBonusSoon, ChannelID: "1", Enabled: true}}, noon))
	must(t, saveChain(t, db, feed.Update{Alerts: []alert.Alert{{
		Kind: alert.ChainBonusSoon, Subject: "chain:7", Stage: chain.SoonStage(250), At: noon, Was: 249, Is: 250,
		Data: alert.Data{Chain: &alert.ChainData{ID: 7, Current: 245, Hit: 250, Deadline: noon.Add(2 * time.Minute), LastHit: noon.Add(-3 * time.Minute)}},
	}}}))
	// Four hits later, past the deadline of the announcement.
	w := openChain(t, db.Store)
	w.Current, w.End, w.SeenAt = 249, noon.Add(10*time.Minute), noon.Add(5*time.Minute)
	must(t, saveChain(t, db, feed.Update{Chains: []chain.Watched{w}}))
	var hits []war.Attack
	for i, by := range []faction.PlayerID{13, 11, 12, 14} {
		h := hit(war.AttackID(1+i), by, time.Duration(2+i)*time.Minute, 300)
		h.Chain = 246 + i
		hits = append(hits, h)
	}
	hits[0].Started, hits[0].Ended = noon.Add(-9*time.Minute), noon.Add(-8*time.Minute) // 13 has stopped by now
	log(t, db.Store, lions, nil, hits...)
	_, err := db.Store.TakeBonus(ctx, lions, 7, 250, 14, noon.Add(5*time.Minute))
	must(t, err)
	at := noon.Add(6 * time.Minute)
	_, err = db.Store.HoldBonus(ctx, lions, 7, 250, 11, at)
	must(t, err)
	conn := owner(t, db)
	for _, stage := range []string{chain.SoonStage(250), chain.HoldStage(250)} {
		d := loaded(t, db.Store, lions, count(t, conn, "select delivery_id from alert_deliveries where stage = $1", stage))
		if c := d.Alert.Data.Chain; c.Current != 249 || !c.Deadline.Equal(w.End) || !c.SeenAt.Equal(w.SeenAt) || !c.LastHit.Equal(w.End.Add(-chain.Timeout)) {
			t.Errorf("%s tells of a chain at %d until %s, seen %s, hit %s", stage, c.Current, c.Deadline, c.SeenAt, c.LastHit)
		}
		if stage == chain.SoonStage(250) {
			continue
		}
		if dec := d.Decide(at); !dec.Send || !d.Alert.Expires().Equal(w.End) {
			t.Errorf("the call is not sent: %s, expires %s", dec.Reason, d.Alert.Expires())
		}
		if want := []faction.PlayerID{12, 11}; !slices.Equal(d.Alert.Call, want) { // not who takes it
			t.Errorf("called: %v, want %v", d.Alert.Call, want)
		}
	}
}

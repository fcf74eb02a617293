package say_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/chat"
	"consigliere/internal/discord"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// rowsOf sets what can be pressed as text.
func rowsOf(m chat.Message) string {
	var b strings.Builder
	for _, row := range m.Rows {
		for _, button := range row.Buttons {
			fmt.Fprintf(&b, "[%s %s%s]", button.Label, button.ID, button.URL)
		}
		if s := row.Select; s != nil {
			fmt.Fprintf(&b, "{%s: %s}", s.ID, s.Placeholder)
			for _, o := range s.Options {
				fmt.Fprintf(&b, "\n  %s = %s (%s)", o.Label, o.Value, o.Description)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

// manyRetals are alerts of so many retaliations, changed as wanted.
func manyRetals(n int, change func(int, *war.Retal)) []alert.Alert {
	var all []alert.Alert
	for i := range n {
		a := feed.RetalAlert(aRetal(func(r *war.Retal) {
			r.Attack, r.Target.ID, r.Target.Name = war.AttackID(7001+i), faction.PlayerID(501+i), fmt.Sprintf("Bandit_%d", i+1)
			if change != nil {
				change(i, r)
			}
		}))
		a.Faction = 777
		all = append(all, a)
	}
	return all
}

// bonusHit is a bonus hit that is near, changed as wanted.
func bonusHit(hit int, stage string, change func(*alert.ChainData)) alert.Alert {
	d := alert.ChainData{ID: 9001, Current: hit - 5, Hit: hit, Bonus: 16_000, Deadline: now.Add(3 * time.Minute)}
	if change != nil {
		change(&d)
	}
	return alert.Alert{Kind: alert.ChainBonusSoon, Subject: "chain:9001", Stage: stage, At: now, Faction: 777, Data: alert.Data{Chain: &d}}
}

func TestManyAlertsInOneMessageReadWellAndCanBeActedOn(t *testing.T) {
	ann := &alert.PlayerData{ID: 2, Name: "Ve_ra"}
	some := func(i int, r *war.Retal) {
		switch i {
		case 1:
			settled(war.RetalTaken, war.Hospitalized)(r)
		case 2:
			settled(war.RetalExpired, "")(r)
		case 3:
			r.Claim = war.RetalClaim{By: 1, Name: "Duke", At: now.Add(-10 * time.Second)}
		case 4:
			r.Seen = war.RetalSeen{Status: faction.Status{State: faction.StateHospital, Until: now.Add(2 * time.Minute)}, StatusAt: now, FairFight: 2.41, Hits: 3}
		}
	}
	lost := keyAlert(alert.KeyData{State: faction.KeyPaused})
	late := alert.Alert{Kind: alert.WarStarted, At: now.Add(-20 * time.Minute), Data: data(nil)}
	var b strings.Builder
	for _, c := range []struct {
		name string
		all  []alert.Alert
	}{
		{"eight retaliations, none settled", manyRetals(8, nil)},
		{"six of them, one taken, one expired, one claimed", manyRetals(6, some)},
		{"eight of them, so that a list is needed", manyRetals(8, some)},
		{"all settled", manyRetals(4, func(_ int, r *war.Retal) { settled(war.RetalGone, "")(r) })},
		{"all over, although nobody has looked since", manyRetals(4, func(_ int, r *war.Retal) { r.At = now.Add(-301 * time.Second) })},
		{"a bonus hit and the call to hold", []alert.Alert{bonusHit(250, chain.SoonStage(250), nil), bonusHit(250, chain.HoldStage(250), func(d *alert.ChainData) {
			d.Claim = &alert.ChainClaim{Player: ann, HeldBy: ann}
		})}},
		{"one bonus hit done, one to come", []alert.Alert{bonusHit(100, chain.SoonStage(100), func(d *alert.ChainData) { d.Outcome, d.By = alert.WasMade, ann }), bonusHit(250, chain.SoonStage(250), nil)}},
		{"keys", []alert.Alert{lost, keyAlert(alert.KeyData{State: faction.KeyInvalid, AttackReaders: 2})}},
		{"what is late says so", []alert.Alert{late, late}},
	} {
		m := say.RenderAlerts(c.all, now)
		if err := discord.Validate(m); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		fmt.Fprintf(&b, "=== %s\n%s%s\n", c.name, text(m), rowsOf(m))
	}
	golden(t, "many", b.String())
}

// TestWhateverStandsInOneMessageItFitsAndOffersWhatIsOpen: names as long and odd as they
// get, twenty at once, in any state.
func TestWhateverStandsInOneMessageItFitsAndOffersWhatIsOpen(t *testing.T) {
	names := rapid.SampledFrom([]string{"Jo", strings.Repeat("_", 60), strings.Repeat("漢", 40), "", "@everyone", "[x](http://evil.example)", "👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦"})
	rapid.Check(t, func(t *rapid.T) {
		open := map[string]bool{}
		all := manyRetals(rapid.IntRange(1, 20).Draw(t, "alerts"), func(i int, r *war.Retal) {
			r.Target.Name, r.Target.FactionName, r.Victim.Name = names.Draw(t, "who"), names.Draw(t, "of"), names.Draw(t, "victim")
			r.At = now.Add(-time.Duration(rapid.IntRange(0, 400).Draw(t, "ago")) * time.Second)
			if rapid.Bool().Draw(t, "claimed") {
				r.Claim = war.RetalClaim{By: 1, Name: names.Draw(t, "by"), At: now}
			}
			if state := rapid.SampledFrom([]war.RetalState{war.RetalOpen, war.RetalTaken, war.RetalExpired, war.RetalGone, war.RetalVoid}).Draw(t, "state"); state != war.RetalOpen {
				settled(state, war.Hospitalized)(r)
			}
			if r.State == war.RetalOpen && now.Before(r.Deadline()) {
				open[fmt.Sprint(r.Attack)] = true
			}
		})
		m := say.RenderAlerts(all, now)
		if err := discord.Validate(m); err != nil {
			t.Fatal(err)
		}
		for _, row := range m.Rows {
			for _, button := range row.Buttons {
				delete(open, button.ID[strings.LastIndex(button.ID, ":")+1:])
			}
			if row.Select != nil {
				for _, o := range row.Select.Options {
					delete(open, o.Value)
				}
			}
		}
		if len(open) > 0 {
			t.Fatalf("%v cannot be claimed in %s", open, rowsOf(m))
		}
		if s := text(m); strings.Contains(s, "@everyone") || strings.Contains(s, "](http://evil") {
			t.Fatalf("a name does something:\n%s", s)
		}
	})
}

// TestASampleOfEveryKindReadsAsTheRealOneDoes shows each with its buttons, as it is when
// it is no test, and what has other forms beside them.
func TestASampleOfEveryKindReadsAsTheRealOneDoes(t *testing.T) {
	var b strings.Builder
	show := func(name string, a alert.Alert) {
		a.Test, a.Faction = false, 777
		m := say.RenderAlert(a, now)
		if err := discord.Validate(m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if seen := strings.NewReplacer("*", "", "\\", "").Replace(m.Content); say.Length(seen) > 110 || strings.Contains(seen, "\n") {
			t.Errorf("%s: the news is too long for a phone's notice: %s", name, seen)
		}
		fmt.Fprintf(&b, "=== %s\n%s%s\n", name, text(m), rowsOf(m))
	}
	for _, k := range alert.Kinds() {
		if k.Told() {
			show(string(k), alert.Sample(k, 777, "Wolves", now))
		}
	}
	unconfirmed := alert.Sample(alert.ChainTimer, 777, "Wolves", now)
	unconfirmed.Data.Chain.Unconfirmed = true
	show("chain.timer, Torn does not answer", unconfirmed)
	wasSaved := alert.Sample(alert.ChainTimer, 777, "Wolves", now)
	wasSaved.Data.Chain.Outcome, wasSaved.Data.Chain.By, wasSaved.Data.Chain.LeftAt = alert.WasSaved, &alert.PlayerData{ID: 2, Name: "Vera"}, 9
	show("chain.timer, saved", wasSaved)
	atWar := alert.Sample(alert.ChainTimer, 777, "Wolves", now)
	atWar.Data.Chain.Enemy, atWar.Data.Chain.Watchers = "Ban_dits", []alert.PlayerData{{ID: 2, Name: "Vera"}}
	show("chain.timer, at war", atWar)
	fresh := alert.Sample(alert.DataStale, 777, "Wolves", now)
	fresh.Data.Stale.FreshAt = now.Add(9 * time.Minute)
	show("data.stale, over", fresh)
	place := alert.Sample(alert.DeliveryBroken, 777, "Wolves", now)
	place.Data.Broken.Channel, place.Data.Broken.Reason = "61", "the bot may not write in the channel"
	show("delivery.broken, a channel", place)
	watch := func(backups ...alert.PlayerData) alert.Alert {
		return alert.Alert{Kind: alert.ChainWatch, Subject: "watch:1", Stage: "slot:0:2:", At: now, Due: now.Add(10 * time.Minute), AckWithin: 5 * time.Minute, Data: alert.Data{
			Watch: &alert.WatchData{From: now.Add(10 * time.Minute), To: now.Add(70 * time.Minute), Reward: 500_000, Backups: backups}}}
	}
	show("chain.watch", watch(alert.PlayerData{ID: 3, Name: "Mick"}))
	show("chain.watch, not confirmed", watch().Unconfirmed(2, "Ve_ra"))
	show("chain.watch, not confirmed, with a back-up", watch(alert.PlayerData{ID: 3, Name: "Mick"}).Unconfirmed(2, "Ve_ra"))
	show("chain.watch, confirmed late", watch().ConfirmedLate(2, "Ve_ra").Alert)
	golden(t, "samples", b.String())
}

package torn

import (
	"testing"
	"time"
)

// duel is an empty world with two factions at war since an hour.
func duel(t *testing.T) (c *city, us, them []Player, war int64) {
	t.Helper()
	clk := newManual()
	w := Empty(Config{Clock: clk, Seed: 1, CacheFor: -1, UserPerMinute: -1, HostPerMinute: -1})
	c = serve(t, w, clk)
	a, b := w.AddFaction("Us", 20), w.AddFaction("Them", 20)
	war, err := w.StartWar(a, b, clk.Now().Add(-time.Hour), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return c, w.Roster(a), w.Roster(b), war
}

func (c *city) attack(a Attack) int64 {
	c.t.Helper()
	id, err := c.AddAttack(a)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func TestAttacksByHandAreSeenCountedAndChanged(t *testing.T) {
	c, us, them, war := duel(t)
	key, now := c.KeyOf(us[0].ID), c.clock.Now()
	c.attack(Attack{Attacker: us[0].ID, Defender: them[0].ID, Kind: WarHit, Respect: 512, Chain: 9})
	late := c.attack(Attack{Attacker: us[1].ID, Defender: them[1].ID, Kind: WarHit, Respect: 1600, Chain: 10, Visible: now.Add(90 * time.Second)})
	c.attack(Attack{Attacker: them[0].ID, Defender: us[2].ID, Kind: Lost, Stealthed: true})
	if err := c.ChangeAttack(late, now.Add(3*time.Minute), func(a *Attack) { a.Respect = 1750 }); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		after   time.Duration
		rows    int
		respect int64
		chain   int
	}{{0, 2, 512, 9}, {90 * time.Second, 3, 2112, 10}, {3 * time.Minute, 3, 2262, 10}} {
		c.clock.set(now.Add(x.after))
		var page attackPage
		c.must(key, "/faction/attacks", &page)
		f := c.FiguresOf(war, us[0].Faction, c.clock.Now())
		if len(page.Attacks) != x.rows || f.Us.Total.WarRespect != x.respect || f.Us.Score != x.respect/100 || f.Us.Chain != x.chain {
			t.Errorf("after %v: %d rows, %d respect, chain %d; want %+v", x.after, len(page.Attacks), f.Us.Total.WarRespect, f.Us.Chain, x)
		}
		var b warsBody
		c.must(key, "/faction/wars", &b)
		if b.Wars.Ranked.Factions[0].Score != x.respect/100 || b.Wars.Ranked.Factions[0].Chain != x.chain {
			t.Errorf("after %v: wars show %+v", x.after, b.Wars.Ranked.Factions)
		}
	}
	f := c.FiguresOf(war, us[0].Faction, c.clock.Now())
	if f.Us.Total.ChainBonuses != 1 || f.Us.Total.BonusRespect != 1000 || f.Us.Members[us[2].ID].Defended != 1 || f.Them.Members[0].Losses != 1 {
		t.Errorf("figures %+v", f)
	}
	var page attackPage
	c.must(key, "/faction/attacks?filters=incoming", &page)
	if len(page.Attacks) != 1 || page.Attacks[0].Attacker != nil {
		t.Errorf("a stealthed attacker is shown: %+v", page.Attacks)
	}
	if _, err := c.AddAttack(Attack{ID: late, Attacker: us[0].ID, Defender: them[0].ID}); err == nil {
		t.Error("an id is taken twice")
	}
	if _, err := c.AddAttack(Attack{Attacker: 1, Defender: them[0].ID}); err == nil {
		t.Error("an unknown attacker is accepted")
	}
}

func TestWhenARowAppearedIsWhenItWasFirstSeen(t *testing.T) {
	c, us, them, _ := duel(t)
	now := c.clock.Now()
	first, second := now.Add(time.Minute), now.Add(2*time.Minute)
	early := c.attack(Attack{Attacker: us[0].ID, Defender: them[0].ID, Kind: WarHit, Ended: now, Visible: first})
	late := c.attack(Attack{Attacker: them[0].ID, Defender: us[0].ID, Kind: Lost, Ended: now, Visible: second})
	if err := c.ChangeAttack(early, second, func(a *Attack) { a.Respect = 1 }); err != nil {
		t.Fatal(err)
	}
	if got := c.Appeared(us[0].Faction, first, second); len(got) != 1 || !got[early].Equal(first) {
		t.Errorf("in the first minute appeared %v, want attack %d", got, early)
	}
	if got := c.Appeared(us[0].Faction, first, second.Add(time.Second)); len(got) != 2 || !got[late].Equal(second) || !got[early].Equal(first) {
		t.Errorf("in both minutes appeared %v, want %d and %d", got, early, late)
	}
	if got := c.Appeared(1, first, second); len(got) != 0 {
		t.Errorf("in nobody's log appeared %v", got)
	}
}

func TestTheTargetFallsFromHour24ToNothing(t *testing.T) {
	c, us, _, _ := duel(t)
	begin := c.clock.Now().Add(-time.Hour)
	for hours, want := range map[float64]int64{1: 1000, 23.99: 1000, 24: 990, 24.99: 990, 25: 980, 93.16: 300, 123: 0, 200: 0} {
		c.clock.set(begin.Add(time.Duration(hours * float64(time.Hour))))
		var b warsBody
		c.must(c.KeyOf(us[0].ID), "/faction/wars", &b)
		if b.Wars.Ranked.Target != want {
			t.Errorf("hour %v: target %d, want %d", hours, b.Wars.Ranked.Target, want)
		}
	}
}

func TestAWarEndedByHandStopsCounting(t *testing.T) {
	c, us, them, war := duel(t)
	now := c.clock.Now()
	hit := func(at time.Time) {
		c.attack(Attack{Attacker: us[0].ID, Defender: them[0].ID, Kind: WarHit, Respect: 500, Ended: at, Visible: now})
	}
	for _, at := range []time.Duration{-70 * time.Minute, -time.Hour, -time.Minute, 0} {
		hit(now.Add(at))
	}
	if f := c.FiguresOf(war, us[0].Faction, now); f.Us.Total.WarHits != 3 {
		t.Errorf("%d hits inside the open war, want 3", f.Us.Total.WarHits)
	}
	if err := c.EndWar(war, now.Add(-time.Second), us[0].Faction); err != nil {
		t.Fatal(err)
	}
	if err := c.EndWar(war, now, 0); err == nil {
		t.Error("a war ends twice")
	}
	f := c.FiguresOf(war, us[0].Faction, now)
	if f.Us.Total.WarHits != 2 || f.Us.Score != 10 || f.Phase != "ended" || f.Winner != us[0].Faction {
		t.Errorf("figures after the end: %+v", f)
	}
	next, err := c.StartWar(us[0].Faction, them[0].Faction, now.Add(time.Hour), 500)
	if err != nil {
		t.Fatal(err)
	}
	var b warsBody
	c.must(c.KeyOf(us[0].ID), "/faction/wars", &b)
	if b.Wars.Ranked.ID != next {
		t.Errorf("wars shows %d, want the coming war %d", b.Wars.Ranked.ID, next)
	}
	if err := c.ForfeitWar(next, now, them[0].Faction); err != nil {
		t.Fatal(err)
	}
	c.clock.add(10 * time.Minute)
	var report struct {
		Report struct{ Forfeit bool } `json:"rankedwarreport"`
	}
	c.must(c.KeyOf(us[0].ID), "/faction/"+formatInt(next)+"/rankedwarreport", &report)
	if !report.Report.Forfeit {
		t.Error("the forfeit is not reported")
	}
}

func TestPeopleComeGoAndAreElsewhere(t *testing.T) {
	c, us, _, _ := duel(t)
	guest := c.AddPlayer()
	if err := c.Join(guest, us[0].Faction, positionRecruit); err != nil {
		t.Fatal(err)
	}
	if err := c.Leave(us[5].ID); err != nil {
		t.Fatal(err)
	}
	if err := c.SetStatus(guest, Status{State: "Jail", Description: "In jail", Until: c.clock.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	var b struct {
		Members []struct {
			ID     int64
			Days   int64 `json:"days_in_faction"`
			Status statusBody
		}
	}
	c.must(c.KeyOf(us[0].ID), "/faction/members", &b)
	last := b.Members[len(b.Members)-1]
	if len(b.Members) != 20 || last.ID != guest || last.Days != 0 || last.Status.State != "Jail" {
		t.Errorf("%d members, the last %+v", len(b.Members), last)
	}
	var news struct{ News []struct{ Text string } }
	c.must(c.KeyOf(us[0].ID), "/faction/news?cat=membership", &news)
	if len(news.News) != 2 {
		t.Errorf("news %+v", news.News)
	}
	for name, err := range map[string]error{
		"a position nobody has": c.SetPosition(guest, "Emperor"), "an unknown player": c.Leave(1),
		"a member of another faction": c.Join(us[1].ID, us[0].Faction, positionMember),
	} {
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestAHundredThousandAttacksStayQuick(t *testing.T) {
	c, us, them, war := duel(t)
	now := c.clock.Now()
	if err := c.FillWar(war, 100_000, now.Add(-time.Hour), now); err != nil {
		t.Fatal(err)
	}
	key := c.KeyOf(us[0].ID)
	c.must(key, "/faction/wars", nil) // sorts once
	begin := time.Now()
	const rounds = 50
	for i := range rounds {
		c.clock.add(10 * time.Second)
		c.attack(Attack{Attacker: us[i%20].ID, Defender: them[i%20].ID, Kind: WarHit})
		var page attackPage
		c.must(key, "/faction/attacks?limit=100", &page)
		if len(page.Attacks) != 100 {
			t.Fatalf("%d rows", len(page.Attacks))
		}
		c.must(key, "/faction/wars", nil)
	}
	if each := time.Since(begin) / rounds; each > 60*time.Millisecond {
		t.Errorf("a hit and two requests take %v", each)
	}
	f := c.FiguresOf(war, us[0].Faction, c.clock.Now())
	var b warsBody
	c.must(key, "/faction/wars", &b)
	if got := b.Wars.Ranked.Factions[0].Score - b.Wars.Ranked.Factions[1].Score; got != f.Lead || f.Visible != 100_000+rounds {
		t.Errorf("lead %d, figures say %d from %d rows", got, f.Lead, f.Visible)
	}
}

func TestAChainLivesFiveMinutesAfterItsLastHit(t *testing.T) {
	c, us, them, war := duel(t)
	last := c.clock.Now()
	for i := range 12 {
		c.attack(Attack{Attacker: us[i].ID, Defender: them[i].ID, Kind: WarHit, Chain: i + 1, Ended: last.Add(time.Duration(i-11) * 10 * time.Second)})
	}
	type chain struct{ Current, Timeout, Cooldown, Start, End int64 }
	alive := chain{12, 300, 0, last.Add(-110 * time.Second).Unix(), last.Unix() + 300}
	for _, x := range []struct {
		after time.Duration
		want  chain
	}{
		{0, alive},
		{300 * time.Second, chain{12, 0, 0, alive.Start, alive.End}},
		{301 * time.Second, chain{Cooldown: alive.End + 72}},
		{373 * time.Second, chain{}},
	} {
		c.clock.set(last.Add(x.after))
		var b struct{ Chain chain }
		c.must(c.KeyOf(them[0].ID), "/faction/"+formatInt(us[0].Faction)+"/chain", &b)
		if b.Chain != x.want {
			t.Errorf("%v after the last hit: %+v, want %+v", x.after, b.Chain, x.want)
		}
		var w warsBody
		c.must(c.KeyOf(us[0].ID), "/faction/wars", &w)
		figures := c.FiguresOf(war, us[0].Faction, c.clock.Now())
		if got := int64(w.Wars.Ranked.Factions[0].Chain); got != x.want.Current || int64(figures.Us.Chain) != got {
			t.Errorf("%v after the last hit: wars show a chain of %d, figures %d", x.after, got, figures.Us.Chain)
		}
	}
}

func TestAChainPlayedByHandIsReportedAsItWasMeant(t *testing.T) {
	c, us, _, _ := duel(t)
	begin := c.clock.Now()
	hand := c.NewChain(us[0].Faction)
	if hand.ID() != 0 {
		t.Errorf("a chain without a hit has the id %d", hand.ID())
	}
	for i := range 12 {
		by := int64(0)
		if i == 9 {
			by = us[4].ID
		}
		if err := hand.Hit(by, begin.Add(time.Duration(i)*10*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := hand.Hit(0, begin.Add(110*time.Second+chainGap*time.Second+time.Second)); err == nil {
		t.Error("a broken chain goes on")
	}
	f := hand.Figures()
	if f.Hits != 12 || f.Bonuses[10] != us[4].ID || f.Total.Bonus != 1000 || f.Members[us[4].ID].Bonus != 1000 || !f.Begin.Equal(begin) || !f.Last.Equal(begin.Add(110*time.Second)) {
		t.Errorf("figures %+v", f)
	}
	var running struct{ Chain struct{ ID, Current int64 } }
	c.clock.set(begin.Add(35 * time.Second))
	c.must(c.KeyOf(us[0].ID), "/faction/chain", &running)
	if running.Chain.Current != 4 || running.Chain.ID != hand.ID() {
		t.Errorf("after 35 s: %+v", running.Chain)
	}
	c.clock.set(f.Last.Add(400 * time.Second))
	var report struct {
		Report struct {
			Attackers []struct {
				ID      int64
				Respect struct{ Total float64 }
				Attacks struct{ Total int64 }
			}
		} `json:"chainreport"`
	}
	c.must(c.KeyOf(us[0].ID), "/faction/"+formatInt(hand.ID())+"/chainreport", &report)
	if len(report.Report.Attackers) != len(f.Members) {
		t.Errorf("%d attackers, want %d", len(report.Report.Attackers), len(f.Members))
	}
	for _, a := range report.Report.Attackers {
		if want := f.Members[a.ID]; a.Attacks.Total != want.Hits || a.Respect.Total != float64(want.Respect)/100 {
			t.Errorf("player %d: %+v, want %+v", a.ID, a, want)
		}
	}
}

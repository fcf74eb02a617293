package torn

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

type attackPage struct {
	Attacks []struct {
		ID, Started, Ended int64
		Attacker           *struct{ ID int64 }
		Result             string
		Gain               float64 `json:"respect_gain"`
		Chain              int
		RankedWar          bool `json:"is_ranked_war"`
		Modifiers          struct {
			FairFight float64 `json:"fair_fight"`
		}
	}
	Meta struct {
		Links struct{ Next, Prev *string }
	} `json:"_metadata"`
}

func TestLinksLeadOlderAndNewerWithoutTheKey(t *testing.T) {
	c := start(t, Config{Seed: 4, UserPerMinute: -1})
	p := c.Plan()
	c.clock.set(p.Start.Add(time.Hour))
	var page attackPage
	c.must("", "/faction/attacks?limit=20&comment=me&key="+c.OfficerKey(), &page)
	if len(page.Attacks) != 20 || page.Attacks[0].Started < page.Attacks[19].Started {
		t.Fatalf("%d rows, newest first expected", len(page.Attacks))
	}
	oldest := page.Attacks[19].Started
	for _, l := range []*string{page.Meta.Links.Next, page.Meta.Links.Prev} {
		if l == nil || !strings.HasPrefix(*l, c.url) || strings.Contains(*l, c.OfficerKey()) || strings.Contains(*l, "key=") {
			t.Fatalf("link %v", l)
		}
	}
	seen, repeated := map[int64]bool{}, 0
	for pages := 0; page.Meta.Links.Prev != nil; pages++ {
		for _, a := range page.Attacks {
			if seen[a.ID] {
				repeated++
			}
			seen[a.ID] = true
		}
		prev := *page.Meta.Links.Prev
		page = attackPage{}
		c.must(c.OfficerKey(), prev, &page)
		if page.Attacks[0].Started > oldest {
			t.Fatalf("prev leads to newer rows")
		}
		oldest = page.Attacks[len(page.Attacks)-1].Started
		if pages > 200 {
			t.Fatal("paging back never ends")
		}
	}
	for _, a := range page.Attacks {
		seen[a.ID] = true
	}
	if want := c.Figures(c.clock.Now()).Visible; int64(len(seen)) != want {
		t.Errorf("paging back finds %d rows, %d are visible", len(seen), want)
	}
	if repeated == 0 {
		t.Error("no row at a page's edge is repeated: to must be inclusive")
	}
}

func TestNextStallsAtTheNewestPage(t *testing.T) {
	c := start(t, Config{Seed: 4, UserPerMinute: -1})
	p := c.Plan()
	c.clock.set(p.Start.Add(30 * time.Minute))
	var page attackPage
	from := formatInt(p.Start.Unix())
	c.must(c.OfficerKey(), "/faction/attacks?limit=30&sort=ASC&from="+from, &page)
	for range 100 {
		newest := page.Attacks[len(page.Attacks)-1].ID
		next := page.Meta.Links.Next
		if next == nil {
			t.Fatal("next becomes null")
		}
		page = attackPage{}
		c.must(c.OfficerKey(), *next, &page)
		if len(page.Attacks) > 0 && page.Attacks[len(page.Attacks)-1].ID == newest {
			return
		}
	}
	t.Error("the last page never repeats")
}

func TestFromIsExclusiveToIsInclusiveAndFromZeroIsBroken(t *testing.T) {
	clk := newManual()
	c := serve(t, Empty(Config{Clock: clk}), clk)
	us, them := c.AddFaction("Us", 12), c.AddFaction("Them", 12)
	a, b := c.Roster(us)[0].ID, c.Roster(them)[0].ID
	base := clk.Now().Add(-time.Hour)
	for i := range 3 {
		if _, err := c.AddAttack(Attack{Attacker: a, Defender: b, Kind: OutsideHit, Started: base.Add(time.Duration(i) * time.Second)}); err != nil {
			t.Fatal(err)
		}
	}
	var page attackPage
	c.must(c.KeyOf(a), "/faction/attacks?from="+formatInt(base.Unix())+"&to="+formatInt(base.Unix()+1), &page)
	if len(page.Attacks) != 1 || page.Attacks[0].Started != base.Unix()+1 {
		t.Errorf("from..to gives %+v", page.Attacks)
	}
	page = attackPage{}
	c.must(c.KeyOf(a), "/faction/attacks?from=0", &page)
	if len(page.Attacks) != 3 || page.Meta.Links.Next != nil {
		t.Errorf("from=0 gives %d rows and next %v", len(page.Attacks), page.Meta.Links.Next)
	}
}

func TestIdFilterReachesEveryRowOfTheBurst(t *testing.T) {
	c := start(t, Config{Seed: 4, UserPerMinute: -1})
	p := c.Plan()
	c.clock.set(p.Burst.Add(10 * time.Second))
	seen := map[int64]bool{}
	inBurst := func(page attackPage) (lowest int64) {
		for _, a := range page.Attacks {
			if a.Started == p.Burst.Unix()-12 {
				seen[a.ID] = true
			}
			if lowest == 0 || a.ID < lowest {
				lowest = a.ID
			}
		}
		return lowest
	}
	var page attackPage
	c.must(c.OfficerKey(), "/faction/attacks", &page)
	for range 8 {
		low := inBurst(page)
		page = attackPage{}
		c.must(c.OfficerKey(), "/faction/attacks?filters=idFilter&to="+formatInt(low-1), &page)
	}
	if len(seen) < 150 {
		t.Errorf("%d rows of one second, want at least 150", len(seen))
	}
}

func TestFiltersKeepOneDirection(t *testing.T) {
	c := start(t, Config{Seed: 4, UserPerMinute: -1})
	c.clock.set(c.Plan().Start.Add(time.Hour))
	roster := map[int64]bool{}
	for _, p := range c.Roster(c.OurFactionID()) {
		roster[p.ID] = true
	}
	for _, dir := range []string{"incoming", "outgoing"} {
		var page attackPage
		c.must(c.OfficerKey(), "/faction/attacks?filters="+dir, &page)
		if len(page.Attacks) != 100 {
			t.Errorf("%s: %d rows", dir, len(page.Attacks))
		}
		for _, a := range page.Attacks {
			if mine := a.Attacker != nil && roster[a.Attacker.ID]; mine != (dir == "outgoing") {
				t.Errorf("%s shows attack %d", dir, a.ID)
			}
		}
	}
}

func TestRankedWarsPageByOffset(t *testing.T) {
	c := start(t, Config{Seed: 4})
	c.clock.set(c.Plan().Matched.Add(time.Minute))
	type body struct {
		RankedWars []struct {
			ID, Start, End int64
			Winner         *int64
		}
		Meta struct{ Links struct{ Next, Prev *string } } `json:"_metadata"`
	}
	var b body
	c.must(c.LeaderKey(), "/faction/rankedwars?limit=3", &b)
	if len(b.RankedWars) != 3 || b.RankedWars[0].ID != c.WarID() || b.RankedWars[0].End != 0 || b.RankedWars[0].Winner != nil {
		t.Fatalf("the upcoming war should come first, with end 0: %+v", b.RankedWars)
	}
	next, err := url.Parse(*b.Meta.Links.Next)
	if err != nil || next.Query().Get("offset") != "3" {
		t.Fatalf("next is %v", next)
	}
	b = body{}
	c.must(c.LeaderKey(), next.String(), &b)
	if len(b.RankedWars) != 1 || b.RankedWars[0].End == 0 || b.Meta.Links.Next != nil {
		t.Errorf("second page %+v", b)
	}
}

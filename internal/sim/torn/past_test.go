package torn

import (
	"testing"
	"time"
)

// The attacks of a past war are in the log, and its report differs from them where
// reports do: a mercenary, a hit that is not flagged, one that ended after the war.
func TestAPastWarIsInTheLogAndItsReportDiffersWhereReportsDo(t *testing.T) {
	c, us, them, _ := duel(t)
	first := c.attack(Attack{Attacker: us[0].ID, Defender: them[0].ID, Kind: WarHit})
	end := c.clock.Now().Add(-30 * 24 * time.Hour)
	id, err := c.AddPastWar(PastWar{Faction: us[0].Faction, Start: end.Add(-40 * time.Hour), End: end, Hits: 200})
	if err != nil {
		t.Fatal(err)
	}
	key := c.KeyOf(us[0].ID)
	var report struct {
		Report struct {
			Winner   int64
			Factions []struct {
				ID, Score, Attacks int64
				Members            []struct {
					ID, Attacks int64
					Score       float64
				}
			}
		} `json:"rankedwarreport"`
	}
	c.must(key, "/faction/"+formatInt(id)+"/rankedwarreport", &report)
	figures := c.FiguresOf(id, us[0].Faction, c.clock.Now())
	if figures.Us.Total.WarHits+figures.Them.Total.WarHits != 201 {
		t.Errorf("the log has %d and %d war hits, want 200 and the one without a flag", figures.Us.Total.WarHits, figures.Them.Total.WarHits)
	}
	for _, f := range report.Report.Factions {
		logged := figures.Us.Total
		more := int64(7) // the mercenary's; one hit less for its flag, one more for its end
		if f.ID != us[0].Faction {
			logged, more = figures.Them.Total, 0
		}
		sum, points := int64(0), 0.0
		for _, m := range f.Members {
			sum, points = sum+m.Attacks, points+m.Score
		}
		if f.Attacks != logged.WarHits+more || sum != f.Attacks || int64(points+0.001) != f.Score {
			t.Errorf("faction %d: the report has %d hits (%d by member) and %d score (%.2f by member), the log %d", f.ID, f.Attacks, sum, f.Score, points, logged.WarHits)
		}
	}
	var page attackPage
	c.must(key, "/faction/attacks?sort=ASC&limit=100&from="+formatInt(end.Add(-41*time.Hour).Unix()), &page)
	last := int64(0)
	for _, a := range page.Attacks {
		if a.ID <= last || a.ID >= first {
			t.Errorf("id %d comes after %d; ids must rise with time, and stay below those of today (%d)", a.ID, last, first)
		}
		last = a.ID
	}
	if len(page.Attacks) != 100 {
		t.Errorf("%d attacks of the past war are on the page, want it full", len(page.Attacks))
	}
}

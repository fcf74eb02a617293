package scoreboard_test

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

// books are the records of a fake.
type books struct {
	f        *fake
	official bool
}

func (b books) WarBooks(ctx context.Context, id faction.ID, w war.War) (war.Books, bool, error) {
	rows, err := b.f.Tallies(ctx, id, w.ID)
	out := war.Books{War: w, Tallies: rows, Report: war.Report{War: w.ID, Start: w.Start, End: w.End}}
	if !b.official || err != nil {
		return out, false, err
	}
	for team, side := range map[war.Team]war.Side{war.Ours: w.Us, war.Enemy: w.Them} {
		r := war.ReportSide{Faction: side.Faction, Name: side.Name, RankBefore: "Gold II", RankAfter: "Gold <III>",
			Rewards: war.Rewards{Respect: 2400, Items: []war.RewardItem{{ID: 1118, Name: "Armor Cache", Quantity: 9}}}}
		var points faction.Respect
		for _, row := range rows {
			if row.Team != team || row.WarHits == 0 {
				continue
			}
			r.Members = append(r.Members, war.ReportMember{Player: row.Player, Name: row.Name, Attacks: row.WarHits, Score: row.WarRespect})
			r.Attacks, points = r.Attacks+row.WarHits, points+row.WarRespect
		}
		if team == war.Ours { // a mercenary
			r.Members = append(r.Members, war.ReportMember{Player: 99, Name: "<b>Hired</b>", Attacks: 3, Score: 1_250})
			r.Attacks, points = r.Attacks+3, points+1_250
		}
		r.Score = int64(points) / 100
		out.Report.Sides = append(out.Report.Sides, r)
	}
	return out, true, nil
}

// reported is a war that is over, and its report.
func reported(t *testing.T, official bool) (*fake, *scoreboard.Server) {
	t.Helper()
	f := aWar()
	w := &f.wars[ours][0]
	w.End, w.ReportAt, w.Winner = noon.Add(-time.Hour), noon.Add(-50*time.Minute), ours
	w.FinalAt, w.WholeAt = w.ReportAt, w.ReportAt
	return f, board(t, f, func(c *scoreboard.Config) { c.Records = books{f, official} })
}

func TestAReportShowsBothCountsAndEveryDifference(t *testing.T) {
	f, s := reported(t, true)
	page := read(t, s, f, "/war/4711/report")
	contains(t, page, "Gold <III>", "9 Armor Cache", "2,400", "<b>Hired</b>", "+3 hits", "hits of mercenaries are not in our log", "/war/4711/report.csv", "Won")
	if strings.Contains(page, "<b>Hired") {
		t.Error("a name is markup")
	}
	if war := read(t, s, f, "/war/4711"); !strings.Contains(war, `href="/war/4711/report"`) {
		t.Error("the war's page does not lead to the report")
	}
}

func TestTheReportsJSONExplainsTheWholeGap(t *testing.T) {
	f, s := reported(t, true)
	type score struct {
		Hits  int64
		Score json.Number
	}
	var got struct {
		Sides []struct {
			Team        string
			Report, Log score
			Members     []struct{ Report, Log score }
			Differences []struct {
				Reason string
				score
			}
		}
	}
	if err := json.Unmarshal([]byte(read(t, s, f, "/war/4711/report.json")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Sides) != 2 || got.Sides[0].Team != "us" || len(got.Sides[0].Differences) == 0 {
		t.Fatalf("%+v", got)
	}
	hundredths := func(n json.Number) (sum int64) {
		f, err := n.Float64()
		if err != nil {
			t.Errorf("%q: %v", n, err)
		}
		return int64(f*100 + map[bool]float64{true: 0.5, false: -0.5}[f > 0])
	}
	for _, side := range got.Sides {
		hits, points := side.Log.Hits, hundredths(side.Log.Score)
		for _, d := range side.Differences {
			hits, points = hits+d.Hits, points+hundredths(d.Score)
		}
		if hits != side.Report.Hits || points != hundredths(side.Report.Score) {
			t.Errorf("%s: log and differences come to %d and %d, the report says %+v", side.Team, hits, points, side.Report)
		}
	}
}

func TestTheReportsCSVHasALineForEachPlayerAndRunsNowhere(t *testing.T) {
	f, s := reported(t, true)
	f.rows[warID][0].Name = "=1+1"
	lines, err := csv.NewReader(strings.NewReader(read(t, s, f, "/war/4711/report.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	totals, harmless := 0, false
	for _, line := range lines[1:] {
		if line[2] == "Total" && line[1] == "" {
			totals++
		}
		harmless = harmless || line[2] == "'=1+1"
		if strings.HasPrefix(line[2], "=") {
			t.Errorf("a spreadsheet would run %q", line[2])
		}
	}
	if totals != 2 || !harmless || len(lines[0]) != 8 {
		t.Errorf("%d totals, %v", totals, lines[0])
	}
}

func TestAReportThatIsNotInOrOfAnotherFactionIsNotThere(t *testing.T) {
	f, s := reported(t, false)
	for _, path := range []string{"/war/4711/report", "/war/4711/report.json", "/war/4711/report.csv", "/war/9/report", "/war/x/report"} {
		if code := get(s, f.link(faction.WebLink{Faction: ours, Page: "war"}), path).Code; code != http.StatusNotFound {
			t.Errorf("%s answers %d, want not found", path, code)
		}
	}
}

func TestAPastWarThatWasNeverReadSaysSo(t *testing.T) {
	f, s := reported(t, true)
	f.wars[ours][0].WholeAt = time.Time{}
	for _, path := range []string{"/war/4711", "/war/4711/report"} {
		if !strings.Contains(read(t, s, f, path), "never read from start to end") {
			t.Errorf("%s does not say that attacks are lacking", path)
		}
	}
}

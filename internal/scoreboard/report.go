package scoreboard

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// Records reads what wars that are over have left.
type Records interface {
	// WarBooks are our log and the official report; ok is false while there is none.
	WarBooks(ctx context.Context, id faction.ID, w war.War) (b war.Books, ok bool, err error)
}

// reportView is an ended war's report in words, our count beside Torn's.
type reportView struct {
	Title, Path, Back     string
	Us, Them, UsName      string
	ThemName, OutcomeName string
	Lead                  string
	Warnings              []string
	Tiles                 []tile
	Sides                 []bookView
	JSON, CSV             string
	Now                   int64
	Speed                 float64
}

func (v reportView) title() string { return v.Title }

// bookView is one side of it.
type bookView struct {
	Team         war.Team
	Name         string
	Summary      string
	Players      []bookRow
	Total        bookRow
	Differences  []differenceView
	Rank, Reward string
}

type bookRow struct {
	Name, URL                       string
	Report, Log, Official, OurScore string
	Differs                         bool
}

type differenceView struct{ Name, Apart, Why, Log string }

// report answers for an ended war's report, as a page or as data: the ending of the
// address tells.
func (s *Server) report(w http.ResponseWriter, r *http.Request, v visitor) error {
	id, ok := parseWar(r.PathValue("id"))
	if !ok {
		return noSuchWar()
	}
	of, err := s.cfg.Wars.War(r.Context(), v.link.Faction, id)
	if faction.KindOf(err) == faction.NotFound {
		return noSuchWar()
	}
	if err != nil {
		return err
	}
	books, official, err := s.cfg.Records.WarBooks(r.Context(), v.link.Faction, of)
	if err != nil {
		return err
	}
	if of.End.IsZero() || !official {
		return faction.Errorf(faction.NotFound, "Torn's official report of this war is not in.")
	}
	result := war.Reconcile(books)
	switch {
	case strings.HasSuffix(r.URL.Path, ".json"):
		return s.reportJSON(w, r, result, books.Report)
	case strings.HasSuffix(r.URL.Path, ".csv"):
		return s.reportCSV(w, r, result)
	}
	s.show(w, r, http.StatusOK, "report", s.reportView(result, books.Report))
	return nil
}

// unread says that, or of what stretch, a war's attacks were not read.
func unread(w war.War) string {
	if !w.CutAt.IsZero() {
		return "Torn's attack log shows this war only from " + w.CutAt.UTC().Format("2 Jan 2006 15:04") + " TCT on, so our own figures lack what was before."
	}
	return "This war's attacks were never read from start to end, so our own figures lack some."
}

func (s *Server) reportView(r war.Reconciled, official war.Report) reportView {
	w, now := r.War, s.cfg.Now()
	v := reportView{
		Title: fmt.Sprintf("Report · %s vs %s", say.Plain(w.Us.Name), say.Plain(w.Them.Name)),
		Path:  reportPath(w.ID), Back: warPath(w.ID), Us: faction.Count(w.Us.Score), Them: faction.Count(w.Them.Score),
		UsName: say.Plain(w.Us.Name), ThemName: say.Plain(w.Them.Name), OutcomeName: outcome(w), Lead: signed(w.Lead()),
		JSON: reportPath(w.ID) + ".json", CSV: reportPath(w.ID) + ".csv", Now: now.UnixMilli(), Speed: s.cfg.Speed,
	}
	if !r.Detailed {
		v.Warnings = append(v.Warnings, "Not all attacks of this war are kept, so differences are known by player only.")
	}
	if w.WholeAt.IsZero() {
		v.Warnings = append(v.Warnings, unread(w))
	}
	ended := momentOf(w.End, now)
	v.Tiles = []tile{
		{Name: "Ended", Time: &ended, Note: ended.Exact}, {Name: "Lasted", Value: say.Span(w.End.Sub(w.Start))},
		{Name: "Target at the end", Value: faction.Count(w.Target)},
	}
	if side, ok := official.Side(w.Us.Faction); ok {
		v.Tiles = append(v.Tiles, rewardTiles(side)...)
	}
	for _, side := range r.Sides {
		v.Sides = append(v.Sides, bookOf(side))
	}
	return v
}

// rewardTiles are what our side got for the war.
func rewardTiles(s war.ReportSide) []tile {
	var tiles []tile
	if s.RankAfter != "" {
		t := tile{Name: "Rank", Value: say.Plain(s.RankAfter), Note: "as before"}
		if s.RankBefore != s.RankAfter {
			t.Note = "from " + say.Plain(s.RankBefore)
		}
		tiles = append(tiles, t)
	}
	var items []string
	for _, item := range s.Rewards.Items {
		items = append(items, faction.Count(item.Quantity)+" "+say.Plain(item.Name))
	}
	if n := s.Rewards.Caches(); n > 0 || len(items) > 0 {
		tiles = append(tiles, tile{Name: "Caches", Value: faction.Count(n), Note: strings.Join(items, ", ")})
	}
	if s.Rewards.Respect != 0 || s.Rewards.Points != 0 {
		tiles = append(tiles, tile{Name: "Respect", Value: faction.Count(s.Rewards.Respect), Note: faction.Count(s.Rewards.Points) + " points"})
	}
	if m, ok := s.Best(); ok {
		tiles = append(tiles, tile{Name: "Best", Value: say.Plain(m.Name), Note: fmt.Sprintf("%s in %s hits", m.Score, faction.Count(m.Attacks))})
	}
	return tiles
}

func bookOf(s war.ReconciledSide) bookView {
	all := s.Differences()
	v := bookView{Team: s.Team, Name: say.Plain(s.Name), Total: bookRow{
		Name: "Total", Report: faction.Count(s.Report.Hits), Log: faction.Count(s.Log.Hits), Official: s.Report.Points.String(), OurScore: s.Log.Points.String(),
		Differs: s.Report != s.Log,
	}}
	v.Summary = fmt.Sprintf("%d of %d players agree, %d differences", s.Agreed(), len(s.Players), len(all))
	if len(all) == 1 {
		v.Summary = strings.TrimSuffix(v.Summary, "s")
	}
	names := map[faction.PlayerID]string{}
	for _, p := range s.Players {
		row := bookRow{Name: bookName(p), Report: faction.Count(p.Report.Hits), Log: faction.Count(p.Log.Hits),
			Official: p.Report.Points.String(), OurScore: p.Log.Points.String(), Differs: p.Report != p.Log}
		if p.Player > 0 {
			row.URL = say.PlayerURL(p.Player)
		}
		names[p.Player] = row.Name
		v.Players = append(v.Players, row)
	}
	for _, d := range all {
		line := differenceView{Name: names[d.Player], Apart: say.Apart(d), Why: say.Difference(d)}
		if line.Name == "" {
			line.Name = "The side's total"
		}
		if d.Code != "" {
			line.Log = say.LogURL(url.QueryEscape(d.Code))
		}
		v.Differences = append(v.Differences, line)
	}
	return v
}

func bookName(p war.ReconciledPlayer) string {
	if p.Player == 0 {
		return war.Stealthed
	}
	return say.Plain(p.Name)
}

func reportPath(id war.ID) string { return warPath(id) + "/report" }

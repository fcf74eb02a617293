package scoreboard

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

type jsonReport struct {
	ID    war.ID     `json:"id"`
	Start time.Time  `json:"start"`
	End   time.Time  `json:"end"`
	Win   faction.ID `json:"winner,omitempty"`
	// Detailed is false when attacks are not kept any more: differences have no attack then.
	Detailed bool       `json:"detailed"`
	Sides    []jsonBook `json:"sides"`
}

type jsonBook struct {
	Team        war.Team         `json:"team"`
	Faction     faction.ID       `json:"faction_id"`
	Name        string           `json:"name"`
	RankBefore  string           `json:"rank_before"`
	RankAfter   string           `json:"rank_after"`
	Respect     int64            `json:"respect"`
	Points      int64            `json:"points"`
	Items       []jsonItem       `json:"items"`
	Report      jsonScore        `json:"report"`
	Log         jsonScore        `json:"log"`
	Members     []jsonBookMember `json:"members"`
	Differences []jsonDifference `json:"differences"`
}

type jsonItem struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Quantity int64  `json:"quantity"`
}

type jsonScore struct {
	Hits  int64  `json:"hits"`
	Score points `json:"score"`
}

type jsonBookMember struct {
	Player faction.PlayerID `json:"player_id"` // 0: attackers whom nobody saw
	Name   string           `json:"name"`
	Report jsonScore        `json:"report"`
	Log    jsonScore        `json:"log"`
}

// jsonDifference is what the report has more than the log: with all of them the log's
// figure is the report's.
type jsonDifference struct {
	Player faction.PlayerID     `json:"player_id"`
	Attack war.AttackID         `json:"attack_id,omitempty"`
	Kind   war.DifferenceKind   `json:"kind"`
	Reason war.DifferenceReason `json:"reason"`
	jsonScore
}

func jsonScoreOf(s war.Score) jsonScore { return jsonScore{s.Hits, points(s.Points)} }

func (s *Server) reportJSON(w http.ResponseWriter, r *http.Request, v war.Reconciled, official war.Report) error {
	out := jsonReport{ID: v.War.ID, Start: v.War.Start.UTC(), End: v.War.End.UTC(), Win: v.War.Winner, Detailed: v.Detailed}
	for _, side := range v.Sides {
		book := jsonBook{Team: side.Team, Faction: side.Faction, Name: side.Name, Report: jsonScoreOf(side.Report), Log: jsonScoreOf(side.Log),
			Items: []jsonItem{}, Members: []jsonBookMember{}, Differences: []jsonDifference{}}
		if of, ok := official.Side(side.Faction); ok {
			book.RankBefore, book.RankAfter, book.Respect, book.Points = of.RankBefore, of.RankAfter, of.Rewards.Respect, of.Rewards.Points
			for _, item := range of.Rewards.Items {
				book.Items = append(book.Items, jsonItem(item))
			}
		}
		for _, p := range side.Players {
			book.Members = append(book.Members, jsonBookMember{p.Player, p.Name, jsonScoreOf(p.Report), jsonScoreOf(p.Log)})
		}
		for _, d := range side.Differences() {
			book.Differences = append(book.Differences, jsonDifference{d.Player, d.Attack, d.Kind, d.Reason, jsonScoreOf(d.Score)})
		}
		out.Sides = append(out.Sides, book)
	}
	body, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report of war %d as JSON: %w", v.War.ID, err)
	}
	s.send(w, r, http.StatusOK, typeJSON, append(body, '\n'))
	return nil
}

// reportCSV writes a line for each player, and one for what a side's total has more
// than its players.
func (s *Server) reportCSV(w http.ResponseWriter, r *http.Request, v war.Reconciled) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	line := func(fields ...string) { _ = out.Write(fields) } // a buffer takes everything
	line("team", "player_id", "name", "report_hits", "report_score", "log_hits", "log_score", "differences")
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	for _, side := range v.Sides {
		for _, p := range side.Players {
			line(string(side.Team), number(int64(p.Player)), harmless(p.Name), number(p.Report.Hits), plain(p.Report.Points),
				number(p.Log.Hits), plain(p.Log.Points), differencesText(p.Differences))
		}
		line(string(side.Team), "", "Total", number(side.Report.Hits), plain(side.Report.Points), number(side.Log.Hits), plain(side.Log.Points), differencesText(side.Rest))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the report of war %d as CSV: %w", v.War.ID, err)
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="war-%d-report.csv"`, v.War.ID))
	s.send(w, r, http.StatusOK, typeCSV, b.Bytes())
	return nil
}

// differencesText names differences in one field: "flag -1 hits -5.12".
func differencesText(list []war.Difference) string {
	parts := make([]string, len(list))
	for i, d := range list {
		parts[i] = fmt.Sprintf("%s %d hits %s", d.Reason, d.Hits, plain(d.Points))
	}
	return strings.Join(parts, "; ")
}

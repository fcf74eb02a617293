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
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/war"
)

// points is respect as a JSON number with its two decimals, exact.
type points faction.Respect

// MarshalJSON writes 12.34.
func (p points) MarshalJSON() ([]byte, error) { return []byte(plain(faction.Respect(p))), nil }

// plain is respect without separators of thousands, for programs.
func plain(r faction.Respect) string { return strings.ReplaceAll(r.String(), ",", "") }

type jsonWar struct {
	ID             war.ID     `json:"id"`
	Phase          war.Phase  `json:"phase"`
	Start          time.Time  `json:"start"`
	End            *time.Time `json:"end"`
	Lead           int64      `json:"lead"`
	Target         int64      `json:"target"`
	OriginalTarget int64      `json:"original_target"`
	Winner         faction.ID `json:"winner,omitempty"`
	Forfeit        bool       `json:"forfeit"`
	Us             jsonSide   `json:"us"`
	Them           jsonSide   `json:"them"`
	// Squad is what the members were narrowed to: ours to its own, theirs to none. The
	// totals stay those of the sides.
	Squad *jsonSquad `json:"squad,omitempty"`
	// ScoreAsOf is when Torn told the scores, AttacksAsOf when the attack log was read.
	ScoreAsOf   *time.Time `json:"score_as_of"`
	AttacksAsOf *time.Time `json:"attacks_as_of"`
	// Incomplete tells that the attack log is still being read back: figures lack attacks.
	Incomplete bool `json:"incomplete"`
}

type jsonSide struct {
	Faction faction.ID `json:"faction_id"`
	Name    string     `json:"name"`
	Score   int64      `json:"score"`
	Chain   int        `json:"chain"`
	Total   jsonTally  `json:"total"`
	Members []jsonRow  `json:"members"`
}

// jsonSquad is a squad as it is now. Shares are in percent of our side; null of nothing.
type jsonSquad struct {
	ID           roster.SquadID `json:"id"`
	Name         string         `json:"name"`
	Members      int            `json:"members"`
	Total        jsonTally      `json:"total"`
	ShareOfHits  *int64         `json:"share_of_war_hits"`
	ShareOfScore *int64         `json:"share_of_war_respect"`
}

func jsonSquadOf(q roster.Squad, part, whole war.Tally) *jsonSquad {
	if q.ID == 0 {
		return nil
	}
	percent := func(part, whole int64) *int64 {
		if n, ok := war.Percent(part, whole); ok {
			return &n
		}
		return nil
	}
	return &jsonSquad{q.ID, q.Name, len(q.In(roster.Member)), jsonOf(part),
		percent(part.WarHits, whole.WarHits), percent(int64(part.WarRespect), int64(whole.WarRespect))}
}

type jsonRow struct {
	Player faction.PlayerID `json:"player_id"` // 0: stealthed attackers together
	Name   string           `json:"name"`
	Level  int              `json:"level"`
	jsonTally
}

// jsonTally is a war.Tally for programs. Respect is in points.
type jsonTally struct {
	Attacks        int64   `json:"attacks"`
	WarHits        int64   `json:"war_hits"`
	OutsideHits    int64   `json:"outside_hits"`
	NoScore        int64   `json:"no_score"`
	Assists        int64   `json:"assists"`
	Losses         int64   `json:"losses"`
	Stalemates     int64   `json:"stalemates"`
	Escapes        int64   `json:"escapes"`
	Timeouts       int64   `json:"timeouts"`
	Interrupted    int64   `json:"interrupted"`
	Other          int64   `json:"other"`
	Retaliations   int64   `json:"retaliations"`
	Overseas       int64   `json:"overseas"`
	Group          int64   `json:"group"`
	ChainBonuses   int64   `json:"chain_bonuses"`
	WastedBonuses  int64   `json:"wasted_bonuses"`
	Warlord        int64   `json:"warlord"`
	LowFairFight   int64   `json:"low_fair_fight"`
	Friendly       int64   `json:"friendly"`
	FirstOfChain   int64   `json:"first_of_chain"`
	FlagDiffers    int64   `json:"flag_differs"`
	HitsTaken      int64   `json:"hits_taken"`
	Defended       int64   `json:"defended"`
	WarRespect     points  `json:"war_respect"`
	OutsideRespect points  `json:"outside_respect"`
	BonusRespect   points  `json:"bonus_respect"`
	RespectLost    points  `json:"respect_lost"`
	PerHit         points  `json:"respect_per_hit"`
	FairFight      float64 `json:"average_fair_fight"`
	Energy         int64   `json:"energy_estimate"`
}

func jsonOf(t war.Tally) jsonTally {
	return jsonTally{
		Attacks: t.Attacks, WarHits: t.WarHits, OutsideHits: t.OutsideHits, NoScore: t.NoScore, Assists: t.Assists,
		Losses: t.Losses, Stalemates: t.Stalemates, Escapes: t.Escapes, Timeouts: t.Timeouts, Interrupted: t.Interrupted, Other: t.Other,
		Retaliations: t.Retaliations, Overseas: t.Overseas, Group: t.Group, ChainBonuses: t.ChainBonuses, WastedBonuses: t.WastedBonuses,
		Warlord: t.Warlord, LowFairFight: t.LowFairFight, Friendly: t.Friendly, FirstOfChain: t.FirstOfChain, FlagDiffers: t.FlagDiffers,
		HitsTaken: t.HitsTaken, Defended: t.Defended,
		WarRespect: points(t.WarRespect), OutsideRespect: points(t.OutsideRespect), BonusRespect: points(t.BonusRespect),
		RespectLost: points(t.RespectLost), PerHit: points(t.PerHit()), FairFight: t.FairFight(), Energy: t.Energy,
	}
}

func jsonSideOf(side war.Side, team war.Team, table war.Board) jsonSide {
	out := jsonSide{Faction: side.Faction, Name: side.Name, Score: side.Score, Chain: side.Chain, Total: jsonOf(table.Total(team)), Members: []jsonRow{}}
	for _, row := range table.Side(team) {
		out.Members = append(out.Members, jsonRow{row.Player, row.Name, row.Level, jsonOf(row.Tally)})
	}
	return out
}

func (s *Server) exportJSON(w http.ResponseWriter, r *http.Request, b *board, table war.Board, l look) error {
	now := s.cfg.Now()
	us, them := jsonSideOf(b.war.Us, war.Ours, table), jsonSideOf(b.war.Them, war.Enemy, table)
	if part := l.narrow(table); l.squad.ID != 0 {
		us.Members, them.Members = jsonSideOf(b.war.Us, war.Ours, part).Members, []jsonRow{}
	}
	body, err := json.MarshalIndent(jsonWar{
		ID: b.war.ID, Phase: b.war.Phase(now), Start: b.war.Start.UTC(), End: known(b.war.End),
		Lead: b.war.Lead(), Target: targetNow(b.war, now), OriginalTarget: b.war.OriginalTarget,
		Winner: b.war.Winner, Forfeit: b.war.Forfeit,
		Us: us, Them: them, Squad: jsonSquadOf(l.squad, l.narrow(table).Total(war.Ours), table.Total(war.Ours)),
		ScoreAsOf: known(b.war.SeenAt), AttacksAsOf: known(b.feeds[feed.Attacks].LastSuccess), Incomplete: b.incomplete,
	}, "", "  ")
	if err != nil {
		return fmt.Errorf("write war %d as JSON: %w", b.war.ID, err)
	}
	s.send(w, r, http.StatusOK, typeJSON, append(body, '\n'))
	return nil
}

func known(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// csvColumns are the figures of a table file, in order.
func csvColumns() []struct {
	name  string
	value func(war.Row) string
} {
	count := func(f func(war.Tally) int64) func(war.Row) string {
		return func(r war.Row) string { return strconv.FormatInt(f(r.Tally), 10) }
	}
	respect := func(f func(war.Tally) faction.Respect) func(war.Row) string {
		return func(r war.Row) string { return plain(f(r.Tally)) }
	}
	return []struct {
		name  string
		value func(war.Row) string
	}{
		{"team", func(r war.Row) string { return string(r.Team) }},
		{"player_id", func(r war.Row) string { return strconv.FormatInt(int64(r.Player), 10) }},
		{"name", func(r war.Row) string { return harmless(r.Name) }},
		{"level", func(r war.Row) string { return strconv.Itoa(r.Level) }},
		{"attacks", count(func(t war.Tally) int64 { return t.Attacks })},
		{"war_hits", count(func(t war.Tally) int64 { return t.WarHits })},
		{"war_respect", respect(func(t war.Tally) faction.Respect { return t.WarRespect })},
		{"respect_per_hit", respect(war.Tally.PerHit)},
		{"average_fair_fight", func(r war.Row) string { return strconv.FormatFloat(r.FairFight(), 'f', 2, 64) }},
		{"outside_hits", count(func(t war.Tally) int64 { return t.OutsideHits })},
		{"outside_respect", respect(func(t war.Tally) faction.Respect { return t.OutsideRespect })},
		{"no_score", count(func(t war.Tally) int64 { return t.NoScore })},
		{"assists", count(func(t war.Tally) int64 { return t.Assists })},
		{"losses", count(func(t war.Tally) int64 { return t.Losses })},
		{"stalemates", count(func(t war.Tally) int64 { return t.Stalemates })},
		{"escapes", count(func(t war.Tally) int64 { return t.Escapes })},
		{"timeouts", count(func(t war.Tally) int64 { return t.Timeouts })},
		{"interrupted", count(func(t war.Tally) int64 { return t.Interrupted })},
		{"other", count(func(t war.Tally) int64 { return t.Other })},
		{"retaliations", count(func(t war.Tally) int64 { return t.Retaliations })},
		{"overseas", count(func(t war.Tally) int64 { return t.Overseas })},
		{"group", count(func(t war.Tally) int64 { return t.Group })},
		{"chain_bonuses", count(func(t war.Tally) int64 { return t.ChainBonuses })},
		{"wasted_bonuses", count(func(t war.Tally) int64 { return t.WastedBonuses })},
		{"bonus_respect", respect(func(t war.Tally) faction.Respect { return t.BonusRespect })},
		{"warlord", count(func(t war.Tally) int64 { return t.Warlord })},
		{"low_fair_fight", count(func(t war.Tally) int64 { return t.LowFairFight })},
		{"friendly", count(func(t war.Tally) int64 { return t.Friendly })},
		{"first_of_chain", count(func(t war.Tally) int64 { return t.FirstOfChain })},
		{"flag_differs", count(func(t war.Tally) int64 { return t.FlagDiffers })},
		{"hits_taken", count(func(t war.Tally) int64 { return t.HitsTaken })},
		{"defended", count(func(t war.Tally) int64 { return t.Defended })},
		{"respect_lost", respect(func(t war.Tally) faction.Respect { return t.RespectLost })},
		{"energy_estimate", count(func(t war.Tally) int64 { return t.Energy })},
	}
}

// exportCSV writes both sides' tables as one, ours first; of a squad its own alone.
func (s *Server) exportCSV(w http.ResponseWriter, r *http.Request, table war.Board, l look) error {
	var b bytes.Buffer
	out := csv.NewWriter(&b)
	columns := csvColumns()
	line := make([]string, len(columns))
	for i, c := range columns {
		line[i] = c.name
	}
	_ = out.Write(line) // a buffer takes everything
	name := fmt.Sprintf("war-%d", table.War.ID)
	if table = l.narrow(table); l.squad.ID != 0 {
		table.Them, name = nil, fmt.Sprintf("%s-squad-%d", name, l.squad.ID)
	}
	for _, rows := range [][]war.Row{table.Us, table.Them} {
		for _, row := range rows {
			for i, c := range columns {
				line[i] = c.value(row)
			}
			_ = out.Write(line)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write war %d as CSV: %w", table.War.ID, err)
	}
	w.Header().Set("Content-Disposition", fmt.Sprintf(`attachment; filename="%s.csv"`, name))
	s.send(w, r, http.StatusOK, typeCSV, b.Bytes())
	return nil
}

// harmless keeps spreadsheets from running a name as a formula.
func harmless(name string) string {
	name = strings.ToValidUTF8(name, "\uFFFD")
	if trimmed := strings.TrimLeft(name, " \t\r\n"); trimmed != "" && strings.ContainsRune("=+-@", rune(trimmed[0])) || trimmed != name {
		return "'" + name
	}
	return name
}

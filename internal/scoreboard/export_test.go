package scoreboard_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"consigliere/internal/war"
)

func TestTheJSONIsTheBoard(t *testing.T) {
	f := aWar()
	var got struct {
		ID                     war.ID
		Phase                  string
		Lead, Target           int64
		OriginalTarget         int64  `json:"original_target"`
		ScoreAsOf, AttacksAsOf string `json:"-"`
		Us, Them               struct {
			Name    string
			Score   int64
			Total   map[string]json.Number
			Members []struct {
				ID          int64 `json:"player_id"`
				Name        string
				WarHits     int64       `json:"war_hits"`
				WarRespect  json.Number `json:"war_respect"`
				RespectLost json.Number `json:"respect_lost"`
				Energy      int64       `json:"energy_estimate"`
			}
		}
	}
	if err := json.Unmarshal([]byte(read(t, board(t, f), f, "/war/4711.json?sort=hits")), &got); err != nil {
		t.Fatal(err)
	}
	if got.ID != warID || got.Phase != "active" || got.Lead != 5175 || got.Target != 8730 || got.OriginalTarget != 9000 || got.Us.Score != 21408 || got.Them.Name != "The Golden Horde" {
		t.Errorf("%+v", got)
	}
	want := war.NewBoard(f.wars[ours][0], f.rows[warID], noon)
	want.Sort(war.ByHits)
	for i, row := range want.Them {
		m := got.Them.Members[i]
		respect := strings.ReplaceAll(row.WarRespect.String(), ",", "")
		lost := strings.ReplaceAll(row.RespectLost.String(), ",", "")
		if m.ID != int64(row.Player) || m.Name != row.Name || m.WarHits != row.WarHits || m.WarRespect.String() != respect || m.RespectLost.String() != lost || m.Energy != row.Energy {
			t.Errorf("row %d: %+v, want %+v", i, m, row)
		}
	}
	if total := want.Total(war.Ours).WarRespect.String(); strings.ReplaceAll(total, ",", "") != got.Us.Total["war_respect"].String() {
		t.Errorf("total %s, want %s", got.Us.Total["war_respect"], total)
	}
}

// TestNoFigureOfATallyIsForgotten sets every field to a number of its own.
func TestNoFigureOfATallyIsForgotten(t *testing.T) {
	f := aWar()
	tally := war.Tally{Attacks: 101, WarHits: 102, OutsideHits: 103, NoScore: 104, Assists: 105, Losses: 106, Stalemates: 107, Escapes: 108, Timeouts: 109,
		Interrupted: 110, Other: 111, Retaliations: 112, Overseas: 113, Group: 114, ChainBonuses: 115, WastedBonuses: 116, Warlord: 117, LowFairFight: 118,
		Friendly: 119, FirstOfChain: 120, FlagDiffers: 121, HitsTaken: 122, Defended: 123, WarRespect: 12401, OutsideRespect: 12502, BonusRespect: 12603,
		RespectLost: 12704, Energy: 128}
	f.rows[warID] = []war.Row{{Player: 7, Team: war.Ours, Name: "All", Tally: tally}}
	s := board(t, f)
	for _, page := range []string{"/war/4711.json", "/war/4711.csv"} {
		body := read(t, s, f, page)
		for _, figure := range []string{"101", "102", "103", "104", "105", "106", "107", "108", "109", "110", "111", "112", "113", "114", "115", "116", "117", "118", "119", "120", "121", "122", "123", "124.01", "125.02", "126.03", "127.04", "128"} {
			if !strings.Contains(body, figure) {
				t.Errorf("%s lacks %s", page, figure)
			}
		}
	}
}

func TestTheCSVIsTheBoardAndRunsNowhere(t *testing.T) {
	f := aWar()
	bad := map[string]string{`=HYPERLINK("http://e.example")`: "'", "+1": "'", "-1": "'", "@SUM(A1)": "'", "\t=1": "'", " =1": "'", "\r=1": "'", "plain": "", `quo"te, comma`: "", "ünï": ""}
	i := 0
	for name := range bad {
		f.rows[warID][i].Name = name
		i++
	}
	body := read(t, board(t, f), f, "/war/4711.csv")
	if !utf8.ValidString(body) {
		t.Error("not UTF-8")
	}
	lines, err := csv.NewReader(strings.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := war.NewBoard(f.wars[ours][0], f.rows[warID], noon)
	rows := append(append([]war.Row(nil), want.Us...), want.Them...)
	if len(lines) != len(rows)+1 || strings.Join(lines[0][:4], ",") != "team,player_id,name,level" {
		t.Fatalf("%d lines, header %v", len(lines), lines[0])
	}
	column := func(name string) int {
		for i, have := range lines[0] {
			if have == name {
				return i
			}
		}
		t.Fatalf("no column %s", name)
		return 0
	}
	for i, row := range rows {
		line := lines[i+1]
		name := bad[row.Name] + row.Name
		if strings.ReplaceAll(line[column("name")], "\r", "") != strings.ReplaceAll(name, "\r", "") {
			t.Errorf("name %q, want %q", line[column("name")], name)
		}
		if line[0] != string(row.Team) || line[column("war_respect")] != strings.ReplaceAll(row.WarRespect.String(), ",", "") {
			t.Errorf("line %v, want %+v", line, row)
		}
		for _, field := range line[2:] {
			if field != "" && strings.ContainsRune("=+-@", rune(field[0])) {
				t.Errorf("a spreadsheet would run %q", field)
			}
		}
	}
}

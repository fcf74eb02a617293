package war_test

import (
	"testing"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func TestASquadIsAPartOfOurSideAndLeavesTheEnemysAlone(t *testing.T) {
	row := func(p faction.PlayerID, team war.Team, hits int64) war.Row {
		return war.Row{Player: p, Team: team, Tally: war.Tally{WarHits: hits, WarRespect: faction.Respect(hits * 500)}}
	}
	b := war.NewBoard(war.War{ID: 1}, []war.Row{row(1, war.Ours, 3), row(2, war.Ours, 5), row(3, war.Ours, 1), row(4, war.Enemy, 9)}, takeOff)
	part := b.Of(map[faction.PlayerID]bool{2: true, 3: true, 4: true, 99: true})
	if len(part.Us) != 2 || part.Us[0].Player != 2 || part.Total(war.Ours).WarHits != 6 || len(part.Them) != 1 {
		t.Errorf("narrowed: %+v", part)
	}
	if len(b.Us) != 3 {
		t.Error("the board itself was narrowed")
	}
	people := war.Among(war.Crew([]faction.Member{{ID: 1}, {ID: 2}, {ID: 3}}, b, takeOff), map[faction.PlayerID]bool{1: true, 2: true})
	if len(people) != 2 || war.Hits(people) != 8 {
		t.Errorf("people: %+v with %d hits", people, war.Hits(people))
	}
	for _, c := range []struct {
		part, whole, percent int64
		ok                   bool
	}{{0, 0, 0, false}, {5, 8, 63, true}, {1, 3, 33, true}, {8, 8, 100, true}, {0, 8, 0, true}} {
		if got, ok := war.Percent(c.part, c.whole); got != c.percent || ok != c.ok {
			t.Errorf("%d of %d: %d %t", c.part, c.whole, got, ok)
		}
	}
}

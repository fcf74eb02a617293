package war_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func ids(rows []war.Row) []faction.PlayerID {
	var out []faction.PlayerID
	for _, r := range rows {
		out = append(out, r.Player)
	}
	return out
}

func TestTheScoreboardSortsByWhatIsAsked(t *testing.T) {
	rows := []war.Row{
		{Player: 1, Team: war.Ours, Name: "bob", Tally: war.Tally{WarHits: 10, WarRespect: 3000, HitsTaken: 1, Attacks: 30}},
		{Player: 2, Team: war.Ours, Name: "Alice", Tally: war.Tally{WarHits: 5, WarRespect: 3000, HitsTaken: 4, RespectLost: 9}},
		{Player: 3, Team: war.Ours, Name: "carl", Tally: war.Tally{HitsTaken: 4, RespectLost: 20, Assists: 2}},
		{Player: 4, Team: war.Ours, Name: "Dan", Tally: war.Tally{WarHits: 11, WarRespect: 2999, Attacks: 11}},
	}
	for key, want := range map[war.SortKey][]faction.PlayerID{
		war.ByScore:   {1, 2, 4, 3},
		war.ByHits:    {4, 1, 2, 3},
		war.ByAverage: {2, 1, 4, 3},
		war.ByAttacks: {1, 4, 2, 3},
		war.ByAssists: {3, 1, 2, 4},
		war.ByTaken:   {2, 3, 1, 4},
		war.ByLost:    {3, 2, 1, 4},
		war.ByName:    {2, 1, 3, 4},
		"nonsense":    {1, 2, 3, 4},
	} {
		b := war.NewBoard(ended(), rows, start)
		b.Sort(key)
		if got := ids(b.Us); !slices.Equal(got, want) {
			t.Errorf("by %s: %v, want %v", key, got, want)
		}
	}
}

func TestEveryOrderIsDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		log := rapid.SliceOfN(attacks(), 0, 40).Draw(t, "log")
		key := rapid.SampledFrom(war.SortKeys()).Draw(t, "key")
		one := war.Fold(log, ours, ended(), war.DefaultRules())
		slices.Reverse(log)
		two := war.Fold(log, ours, ended(), war.DefaultRules())
		one.Sort(key)
		two.Sort(key)
		if !slices.Equal(one.Us, two.Us) || !slices.Equal(one.Them, two.Them) {
			t.Fatal("the order of the log shows in the table")
		}
	})
}

func TestSortKeysAreKnownByName(t *testing.T) {
	for _, k := range war.SortKeys() {
		if got, ok := war.ParseSort(string(k)); !ok || got != k {
			t.Errorf("%s is not known", k)
		}
	}
	if got, ok := war.ParseSort(""); !ok || got != war.ByScore {
		t.Errorf("no key means %s", got)
	}
	if got, ok := war.ParseSort("HITS"); !ok || got != war.ByHits {
		t.Errorf("case matters: %s", got)
	}
	if _, ok := war.ParseSort("shoe size"); ok {
		t.Error("anything is a key")
	}
}

func TestZeroHitsAreMembersWithoutAWarHitWhateverElseTheyDid(t *testing.T) {
	b := war.NewBoard(ended(), []war.Row{
		{Player: 1, Team: war.Ours, Tally: war.Tally{WarHits: 1}},
		{Player: 2, Team: war.Ours, Tally: war.Tally{Assists: 9, HitsTaken: 3}},
		{Player: 3, Team: war.Enemy, Tally: war.Tally{WarHits: 5}},
	}, start)
	var got []faction.PlayerID
	for _, m := range b.ZeroHits([]faction.Member{{ID: 4}, {ID: 1}, {ID: 2}, {ID: 3}}) {
		got = append(got, m.ID)
	}
	if want := []faction.PlayerID{4, 2, 3}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestARowIsFoundOnItsOwnSideOnly(t *testing.T) {
	b := war.NewBoard(ended(), []war.Row{{Player: 1, Team: war.Ours, Tally: war.Tally{WarHits: 3}}}, start)
	if r, ok := b.Find(war.Ours, 1); !ok || r.WarHits != 3 {
		t.Errorf("got %+v, %v", r, ok)
	}
	if _, ok := b.Find(war.Enemy, 1); ok {
		t.Error("found among the enemy")
	}
}

func TestTheReportGivesASideByFaction(t *testing.T) {
	r := war.Report{Sides: []war.ReportSide{{Faction: enemy, Score: 1}, {Faction: ours, Score: 2}}}
	if s, ok := r.Side(ours); !ok || s.Score != 2 {
		t.Errorf("got %+v, %v", s, ok)
	}
	if _, ok := r.Side(outside); ok {
		t.Error("a stranger has a side")
	}
}

package torn

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"
)

// wireAttack is a row as a client sees it.
type wireAttack struct {
	ID, Started, Ended int64
	Attacker, Defender *struct {
		ID      int64
		Faction *struct{ ID int64 }
	}
	Result    string
	Gain      float64 `json:"respect_gain"`
	Loss      float64 `json:"respect_loss"`
	Chain     int
	RankedWar bool                    `json:"is_ranked_war"`
	Effects   []struct{ Name string } `json:"finishing_hit_effects"`
	Modifiers modifiersBody
}

func (a wireAttack) sides() (from, to int64) {
	if a.Attacker != nil && a.Attacker.Faction != nil {
		from = a.Attacker.Faction.ID
	}
	if a.Defender.Faction != nil {
		to = a.Defender.Faction.ID
	}
	return from, to
}

// wholeLog reads our attack log through the API, by id.
func (c *city) wholeLog() []wireAttack {
	c.t.Helper()
	var all []wireAttack
	after := int64(1)
	for range 200 {
		var page struct{ Attacks []wireAttack }
		c.must(c.OfficerKey(), "/faction/attacks?filters=idFilter&sort=ASC&from="+formatInt(after), &page)
		if len(page.Attacks) == 0 {
			return all
		}
		all = append(all, page.Attacks...)
		after = page.Attacks[len(page.Attacks)-1].ID
	}
	c.t.Fatal("the log never ends")
	return nil
}

// recount classifies rows by the game's rules alone, knowing nothing of intentions.
func recount(rows []wireAttack, f Figures) (us, them map[int64]Tally) {
	us, them = map[int64]Tally{}, map[int64]Tally{}
	hits := []string{"Attacked", "Mugged", "Hospitalized", "Arrested", "Looted", "Special", "Bounty"}
	defended := []string{"Lost", "Stalemate", "Escape", "Timeout", "Interrupted"}
	for _, a := range rows {
		at := a.Ended
		if at == 0 {
			at = a.Started
		}
		if at < f.Start.Unix() || !f.End.IsZero() && at > f.End.Unix() {
			continue
		}
		from, to := a.sides()
		maker, foe, table := int64(0), f.Us.Faction, them
		switch {
		case from == f.Us.Faction:
			maker, foe, table = a.Attacker.ID, f.Them.Faction, us
		case from == f.Them.Faction:
			maker = a.Attacker.ID
		case a.Attacker != nil || !a.RankedWar: // a stranger, seen or unseen
			table = nil
		}
		hit := slices.Contains(hits, a.Result)
		if table != nil {
			t := table[maker]
			t.Attacks++
			t.Energy += 25
			count := map[string]*int64{"Assist": &t.Assists, "Lost": &t.Losses, "Stalemate": &t.Stalemates, "Escape": &t.Escapes,
				"Timeout": &t.Timeouts, "Interrupted": &t.Interrupted}[a.Result]
			switch {
			case hit:
				tallyHit(&t, a, to == foe, from == to)
			case count != nil:
				*count++
			default:
				t.Other++
			}
			table[maker] = t
		}
		victims := map[int64]map[int64]Tally{f.Us.Faction: us, f.Them.Faction: them}[to]
		if victims == nil || from == to {
			continue
		}
		v := victims[a.Defender.ID]
		switch {
		case hit:
			v.HitsTaken++
			v.RespectLost += hundredths(a.Loss)
		case slices.Contains(defended, a.Result):
			v.Defended++
		}
		if v != (Tally{}) {
			victims[a.Defender.ID] = v
		}
	}
	return us, them
}

func tallyHit(t *Tally, a wireAttack, enemy, friend bool) {
	gain := hundredths(a.Gain)
	bonus := int64(0)
	for i, n := range []int{10, 25, 50, 100, 250, 500, 1000, 2500} {
		if a.Chain == n {
			bonus = 1000 << i
		}
	}
	one := func(n *int64, yes bool) {
		if yes {
			*n++
		}
	}
	switch {
	case gain == 0:
		t.NoScore++
	case enemy:
		t.WarHits++
		t.WarRespect += gain
	default:
		t.OutsideHits++
		t.OutsideRespect += gain
	}
	one(&t.ChainBonuses, bonus > 0)
	one(&t.WastedBonuses, bonus > 0 && !enemy)
	t.BonusRespect += bonus
	one(&t.Retaliations, a.Modifiers.Retaliation > 1)
	one(&t.Overseas, a.Modifiers.Overseas > 1)
	one(&t.Group, a.Modifiers.Group > 1)
	one(&t.Warlord, slices.ContainsFunc(a.Effects, func(e struct{ Name string }) bool { return e.Name == "warlord" }))
	one(&t.LowFairFight, a.Modifiers.FairFight < 1.5)
	one(&t.Friendly, friend)
	one(&t.FirstOfChain, a.Chain == 1)
	one(&t.FlagDiffers, a.RankedWar != enemy)
	t.FairFightSum += int64(math.Round(a.Modifiers.FairFight * 100))
}

// TestRowsSayWhatTheyWereMeantToSay is the bridge between both truths: whoever
// reads the rows by the rules must arrive at what the generator intended.
func TestRowsSayWhatTheyWereMeantToSay(t *testing.T) {
	for _, cfg := range []Config{{Seed: 11}, {Seed: 12, EnemyWins: true}, {Seed: 13, Intensity: 0.2, MembersPerSide: 15}, {Seed: 14, WarLength: 25 * time.Minute}} {
		cfg.CacheFor, cfg.UserPerMinute, cfg.HostPerMinute = -1, -1, -1
		c := start(t, cfg)
		p := c.Plan()
		for _, at := range []time.Time{p.Start.Add(p.End.Sub(p.Start) / 3), p.End, p.Report} {
			c.clock.set(at)
			f := c.Figures(at)
			rows := c.wholeLog()
			if int64(len(rows)) != f.Visible {
				t.Errorf("seed %d at %v: %d rows, %d visible", cfg.Seed, at, len(rows), f.Visible)
			}
			us, them := recount(rows, f)
			same(t, cfg.Seed, at, us, f.Us.Members)
			same(t, cfg.Seed, at, them, f.Them.Members)
		}
	}
}

func same(t *testing.T, seed uint64, at time.Time, got, want map[int64]Tally) {
	t.Helper()
	for id := range want {
		if got[id] != want[id] {
			t.Errorf("seed %d at %v, player %d: rows say\n%+v, meant was\n%+v", seed, at, id, got[id], want[id])
			return
		}
	}
	for id := range got {
		if _, ok := want[id]; !ok {
			b, _ := json.Marshal(got[id])
			t.Errorf("seed %d at %v: player %d appears in rows only: %s", seed, at, id, b)
			return
		}
	}
}

package war

import (
	"math"

	"consigliere/internal/faction"
)

// Stealthed is the name of the row that gathers attackers nobody saw.
const Stealthed = "Stealthed"

// attackEnergy is what an attack costs, whatever its result (game.md, Attacks).
const attackEnergy = 25

// Shares tells what one attack adds to whom: at most the attacker's row and the
// defender's. Somebody of neither side gets none, and an attack outside the
// window adds nothing. The enemy's rows mirror ours as far as our log shows them:
// what they do to others is not in it. A stealthed attacker inside the window
// counts to the enemy's player 0.
func Shares(a Attack, ours faction.ID, w War, r Rules) []Row {
	return shares(a, Classify(a, ours, &w, r), ours, w)
}

// shares are what follows from a verdict once given. Of the war they use only
// who the enemy is, which never changes.
func shares(a Attack, v Verdict, ours faction.ID, w War) []Row {
	if !v.InWar {
		return nil
	}
	rows := make([]Row, 0, 2)
	if team, ok := attackerTeam(a, ours, w); ok {
		rows = append(rows, attackerRow(a, v, team, hitsEnemy(a, ours, w)))
	}
	// Who is attacked by one of us has taken nothing and defended nothing.
	if team, ok := teamOf(a.Defender, ours, w); ok && !a.friendly(ours) {
		if row := defenderRow(a, team); !row.IsZero() {
			rows = append(rows, row)
		}
	}
	return rows
}

// attackerTeam is the side an attacker fights for. Of a stealthed one only Torn's
// flag tells that they fight for the enemy.
func attackerTeam(a Attack, ours faction.ID, w War) (Team, bool) {
	if a.anonymous() {
		return Enemy, a.RankedWar
	}
	return teamOf(a.Attacker, ours, w)
}

func teamOf(f Fighter, ours faction.ID, w War) (Team, bool) {
	switch f.Faction {
	case 0:
		return "", false
	case ours:
		return Ours, true
	case w.Them.Faction:
		return Enemy, true
	default:
		return "", false
	}
}

func attackerRow(a Attack, v Verdict, team Team, onEnemy bool) Row {
	row := Row{Player: a.Attacker.ID, Team: team, Name: a.Attacker.Name, Level: a.Attacker.Level}
	if a.anonymous() {
		row.Name, row.Level = Stealthed, 0
	}
	t := &row.Tally
	t.Attacks, t.Energy = 1, attackEnergy
	switch classOf(a, onEnemy) {
	case ClassWarHit:
		t.WarHits, t.WarRespect = 1, a.RespectGain
	case ClassOutsideHit:
		t.OutsideHits, t.OutsideRespect = 1, a.RespectGain
	case ClassNoScore:
		t.NoScore = 1
	case ClassAssist:
		t.Assists = 1
	case ClassLost:
		t.Losses = 1
	case ClassStalemate:
		t.Stalemates = 1
	case ClassEscape:
		t.Escapes = 1
	case ClassTimeout:
		t.Timeouts = 1
	case ClassInterrupted:
		t.Interrupted = 1
	default:
		t.Other = 1
	}
	if a.Result.Hit() {
		t.BonusRespect = a.Bonus()
		t.FairFightSum = fairFightHundredths(a.Modifiers.FairFight)
	}
	addMarks(t, v.Marks)
	return row
}

func addMarks(t *Tally, m Marks) {
	t.Retaliations = one(m.Has(MarkRetaliation))
	t.Overseas = one(m.Has(MarkOverseas))
	t.Group = one(m.Has(MarkGroup))
	t.ChainBonuses = one(m.Has(MarkChainBonus))
	t.WastedBonuses = one(m.Has(MarkWastedBonus))
	t.Warlord = one(m.Has(MarkWarlord))
	t.LowFairFight = one(m.Has(MarkLowFairFight))
	t.Friendly = one(m.Has(MarkFriendly))
	t.FirstOfChain = one(m.Has(MarkFirstOfChain))
	t.FlagDiffers = one(m.Has(MarkFlagDiffers))
}

func defenderRow(a Attack, team Team) Row {
	row := Row{Player: a.Defender.ID, Team: team, Name: a.Defender.Name, Level: a.Defender.Level}
	switch classAgainst(a.Result) {
	case ClassTaken:
		row.HitsTaken, row.RespectLost = 1, a.RespectLoss
	case ClassDefended:
		row.Defended = 1
	}
	return row
}

func one(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// fairFightHundredths makes a modifier summable without drift. A broken figure counts 0.
func fairFightHundredths(f float64) int64 {
	h := math.Round(f * 100)
	if math.IsNaN(h) || math.Abs(h) > 1e6 {
		return 0
	}
	return int64(h)
}

// Diff is what stored tallies must move by when an attack is seen for the first
// time (old nil), changes, or goes away (new nil): the shares of new less those
// of old, merged per player, without rows that do not move.
func Diff(old, new *Attack, ours faction.ID, w War, r Rules) []Row {
	var rows []Row
	if old != nil {
		for _, row := range Shares(*old, ours, w, r) {
			row.Tally = Tally{}.Sub(row.Tally)
			rows = append(rows, row)
		}
	}
	if new != nil {
		rows = append(rows, Shares(*new, ours, w, r)...)
	}
	return Merge(rows)
}

package poll

import (
	"strings"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// Wire types become our own here, once, and nowhere else.

func attackOf(a torn.Attack) war.Attack {
	out := war.Attack{
		ID: war.AttackID(a.ID), Code: a.Code, Started: torn.At(a.Started), Ended: torn.At(a.Ended),
		Defender: fighterOf(a.Defender), Result: war.Result(a.Result),
		RespectGain: faction.RespectFromPoints(a.RespectGain), RespectLoss: faction.RespectFromPoints(a.RespectLoss),
		Chain: a.Chain, Interrupted: a.Interrupted, Stealthed: a.Stealthed, Raid: a.Raid, RankedWar: a.RankedWar, Territory: a.Territory,
		Modifiers: war.Modifiers{
			FairFight: a.Modifiers.FairFight, War: a.Modifiers.War, Retaliation: a.Modifiers.Retaliation, Group: a.Modifiers.Group,
			Overseas: a.Modifiers.Overseas, Chain: a.Modifiers.Chain, Warlord: a.Modifiers.Warlord,
		},
	}
	if a.Attacker != nil {
		out.Attacker = fighterOf(*a.Attacker)
	}
	for _, e := range a.Effects {
		out.WarlordEffect = out.WarlordEffect || strings.EqualFold(e.Name, "warlord")
	}
	return out
}

func fighterOf(f torn.Fighter) war.Fighter {
	out := war.Fighter{ID: faction.PlayerID(f.ID), Name: f.Name, Level: f.Level}
	if f.Faction != nil {
		out.Faction, out.FactionName = faction.ID(f.Faction.ID), f.Faction.Name
	}
	return out
}

// warOf reads a ranked war from our side; ok is false when we are not in it.
func warOf(w torn.RankedWar, ours faction.ID, seen time.Time) (out war.War, ok bool) {
	us, them := w.Factions[0], w.Factions[1]
	if faction.ID(us.ID) != ours {
		us, them = them, us
	}
	if faction.ID(us.ID) != ours {
		return war.War{}, false
	}
	out = war.War{
		ID: war.ID(w.ID), Start: torn.At(w.Start), End: torn.AtPtr(w.End), Target: w.Target,
		Us: sideOf(us), Them: sideOf(them), SeenAt: seen, Tracked: true,
	}
	if w.Winner != nil {
		out.Winner = faction.ID(*w.Winner)
	}
	return out, true
}

func sideOf(f torn.WarFaction) war.Side {
	return war.Side{Faction: faction.ID(f.ID), Name: f.Name, Score: f.Score, Chain: f.Chain}
}

func memberOf(m torn.Member) faction.Member {
	return faction.Member{
		ID: faction.PlayerID(m.ID), Name: m.Name, Position: m.Position, Level: m.Level, DaysInFaction: m.DaysInFaction,
		LastAction: faction.LastAction{Status: m.LastAction.Status, At: torn.At(m.LastAction.Timestamp)},
		Status: faction.Status{
			State: m.Status.State, Description: m.Status.Description, Until: torn.AtPtr(m.Status.Until), PlaneImage: m.Status.PlaneImage,
		},
		ReviveSetting: m.ReviveSetting, Revivable: m.Revivable, OnWall: m.OnWall, InCrime: m.InCrime, EarlyDischarge: m.EarlyDischarge,
	}
}

func membersOf(rows []torn.Member) []faction.Member {
	out := make([]faction.Member, len(rows))
	for i, m := range rows {
		out[i] = memberOf(m)
	}
	return out
}

// chainOf reads a chain; ok is false when there was never one to speak of.
func chainOf(c torn.Chain, read time.Time) (chain.State, bool) {
	return chain.State{
		ID: chain.ID(c.ID), Current: c.Current, Max: c.Max, Start: torn.At(c.Start), End: torn.At(c.End),
		Cooldown: torn.At(c.CooldownEnd(read.Unix())),
	}, c.ID > 0
}

func reportOf(r torn.RankedWarReport) war.Report {
	out := war.Report{War: war.ID(r.ID), Start: torn.At(r.Start), End: torn.At(r.End), Forfeit: r.Forfeit}
	if r.Winner != nil {
		out.Winner = faction.ID(*r.Winner)
	}
	for _, f := range r.Factions {
		side := war.ReportSide{
			Faction: faction.ID(f.ID), Name: f.Name, Score: f.Score, Attacks: int64(f.Attacks),
			RankBefore: f.Rank.Before, RankAfter: f.Rank.After,
			Rewards: war.Rewards{Respect: f.Rewards.Respect, Points: f.Rewards.Points},
		}
		for _, m := range f.Members {
			side.Members = append(side.Members, war.ReportMember{
				Player: faction.PlayerID(m.ID), Name: m.Name, Level: m.Level, Attacks: int64(m.Attacks), Score: faction.RespectFromPoints(m.Score),
			})
		}
		for _, i := range f.Rewards.Items {
			side.Rewards.Items = append(side.Rewards.Items, war.RewardItem{ID: i.ID, Name: i.Name, Quantity: i.Quantity})
		}
		out.Sides = append(out.Sides, side)
	}
	return out
}

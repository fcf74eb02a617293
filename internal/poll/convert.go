package poll

import (
	"math"
	"strings"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// Wire types become our own here, once, and nowhere else. What no database could
// hold (a NUL in a name, a level of five billion) is made harmless on the way: one
// such value must not keep a whole feed from ever being stored again.

func text(s string) string { return strings.ReplaceAll(s, "\x00", "") }

// small keeps a number within 32 bits.
func small(n int) int { return max(math.MinInt32, min(n, math.MaxInt32)) }

func texts(in []string) []string {
	out := make([]string, len(in))
	for i, s := range in {
		out[i] = text(s)
	}
	return out
}

// moment is torn.At for times that need not be near; what lies beyond the year 9999
// is no time.
func moment(seconds int64) time.Time {
	t := torn.At(seconds)
	if t.Year() > 9999 {
		return time.Time{}
	}
	return t
}

func momentPtr(seconds *int64) time.Time {
	if seconds == nil {
		return time.Time{}
	}
	return moment(*seconds)
}

func attackOf(a torn.Attack) war.Attack {
	out := war.Attack{
		ID: war.AttackID(a.ID), Code: text(a.Code), Started: torn.At(a.Started), Ended: torn.At(a.Ended),
		Defender: fighterOf(a.Defender), Result: war.Result(text(a.Result)),
		RespectGain: faction.RespectFromPoints(a.RespectGain), RespectLoss: faction.RespectFromPoints(a.RespectLoss),
		Chain: small(a.Chain), Interrupted: a.Interrupted, Stealthed: a.Stealthed, Raid: a.Raid, RankedWar: a.RankedWar, Territory: a.Territory,
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
	out := war.Fighter{ID: faction.PlayerID(f.ID), Name: text(f.Name), Level: small(f.Level)}
	if f.Faction != nil {
		out.Faction, out.FactionName = faction.ID(f.Faction.ID), text(f.Faction.Name)
	}
	return out
}

// warOf reads a ranked war from our side; ok is false when we are not in it, or it has no start.
func warOf(w torn.RankedWar, ours faction.ID, seen time.Time) (out war.War, ok bool) {
	us, them := w.Factions[0], w.Factions[1]
	if faction.ID(us.ID) != ours {
		us, them = them, us
	}
	if faction.ID(us.ID) != ours {
		return war.War{}, false
	}
	out = war.War{
		ID: war.ID(w.ID), Start: moment(w.Start), End: momentPtr(w.End), Target: w.Target,
		Us: sideOf(us), Them: sideOf(them), SeenAt: seen, Tracked: true,
	}
	if w.Winner != nil {
		out.Winner = faction.ID(*w.Winner)
	}
	return out, !out.Start.IsZero()
}

func sideOf(f torn.WarFaction) war.Side {
	return war.Side{Faction: faction.ID(f.ID), Name: text(f.Name), Score: f.Score, Chain: small(f.Chain)}
}

func memberOf(m torn.Member) faction.Member {
	return faction.Member{
		ID: faction.PlayerID(m.ID), Name: text(m.Name), Position: text(m.Position), Level: small(m.Level), DaysInFaction: small(m.DaysInFaction),
		LastAction: faction.LastAction{Status: text(m.LastAction.Status), At: moment(m.LastAction.Timestamp)},
		Status: faction.Status{
			State: text(m.Status.State), Description: text(m.Status.Description), Until: momentPtr(m.Status.Until), PlaneImage: text(m.Status.PlaneImage),
		},
		ReviveSetting: text(m.ReviveSetting), Revivable: m.Revivable, OnWall: m.OnWall, InCrime: m.InCrime, EarlyDischarge: m.EarlyDischarge,
	}
}

func landingOf(t torn.Travel) faction.Landing {
	return faction.Landing{Destination: text(t.Destination), Departed: momentPtr(t.Departed), At: momentPtr(t.Arrival)}
}

// membersOf reads a roster, each member once.
func membersOf(rows []torn.Member) []faction.Member {
	out := make([]faction.Member, 0, len(rows))
	seen := map[int64]bool{}
	for _, m := range rows {
		if !seen[m.ID] {
			out = append(out, memberOf(m))
		}
		seen[m.ID] = true
	}
	return out
}

// addRoster has a faction's roster stored. A faction has a leader at least: a list of
// nobody is none, and would take everybody's rights.
func addRoster(u *feed.Update, of faction.ID, rows []torn.Member) {
	if len(rows) == 0 {
		return
	}
	if u.Rosters == nil {
		u.Rosters = map[faction.ID][]faction.Member{}
	}
	u.Rosters[of] = membersOf(rows)
}

func positionOf(p torn.Position) faction.Position {
	return faction.Position{Name: text(p.Name), Default: p.Default, Abilities: texts(p.Abilities)}
}

func factionOf(f torn.FactionBasic) *faction.Faction {
	return &faction.Faction{
		ID: faction.ID(f.ID), Name: text(f.Name), Tag: text(f.Tag),
		LeaderID: faction.PlayerID(f.LeaderID), CoLeaderID: faction.PlayerID(f.CoLeaderID),
	}
}

// chainOf reads a chain; ok is false when there was never one to speak of.
func chainOf(c torn.Chain, read time.Time) (chain.State, bool) {
	return chain.State{
		ID: chain.ID(c.ID), Current: small(c.Current), Max: small(c.Max), Start: moment(c.Start), End: moment(c.End),
		Cooldown: moment(c.CooldownEnd(read.Unix())),
	}, c.ID > 0
}

func reportOf(r torn.RankedWarReport) war.Report {
	out := war.Report{War: war.ID(r.ID), Start: moment(r.Start), End: moment(r.End), Forfeit: r.Forfeit}
	if r.Winner != nil {
		out.Winner = faction.ID(*r.Winner)
	}
	for _, f := range r.Factions {
		side := war.ReportSide{
			Faction: faction.ID(f.ID), Name: text(f.Name), Score: f.Score, Attacks: int64(small(f.Attacks)),
			RankBefore: text(f.Rank.Before), RankAfter: text(f.Rank.After),
			Rewards: war.Rewards{Respect: f.Rewards.Respect, Points: f.Rewards.Points},
		}
		seen := map[int64]bool{}
		for _, m := range f.Members {
			if seen[m.ID] {
				continue
			}
			seen[m.ID] = true
			side.Members = append(side.Members, war.ReportMember{
				Player: faction.PlayerID(m.ID), Name: text(m.Name), Level: small(m.Level), Attacks: int64(small(m.Attacks)), Score: faction.RespectFromPoints(m.Score),
			})
		}
		for _, i := range f.Rewards.Items {
			side.Rewards.Items = append(side.Rewards.Items, war.RewardItem{ID: i.ID, Name: text(i.Name), Quantity: i.Quantity})
		}
		out.Sides = append(out.Sides, side)
	}
	return out
}

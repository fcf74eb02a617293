package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// MemberView is one player's part in a war.
type MemberView struct {
	War war.War
	Row war.Row // zero tallies when the player did nothing
	// Rank is the player's place by score among Of of that side; 0: none.
	Rank, Of int
	// Retals is what the player did about hits on us.
	Retals    war.RetalFigures
	AsOf, Now time.Time
	Feeds     []feed.State
}

// RenderMember shows what one player did and suffered.
func RenderMember(v MemberView) chat.Message {
	t := v.Row.Tally
	side := v.War.Us.Name
	if v.Row.Team == war.Enemy {
		side = v.War.Them.Name
	}
	e := chat.Embed{
		Title: Name(playerName(v.Row)) + " · " + WarTitle(v.War),
		Color: Grey,
	}
	if v.Row.Player != 0 {
		e.URL = PlayerURL(v.Row.Player)
	}
	rank := "No war hit yet, " + Name(side)
	if v.Rank > 0 && t.WarHits > 0 {
		rank = fmt.Sprintf("**#%d** of %d, %s", v.Rank, v.Of, Name(side))
	}
	e.Description = lines(
		fmt.Sprintf("**%s** score in **%s** war hits", t.WarRespect, faction.Count(t.WarHits))+when(t.WarHits > 0, ", "+t.PerHit().String()+" a hit"),
		rank,
		Stale(v.Feeds, v.Now, feed.Attacks), Incomplete(v.Feeds, v.War, v.Now),
		Source("Torn's attack log", v.AsOf))
	e.Fields = []chat.Field{
		{Name: "Attacks", Inline: true, Value: lines(
			faction.Count(t.Attacks)+" in all"+when(t.Hits() > 0, fmt.Sprintf(", fair fight %.2f", t.FairFight())),
			fmt.Sprintf("outside hits %s (%s)", faction.Count(t.OutsideHits), t.OutsideRespect),
			fmt.Sprintf("without score %s", faction.Count(t.NoScore)),
			fmt.Sprintf("assists %s", faction.Count(t.Assists)),
			failures(t),
			when(t.Energy > 0, "energy about "+faction.Count(t.Energy)))},
		{Name: "Suffered", Inline: true, Value: lines(
			fmt.Sprintf("hits taken %s", faction.Count(t.HitsTaken)),
			fmt.Sprintf("defended %s", faction.Count(t.Defended)),
			fmt.Sprintf("respect lost %s", t.RespectLost))},
	}
	if m := markCounts(t); m != "" {
		e.Fields = append(e.Fields, chat.Field{Name: "Of these", Value: lines(m, RetalLine(v.Retals))})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// when is text that is said only where it means something.
func when(so bool, text string) string {
	if so {
		return text
	}
	return ""
}

// counted is a number with its name, shown only when it is not zero.
type counted struct {
	name string
	n    int64
}

func list(of ...counted) string {
	var parts []string
	for _, c := range of {
		if c.n != 0 {
			parts = append(parts, c.name+" "+faction.Count(c.n))
		}
	}
	return strings.Join(parts, ", ")
}

func failures(t war.Tally) string {
	return list(counted{"lost", t.Losses}, counted{"stalemate", t.Stalemates}, counted{"escape", t.Escapes},
		counted{"timeout", t.Timeouts}, counted{"interrupted", t.Interrupted}, counted{"other", t.Other})
}

func markCounts(t war.Tally) string {
	return list(counted{"retaliations", t.Retaliations}, counted{"overseas", t.Overseas}, counted{"group", t.Group},
		counted{"chain bonuses", t.ChainBonuses}, counted{"wasted bonuses", t.WastedBonuses}, counted{"warlord", t.Warlord},
		counted{"low fair fight", t.LowFairFight}, counted{"friendly", t.Friendly}, counted{"first of a chain", t.FirstOfChain},
		counted{"flag differs", t.FlagDiffers})
}

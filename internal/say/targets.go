package say

import (
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// TargetsPage is how many targets are named, each with its button.
const TargetsPage = 10

// TargetsView is whom a member can hit.
type TargetsView struct {
	War     war.War
	Targets []war.Person // the best first
	Hunter  war.Hunter
	Within  time.Duration // those out of hospital by then are among them
	Names   map[faction.PlayerID]string
	AsOf    time.Time // of the enemy's roster
	Now     time.Time
	Feeds   []feed.State
}

// RenderTargets lists the best targets, numbered as their buttons are.
func RenderTargets(v TargetsView) chat.Message {
	shown := v.Targets[:min(len(v.Targets), TargetsPage)]
	now := 0
	for _, p := range v.Targets {
		if p.Place == war.Okay {
			now++
		}
	}
	e := chat.Embed{
		Title: fmt.Sprintf("%d to hit now, %d within %s · %s", now, len(v.Targets)-now, Span(v.Within), WarTitle(v.War)), Color: Grey,
		Footer: "FF: median fair fight of our own hits on them",
	}
	if v.Hunter.Level > 0 {
		e.Footer += fmt.Sprintf(" · else nearest to level %d", v.Hunter.Level)
	}
	body := []string{Late(v.War, v.AsOf, v.Now)}
	switch {
	case v.AsOf.IsZero():
		body = append(body, "Their roster has not been read yet. It is from a minute before the war begins.")
	case len(shown) == 0:
		body = append(body, "Nobody who is free. `/war enemy` shows when they are.")
	}
	for i, p := range shown {
		line := personLine(p, RoomView{Team: war.Enemy, War: v.War, Names: v.Names})
		if p.Place == war.Okay {
			line = "**now** · " + line
		}
		body = append(body, fmt.Sprintf("`%d` %s", i+1, line))
	}
	if more := len(v.Targets) - len(shown); more > 0 {
		body = append(body, fmt.Sprintf("and %d more", more))
	}
	e.Description = lines(Within(lines(body...), 3900), Stale(v.Feeds, v.Now, feed.Front), Source("Torn", v.AsOf))
	return chat.Message{Embeds: []chat.Embed{e}}
}

// Claimed tells who holds a target, and until when.
func Claimed(target faction.Member, c war.Claim, yours bool, names map[faction.PlayerID]string) string {
	link := "[" + shortName(target) + "](" + AttackURL(target.ID) + ")"
	if yours {
		return link + " is yours until " + Clock(c.Expires) + ", " + Ago(c.Expires) + ". It ends sooner with a hit on them."
	}
	return link + " is called by **" + holder(c.Player, names) + "** until " + Clock(c.Expires) + ", " + Ago(c.Expires) + "."
}

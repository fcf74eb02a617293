package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// RulesView is a page of a faction's alert rules.
type RulesView struct {
	Rules         []alert.Rule
	Total, Broken int
	Names         RuleNames
	Page, Pages   int // from 1
	Now           time.Time
}

// RuleNames are the names of whom rules are for; who has none there is said by number.
type RuleNames struct {
	Players map[faction.PlayerID]string
	Squads  map[int64]string
}

// RenderRules lists what the faction is told, where, and whether it arrives.
func RenderRules(v RulesView) chat.Message {
	e := chat.Embed{Title: fmt.Sprintf("Alerts · %d rules", v.Total), Color: Grey}
	if v.Total == 1 {
		e.Title = "Alerts · 1 rule"
	}
	list := make([]string, 0, len(v.Rules)+1)
	if v.Broken > 0 {
		e.Color = Red
		list = append(list, fmt.Sprintf("**%d** cannot be delivered: mend the place, then `/alerts test`.", v.Broken))
	}
	for _, r := range v.Rules {
		list = append(list, RuleLine(r, v.Names, v.Now))
	}
	if v.Total == 0 {
		list = append(list, "Nobody is told of anything. `/setup` gives the usual rules, `/alerts add` a single one.")
	}
	e.Description = strings.Join(list, "\n")
	if v.Pages > 1 {
		e.Footer = fmt.Sprintf("Page %d of %d", v.Page, v.Pages)
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// RuleLine is one rule in a line or two. Without a now its last message is left out.
func RuleLine(r alert.Rule, names RuleNames, now time.Time) string {
	parts := []string{fmt.Sprintf("`#%d` **%s** → %s", r.ID, r.Kind, rulePlace(r, names))}
	if r.RoleID != "" {
		parts = append(parts, "mentions <@&"+r.RoleID+">")
	}
	parts = append(parts, thresholds(r.Thresholds)...)
	line := strings.Join(parts, " · ")
	switch {
	case !r.Enabled:
		line += "\n　⏸ switched off"
	case r.Broken != "":
		line += "\n　⚠ **not delivered**: " + Text(r.Broken, 100)
	case now.Before(r.MutedUntil) && !now.IsZero():
		line += "\n　🔇 silent until " + Clock(r.MutedUntil)
	case now.IsZero():
	case r.SentAt.IsZero():
		line += "\n　-# nothing sent yet"
	default:
		line += "\n　-# last sent " + Ago(r.SentAt)
	}
	return line
}

func rulePlace(r alert.Rule, names RuleNames) string {
	squad := fmt.Sprintf("squad %d", r.Squad)
	if name := names.Squads[r.Squad]; name != "" {
		squad = "squad **" + Name(name) + "**"
	}
	switch {
	case r.Squad != 0 && r.ChannelID != "":
		return fmt.Sprintf("<#%s>, %s", r.ChannelID, squad)
	case r.Squad != 0:
		return squad + ", direct messages"
	case r.Player != 0 && names.Players[r.Player] != "":
		return "direct message to " + Name(names.Players[r.Player])
	case r.Player != 0:
		return fmt.Sprintf("direct message to player %d", r.Player)
	case r.WebhookID != "":
		return "a webhook"
	default:
		return "<#" + r.ChannelID + ">"
	}
}

// thresholds words what narrows a rule.
func thresholds(t alert.Thresholds) (parts []string) {
	if t.Every > 0 {
		parts = append(parts, "every "+faction.Count(t.Every))
	}
	if t.AtLeast > 0 {
		parts = append(parts, "from "+faction.Count(t.AtLeast)+" on")
	}
	if t.Ahead > 0 {
		parts = append(parts, "at most "+Span(t.Ahead)+" ahead")
	}
	if len(t.Names) > 0 {
		parts = append(parts, "only "+Text(strings.Join(t.Names, ", "), 100))
	}
	if t.Quiet.From != t.Quiet.To {
		parts = append(parts, "quiet "+QuietHours(t.Quiet))
	}
	switch t.When {
	case alert.InWar:
		parts = append(parts, "only at war")
	case alert.InPeace:
		parts = append(parts, "only in peace")
	}
	return parts
}

// QuietHours shows a stretch of the day in Torn's time.
func QuietHours(q alert.Quiet) string {
	if q.From == q.To {
		return "none"
	}
	at := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	return at(q.From) + "-" + at(q.To) + " TCT"
}

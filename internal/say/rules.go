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
	Names         map[faction.PlayerID]string
	Page, Pages   int // from 1
	Now           time.Time
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

// RuleLine is one rule in two lines: what it is, and how it does.
func RuleLine(r alert.Rule, names map[faction.PlayerID]string, now time.Time) string {
	line := RuleHead(r, names, now)
	switch {
	case !r.Enabled || r.Broken != "" || now.Before(r.MutedUntil):
		return line
	case r.SentAt.IsZero():
		return line + "\n　-# nothing sent yet"
	default:
		return line + "\n　-# last sent " + Ago(r.SentAt)
	}
}

// RuleHead is one rule without its last message. Without a now, of a rule that is gone,
// its quiet hours are in Torn's time alone.
func RuleHead(r alert.Rule, names map[faction.PlayerID]string, now time.Time) string {
	parts := []string{fmt.Sprintf("`#%d` **%s** → %s", r.ID, r.Kind, rulePlace(r, names))}
	if r.RoleID != "" {
		parts = append(parts, "mentions <@&"+r.RoleID+">")
	}
	parts = append(parts, thresholds(r, now)...)
	line := strings.Join(parts, " · ")
	switch {
	case !r.Enabled:
		line += "\n　⏸ switched off"
	case r.Broken != "":
		line += "\n　⚠ **not delivered**: " + Text(r.Broken, 100)
	case now.Before(r.MutedUntil) && !now.IsZero():
		line += "\n　🔇 silent until " + On(r.MutedUntil)
	}
	return line
}

func rulePlace(r alert.Rule, names map[faction.PlayerID]string) string {
	switch {
	case r.Squad != 0 && r.ChannelID != "":
		return fmt.Sprintf("<#%s>, squad %d", r.ChannelID, r.Squad)
	case r.Squad != 0:
		return fmt.Sprintf("squad %d, direct messages", r.Squad)
	case r.Player != 0 && names[r.Player] != "":
		return "direct message to " + Name(names[r.Player])
	case r.Player != 0:
		return fmt.Sprintf("direct message to player %d", r.Player)
	case r.WebhookID != "":
		return "a webhook"
	default:
		return "<#" + r.ChannelID + ">"
	}
}

// thresholds words what narrows a rule.
func thresholds(r alert.Rule, now time.Time) (parts []string) {
	t, unit := r.Thresholds, "hits"
	if r.Kind == alert.WarMilestone {
		unit = "points"
	}
	if t.Every > 0 {
		parts = append(parts, "every "+faction.Count(t.Every)+" "+unit)
	}
	if t.AtLeast > 0 {
		parts = append(parts, "from "+faction.Count(t.AtLeast)+" "+unit+" on")
	}
	switch {
	case t.Ahead > 0 && r.Kind == alert.ChainTimer:
		parts = append(parts, fmt.Sprintf("%d s left or fewer", int(t.Ahead.Seconds())))
	case t.Ahead > 0:
		parts = append(parts, "from "+Span(t.Ahead)+" before on")
	}
	if len(t.Names) > 0 {
		parts = append(parts, "only "+Text(strings.Join(t.Names, ", "), 100))
	}
	if t.Quiet.From != t.Quiet.To {
		parts = append(parts, "quiet "+QuietHours(t.Quiet, now))
	}
	switch t.When {
	case alert.InWar:
		parts = append(parts, "only at war")
	case alert.InPeace:
		parts = append(parts, "only in peace")
	}
	return parts
}

// QuietHours shows a stretch of the day in Torn's time, which is UTC, and as the reader's
// own clock shows it on the day of now; without a now in Torn's time alone.
func QuietHours(q alert.Quiet, now time.Time) string {
	if q.From == q.To {
		return "none"
	}
	at := func(d time.Duration) string { return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60) }
	out := at(q.From) + "-" + at(q.To) + " TCT"
	if now.IsZero() {
		return out
	}
	day := now.UTC().Truncate(24 * time.Hour)
	return out + " (" + Clock(day.Add(q.From)) + " to " + Clock(day.Add(q.To)) + " on your clock)"
}

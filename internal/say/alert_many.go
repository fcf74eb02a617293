package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// manyMost bounds the text of a message about several alerts (discord.md: 4,096 in an
// embed's description).
const manyMost = 3_900

// RenderAlerts words several alerts of one rule as one message, a line each, with what
// can still be done about them below.
func RenderAlerts(all []alert.Alert, now time.Time) chat.Message {
	if len(all) == 0 {
		return chat.Message{}
	}
	var lines []string
	used, left := 0, 0
	for i, a := range all {
		line := "• " + alertLine(a, now)
		if used += Length(line) + 1; used > manyMost {
			left = len(all) - i
			break
		}
		lines = append(lines, line)
	}
	if left > 0 {
		lines = append(lines, fmt.Sprintf("… and %d more", left))
	}
	head, color := manyHead(all, now)
	return chat.Message{
		Content: head,
		Embeds:  []chat.Embed{{Color: color, Description: strings.Join(lines, "\n")}},
		Rows:    manyRows(all, now),
	}
}

// manyHead says how many there are, and how many of them wait for somebody.
func manyHead(all []alert.Alert, now time.Time) (string, int) {
	if all[0].Kind != alert.RetalOpen {
		return fmt.Sprintf("**%s** · `%s`", plural(len(all), "alert"), all[0].Kind), Amber
	}
	switch open := len(retalsOf(all, now)); open {
	case 0:
		return fmt.Sprintf("**%s, none open**", plural(len(all), "retaliation")), Grey
	case len(all):
		return fmt.Sprintf("**%s open**", plural(open, "retaliation")), Amber
	default:
		return fmt.Sprintf("**%d of %s open**", open, plural(len(all), "retaliation")), Amber
	}
}

// alertLine is one alert among many: its news, and while it is open whatever somebody has
// to know who acts on it.
func alertLine(a alert.Alert, now time.Time) string {
	if d := a.Data.Retal; d != nil && a.Kind == alert.RetalOpen && d.Outcome == "" && !a.Test {
		return retalShort(*d, now)
	}
	line := RenderAlert(a, now).Content
	if c := a.Data.Chain; c != nil && a.Kind == alert.ChainBonusSoon && c.Outcome == "" {
		line += " · " + bonusTaker(*c)
	}
	if k := a.Data.Key; k != nil && k.AttackReaders == 0 {
		line += " · **no** key reads the attack log now"
	}
	if a.At.Before(now.Add(-lateAfter)) {
		line += " · happened " + Ago(a.At)
	}
	return line
}

// retalShort words an open retaliation in one line, as the list of them does.
func retalShort(d alert.RetalData, now time.Time) string {
	out := "HOSP **[" + Name(d.Attacker.Name) + "](" + AttackURL(d.Attacker.ID) + ")**"
	if d.Level > 0 {
		out += fmt.Sprintf(" · level %d", d.Level)
	}
	out += " · ends " + Ago(d.Deadline)
	if d.Status == faction.StateHospital && !d.Until.IsZero() {
		out += " · hospital, out " + Ago(d.Until)
	}
	if d.Hits > 0 {
		out += fmt.Sprintf(" · fair fight %.2f", d.FairFight)
	}
	if d.Claimed != nil && now.Before(d.ClaimedUntil) {
		out += " · **" + Name(d.Claimed.Name) + "** is on it"
	}
	return out
}

// manyBonuses is for how many bonus hits one message has buttons: Discord's five rows.
const manyBonuses = 5

// manyRows are what can still be done about alerts in one message: retaliations to be
// claimed, bonus hits to be taken. A matter that is settled has none.
func manyRows(all []alert.Alert, now time.Time) []chat.Row {
	rows := mineRows(all[0].Faction, retalsOf(all, now))
	known := map[string]bool{}
	for _, a := range all {
		c := a.Data.Chain
		if c == nil || a.Kind != alert.ChainBonusSoon || c.Outcome != "" || !now.Before(a.Expires()) || len(rows) == manyBonuses {
			continue
		}
		for _, row := range bonusButtons(a, *c) {
			if known[row.Buttons[0].ID] { // what called everybody to hold is about a hit that was announced
				continue
			}
			known[row.Buttons[0].ID] = true
			for i := range row.Buttons {
				row.Buttons[i].Label += " · hit " + faction.Count(int64(c.Hit))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

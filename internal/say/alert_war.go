package say

import (
	"fmt"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// warNews words the kinds that are about a war.
func warNews(a alert.Alert, w alert.WarData) (string, chat.Embed) {
	us, them := Name(w.UsName), Name(w.ThemName)
	sides, score := us+" vs "+them, faction.Count(w.UsScore)+" : "+faction.Count(w.ThemScore)
	enemy := "Enemy: " + FactionLink(w.Them, w.ThemName)
	target := winsWith(w.Target)
	e := chat.Embed{Color: Amber}
	switch a.Kind {
	case alert.WarScheduled:
		e.Description = lines("Starts "+On(w.Start), target, enemy, scoutLines(w.Scout))
		return "**War matched**: " + sides + ", starts " + Ago(w.Start), e
	case alert.WarSoon:
		e.Description = lines("Starts "+On(w.Start), target, enemy, "`/war ready` shows who is fit to fight")
		return "**War starts " + Ago(w.Start) + "**: " + sides, e
	case alert.WarStarted:
		e.Description = lines("Started "+On(w.Start), target, enemy)
		return "**War is on**: " + sides, e
	case alert.WarMilestone:
		e.Description = lines(fmt.Sprintf("Lead **%s** of **%s** that win", signed(w.UsScore-w.ThemScore), faction.Count(w.Target)), enemy)
		return milestone(w) + " · " + score + " · " + sides, e
	case alert.WarLead:
		e.Description = lines(target, enemy)
		return lead(w) + " · " + score + " · " + sides, e
	case alert.WarEnded:
		e.Color = outcomeColor(war.Outcome(w.Outcome))
		e.Description = lines("Ended "+On(w.End)+" after "+Span(w.End.Sub(w.Start)),
			fmt.Sprintf("**%s** lead, target %s", signed(w.UsScore-w.ThemScore), faction.Count(w.Target)), enemy)
		return "**" + ended(w) + " " + score + "** · " + sides, e
	case alert.WarReport:
		e.Color = outcomeColor(war.Outcome(w.Outcome))
		e.Description = lines(
			fmt.Sprintf("**%s** lead, target %s", signed(w.UsScore-w.ThemScore), faction.Count(w.Target)),
			"`/war report` shows every member, `/war reconcile` where our log differs", enemy)
		return "**Official report is in**: " + ended(w) + " " + score + " · " + sides, e
	default:
		e.Description = lines(Text(a.Data.Note, 300), enemy)
		return string(a.Kind) + " · " + score + " · " + sides, e
	}
}

func milestone(w alert.WarData) string {
	switch {
	case w.Percent > 0:
		return fmt.Sprintf("**%d %% of the target**", w.Percent)
	case w.Reached > 0:
		return "**" + faction.Count(w.Reached) + " points**"
	default:
		return "**The target falls**, " + faction.Count(w.Target) + " now"
	}
}

func lead(w alert.WarData) string {
	if w.UsScore >= w.ThemScore {
		return "**We lead by " + faction.Count(w.UsScore-w.ThemScore) + "**"
	}
	return "**They lead by " + faction.Count(w.ThemScore-w.UsScore) + "**"
}

func ended(w alert.WarData) string {
	if s := outcome(war.Outcome(w.Outcome), w.Forfeit); s != "" {
		return s
	}
	return "Ended"
}

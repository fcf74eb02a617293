package say

import (
	"fmt"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// termsNews words what happens to agreed terms: what to do now stands first.
func termsNews(d alert.TermsData, w *alert.WarData) (string, chat.Embed) {
	e := chat.Embed{Color: Red}
	if d.Step == war.Slow.String() {
		e.Color = Amber
	}
	score := ""
	if w != nil {
		score = faction.Count(w.UsScore) + " : " + faction.Count(w.ThemScore) + " · " + Name(w.UsName) + " vs " + Name(w.ThemName)
	}
	note := ""
	if d.Note != "" {
		note = "Note: " + Text(d.Note, 200)
	}
	e.Description = lines(termsWhy(d), score, note)
	return termsHead(d), e
}

func termsHead(d alert.TermsData) string {
	switch {
	case d.HitLimit > 0 && d.Made >= d.HitLimit:
		return fmt.Sprintf("**STOP**: you have made %s, and the terms of this war allow %s", plural(int(d.Made), "war hit"), faction.Count(d.HitLimit))
	case d.HitLimit > 0:
		return fmt.Sprintf("**%s left**: the terms of this war allow %s war hits, you have made %s", plural(int(d.HitLimit-d.Made), "hit"), faction.Count(d.HitLimit), faction.Count(d.Made))
	case d.Count > 0:
		return fmt.Sprintf("**%s after the stop**: nobody hits any more", plural(d.Count, "hit"))
	case d.Limit == string(war.LimitTheirs):
		return "**They passed their score cap**"
	case d.Step == war.Slow.String() && d.Limit == string(war.LimitScore) && d.Cap > d.Score:
		return "**SLOW DOWN**: " + plural(int(d.Cap-d.Score), "point") + " left to " + termsWhat(d)
	case d.Limit == string(war.LimitEarly):
		return "**They are about to end the war before the planned finish**" + neededWords(d.Needed, d.Hits)
	case d.Step == war.Slow.String():
		return "**SLOW DOWN**: " + termsWhat(d)
	case d.Step == war.Passed.String() && d.Score == d.Cap:
		return "**STOP**: " + termsWhat(d) + " is reached"
	case d.Step == war.Passed.String():
		return "**STOP**: " + termsWhat(d) + " is passed"
	default:
		return "**STOP**: " + termsWhat(d)
	}
}

func termsWhat(d alert.TermsData) string {
	switch war.Limit(d.Limit) {
	case war.LimitScore:
		return "the score cap of " + faction.Count(d.Cap)
	case war.LimitStop:
		if d.Step == war.Slow.String() {
			return "nobody hits from " + Clock(d.StopAt) + " on, " + Ago(d.StopAt)
		}
		return "nobody hits any more"
	case war.LimitFinish:
		return "the war would end before the planned finish"
	case war.LimitWin:
		return "we would win, and they are to win"
	default:
		return "the terms"
	}
}

func termsWhy(d alert.TermsData) string {
	switch {
	case d.HitLimit > 0:
		return "Hits on others and assists do not count. Ask your leaders when in doubt."
	case d.Count > 0:
		var list []string
		for _, h := range d.After {
			list = append(list, afterLine(h.Player.Name, h.At, h.Respect, h.Code))
		}
		more := ""
		if n := d.Count - len(d.After); n > 0 {
			more = fmt.Sprintf("and %d more: `/war terms show`", n)
		}
		theirs := ""
		if d.Theirs > 0 {
			theirs = "Theirs since then: " + faction.Count(int64(d.Theirs))
		}
		return lines(append(list, more, theirs)...)
	case d.Limit == string(war.LimitStop):
		return "Agreed stop: " + On(d.StopAt)
	case d.Limit == string(war.LimitTheirs):
		return fmt.Sprintf("**%s** of %s agreed", faction.Count(d.Score), faction.Count(d.Cap))
	case d.Limit == string(war.LimitFinish):
		return leadWhy("The lead", d, paceWords(d.Hits, d.PerMinute)) + ". Planned: " + On(d.FinishAt)
	case d.Limit == string(war.LimitWin):
		return leadWhy("Our lead", d, paceWords(d.Hits, d.PerMinute))
	case d.Limit == string(war.LimitEarly):
		return leadWhy("Their lead", d, paceWords(0, d.PerMinute)) + ". Planned: " + On(d.FinishAt)
	case d.Cap == d.Score:
		return fmt.Sprintf("**%s** of %s", faction.Count(d.Score), faction.Count(d.Cap))
	case d.Cap > d.Score:
		return fmt.Sprintf("**%s** of %s, **%s** left%s", faction.Count(d.Score), faction.Count(d.Cap), faction.Count(d.Cap-d.Score), paceWords(d.Hits, d.PerMinute))
	default:
		return fmt.Sprintf("**%s** of %s, %s too many", faction.Count(d.Score), faction.Count(d.Cap), faction.Count(d.Score-d.Cap))
	}
}

// leadWhy tells how near a lead is to the target, and when that falls to meet it.
func leadWhy(whose string, d alert.TermsData, pace string) string {
	if !d.Falls.IsZero() {
		return fmt.Sprintf("%s is **%s**; the target falls to **%s** %s, which would end it%s", whose, faction.Count(d.Score), faction.Count(d.Cap), Ago(d.Falls), pace)
	}
	return fmt.Sprintf("%s is **%s** of %s, which would end it%s", whose, faction.Count(d.Score), faction.Count(d.Cap), pace)
}

// neededWords tells what keeps the enemy from ending the war too early.
func neededWords(points, hits int64) string {
	switch {
	case points <= 0:
		return ""
	case hits > 0:
		return fmt.Sprintf(": **%s** points of ours prevent it, about %s", faction.Count(points), plural(int(hits), "hit"))
	default:
		return fmt.Sprintf(": **%s** points of ours prevent it", faction.Count(points))
	}
}

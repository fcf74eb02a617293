package say

import (
	"fmt"
	"math"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// TermsView is all that is shown of what was agreed about a war.
type TermsView struct {
	War   war.War
	Terms war.Terms
	// Pulse is the look that tells how near the limits are.
	Pulse war.Pulse
	// After are our hits after the stop, the earliest first; Theirs is how many the enemy made then.
	After  []war.Logged
	Theirs int
	// Rows are the tallies of the war.
	Rows  []war.Row
	By    string // who set the terms
	AsOf  time.Time
	Now   time.Time
	Feeds []feed.State
}

// termsListed is how many rows of a list of breaches are shown; the sum is told.
const termsListed = 15

// RenderTerms shows what was agreed, how near the limits are, and every hit that broke it.
func RenderTerms(v TermsView) chat.Message {
	w, t := v.War, v.Terms
	e := chat.Embed{Title: "Terms · " + WarTitle(w), Color: Grey}
	if t.Zero() {
		e.Description = lines("Nothing is agreed for this war.",
			"`/war terms set` notes a score cap, a stop time, a hit limit per member or a result; `/war terms plan` computes a finish.")
		return chat.Message{Embeds: []chat.Embed{e}}
	}
	near := map[war.Limit]war.TermsEvent{}
	fresh := t
	fresh.Told = nil
	_, events := fresh.Watch(v.Pulse)
	for _, ev := range events {
		near[ev.Limit] = ev
	}
	over := t.Over(v.Rows)
	e.Color = termsColor(events, len(v.After)+len(over) > 0)
	parts := []string{agreedLine(t.Result)}
	if t.ScoreCap > 0 {
		parts = append(parts, capLine("Our cap", w.Us.Score, t.ScoreCap, near[war.LimitScore], w.Phase(v.Now)))
	}
	if t.TheirCap > 0 {
		parts = append(parts, capLine("Their cap", w.Them.Score, t.TheirCap, near[war.LimitTheirs], w.Phase(v.Now)))
	}
	if !t.StopAt.IsZero() {
		parts = append(parts, stepMark(near[war.LimitStop].Step)+"Stop "+On(t.StopAt)+", "+Ago(t.StopAt))
	}
	if !t.FinishAt.IsZero() {
		parts = append(parts, finishLine(t, near[war.LimitFinish]))
	}
	if near[war.LimitEarly].Step > war.Clear {
		parts = append(parts, "⚠ They are about to end the war before that"+neededWords(near[war.LimitEarly].Needed, near[war.LimitEarly].Hits))
	}
	if e := near[war.LimitWin]; e.Step > war.Clear {
		parts = append(parts, fmt.Sprintf("%sOur lead lacks %s to win the war%s", stepMark(e.Step), faction.Count(max(0, e.Left)), paceWords(e.Hits, e.PerMinute)))
	}
	if t.HitLimit > 0 {
		parts = append(parts, limitLine(t, v.Rows, len(over)))
	}
	if t.Note != "" {
		parts = append(parts, "Note: "+Text(t.Note, 300))
	}
	if s := Stale(v.Feeds, v.Now, feed.Front, feed.Attacks); s != "" {
		parts = append(parts, s)
	}
	if s := Incomplete(v.Feeds, w, v.Now); s != "" {
		parts = append(parts, s)
	}
	parts = append(parts, "-# Set by "+Name(v.By)+" "+Ago(t.At), Source("Torn", v.AsOf))
	e.Description = lines(parts...)
	if stop, ok := t.Stopped(v.Now); ok {
		e.Fields = append(e.Fields, chat.Field{Name: "After the stop", Value: afterStop(v.After, v.Theirs, stop)})
	}
	if len(over) > 0 {
		e.Fields = append(e.Fields, chat.Field{Name: "Over the hit limit", Value: overLimit(over, t.HitLimit)})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

func termsColor(events []war.TermsEvent, broken bool) int {
	furthest := war.Clear
	for _, e := range events {
		furthest = max(furthest, e.Step)
	}
	switch {
	case broken || furthest >= war.Stop:
		return Red
	case furthest == war.Slow:
		return Amber
	default:
		return Grey
	}
}

func agreedLine(a war.Agreed) string {
	switch a {
	case war.AgreedWin:
		return "Agreed: **we win**"
	case war.AgreedLose:
		return "Agreed: **they win**"
	default:
		return ""
	}
}

// stepMark says before a line how far its limit has come.
func stepMark(s war.Step) string {
	switch s {
	case war.Slow:
		return "⚠ **SLOW DOWN** · "
	case war.Stop, war.Passed:
		return "⛔ **STOP** · "
	default:
		return ""
	}
}

func capLine(what string, score, limit int64, e war.TermsEvent, p war.Phase) string {
	s := fmt.Sprintf("%s%s: **%s** of %s", stepMark(e.Step), what, faction.Count(score), faction.Count(limit))
	switch left := limit - score; {
	case p == war.Scheduled:
		return what + ": " + faction.Count(limit)
	case left == 0:
		return s + ", reached"
	case left < 0:
		return s + ", passed by " + faction.Count(-left)
	default:
		return s + ", " + faction.Count(left) + " left" + paceWords(e.Hits, e.PerMinute)
	}
}

// paceWords tells what is left in hits, and how fast it goes.
func paceWords(hits int64, perMinute float64) string {
	s := ""
	if hits > 0 {
		s = fmt.Sprintf(", about %s", plural(int(hits), "hit"))
	}
	if perMinute >= 0.5 {
		s += fmt.Sprintf(", %s points a minute now", faction.Count(int64(math.Round(perMinute))))
	}
	return s
}

func finishLine(t war.Terms, e war.TermsEvent) string {
	s := stepMark(e.Step) + "Planned finish " + On(t.FinishAt) + ", " + Ago(t.FinishAt)
	if e.Step > war.Clear {
		s += fmt.Sprintf("; the lead lacks %s to end the war before that%s", faction.Count(max(0, e.Left)), paceWords(e.Hits, e.PerMinute))
	}
	return s
}

func limitLine(t war.Terms, rows []war.Row, over int) string {
	at := 0
	for _, r := range rows {
		if r.Team == war.Ours && r.WarHits == t.HitLimit {
			at++
		}
	}
	return fmt.Sprintf("Hit limit: **%s** each; %d at it, %d over", faction.Count(t.HitLimit), at, over)
}

func afterStop(after []war.Logged, theirs int, stop time.Time) string {
	if len(after) == 0 {
		s := "No hit of ours since " + On(stop)
		if theirs > 0 {
			s += "; theirs: " + faction.Count(int64(theirs))
		}
		return s
	}
	text := fmt.Sprintf("**%s** of ours since %s; theirs: %s", plural(len(after), "hit"), On(stop), faction.Count(int64(theirs)))
	for i := len(after) - 1; i >= 0; i-- {
		a := after[i].Attack
		line, more := "\n"+afterLine(a.Attacker.Name, a.Counted(), a.RespectGain, a.Code), fmt.Sprintf("\nand %d more", i+1)
		if len(after)-i > termsListed || len(text)+len(line)+len(more) > 1024 {
			return text + more
		}
		text += line
	}
	return text
}

func afterLine(name string, at time.Time, respect faction.Respect, code string) string {
	s := Name(name) + " " + Clock(at) + " +" + respect.String()
	if isCode(code) {
		s += " [log](" + LogURL(code) + ")"
	}
	return s
}

func overLimit(over []war.Row, limit int64) string {
	var list []string
	for _, r := range over[:min(len(over), termsListed)] {
		list = append(list, fmt.Sprintf("%s **%s**, %s too many", Name(r.Name), faction.Count(r.WarHits), faction.Count(r.WarHits-limit)))
	}
	if more := len(over) - termsListed; more > 0 {
		list = append(list, fmt.Sprintf("and %d more", more))
	}
	return Within(strings.Join(list, "\n"), 1024)
}

// PlanView is a planned finish.
type PlanView struct {
	War   war.War
	Plan  war.Plan
	Asked time.Time
	Now   time.Time
	Feeds []feed.State
}

// RenderPlan shows what both sides have to score for a war to end at a chosen time.
func RenderPlan(v PlanView) chat.Message {
	w, p := v.War, v.Plan
	winner, loser := w.Us, w.Them
	if p.Winner == war.Enemy {
		winner, loser = loser, winner
	}
	e := chat.Embed{Title: "Plan · " + WarTitle(w), Color: Grey}
	ends := "Ends " + On(p.End) + ", " + Ago(p.End)
	if p.Stands {
		ends += ": the target stands until then, so the last points have to be made just then"
	} else {
		ends += fmt.Sprintf(": the target falls from %s to **%s** and the war ends by itself", faction.Count(p.Before), faction.Count(p.Target))
	}
	ahead, early := "", ""
	if !p.Early.IsZero() {
		e.Color = Amber
		early = fmt.Sprintf("⚠ The lead is too high for that now: the war ends %s already, unless %s makes **%s** points more before", On(p.Early), Name(loser.Name), faction.Count(p.LoserNeeds))
	}
	switch {
	case p.Missing > 0:
		ahead = fmt.Sprintf("%s lacks **%s** points, %s an hour", Name(winner.Name), faction.Count(p.Missing), faction.Count(int64(math.Ceil(p.PerHour))))
		if p.Hits > 0 {
			ahead += fmt.Sprintf(", about %s in all", plural(int(p.Hits), "hit"))
		}
	default:
		ahead = Name(winner.Name) + " has enough already: it must not hit any more"
	}
	before := ""
	if !p.Stands {
		before = fmt.Sprintf("Until then the lead must stay below **%s**", faction.Count(p.Before))
	}
	e.Description = lines(ends,
		fmt.Sprintf("**%s** ends at **%s**, **%s** at %s", Name(winner.Name), faction.Count(p.Score), Name(loser.Name), faction.Count(p.Loser)),
		"Each point more of the one is a point more for the other", before, early, ahead, Stale(v.Feeds, v.Now, feed.Front), Source("Torn", w.SeenAt))
	return chat.Message{Embeds: []chat.Embed{e}}
}

// termsLine tells in one line what was agreed; empty when nothing was.
func termsLine(t war.Terms, w war.War, now time.Time) string {
	var parts []string
	switch t.Result {
	case war.AgreedWin:
		parts = append(parts, "we win")
	case war.AgreedLose:
		parts = append(parts, "they win")
	}
	if t.ScoreCap > 0 {
		parts = append(parts, fmt.Sprintf("our cap **%s**, %s left", faction.Count(t.ScoreCap), faction.Count(max(0, t.ScoreCap-w.Us.Score))))
	}
	if t.TheirCap > 0 {
		parts = append(parts, "theirs "+faction.Count(t.TheirCap))
	}
	if t.HitLimit > 0 {
		parts = append(parts, fmt.Sprintf("%s hits each", faction.Count(t.HitLimit)))
	}
	if !t.StopAt.IsZero() {
		parts = append(parts, "stop "+Ago(t.StopAt))
	}
	if !t.FinishAt.IsZero() {
		parts = append(parts, "finish "+Ago(t.FinishAt))
	}
	if len(parts) == 0 {
		return ""
	}
	mark := ""
	if _, stopped := t.Stopped(now); stopped {
		mark = "⛔ **STOP** · "
	}
	return mark + "Terms: " + strings.Join(parts, " · ")
}

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

// Colours of embeds.
const (
	Green = 0x2E8B57
	Red   = 0xB03A2E
	Amber = 0xC9A227
	Grey  = 0x5D6D7E
)

// WarView is all that is shown of a war. A zero War means that there is none.
type WarView struct {
	War      war.War
	Board    war.Board
	Samples  []war.Sample // oldest first; whoever draws the chart needs them
	Forecast war.Forecast
	Terms    war.Terms // what was agreed; zero: nothing
	// AsOf is when Torn told us the score. A view with a zero AsOf shows no age:
	// what is then the same has not changed.
	AsOf  time.Time
	Now   time.Time
	Feeds []feed.State
}

// boardTop is how many of the best hitters a live board names.
const boardTop = 5

// RenderWarBoard is the live war message: score, lead, target, forecast, chains and
// the best hitters. It counts down on the reader's side, so that the same figures
// always give the same message.
func RenderWarBoard(v WarView) chat.Message {
	e := warEmbed(v)
	if b := sorted(v.Board, war.ByScore); len(b.Us) > 0 {
		top := b.Us[:min(boardTop, len(b.Us))]
		e.Fields = append(e.Fields, chat.Field{Name: "Best hitters", Value: scoreTable(ScoreboardView{Board: b, Team: war.Ours, Sort: war.ByScore}, top, 0)})
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// LiveWar is the board as a live message.
func LiveWar(v WarView) chat.Live {
	ageless := v
	ageless.AsOf = time.Time{}
	return chat.Live{
		Message: RenderWarBoard(v), Same: RenderWarBoard(ageless), AsOf: v.AsOf,
		Hot: v.War.ID != 0 && v.War.Phase(v.Now) == war.Active,
	}
}

// RenderWarStatus answers "how does it stand": the board without its list.
func RenderWarStatus(v WarView) chat.Message { return chat.Message{Embeds: []chat.Embed{warEmbed(v)}} }

func warEmbed(v WarView) chat.Embed {
	var e chat.Embed
	switch {
	case v.War.ID == 0:
		e = chat.Embed{Title: "No ranked war", Color: Grey, Description: "None is on record. A new one shows up here within a minute of being matched."}
	case v.War.Phase(v.Now) == war.Scheduled:
		e = scheduledWar(v)
	case v.War.Phase(v.Now) == war.Ended:
		e = endedWar(v)
	default:
		e = activeWar(v)
	}
	var tail []string
	if s := Stale(v.Feeds, v.Now, feed.Front, feed.Attacks); s != "" {
		tail = append(tail, s)
	}
	if s := Incomplete(v.Feeds, v.War, v.Now); s != "" {
		tail = append(tail, s)
	}
	if v.War.ID != 0 && !v.War.Tracked && v.War.End.IsZero() {
		tail = append(tail, "Tracking is off: read at leisure, no alerts. `/war track start` switches it on.")
	}
	if !v.AsOf.IsZero() {
		tail = append(tail, Source("Torn", v.AsOf))
	}
	e.Description = strings.Join(append([]string{e.Description}, tail...), "\n")
	return e
}

// WarTitle names the two sides: "Wolves vs Bears".
func WarTitle(w war.War) string { return Name(w.Us.Name) + " vs " + Name(w.Them.Name) }

func score(w war.War) string {
	return faction.Count(w.Us.Score) + " : " + faction.Count(w.Them.Score)
}

func scheduledWar(v WarView) chat.Embed {
	w := v.War
	return chat.Embed{
		Title: "Next: " + WarTitle(w), Color: Amber,
		Description: lines(
			"**Starts "+Ago(w.Start)+"**, "+On(w.Start),
			winsWith(w.Target),
			termsLine(v.Terms, w, v.Now),
			"Enemy: "+FactionLink(w.Them.Faction, w.Them.Name)),
	}
}

func activeWar(v WarView) chat.Embed {
	w := v.War
	color := Grey
	switch {
	case w.Lead() > 0:
		color = Green
	case w.Lead() < 0:
		color = Red
	}
	return chat.Embed{
		Title: score(w) + " · " + WarTitle(w), Color: color,
		Description: lines(
			leadLine(w),
			targetLine(w),
			forecastLine(v.Forecast),
			paceLine(v.Forecast),
			neededLine(v.Forecast),
			termsLine(v.Terms, w, v.Now),
			fmt.Sprintf("Chains: ours **%s**, theirs **%s**", faction.Count(int64(w.Us.Chain)), faction.Count(int64(w.Them.Chain))),
			totalsLine(v.Board),
			"Started "+Ago(w.Start)+" against "+FactionLink(w.Them.Faction, w.Them.Name)),
	}
}

func leadLine(w war.War) string {
	needs := ""
	if w.Target > 0 {
		needs = fmt.Sprintf("; a lead of **%s** wins", faction.Count(w.Target))
	}
	switch lead := w.Lead(); {
	case lead > 0:
		return fmt.Sprintf("**%s** ahead", faction.Count(lead)) + needs
	case lead < 0:
		return fmt.Sprintf("**%s** behind", faction.Count(-lead)) + needs
	default:
		return "Level" + needs
	}
}

// winsWith tells which lead wins; without a target nobody knows.
func winsWith(target int64) string {
	if target <= 0 {
		return "Which lead wins, Torn does not tell yet"
	}
	return "A lead of **" + faction.Count(target) + "** wins"
}

func targetLine(w war.War) string {
	falls := w.Start.Add(24 * time.Hour)
	if want, agrees := w.ByRule(); !agrees {
		return fmt.Sprintf("⚠ Torn shows a target of **%s**; by the rule it would be **%s**. Forecasts and plans follow the rule", faction.Count(w.Target), faction.Count(want))
	}
	switch {
	case w.OriginalTarget > w.Target:
		return fmt.Sprintf("Target %s now, %s at the start; 1 %% of that falls each hour", faction.Count(w.Target), faction.Count(w.OriginalTarget))
	case w.Target > 0:
		return "Target stands until " + On(falls) + ", then falls 1 % an hour"
	default:
		return "Target not known yet"
	}
}

// etaStep keeps a forecast that only drifts from changing the message each time.
const etaStep = 5 * time.Minute

func forecastLine(f war.Forecast) string {
	if f.ETA.IsZero() || f.Over == 0 {
		return "Forecast: too early to tell"
	}
	eta := Ago(f.ETA.Round(etaStep))
	switch {
	case f.Outlook == war.OutlookDecided:
		return "Forecast: decided, **we win " + eta + "**" + rangeWords(f)
	case f.Outlook == war.OutlookHopeless:
		return "Forecast: hopeless, **they win " + eta + "**" + rangeWords(f)
	case f.Winner == war.Ours:
		return fmt.Sprintf("Forecast: open, %s for us; ends %s", oddsWords(f.Odds), eta) + rangeWords(f)
	case f.Winner == war.Enemy:
		return fmt.Sprintf("Forecast: open, %s for them; ends %s", oddsWords(1-f.Odds), eta) + rangeWords(f)
	default:
		return "Forecast: open; ends " + eta + rangeWords(f)
	}
}

// rangeWords tells between when eight of ten such wars end.
func rangeWords(f war.Forecast) string {
	from, to := f.Earliest.Round(etaStep), f.Latest.Round(etaStep)
	if !from.Before(to) {
		return ""
	}
	return ", 8 in 10 between " + On(from) + " and " + On(to)
}

// oddsWords tells odds in tenths, which is as exact as they are.
func oddsWords(share float64) string {
	return fmt.Sprintf("%d in 10", min(max(int(math.Round(share*10)), 1), 9))
}

// paceLine tells how the lead moves.
func paceLine(f war.Forecast) string {
	if f.Over == 0 {
		return ""
	}
	return fmt.Sprintf("Lead **%s** an hour over the last %s", signed(int64(math.Round(f.LeadPerHour))), Span(f.Over.Round(etaStep)))
}

func neededLine(f war.Forecast) string {
	switch {
	case f.Needed <= 0:
		return ""
	case f.Hits > 0:
		return fmt.Sprintf("Missing: %s points, about %s hits of %s", faction.Count(f.Needed), faction.Count(f.Hits), f.PerHit)
	default:
		return "Missing: " + faction.Count(f.Needed) + " points"
	}
}

func totalsLine(b war.Board) string {
	if len(b.Us) == 0 && len(b.Them) == 0 {
		return ""
	}
	t := b.Total(war.Ours)
	return fmt.Sprintf("War hits **%s** by %d players, %s", faction.Count(t.WarHits), hitters(b.Us), takenWords(t.HitsTaken, b.Total(war.Enemy)))
}

// takenWords tells the hits we took. Our count has those of outsiders in it, too, and
// the enemy's that brought no respect; said apart, the first figure is the enemy's own.
func takenWords(taken int64, enemy war.Tally) string {
	others := taken - enemy.WarHits - enemy.NoScore
	if taken <= enemy.WarHits {
		return fmt.Sprintf("hits taken **%s**", faction.Count(taken))
	}
	s := fmt.Sprintf("hits taken **%s** from them", faction.Count(enemy.WarHits))
	if enemy.NoScore > 0 {
		s += fmt.Sprintf(" and %s without score", faction.Count(enemy.NoScore))
	}
	if others > 0 {
		s += fmt.Sprintf(", %s from others", faction.Count(others))
	}
	return s
}

func hitters(rows []war.Row) int {
	n := 0
	for _, r := range rows {
		if r.WarHits > 0 {
			n++
		}
	}
	return n
}

// outcome words how a war ended for us.
func outcome(o war.Outcome, forfeit bool) string {
	s := map[war.Outcome]string{war.OutcomeWon: "Won", war.OutcomeLost: "Lost", war.OutcomeDraw: "Draw"}[o]
	if s != "" && forfeit {
		s += " by forfeit"
	}
	return s
}

func outcomeColor(o war.Outcome) int {
	switch o {
	case war.OutcomeWon:
		return Green
	case war.OutcomeLost:
		return Red
	default:
		return Grey
	}
}

func endedWar(v WarView) chat.Embed {
	w := v.War
	report := "Official report: not in yet"
	if !w.ReportAt.IsZero() {
		report = "Official report: in since " + On(w.ReportAt)
	}
	return chat.Embed{
		Title: outcome(w.Outcome(), w.Forfeit) + " " + score(w) + " · " + WarTitle(w), Color: outcomeColor(w.Outcome()),
		Description: lines(
			fmt.Sprintf("**%s** lead, target %s at the end", signed(w.Lead()), faction.Count(w.Target)),
			"Ended "+Ago(w.End)+" after "+Span(w.End.Sub(w.Start)),
			totalsLine(v.Board),
			report,
			"Enemy: "+FactionLink(w.Them.Faction, w.Them.Name)),
	}
}

// lines joins what is not empty.
func lines(parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, "\n")
}

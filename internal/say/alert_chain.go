package say

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// Actions of the buttons below a coming bonus hit: who takes it, and who tells the
// others to hold. The commands package answers them.
const (
	ChainTake = "chain:take"
	ChainHold = "chain:hold"
)

// chainNews words the kinds that are about a chain.
func chainNews(a alert.Alert, c alert.ChainData) (string, chat.Embed, []chat.Row) {
	e := chat.Embed{Color: Amber}
	head, body, rows := "", "", []chat.Row(nil)
	switch a.Kind {
	case alert.ChainTimer:
		head, body = chainDanger(c)
		e.Color = chainColor(c, Red)
	case alert.ChainBonusSoon:
		head, body = chainBonus(c)
		e.Color = chainColor(c, Amber)
		if c.Outcome == "" {
			rows = bonusButtons(a, c)
		}
	case alert.ChainMilestone:
		head, body = "**Chain at "+chainHits(cmp.Or(c.Hit, c.Current))+"**", lines(madeBy(c), chainNext(c), chainEnds(c))
		e.Color = Green
	case alert.ChainStarted:
		head, body = "**Chain started** · "+chainHits(c.Current), lines(chainNext(c), chainEnds(c))
	case alert.ChainBroken:
		head, body = "**Chain broke at "+faction.Count(int64(c.Current))+"**", lines("Broke "+On(c.Deadline), "Its report follows here")
		e.Color = Red
		if c.Report != nil {
			head, body = chainReport("broke at", c, *c.Report)
		}
	default: // ended
		head, body = "**Chain over at "+faction.Count(int64(c.Current))+"**", ""
		if c.Report != nil {
			head, body = chainReport("over at", c, *c.Report)
		}
		e.Color = Grey
	}
	source := ""
	if !c.SeenAt.IsZero() && c.Outcome == "" {
		source = Source("Torn", c.SeenAt)
	}
	e.Description = lines(body, source)
	return head, e, rows
}

func chainColor(c alert.ChainData, open int) int {
	switch c.Outcome {
	case alert.WasSaved, alert.WasMade:
		return Green
	case alert.WasBroken:
		return Grey
	default:
		return open
	}
}

// chainDanger words a timer that runs low, and how it came out.
func chainDanger(c alert.ChainData) (head, body string) {
	switch c.Outcome {
	case alert.WasSaved:
		head = "**Chain saved** with " + clockOf(c.LeftAt) + " left"
		if c.By != nil {
			head = "**Chain saved by " + Name(c.By.Name) + "** with " + clockOf(c.LeftAt) + " left"
		}
		return head + " · " + chainHits(c.Current), lines(chainNext(c), chainEnds(c))
	case alert.WasBroken:
		return "**Chain broke at " + faction.Count(int64(c.Current)) + "**", "Nobody hit in time; it broke " + On(c.Deadline)
	}
	head = "**Hit now: the chain breaks " + Ago(c.Deadline) + "** · " + chainHits(c.Current)
	unsure := ""
	if c.Unconfirmed {
		head = "**UNCONFIRMED: the chain may break " + Ago(c.Deadline) + "** · " + chainHits(c.Current)
		unsure = "Torn does not answer, so a hit may have landed since. Last hit that we know of: " + Ago(c.LastHit) + ". Look in the game."
	}
	watch, fit := "", ""
	if len(c.Watchers) > 0 {
		watch = "On watch: " + people(c.Watchers)
	} else if len(c.Standby) > 0 {
		watch = "Nobody has this watch. Squad " + Name(c.Squad) + ": " + people(c.Standby)
	}
	if len(c.Fit) > 0 {
		fit = fitNow(c)
	}
	last := ""
	if !c.LastHit.IsZero() && !c.Unconfirmed {
		last = "Last hit " + Ago(c.LastHit)
	}
	whom := ""
	if c.Enemy != "" {
		whom = "Whom: `/war targets`; a bonus hit goes to " + Name(c.Enemy)
	}
	return head, lines(unsure, watch, fit, last, chainNext(c), whom)
}

// chainBonus words a bonus hit that is near, and how it came out.
func chainBonus(c alert.ChainData) (head, body string) {
	bonus := "+" + points(c.Bonus) + " respect"
	switch c.Outcome {
	case alert.WasMade:
		return "**Bonus hit " + faction.Count(int64(c.Hit)) + " done** · " + bonus, madeBy(c)
	case alert.WasBroken:
		return "**Bonus hit " + faction.Count(int64(c.Hit)) + " missed**: the chain broke at " + faction.Count(int64(c.Current)), ""
	}
	left := c.Hit - c.Current
	head = fmt.Sprintf("**Bonus in %d**: hit %s · %s", left, faction.Count(int64(c.Hit)), bonus)
	if left == 1 {
		head = "**Bonus next**: hit " + faction.Count(int64(c.Hit)) + " · " + bonus
	}
	who, fit, hold := bonusTaker(c), "", ""
	if k := c.Claim; k != nil && k.HeldBy != nil {
		head = "**HOLD** · " + head
		hold = "Everybody else: hold until it is done. Said by " + Name(k.HeldBy.Name) + "."
	}
	if len(c.Fit) > 0 && (c.Claim == nil || c.Claim.Player == nil) {
		fit = fitNow(c)
	}
	enemy := ""
	if c.Enemy != "" {
		enemy = "Hit " + Name(c.Enemy) + " with it; on an outsider it brings no war score."
	}
	return head, lines(hold, who, fit, enemy, chainEnds(c))
}

// fitNow names who can hit at once, with the age of the roster that says so.
func fitNow(c alert.ChainData) string {
	if c.FitAsOf.IsZero() {
		return "Online and fit: " + people(c.Fit)
	}
	return "Online and fit " + Ago(c.FitAsOf) + ": " + people(c.Fit)
}

// bonusTaker says who takes a bonus hit.
func bonusTaker(c alert.ChainData) string {
	if k := c.Claim; k != nil && k.Player != nil {
		return "**" + Name(k.Player.Name) + "** takes it"
	}
	return "Nobody has taken it yet"
}

// bonusButtons lets one member take the bonus hit, and anybody call for a halt.
func bonusButtons(a alert.Alert, c alert.ChainData) []chat.Row {
	hit := ":" + strconv.Itoa(c.Hit)
	take := AlertButton(a, ChainTake, c.ID, "I take it", chat.Success)
	take.ID += hit
	hold := AlertButton(a, ChainHold, c.ID, "HOLD", chat.Danger)
	hold.ID += hit
	if k := c.Claim; k != nil {
		hold.Disabled = k.HeldBy != nil
		if k.Player != nil { // who has it gives it back with it
			take.Label, take.Style = "Taken by "+Plain(k.Player.Name), chat.Secondary
		}
	}
	return []chat.Row{{Buttons: []chat.Button{take, hold}}}
}

// chainReport words what a chain came to.
func chainReport(how string, c alert.ChainData, r alert.ChainReport) (head, body string) {
	head = fmt.Sprintf("**Chain %s %s** · %s respect by %s", how, faction.Count(int64(c.Current)), points(r.Respect), plural(r.Members, "member"))
	ran := "From " + On(c.Start) + " for " + Span(c.LastHit.Sub(c.Start))
	bonus := ""
	if r.Bonus > 0 {
		bonus = points(r.Respect-r.Bonus) + " without bonuses, " + points(r.Bonus) + " of bonuses"
	}
	missing := ""
	if n := c.Current - r.Logged; n > 0 {
		missing = "⚠ Missing in our log, so that the figures lack them: " + chainHits(n)
	}
	var best []string
	for i, m := range r.Best {
		best = append(best, fmt.Sprintf("%d. %s: **%s**, %s respect, best hit %s", i+1, Name(m.Name), chainHits(m.Hits), points(m.Respect), points(m.Best)))
	}
	var wasted []string
	for _, w := range r.Wasted {
		wasted = append(wasted, fmt.Sprintf("%s (hit %s)", Name(w.Name), faction.Count(int64(w.Hit))))
	}
	var watch []string
	for _, m := range r.Watch {
		watch = append(watch, Name(m.Name)+" "+Span(time.Duration(m.Watch)*time.Minute))
	}
	body = lines(ran, bonus, missing, strings.Join(best, "\n"), listed("⚠ Bonus wasted outside the war: ", wasted), listed("On watch: ", watch),
		"`/chain report` shows every member")
	return head, body
}

func listed(what string, list []string) string {
	if len(list) == 0 {
		return ""
	}
	return what + strings.Join(list, ", ")
}

func madeBy(c alert.ChainData) string {
	if c.By == nil {
		return ""
	}
	by := "By **" + Name(c.By.Name) + "**, +" + points(c.Bonus) + " respect"
	if c.Wasted {
		by += ", **wasted**: not on the enemy, so no war score"
	}
	return by
}

func chainNext(c alert.ChainData) string {
	if c.Next == 0 || c.Outcome == alert.WasBroken {
		return ""
	}
	next := fmt.Sprintf("Next bonus at %s, %s to go", faction.Count(int64(c.Next)), faction.Count(int64(c.Next-c.Current)))
	if c.Pace > 0 {
		next += fmt.Sprintf(" · %.1f hits a minute", c.Pace)
	}
	return next
}

func chainEnds(c alert.ChainData) string {
	if c.Deadline.IsZero() {
		return ""
	}
	return "Breaks " + Ago(c.Deadline)
}

func people(list []alert.PlayerData) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = Name(p.Name)
	}
	return strings.Join(names, ", ")
}

// chainHits words a number of hits.
func chainHits(n int) string {
	if n == 1 {
		return "1 hit"
	}
	return faction.Count(int64(n)) + " hits"
}

// points shows respect in whole points.
func points(r faction.Respect) string { return faction.Count(int64((r + 50) / 100)) }

// clockOf shows seconds as a timer does: "0:12".
func clockOf(seconds int) string { return fmt.Sprintf("%d:%02d", seconds/60, seconds%60) }

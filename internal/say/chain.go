package say

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chain"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

const (
	// ChainPage is how many members one page of a chain's report names.
	ChainPage = 12
	// ChainsPage is how many chains one page of the list names.
	ChainsPage = 12
)

// ChainView is a faction's chain as it stands.
type ChainView struct {
	Chain chain.State
	// SeenAt is when Torn last told of it; zero: never.
	SeenAt time.Time
	// Hits are those of the last minutes, by time; Pace is what they come to a minute.
	Hits     []chain.Hit
	Pace     float64
	Claim    chain.Claim
	Watchers []alert.PlayerData
	// Squad stands by with so many members where nobody is on watch; empty: none does.
	Squad     string
	Standby   int
	Untracked bool
	Now       time.Time
	Feeds     []feed.State
}

// RenderChain shows a chain: its timer, the next bonus and when it falls due at this
// pace, and who hit last.
func RenderChain(v ChainView) chat.Message {
	c, color := v.Chain, Grey
	var title string
	var body []string
	switch phase := c.Phase(v.Now); phase {
	case chain.Running, chain.Building:
		title, color = "Chain: "+chainHits(c.Current), Green
		if phase == chain.Building {
			title = "No chain yet: " + chainHits(c.Current) + " of " + strconv.Itoa(chain.MinHits)
		}
		if c.Left(v.Now) <= time.Duration(chain.Stages()[0])*time.Second {
			color = Red
		}
		body = append(body, "Breaks **"+Ago(c.End)+"**", chainComing(v), lastHit(v), chainClaim(v), onWatch(v))
	case chain.Cooling:
		title = "No chain"
		body = append(body, "The last one ended at "+chainHits(c.Current)+". The next can start "+Ago(c.Cooldown)+".")
	case chain.Broken:
		title = "No chain"
		body = append(body, "The last one ended at "+chainHits(c.Current)+", "+Ago(c.End)+".")
	default:
		title = "No chain"
		body = append(body, "No chain of your faction has been seen yet.")
	}
	if v.Untracked {
		body = append(body, "Nobody is called about chains: tracking is off (`/chain track start`).")
	}
	body = append(body, Stale(v.Feeds, v.Now, feed.Chain, feed.Front, feed.Attacks), Source("Torn", v.SeenAt))
	return chat.Message{Embeds: []chat.Embed{{Title: title, Color: color, Description: lines(body...)}}}
}

func chainComing(v ChainView) string {
	at, bonus, ok := v.Chain.Next()
	if !ok {
		return "No bonus is left."
	}
	next := fmt.Sprintf("Next bonus: hit **%s**, +%s respect, %s to go", faction.Count(int64(at)), points(bonus), faction.Count(int64(v.Chain.ToNext())))
	if v.Pace <= 0 {
		return next + "\nNobody has hit in the last 5 minutes."
	}
	due, _ := v.Chain.NextAt(v.Pace, v.Now)
	return next + fmt.Sprintf("\n**%.1f** hits a minute; at this pace %s", v.Pace, Ago(due))
}

func lastHit(v ChainView) string {
	if n := len(v.Hits); n > 0 {
		h := v.Hits[n-1]
		return fmt.Sprintf("Last hit: %s, the %s, %s", Name(h.Name), ordinal(h.Counter), Ago(h.At))
	}
	if at := v.Chain.LastHit(); !at.IsZero() {
		return "Last hit " + Ago(at)
	}
	return ""
}

func chainClaim(v ChainView) string {
	at, _, ok := v.Chain.Next()
	if !ok || v.Claim.Hit != at {
		return ""
	}
	var out []string
	if v.Claim.Player != 0 {
		out = append(out, "**"+Name(v.Claim.Name)+"** takes the bonus")
	}
	if v.Claim.HeldBy != 0 {
		out = append(out, "**HOLD**, says "+Name(v.Claim.HolderName))
	}
	return strings.Join(out, " · ")
}

func onWatch(v ChainView) string {
	switch {
	case len(v.Watchers) > 0:
	case v.Squad != "":
		return "🔴 **Nobody is on watch**: squad " + Name(v.Squad) + " is called, " + plural(v.Standby, "member")
	default:
		return ""
	}
	return "On watch: " + people(v.Watchers)
}

// BonusButtons are those below a chain whose next bonus is near.
func BonusButtons(id faction.ID, c chain.State, claim chain.Claim) []chat.Row {
	at, _, ok := c.Next()
	if !ok || c.Current < chain.MinHits {
		return nil
	}
	d := alert.ChainData{ID: int64(c.ID), Hit: at}
	if claim.Hit == at {
		d.Claim = &alert.ChainClaim{}
		if claim.Player != 0 {
			d.Claim.Player = &alert.PlayerData{ID: claim.Player, Name: claim.Name}
		}
		if claim.HeldBy != 0 {
			d.Claim.HeldBy = &alert.PlayerData{ID: claim.HeldBy}
		}
	}
	return bonusButtons(alert.Alert{Faction: id}, d)
}

// LiveChain is the chain as a live message. It is the same until somebody hits, takes
// the bonus, or the timer runs low: the client counts down by itself.
func LiveChain(v ChainView) chat.Live {
	phase := v.Chain.Phase(v.Now)
	same := v
	same.SeenAt, same.Pace, same.Feeds = time.Time{}, 0, nil
	return chat.Live{
		Message: RenderChain(v), Same: RenderChain(same), AsOf: v.SeenAt, Hot: phase == chain.Running || phase == chain.Building,
	}
}

// ChainReportView is one page of what a chain came to.
type ChainReportView struct {
	Report chain.Report
	// Of is the part of Report that a squad did; an empty Squad: everybody is shown.
	Squad   string
	Of      chain.Report
	Running bool
	// Final: the log was read to its end, late rows included.
	Final     bool
	Page      int
	AsOf, Now time.Time
	Feeds     []feed.State
}

// RenderChainReport shows what each member did in a chain.
func RenderChainReport(v ChainReportView) (chat.Message, Page) {
	r, shown := v.Report, v.Report
	if v.Squad != "" {
		shown = v.Of
	}
	page := PageOf(len(shown.Members), ChainPage, v.Page)
	e := chat.Embed{Title: "Chain of " + chainHits(r.Hits), Color: Grey, Footer: page.Footer("members")}
	ran := "No hit of it is in our log."
	if !r.Start.IsZero() {
		ran = On(r.Start) + ", " + Span(r.End.Sub(r.Start))
	}
	if v.Running {
		ran += ", still running"
	}
	head := fmt.Sprintf("**%s** respect, **%s** without bonuses", r.Respect, r.Normal())
	missing := ""
	if n := r.Missing(); n > 0 {
		missing = fmt.Sprintf("⚠ %s not in our log; the figures lack them", chainHits(n))
	} else if !v.Running && !v.Final {
		missing = "Late rows are still looked for; figures may grow a little."
	}
	body, squad := "Nobody has hit yet.", ""
	if v.Squad != "" {
		e.Footer += " · squad " + Plain(v.Squad)
		squad = fmt.Sprintf("Squad **%s**: **%s** of %s%s, **%s** of %s respect without bonuses%s", Name(v.Squad),
			faction.Count(int64(shown.Logged)), chainHits(r.Logged), shareOf(int64(shown.Logged), int64(r.Logged)),
			shown.Normal(), r.Normal(), shareOf(int64(shown.Normal()), int64(r.Normal())))
		body = "Nobody of the squad has hit in this chain."
	}
	if len(shown.Members) > 0 {
		body = chainTable(v, shown, shown.Members[page.First:page.Last], page.First)
	}
	e.Description = lines(ran, head, missing, squad, body, bestHit(shown), bonusLines(shown), wastedLine(shown), watchLine(shown),
		Stale(v.Feeds, v.Now, feed.Attacks), Source("Torn's attack log", v.AsOf))
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// chainTable gives each member two lines: hits and respect without bonuses, by which members
// compare, and below them the best hit, the bonuses, and the respect with these.
func chainTable(v ChainReportView, r chain.Report, rows []chain.MemberReport, first int) string {
	cols := []column{{"#", 3, true}, {"Name", Columns - 3 - narrow - wide - 3, false}, {"Hits", narrow, true}, {"Respect", wide, true}}
	out := [][]string{{"", "  best hit", "Bonus", "with it"}}
	for i, m := range rows {
		name := m.Name
		if clean(name) == "" {
			name = strconv.FormatInt(int64(m.Player), 10)
		}
		out = append(out, []string{strconv.Itoa(first + i + 1), name, count(int64(m.Hits), narrow), respect(m.Normal(), wide)})
		if m.Hits > 0 {
			out = append(out, withBonus("  "+respect(m.Best, wide), m.Bonus, m.Respect))
		}
	}
	whose := "Total"
	if v.Squad != "" {
		whose = "Squad"
	}
	out = append(out, []string{"", whose, count(int64(r.Logged), narrow), respect(r.Normal(), wide)})
	if r.Bonus > 0 {
		out = append(out, withBonus("", r.Bonus, r.Respect))
	}
	if v.Squad != "" {
		all := v.Report
		out = append(out, []string{"", "of the faction", percent(int64(r.Logged), int64(all.Logged)), percent(int64(r.Normal()), int64(all.Normal()))})
	}
	return table(cols, out)
}

// withBonus is the second line of a row; without a bonus it says the best hit alone.
func withBonus(best string, bonus, all faction.Respect) []string {
	if bonus <= 0 {
		return []string{"", best, "", ""}
	}
	return []string{"", best, "+" + count(int64((bonus+50)/100), narrow-1), respect(all, wide)}
}

func bestHit(r chain.Report) string {
	var best chain.MemberReport
	for _, m := range r.Members {
		if m.Best > best.Best {
			best = m
		}
	}
	if best.Best == 0 {
		return ""
	}
	return "Best hit without a bonus: " + Name(best.Name) + ", " + best.Best.String()
}

func bonusLines(r chain.Report) string {
	var out []string
	for _, h := range r.Bonuses {
		if h.Counter > chain.MinHits {
			out = append(out, fmt.Sprintf("%s %s (+%s)", faction.Count(int64(h.Counter)), Name(h.Name), points(h.Bonus())))
		}
	}
	return listed("Bonus hits: ", out)
}

func wastedLine(r chain.Report) string {
	var out []string
	for _, h := range r.Wasted() {
		out = append(out, fmt.Sprintf("%s (hit %s)", Name(h.Name), faction.Count(int64(h.Counter))))
	}
	return listed("⚠ Bonus wasted outside the war: ", out)
}

func watchLine(r chain.Report) string {
	var out []string
	for _, m := range r.Members {
		if m.Watch > 0 && len(out) < ChainPage {
			out = append(out, Name(m.Name)+" "+Span(m.Watch.Round(time.Minute)))
		}
	}
	return listed("On watch: ", out)
}

// ChainsView is one page of the chains on record, newest first.
type ChainsView struct {
	Chains []chain.Summary
	Page   int
	Now    time.Time
	AsOf   time.Time
}

// RenderChains lists chains.
func RenderChains(v ChainsView) (chat.Message, Page) {
	page := PageOf(len(v.Chains), ChainsPage, v.Page)
	var body []string
	for _, c := range v.Chains[page.First:page.Last] {
		line := fmt.Sprintf("**%s** · %s", chainHits(c.Current), c.Start.UTC().Format("2 Jan 2006 15:04"))
		switch {
		case c.Phase(v.Now) == chain.Running:
			line += " · running"
		case c.Counted:
			line += " · " + points(c.Respect) + " respect in " + Span(c.LastHit().Sub(c.Start))
		}
		body = append(body, line)
	}
	if len(v.Chains) == 0 {
		body = append(body, "No chain of "+strconv.Itoa(chain.MinHits)+" hits or more is on record yet. Chains are followed from the day I am set up.")
	}
	e := chat.Embed{Title: "Chains", Color: Grey, Footer: page.Footer("chains") + " · times are TCT", Description: lines(append(body, Source("Torn", v.AsOf))...)}
	return chat.Message{Embeds: []chat.Embed{e}}, page
}

// ordinal words a place in a row: "1st", "12th".
func ordinal(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return faction.Count(int64(n)) + suffix
}

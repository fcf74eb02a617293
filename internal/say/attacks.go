package say

import (
	"fmt"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// AttacksPage is how many attacks one page of the feed shows.
const AttacksPage = 10

// AttacksView is one page of a war's attacks, newest first.
type AttacksView struct {
	War     war.War
	Attacks []war.Logged
	// Player and Class say what the list was narrowed to; Player is a name, empty
	// for everybody. Squad is one as well.
	Player string
	Squad  string
	Class  war.Class
	More   bool // older ones exist

	AsOf, Now time.Time
	Feeds     []feed.State
}

// RenderAttacks lists attacks, one line each, each linked to its log.
func RenderAttacks(v AttacksView) chat.Message {
	title := "Attacks · " + WarTitle(v.War)
	var narrowed []string
	if v.Player != "" {
		narrowed = append(narrowed, "only "+Plain(v.Player))
	}
	if v.Squad != "" {
		narrowed = append(narrowed, "only squad "+Plain(v.Squad))
	}
	if v.Class != "" {
		narrowed = append(narrowed, "only "+ClassName(v.Class))
	}
	body := make([]string, 0, len(v.Attacks)+2)
	if len(v.Attacks) == 0 {
		body = append(body, "No such attack is on record.")
	}
	for _, a := range v.Attacks {
		body = append(body, attackLine(a))
	}
	e := chat.Embed{Title: title, Color: Grey, Description: lines(append(body, Stale(v.Feeds, v.Now, feed.Attacks), Incomplete(v.Feeds, v.War, v.Now), Source("Torn's attack log, times in TCT", v.AsOf))...)}
	foot := fmt.Sprintf("%d shown, newest first", len(v.Attacks))
	if v.More {
		foot += ", older ones follow"
	}
	e.Footer = strings.Join(append([]string{foot}, narrowed...), " · ")
	return chat.Message{Embeds: []chat.Embed{e}}
}

// lineName is shorter than Name: two of them and more share a line.
func lineName(f war.Fighter) string {
	switch {
	case f.ID == 0:
		return "(stealthed)"
	case clean(f.Name) == "":
		return fmt.Sprint(f.ID)
	default:
		return Text(f.Name, 18)
	}
}

func attackLine(l war.Logged) string {
	a := l.Attack
	at := a.Started.UTC().Format("15:04:05")
	if isCode(a.Code) {
		at = "[" + at + "](https://www.torn.com/page.php?sid=attackLog&ID=" + a.Code + ")"
	}
	parts := []string{fmt.Sprintf("%s %s ▸ %s · %s", at, lineName(a.Attacker), lineName(a.Defender), resultName(a.Result))}
	if a.RespectGain > 0 {
		parts[0] += " **+" + a.RespectGain.String() + "**"
	}
	if l.Verdict.Class != war.ClassWarHit && a.Result.Hit() {
		parts = append(parts, ClassName(l.Verdict.Class))
	}
	if a.Chain > 0 {
		parts = append(parts, fmt.Sprintf("chain %s", faction.Count(int64(a.Chain))))
	}
	for _, m := range l.Verdict.Marks.Names() {
		parts = append(parts, strings.ReplaceAll(m, "_", " "))
	}
	return strings.Join(parts, " · ")
}

// isCode tells whether an attack's code may stand in an address: Torn's are
// letters and digits.
func isCode(s string) bool {
	odd := func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	return s != "" && len(s) <= 48 && !strings.ContainsFunc(s, odd)
}

// resultName shows Torn's word; an unknown one is foreign text.
func resultName(r war.Result) string { return Text(strings.ToLower(string(r)), 16) }

// ClassName words a class of attack.
func ClassName(c war.Class) string {
	switch c {
	case war.ClassWarHit:
		return "war hit"
	case war.ClassOutsideHit:
		return "outside hit"
	case war.ClassNoScore:
		return "hit without score"
	case war.ClassTaken:
		return "hit taken"
	default:
		return string(c)
	}
}

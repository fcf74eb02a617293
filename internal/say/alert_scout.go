package say

import (
	"fmt"
	"math"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// scoutLines word who an enemy is; empty before that was read.
func scoutLines(d *alert.ScoutData) string {
	if d == nil {
		return ""
	}
	return scoutWords(*d)
}

func scoutWords(d alert.ScoutData) string {
	who := []string{fmt.Sprintf("**%d** members", d.Members)}
	if d.Rank != "" {
		who = append([]string{"**" + Text(d.Rank, 30) + "**"}, who...)
	}
	if d.Wins > 0 {
		who = append(who, fmt.Sprintf("%s won", plural(d.Wins, "war")))
	}
	if d.BestChain > 0 {
		who = append(who, "best chain "+faction.Count(d.BestChain))
	}
	levels := ""
	if d.Levels[4] > 0 {
		levels = fmt.Sprintf("Levels %d to %d, half of them %d to %d, middle %d", d.Levels[0], d.Levels[4], d.Levels[1], d.Levels[3], d.Levels[2])
	}
	return lines(strings.Join(who, " · "), levels, pastLines(d.Past))
}

// pastLines lists past wars of an enemy.
func pastLines(past []alert.PastData) string {
	if len(past) == 0 {
		return "No past war of theirs is on record at Torn"
	}
	won := 0
	var list []string
	for _, p := range past {
		if p.Outcome == string(war.OutcomeWon) {
			won++
		}
		list = append(list, fmt.Sprintf("%s %s : %s against %s, %s", outcome(war.Outcome(p.Outcome), false), faction.Count(p.Score), faction.Count(p.Theirs), Name(p.Against), Ago(p.End)))
	}
	head := fmt.Sprintf("Their last %d wars, %d won:\n", len(past), won)
	if len(past) == 1 {
		head = "Their last war:\n"
	}
	return head + strings.Join(list, "\n")
}

// enlistNews reminds of enlisting, and says when it was done.
func enlistNews(d alert.EnlistData) (string, chat.Embed) {
	at := "Matchmaking " + On(d.Matchmaking)
	note := ""
	if d.AtWar {
		note = "A war is still on."
	}
	switch {
	case d.Enlisted:
		return "**Enlisted** for the next ranked war", chat.Embed{Color: Green, Description: lines(at, note)}
	case d.Unknown:
		return "**Enlist for the next ranked war?** Matchmaking " + Ago(d.Matchmaking), chat.Embed{Color: Amber, Description: lines(at,
			"No war is scheduled. Whether you are enlisted I cannot see: Torn tells it only to a Limited key lent by a member with Faction API Access (`/link`).")}
	default:
		return "**Not enlisted**: matchmaking " + Ago(d.Matchmaking), chat.Embed{Color: Red, Description: lines(at,
			"Somebody with War Management enlists on the faction's page, or there is no war next week.", note)}
	}
}

// ebbNews words that our lead shrinks while members could do something about it.
func ebbNews(d alert.EbbData, w *alert.WarData) (string, chat.Embed) {
	lead := ""
	if w != nil {
		lead = " · " + signed(w.UsScore-w.ThemScore) + " now"
	}
	e := chat.Embed{Color: Red, Description: lines(
		ebbLine("Idle", d.Idle, nil), ebbLine("Flying", d.Flying, d.Lands), ebbLine("In hospital", d.Hospital, nil))}
	if !d.Over.IsZero() {
		e.Color = Green
		e.Description = ""
		return "**The lead holds again** since " + Clock(d.Over) + lead, e
	}
	return fmt.Sprintf("**Our lead shrinks**: %s in %d min", signed(-d.Lost), d.Minutes) + lead, e
}

// ebbNamed is how many of those who could fight are named.
const ebbNamed = 10

// ebbLine names people, and of those who fly when they land, where that is known.
func ebbLine(what string, names []string, lands []time.Time) string {
	if len(names) == 0 {
		return ""
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = Name(n)
		if i < len(lands) && !lands[i].IsZero() {
			list[i] += " lands " + Ago(lands[i])
		}
	}
	return fmt.Sprintf("%s **%d**: %s", what, len(names), Some(list, ebbNamed))
}

// ScoutView is all that is known of an enemy.
type ScoutView struct {
	War   war.War
	Card  alert.ScoutData
	Known bool
	Hours [24]war.AtHour
	Looks int
	// LookedAt is when they were last looked at; zero: never.
	LookedAt time.Time
	Now      time.Time
	Feeds    []feed.State
}

// RenderScout shows who the enemy is and when they are about.
func RenderScout(v ScoutView) chat.Message {
	w := v.War
	e := chat.Embed{Title: "Scouting · " + Name(w.Them.Name), URL: FactionURL(w.Them.Faction), Color: Grey}
	card := "They were not looked at yet; that happens within a minute of a war being matched."
	if v.Known {
		card = scoutWords(v.Card)
	}
	when := "Starts " + On(w.Start) + ", " + Ago(w.Start)
	if !v.Now.Before(w.Start) {
		when = ""
	}
	e.Description = lines(when, card, activityLines(v))
	if v.Known {
		e.Description = lines(e.Description, Source("Torn", v.Card.SeenAt))
	}
	if w.End.IsZero() { // after it nobody looks
		e.Description = lines(e.Description, Stale(v.Feeds, v.Now, feed.Scout))
	}
	return chat.Message{Embeds: []chat.Embed{e}}
}

// activityLines tell when most and fewest of the enemy are about.
func activityLines(v ScoutView) string {
	if v.Looks == 0 {
		return "Activity: not sampled yet; every 15 minutes from matchmaking on"
	}
	looked := fmt.Sprintf("Activity from %s since matchmaking", plural(v.Looks, "look"))
	if !v.LookedAt.IsZero() {
		looked += ", the last " + Ago(v.LookedAt)
	}
	most, least, ok := war.Peak(v.Hours)
	if !ok {
		return looked + "; less than half a day so far"
	}
	hour := func(h int) string {
		return fmt.Sprintf("%02d:00 TCT (about %d active)", h, int(math.Round(v.Hours[h].Active)))
	}
	return lines(looked, "Most at **"+hour(most)+"**, fewest at **"+hour(least)+"**")
}

package say

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// ReadyView is all that is shown of how fit our members are.
type ReadyView struct {
	War     war.War // that is coming or on; zero: none is
	Members []war.Fit
	// Squad is what Members were narrowed to, of Of members; empty: nothing.
	Squad string
	Of    int
	AsOf  time.Time // of the roster
	Now   time.Time
	Feeds []feed.State
}

// readyNamed is how many members of each kind are named, readyRows how many stand in
// the table.
const readyNamed, readyRows = 12, 15

// RenderReady shows what keeps members from fighting, the most important first.
func RenderReady(v ReadyView) chat.Message {
	e := chat.Embed{Title: "Ready?", Color: Amber}
	if v.War.ID != 0 {
		e.Title = "Ready for " + Name(v.War.Them.Name) + "?"
	}
	squad := ""
	if v.Squad != "" {
		e.Title += " · squad " + Plain(v.Squad)
		squad = fmt.Sprintf("The squad is **%d** of %d members%s", len(v.Members), v.Of, shareOf(int64(len(v.Members)), int64(v.Of)))
	}
	fit, energy, known := 0, 0, 0
	for _, f := range v.Members {
		if f.Ready(v.Now) {
			fit++
		}
		if f.Vitals != nil {
			known++
			energy += f.Vitals.Energy
		}
	}
	if len(v.Members) > 0 && fit*10 >= len(v.Members)*9 {
		e.Color = Green
	}
	starts := ""
	if v.War.ID != 0 && v.War.Phase(v.Now) == war.Scheduled {
		starts = "Starts " + On(v.War.Start) + ", " + Ago(v.War.Start)
	}
	vitals := "Energy and cooldowns: no member gave a key for that; `/link` with **My data** does"
	if known > 0 {
		vitals = fmt.Sprintf("Energy of %d who gave a key: **%s**, about %s", known, faction.Count(int64(energy)), plural(energy/25, "hit"))
	}
	e.Description = lines(
		fmt.Sprintf("**%d** of %d could hit now", fit, len(v.Members)), squad, starts, vitals,
		lackLine(v, war.LackDrug, "On drug cooldown", func(f war.Fit) string { return Ago(f.Vitals.Drug) }),
		lackLine(v, war.LackEnergy, "Under 100 energy", func(f war.Fit) string { return fmt.Sprint(f.Vitals.Energy) }),
		lackLine(v, war.LackHere, "Abroad or flying", whereabouts),
		lackLine(v, war.LackHospital, "Hospital or jail", until),
		lackLine(v, war.LackAwake, "Nothing done for a day", func(f war.Fit) string { return Ago(f.LastAction.At) }),
		lackLine(v, war.LackRevives, "Revivable by everybody", nil),
		reviveNote(v),
		lackLine(v, war.LackCrime, "Organized crime ready during the war", func(f war.Fit) string { return Ago(f.Vitals.Crime) }),
		crimeNote(v),
		lackLine(v, war.LackTenure, "Under 72 h in the faction, hits earn nothing", nil),
		lackLine(v, war.LackLink, "Not linked here", nil),
		troubleLine(v),
		Stale(v.Feeds, v.Now, feed.Members, feed.Front),
		Source("Torn", v.AsOf),
	)
	if t := vitalsTable(v); t != "" {
		e.Fields = append(e.Fields, chat.Field{Name: "Least ready of those who lent a key", Value: t})
	}
	e.Description = Within(e.Description, 4000)
	return chat.Message{Embeds: []chat.Embed{e}}
}

// lackLine names the members with a lack; empty when there are none.
func lackLine(v ReadyView, l war.Lack, what string, more func(war.Fit) string) string {
	found := war.Lacking(v.Members, l, v.Now)
	if len(found) == 0 {
		return ""
	}
	var names []string
	for _, f := range found {
		if f.Private && told(l) {
			continue
		}
		name := Name(f.Name)
		if more != nil {
			if s := more(f); s != "" {
				name += " " + s
			}
		}
		names = append(names, name)
	}
	s := fmt.Sprintf("%s **%d**", what, len(found))
	if len(names) > 0 {
		s += ": " + Some(names, readyNamed)
	}
	if kept := len(found) - len(names); kept > 0 {
		s += fmt.Sprintf(" · %d not named: their keys are for their own data", kept)
	}
	return s
}

// told tells that a lack is known from the member's own key alone.
func told(l war.Lack) bool {
	return l == war.LackDrug || l == war.LackEnergy || l == war.LackCrime
}

// crimeNote counts those whose crime is not in the war's way, or may be.
func crimeNote(v ReadyView) string {
	others, unknown := 0, 0
	for _, f := range v.Members {
		if !f.InCrime || f.CrimeInWar {
			continue
		}
		others++
		if f.Vitals == nil || f.Vitals.Crime.IsZero() {
			unknown++
		}
	}
	switch {
	case others == 0:
		return ""
	case unknown == 0 || v.War.ID == 0:
		return fmt.Sprintf("In an organized crime: **%d** others", others)
	default:
		return fmt.Sprintf("In an organized crime: **%d** others, of %d not known when it is ready", others, unknown)
	}
}

func whereabouts(f war.Fit) string {
	if f.Vitals != nil && !f.Private && !f.Vitals.Lands.IsZero() {
		return "lands " + Ago(f.Vitals.Lands)
	}
	if at := f.Status.Landing.At; f.Place == war.Flying && !at.IsZero() {
		return "lands " + Ago(at)
	}
	return ""
}

func until(f war.Fit) string {
	if f.Status.Until.IsZero() {
		return ""
	}
	return Ago(f.Status.Until)
}

// reviveNote says when revive settings cannot be seen, so that their absence is not
// read as all being well.
func reviveNote(v ReadyView) string {
	unknown := 0
	for _, f := range v.Members {
		switch f.ReviveSetting {
		case faction.RevivableByEveryone, faction.RevivableByFriends, faction.RevivableByNobody:
		default:
			unknown++
		}
	}
	if unknown == 0 {
		return ""
	}
	return fmt.Sprintf("Revive settings of %d are not known: Torn shows them only to a key with Faction API Access", unknown)
}

// troubleLine counts those of whom nothing was read, with the reasons.
func troubleLine(v ReadyView) string {
	reasons := map[string]int{}
	for _, f := range v.Members {
		switch {
		case f.Vitals != nil:
		case f.Trouble != "":
			reasons[f.Trouble]++
		default:
			reasons["gave no key for it"]++
		}
	}
	var list []string
	for why, n := range reasons {
		list = append(list, fmt.Sprintf("%d %s", n, why))
	}
	if len(list) == 0 {
		return ""
	}
	slices.Sort(list)
	return "-# Energy and cooldowns not known: " + strings.Join(list, ", ")
}

// vitalsTable sets the members whose keys were read, those who lack most on top.
func vitalsTable(v ReadyView) string {
	var known []war.Fit
	for _, f := range v.Members {
		if f.Vitals != nil && !f.Private {
			known = append(known, f)
		}
	}
	if len(known) == 0 {
		return ""
	}
	drug := func(f war.Fit) time.Duration { return max(0, f.Vitals.Drug.Sub(v.Now)) }
	slices.SortFunc(known, func(x, y war.Fit) int {
		return cmp.Or(cmp.Compare(x.Vitals.Energy, y.Vitals.Energy), cmp.Compare(drug(y), drug(x)), cmp.Compare(x.ID, y.ID))
	})
	var rows [][]string
	for _, f := range known[:min(len(known), readyRows)] {
		left := "-"
		if d := drug(f); d > 0 {
			left = fmt.Sprintf("%d:%02d", int(d.Hours()), int(d.Minutes())%60)
		}
		rows = append(rows, []string{f.Name, fmt.Sprintf("%d/%d", f.Vitals.Energy, f.Vitals.MaxEnergy), left})
	}
	return table([]column{{head: "Name", width: 16}, {head: "Energy", width: 9, right: true}, {head: "Drug", width: 5, right: true}}, rows)
}

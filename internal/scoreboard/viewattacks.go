package scoreboard

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// attackView is one line of the feed.
type attackView struct {
	ID                 string
	At                 moment
	Team               war.Team // whose attack it was
	Attacker, Defender nameView
	What               string // the class, or the result where that says more
	Class              war.Class
	Respect            string // signed, empty when none moved
	Marks              []string
	Chain              string
	Log                string // Torn's page of the fight
}

// attacksOf lists the newest attacks by when they counted; ids follow the start.
func attacksOf(b *board, now time.Time) []attackView {
	out := make([]attackView, 0, len(b.attacks))
	newest := slices.SortedStableFunc(slices.Values(b.attacks), func(x, y war.Logged) int {
		return y.Attack.Counted().Compare(x.Attack.Counted())
	})
	for _, l := range newest {
		out = append(out, attackOf(l, now))
	}
	return out
}

func attackOf(l war.Logged, now time.Time) attackView {
	a := l.Attack
	v := attackView{
		ID: fmt.Sprintf("attack-%d", a.ID), At: momentOf(a.Counted(), now), Team: war.Ours,
		Attacker: fighter(a.Attacker), Defender: fighter(a.Defender),
		Class: l.Verdict.Class, What: what(l),
	}
	if l.Verdict.Direction == war.Incoming {
		v.Team = war.Enemy
		if a.Result.Hit() && a.RespectLoss > 0 {
			v.Respect = "-" + a.RespectLoss.String()
		}
	} else if a.RespectGain > 0 {
		v.Respect = "+" + a.RespectGain.String()
	}
	for _, m := range l.Verdict.Marks.Names() {
		v.Marks = append(v.Marks, strings.ReplaceAll(m, "_", " "))
	}
	if a.Chain > 0 && a.Result.Hit() {
		v.Chain = faction.Count(int64(a.Chain))
	}
	if a.Code != "" {
		v.Log = "https://www.torn.com/page.php?sid=attackLog&ID=" + url.QueryEscape(a.Code)
	}
	return v
}

// what says how the attack ended and, where that is not the same, what it counts as.
func what(l war.Logged) string {
	class := say.ClassName(l.Verdict.Class)
	result := clip(strings.ToLower(say.Plain(string(l.Attack.Result))), 24)
	switch l.Verdict.Class {
	case war.ClassWarHit, war.ClassTaken, war.ClassOutsideHit, war.ClassNoScore, war.ClassDefended:
		return class + " · " + result
	case war.ClassOther:
		return result
	default:
		return class
	}
}

func fighter(f war.Fighter) nameView {
	if f.ID == 0 {
		return nameView{Name: war.Stealthed}
	}
	return nameView{say.Plain(f.Name), say.PlayerURL(f.ID)}
}

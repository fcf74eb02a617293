package chain

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// atHand is how long ago somebody who is fit may have done something last.
const atHand = 5 * time.Minute

// recruitDays is how many whole days in the faction a member's hits count from.
const recruitDays = 3

// stillOnline is how long after a look somebody who was online then counts as online: a
// little longer than rosters are read apart in peace.
const stillOnline = 6 * time.Minute

// Fit tells whether a member can hit at once, as a roster of the moment seen shows them:
// online or just active, and neither away, in hospital nor in jail. Of a roster that is
// old nobody is: who was online an hour ago may be asleep. A recruit's hits do not count
// (game.md, Chains).
func Fit(m faction.Member, seen, now time.Time) bool {
	if m.DaysInFaction < recruitDays {
		return false
	}
	if m.Status.At(now) != faction.StateOkay { // who is out or has landed by now is, though nobody looked since
		return false
	}
	return m.LastAction.Status == "Online" && now.Sub(seen) <= stillOnline || !m.LastAction.At.IsZero() && now.Sub(m.LastAction.At) <= atHand
}

// Nearest lists at most most of some members who may still come in time: those who are
// fit to hit first, then those who did something last.
func Nearest(roster faction.Roster, some []faction.PlayerID, now time.Time, most int) []faction.Member {
	var out []faction.Member
	for _, m := range roster.Members {
		if slices.Contains(some, m.ID) {
			out = append(out, m)
		}
	}
	rank := func(m faction.Member) int {
		if Fit(m, roster.AsOf, now) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(a, b faction.Member) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), b.LastAction.At.Compare(a.LastAction.At), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), most)]
}

// Ready lists at most most members who are fit to hit, those who earn the most with
// a hit first; earns is what a hit of theirs has earned so far, without bonuses.
func Ready(roster faction.Roster, earns map[faction.PlayerID]faction.Respect, now time.Time, most int) []faction.Member {
	var out []faction.Member
	for _, m := range roster.Members {
		if Fit(m, roster.AsOf, now) {
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b faction.Member) int {
		return cmp.Or(cmp.Compare(earns[b.ID], earns[a.ID]), b.LastAction.At.Compare(a.LastAction.At), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(len(out), most)]
}

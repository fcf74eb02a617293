package war

import (
	"cmp"
	"math"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// NPC tells whether a player is one of the game's own, who are nobody's target in a
// war (game.md, Attacks).
func NPC(id faction.PlayerID) bool {
	return slices.Contains([]faction.PlayerID{4, 10, 15, 17, 19, 20, 21}, id)
}

// Hunter is whom targets are looked for.
type Hunter struct {
	Player faction.PlayerID // 0: anybody
	Level  int              // 0: not known
}

// Targets picks out of the other side whom the hunter can hit now or, out of hospital,
// within a while, leaving out whom somebody else has called. Their own calls come
// first, then who can be hit at once. Of those the best first: whom we have hit
// before, by how fair that fight was, then those nearest to the hunter's level.
func Targets(foes []Person, h Hunter, within time.Duration, now time.Time) []Person {
	var out []Person
	for _, p := range foes {
		soon := p.Place == Okay || p.Place == InHospital && !p.Status.Until.IsZero() && p.Status.Until.Sub(now) <= within
		taken := p.Claim.Live(now) && p.Claim.Player != h.Player
		if soon && !taken && !NPC(p.ID) {
			out = append(out, p)
		}
	}
	mine := func(p Person) int {
		if h.Player != 0 && p.Claim.Player == h.Player {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(out, func(x, y Person) int {
		return cmp.Or(cmp.Compare(mine(x), mine(y)), cmp.Compare(x.order(), y.order()), cmp.Compare(x.wait(now), y.wait(now)),
			cmp.Compare(y.Past.FairFight, x.Past.FairFight), cmp.Compare(h.apart(x), h.apart(y)), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// apart is how far a level is from the hunter's, as a ratio: ten levels are much at 15
// and little at 90.
func (h Hunter) apart(p Person) float64 {
	if h.Level <= 0 || p.Level <= 0 {
		return 0
	}
	return math.Abs(math.Log(float64(p.Level) / float64(h.Level)))
}

// wait is for how many minutes somebody is still away: a target a few seconds sooner
// is no better one.
func (p Person) wait(now time.Time) int {
	if p.Place == Okay {
		return 0
	}
	return int(p.Status.Until.Sub(now) / time.Minute)
}

// Limits of a claim.
const (
	ClaimLasts   = 10 * time.Minute // when nobody says how long
	ClaimAfter   = 5 * time.Minute  // of one in hospital: from when they are out
	ClaimLongest = time.Hour
	ClaimsAtOnce = 5 // of one member
)

// ClaimUntil is when a claim made now ends when nobody said how long.
func ClaimUntil(s faction.Status, now time.Time) time.Time {
	until := now.Add(ClaimLasts)
	if s.At(now) == faction.StateHospital {
		if out := s.Until.Add(ClaimAfter); out.After(until) {
			until = out
		}
	}
	if last := now.Add(ClaimLongest); until.After(last) {
		return last
	}
	return until
}

package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Vitals is what a member's own key tells of how fit they are for a war.
type Vitals struct {
	Energy, MaxEnergy int
	// Drug is when the drug cooldown is over; in the past: it is.
	Drug time.Time
	// Lands is when a flight under way ends; zero: none is.
	Lands time.Time
	// Crime is when the organized crime that they are in gets ready; zero: they are in
	// none, or it is not known.
	Crime time.Time
	At    time.Time // when Torn told it
}

// DuringWar tells whether the crime gets ready while a war that is coming or on may last:
// its member then has to be in Torn and out of hospital.
func (v Vitals) DuringWar(w War, now time.Time) bool {
	return w.ID != 0 && w.End.IsZero() && !v.Crime.IsZero() && !v.Crime.Before(later(w.Start, now)) && v.Crime.Before(w.Start.Add(targetGone))
}

// Fit is one member before a war.
type Fit struct {
	faction.Member
	Place Place
	// Linked: we know their Discord account, so that they can be called.
	Linked bool
	// Vitals are nil when no key of theirs was read; Trouble says why one could not be.
	Vitals  *Vitals
	Trouble string
	// Private: the key was given for their own data alone, so that of Vitals only sums
	// are shown to others.
	Private bool
	// CrimeInWar: their organized crime gets ready while the war may be on.
	CrimeInWar bool
}

// lowEnergy is below which a member has not enough for four hits (25 each).
const lowEnergy = 100

// Lack is something in the way of a member's fighting.
type Lack string

// The lacks.
const (
	LackLink     Lack = "link"     // cannot be called on Discord
	LackKey      Lack = "key"      // how fit they are is not known
	LackEnergy   Lack = "energy"   // less than four hits' worth
	LackDrug     Lack = "drug"     // on drug cooldown
	LackRevives  Lack = "revives"  // can be revived by anybody, and so farmed
	LackHere     Lack = "here"     // abroad or flying
	LackHospital Lack = "hospital" // or jail
	LackCrime    Lack = "crime"    // in an organized crime that gets ready during the war and wants them in Torn then
	LackAwake    Lack = "awake"    // did nothing for a day
	LackTenure   Lack = "tenure"   // under 72 hours in the faction: hits earn nothing
)

// awayAfter is from when somebody who does nothing is taken to be away.
const awayAfter = 24 * time.Hour

// newMember is for how many days a member's hits earn nothing (game.md, Chains).
const newMember = 3

// Lacks tells what is in the way of a member's fighting at a moment.
func (f Fit) Lacks(now time.Time) []Lack {
	var out []Lack
	add := func(l Lack, is bool) {
		if is {
			out = append(out, l)
		}
	}
	v := f.Vitals
	add(LackHere, f.Place == Flying || f.Place == Abroad)
	add(LackHospital, f.Place == InHospital || f.Place == InJail || f.Place == Away)
	add(LackDrug, v != nil && v.Drug.After(now))
	add(LackEnergy, v != nil && v.Energy < lowEnergy)
	add(LackAwake, !f.LastAction.At.IsZero() && now.Sub(f.LastAction.At) > awayAfter)
	add(LackRevives, f.ReviveSetting == faction.RevivableByEveryone)
	add(LackCrime, f.CrimeInWar)
	add(LackTenure, f.DaysInFaction < newMember)
	add(LackKey, v == nil)
	add(LackLink, !f.Linked)
	return out
}

// Ready tells that nothing keeps a member from hitting at once, as far as is known:
// who lent no key counts by what the roster shows.
func (f Fit) Ready(now time.Time) bool {
	return !slices.ContainsFunc(f.Lacks(now), func(l Lack) bool {
		switch l {
		case LackHere, LackHospital, LackDrug, LackEnergy, LackAwake, LackTenure:
			return true
		default:
			return false
		}
	})
}

// Lacking gives the members with a lack, by name.
func Lacking(all []Fit, l Lack, now time.Time) []Fit {
	var out []Fit
	for _, f := range all {
		if slices.Contains(f.Lacks(now), l) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(x, y Fit) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return out
}

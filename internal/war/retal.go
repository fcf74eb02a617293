package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// RetalWindow is how long after the end of a hit on us its attacker may be hit back
// with the bonus (game.md, Modifiers).
const RetalWindow = 300 * time.Second

// fightTime is how long a fight lasts at most (game.md, Attacks).
const fightTime = 5 * time.Minute

// RetalClaimFor is how long a claim holds: whoever has not struck by then lets
// somebody else try, while there is time.
const RetalClaimFor = 2 * time.Minute

// RetalState is where a retaliation stands.
type RetalState string

// The states. Only an open one waits for somebody. A taken one stays taken; any other
// may become so by a row that Torn shows late.
const (
	RetalOpen    RetalState = "open"
	RetalTaken   RetalState = "taken"
	RetalExpired RetalState = "expired"
	RetalGone    RetalState = "gone" // the attacker attacked again
	RetalVoid    RetalState = "void" // Torn took the hit back
)

// Retal is the chance to answer one hit on us.
type Retal struct {
	// Attack is the hit that opened it, its only key; Code leads to its log.
	Attack AttackID
	Code   string
	// At is when that hit ended.
	At     time.Time
	Target Fighter // who hit us, and is to be hit
	Victim Fighter // who of ours was hit
	Result Result  // how
	// War is the war of ours during which it happened, whoever the target is; 0: none.
	War   ID
	State RetalState
	// SettledAt is when it was taken, expired, gone or void; zero while it is open.
	SettledAt time.Time
	// Answer is the hit that took it; zero unless it was taken.
	Answer RetalAnswer

	// The following is no matter of the log and not folded from it.

	Seen  RetalSeen
	Claim RetalClaim
}

// RetalAnswer is how a retaliation was taken.
type RetalAnswer struct {
	Attack AttackID
	Code   string
	By     Fighter
	Result Result // leaders want Hospitalized
}

// RetalSeen is what was known of the target when the retaliation opened.
type RetalSeen struct {
	// Status is the target's, as Torn showed it at StatusAt; zero when that is not known.
	Status   faction.Status
	StatusAt time.Time
	// FairFight is the median fair-fight modifier of the Hits that we made on them
	// before; 0 without any.
	FairFight float64
	Hits      int
}

// RetalClaim tells who called dibs. Zero: nobody.
type RetalClaim struct {
	By   faction.PlayerID
	Name string
	At   time.Time
}

// Until is the moment from which somebody else may claim it; zero without a claim.
func (c RetalClaim) Until() time.Time {
	if c.By == 0 {
		return time.Time{}
	}
	return c.At.Add(RetalClaimFor)
}

// Holds tells whether somebody has called dibs and may still strike at now.
func (c RetalClaim) Holds(now time.Time) bool { return c.By != 0 && now.Before(c.Until()) }

// Deadline is the moment until which a fight must have begun to earn the bonus.
func (r Retal) Deadline() time.Time { return r.At.Add(RetalWindow) }

// Took is how long after the hit the answer landed; 0 unless it was taken.
func (r Retal) Took() time.Duration {
	if r.State != RetalTaken {
		return 0
	}
	return r.SettledAt.Sub(r.At)
}

// Retals tells which retaliations the given attacks opened and what became of each by
// now, ordered by when they opened. The order of the rows does not matter and
// neither do repeated ones; of two versions of a row the last one counts.
func Retals(rows []Attack, ours faction.ID, wars []War, now time.Time) []Retal {
	var out []Retal
	last := map[faction.PlayerID]int{} // each attacker's latest, as an index of out
	for _, a := range inOrder(rows) {
		switch direction(a, ours) {
		case Incoming:
			if a.anonymous() || a.Stealthed {
				continue
			}
			if i, ok := last[a.Attacker.ID]; ok {
				out[i] = out[i].expire(a.Counted())
				if out[i].State == RetalOpen {
					out[i].State, out[i].SettledAt = RetalGone, a.Counted()
				}
			}
			if opens(a, ours, wars) {
				last[a.Attacker.ID] = len(out)
				out = append(out, opened(a, wars))
			}
		case Outgoing:
			if !a.Result.Hit() || a.Modifiers.Retaliation <= 1 {
				continue
			}
			// Torn's own modifier tells that it was a retaliation: it outweighs what we
			// made of the rest, such as an attack that began while this fight was on.
			if i, ok := last[a.Defender.ID]; ok && out[i].State != RetalTaken && !a.Started.After(out[i].Deadline()) {
				out[i].State, out[i].SettledAt = RetalTaken, a.Counted()
				out[i].Answer = RetalAnswer{Attack: a.ID, Code: a.Code, By: a.Attacker, Result: a.Result}
			}
		}
	}
	for i := range out {
		out[i] = out[i].expire(now)
	}
	return out
}

// expire ends a retaliation whose time is up at now.
func (r Retal) expire(now time.Time) Retal {
	if r.State == RetalOpen && !now.Before(r.Deadline()) {
		r.State, r.SettledAt = RetalExpired, r.Deadline()
	}
	return r
}

// inOrder gives each attack once, in the order in which they count.
func inOrder(rows []Attack) []Attack {
	at := make(map[AttackID]int, len(rows))
	var out []Attack
	for _, a := range rows {
		if i, ok := at[a.ID]; ok {
			out[i] = a
			continue
		}
		at[a.ID] = len(out)
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Attack) int {
		return cmp.Or(a.Counted().Compare(b.Counted()), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// opens tells whether an incoming attack may be answered: a hit with respect, and
// not one made abroad outside of any war (game.md, Modifiers).
func opens(a Attack, ours faction.ID, wars []War) bool {
	if !a.Result.Hit() || a.RespectGain <= 0 {
		return false
	}
	return a.Modifiers.Overseas <= 1 || a.RankedWar || a.Raid || a.Territory || a.Modifiers.War > 1 ||
		slices.ContainsFunc(wars, func(w War) bool { return w.Contains(a.Counted()) && hitsEnemy(a, ours, w) })
}

func opened(a Attack, wars []War) Retal {
	r := Retal{Attack: a.ID, Code: a.Code, At: a.Counted(), Target: a.Attacker, Victim: a.Defender, Result: a.Result, State: RetalOpen}
	for _, w := range wars {
		if w.Contains(r.At) {
			r.War = w.ID
			break
		}
	}
	return r
}

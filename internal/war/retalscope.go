package war

import (
	"slices"
	"time"

	"consigliere/internal/faction"
)

// RetalScope is which retaliations attacks that are new or have changed may touch:
// those of some players, opened in a stretch of time.
type RetalScope struct {
	players     map[faction.PlayerID]bool
	first, last time.Time
}

// Touch widens the scope by an attack. One that changed is touched as it was and as
// it is.
func (s *RetalScope) Touch(a Attack, ours faction.ID) {
	var who faction.PlayerID
	switch direction(a, ours) {
	case Incoming:
		who = a.Attacker.ID
	case Outgoing:
		if a.Result.Hit() && a.Modifiers.Retaliation > 1 {
			who = a.Defender.ID
		}
	}
	if who == 0 {
		return
	}
	if s.players == nil {
		s.players = map[faction.PlayerID]bool{}
	}
	s.players[who] = true
	at := a.Counted()
	if s.first.IsZero() || at.Before(s.first) {
		s.first = at
	}
	if at.After(s.last) {
		s.last = at
	}
}

// reach is how far apart an attack and the retaliation that it touches can lie: the
// window, and a fight begun at its end.
const reach = RetalWindow + fightTime + time.Minute

// Players lists whose attacks, and hits on whom, are needed; ordered.
func (s RetalScope) Players() []faction.PlayerID {
	out := make([]faction.PlayerID, 0, len(s.players))
	for id := range s.players {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
}

// Opened bounds when the retaliations in the scope opened, both ends included.
func (s RetalScope) Opened() (from, to time.Time) {
	if s.first.IsZero() {
		return time.Time{}, time.Time{}
	}
	return s.first.Add(-reach), s.last
}

// Started bounds when the attacks started that decide about them, both ends included.
func (s RetalScope) Started() (from, to time.Time) {
	if s.first.IsZero() {
		return time.Time{}, time.Time{}
	}
	return s.first.Add(-reach - fightTime - time.Minute), s.last.Add(reach)
}

// RetalChange is a retaliation that is new, or not what it was.
type RetalChange struct {
	Retal
	Was RetalState // empty: it was not known
}

// Changes tells which retaliations are new or otherwise than stored. rows are all
// attacks of the scope's players in Started, as they are now; known are the stored
// retaliations of those players in Opened, and every other one that is open.
func (s RetalScope) Changes(rows []Attack, known []Retal, ours faction.ID, wars []War, now time.Time) []RetalChange {
	from, to := s.Opened()
	inScope := func(r Retal) bool {
		return s.players[r.Target.ID] && !r.At.Before(from) && !r.At.After(to)
	}
	before := make(map[AttackID]Retal, len(known))
	for _, r := range known {
		before[r.Attack] = r
	}
	var out []RetalChange
	folded := map[AttackID]bool{}
	for _, r := range Retals(rows, ours, wars, now) {
		if !inScope(r) {
			continue
		}
		folded[r.Attack] = true
		was, ok := before[r.Attack]
		r.Seen, r.Claim = was.Seen, was.Claim
		if !ok || !r.same(was) {
			out = append(out, RetalChange{Retal: r, Was: was.State})
		}
	}
	for _, was := range known {
		r := was
		switch {
		case folded[r.Attack]:
			continue
		case inScope(r) && r.State != RetalVoid:
			r.State, r.SettledAt, r.Answer = RetalVoid, now, RetalAnswer{}
		default:
			r = r.expire(now)
		}
		if !r.same(was) {
			out = append(out, RetalChange{Retal: r, Was: was.State})
		}
	}
	return out
}

// same tells whether two are alike in what is folded from the log.
func (r Retal) same(o Retal) bool {
	r.Seen, r.Claim, o.Seen, o.Claim = RetalSeen{}, RetalClaim{}, RetalSeen{}, RetalClaim{}
	at, settled := r.At.Equal(o.At), r.SettledAt.Equal(o.SettledAt)
	r.At, r.SettledAt, o.At, o.SettledAt = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	return at && settled && r == o
}

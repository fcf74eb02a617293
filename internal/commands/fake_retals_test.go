package commands_test

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// hitsOnUs are retaliations of the war that is on: one that waits, one that somebody is
// on, and some that are settled.
func hitsOnUs() map[faction.ID][]war.Retal {
	by := func(id faction.PlayerID, name string) war.Fighter {
		return war.Fighter{ID: id, Name: name, Level: 71, Faction: 555, FactionName: "Bandits"}
	}
	us := func(id faction.PlayerID, name string) war.Fighter {
		return war.Fighter{ID: id, Name: name, Level: 50, Faction: wolves, FactionName: "Wolves"}
	}
	at := func(id war.AttackID, ago time.Duration, who war.Fighter, state war.RetalState) war.Retal {
		r := war.Retal{Attack: id, Code: "cafe42", At: now.Add(-ago), Target: who, Victim: us(3, "Mick"), Result: war.Hospitalized, War: warID, State: state}
		if state != war.RetalOpen {
			r.SettledAt = r.At.Add(48 * time.Second)
		}
		return r
	}
	waits := at(7001, 40*time.Second, by(501, "Black Jack"), war.RetalOpen)
	waits.Seen = war.RetalSeen{
		Status: faction.Status{State: faction.StateHospital, Until: now.Add(2 * time.Minute)}, StatusAt: now.Add(-9 * time.Second), FairFight: 2.41, Hits: 3,
	}
	held := at(7002, 90*time.Second, by(502, "Kid_Curry"), war.RetalOpen)
	held.Claim = war.RetalClaim{By: 1, Name: "Duke", At: now.Add(-30 * time.Second)}
	taken := at(7003, 10*time.Minute, by(503, "Laura"), war.RetalTaken)
	taken.Answer = war.RetalAnswer{Attack: 8003, Code: "beef43", By: us(2, "Vera"), Result: war.Hospitalized}
	mugged := at(7004, 12*time.Minute, by(501, "Black Jack"), war.RetalTaken)
	mugged.Answer = war.RetalAnswer{Attack: 8004, By: us(2, "Vera"), Result: war.Mugged}
	return map[faction.ID][]war.Retal{wolves: {
		waits, held, taken, mugged, at(7005, 20*time.Minute, by(502, "Kid_Curry"), war.RetalExpired), at(7006, 22*time.Minute, by(501, "Black Jack"), war.RetalGone),
		at(7007, 30*time.Minute, by(501, "Black Jack"), war.RetalVoid),
	}}
}

// retals keeps the retaliations of the world as the store does.
type retals struct{ w *world }

func (s retals) Retals(_ context.Context, id faction.ID, in war.ID, since time.Time) ([]war.Retal, error) {
	var out []war.Retal
	for _, r := range s.w.retals[id] {
		if r.State == war.RetalOpen || in != 0 && r.War == in || in == 0 && !r.At.Before(since) {
			out = append(out, r)
		}
	}
	return out, s.w.failAll
}

func (s retals) ClaimRetal(_ context.Context, id faction.ID, attack war.AttackID, by faction.PlayerID, at time.Time) (war.Retal, error) {
	list := s.w.retals[id]
	i := slices.IndexFunc(list, func(r war.Retal) bool { return r.Attack == attack })
	switch {
	case s.w.failAll != nil:
		return war.Retal{}, s.w.failAll
	case i < 0:
		return war.Retal{}, faction.Errorf(faction.NotFound, "This retaliation is not on record any more. Nothing was changed.")
	case list[i].State != war.RetalOpen || !at.Before(list[i].Deadline()):
		return war.Retal{}, faction.Errorf(faction.Conflict, "Too late: this retaliation is settled.")
	case list[i].Claim.Holds(at) && list[i].Claim.By != by:
		return list[i], nil
	}
	s.w.note("claim %d of %d by %d", attack, id, by)
	if list[i].Claim.Holds(at) {
		list[i].Claim = war.RetalClaim{}
		return list[i], nil
	}
	list[i].Claim = war.RetalClaim{By: by, Name: "Somebody", At: at}
	return list[i], nil
}

package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// RetalFigures is what retaliations came to, of one member or of all.
type RetalFigures struct {
	Player faction.PlayerID // 0: of all together
	Name   string
	// Taken counts those answered, Hospitalized how many of them as leaders want it.
	Taken, Hospitalized int
	// Median is the median time from the hit to the answer; 0 without any.
	Median time.Duration
	// Opened, Open, Expired and Gone count all of them; 0 for a member, since nobody
	// in particular let one pass. One that Torn took back was never opened.
	Opened, Open, Expired, Gone int
}

// RetalTable adds up retaliations, in all and per member, those who answered most first.
func RetalTable(rows []Retal) (all RetalFigures, members []RetalFigures) {
	took := map[faction.PlayerID][]time.Duration{}
	by := map[faction.PlayerID]*RetalFigures{}
	var every []time.Duration
	for _, r := range rows {
		if r.State == RetalVoid {
			continue
		}
		all.Opened++
		switch r.State {
		case RetalOpen:
			all.Open++
		case RetalExpired:
			all.Expired++
		case RetalGone:
			all.Gone++
		case RetalTaken:
			who := r.Answer.By
			m := by[who.ID]
			if m == nil {
				m = &RetalFigures{Player: who.ID, Name: who.Name}
				by[who.ID] = m
			}
			m.Taken++
			all.Taken++
			if r.Answer.Result == Hospitalized {
				m.Hospitalized++
				all.Hospitalized++
			}
			took[who.ID] = append(took[who.ID], r.Took())
			every = append(every, r.Took())
		}
	}
	all.Median = median(every)
	for id, m := range by {
		m.Median = median(took[id])
		members = append(members, *m)
	}
	slices.SortFunc(members, func(a, b RetalFigures) int {
		return cmp.Or(cmp.Compare(b.Taken, a.Taken), cmp.Compare(b.Hospitalized, a.Hospitalized), cmp.Compare(a.Median, b.Median), cmp.Compare(a.Player, b.Player))
	})
	return all, members
}

// median is the middle one, of an even number the mean of the two in the middle.
func median(of []time.Duration) time.Duration {
	if len(of) == 0 {
		return 0
	}
	slices.Sort(of)
	return (of[(len(of)-1)/2] + of[len(of)/2]) / 2
}

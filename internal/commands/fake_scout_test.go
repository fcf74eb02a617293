package commands_test

import (
	"context"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// scouts knows the enemy of the war that is on.
type scouts struct{ w *world }

func (s scouts) Scout(_ context.Context, _ faction.ID, id war.ID) (war.Scout, bool, error) {
	if id != warID {
		return war.Scout{}, false, s.w.failAll
	}
	return war.Scout{
		Enemy: 555, Rank: "Gold II", Wins: 41, Members: 88, BestChain: 25_000, SeenAt: now.Add(-80 * time.Hour),
		Levels: war.Spread{Lowest: 9, Quarter: 40, Middle: 62, Upper: 80, Highest: 100},
		Past: []war.PastWar{
			{ID: 44000, Against: "Sea_Dogs", End: now.Add(-9 * 24 * time.Hour), Lasted: 2880, Score: 6100, Theirs: 4100, Outcome: war.OutcomeWon},
			{ID: 43000, Against: "Foxes", End: now.Add(-16 * 24 * time.Hour), Lasted: 2880, Score: 2100, Theirs: 4400, Outcome: war.OutcomeLost},
		},
	}, true, s.w.failAll
}

func (s scouts) Activity(_ context.Context, _ faction.ID, id war.ID) (out []war.Activity, err error) {
	for h := 0; h < 30 && id == warID; h++ {
		at := now.Add(-80 * time.Hour).Add(time.Duration(h) * time.Hour)
		out = append(out, war.Activity{War: id, Hour: at, Looks: 4, Members: 352, Active: 4 * (5 + at.Hour()), Online: 4 * at.Hour() / 2, LookedAt: at.Add(50 * time.Minute)})
	}
	return out, s.w.failAll
}

func (charts) Activity(string, [24]war.AtHour) ([]byte, error) {
	return []byte("png of the activity"), nil
}

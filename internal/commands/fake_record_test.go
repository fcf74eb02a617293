package commands_test

import (
	"context"
	"slices"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// pastWar is the war of the world that is over.
const pastWar war.ID = 40001

// records are the books of pastWar; no other war has an official report.
type records struct{ w *world }

func (r records) WarBooks(ctx context.Context, id faction.ID, of war.War) (war.Books, bool, error) {
	rows, err := r.w.Tallies(ctx, id, of.ID)
	b := war.Books{War: of, Tallies: rows, Members: map[faction.PlayerID]bool{1: true, 2: true}, Former: map[faction.PlayerID]bool{}}
	if of.ID != pastWar || err != nil {
		return b, false, err
	}
	b.Report = war.Report{War: of.ID, Start: of.Start, End: of.End, Winner: of.Winner, Sides: []war.ReportSide{
		{
			Faction: of.Us.Faction, Name: of.Us.Name, Score: 6100, Attacks: 321, RankBefore: "Gold II", RankAfter: "Gold III",
			Rewards: war.Rewards{Respect: 2400, Points: 150, Items: []war.RewardItem{{ID: 1118, Name: "Armor Cache", Quantity: 9}, {ID: 1121, Name: "Medium Arms Cache", Quantity: 4}}},
			Members: []war.ReportMember{
				{Player: 2, Name: "Vera", Level: 80, Attacks: 199, Score: 402_900}, {Player: 1, Name: "Du*ke", Level: 100, Attacks: 115, Score: 202_987},
				{Player: 77, Name: "Hired", Level: 90, Attacks: 7, Score: 4_113},
			},
		},
		{
			Faction: of.Them.Faction, Name: of.Them.Name, Score: 4100, Attacks: 250, RankBefore: "Gold I", RankAfter: "Gold I",
			Members: []war.ReportMember{{Player: 601, Name: "Salt", Level: 70, Attacks: 250, Score: 410_000}},
		},
	}}
	hit := func(id war.AttackID, by faction.PlayerID, gain faction.Respect, flagged bool) war.Logged {
		return war.Logged{War: of.ID, Verdict: war.Verdict{Direction: war.Outgoing, Class: war.ClassWarHit, InWar: true}, Attack: war.Attack{
			ID: id, Code: "c0de", Started: of.Start.Add(time.Hour), Ended: of.Start.Add(time.Hour), Result: war.Hospitalized, RespectGain: gain, RankedWar: flagged,
			Attacker: war.Fighter{ID: by, Faction: of.Us.Faction}, Defender: war.Fighter{ID: 601, Faction: of.Them.Faction},
		}}
	}
	b.Rows = []war.Logged{hit(1, 2, 512, false), hit(2, 2, 402_900, true)}
	return b, true, nil
}

func (r records) WarSummaries(_ context.Context, id faction.ID, wars []war.ID) (map[war.ID]war.Summary, error) {
	out := map[war.ID]war.Summary{}
	for _, w := range wars {
		if w == pastWar {
			out[w] = war.Summary{
				Side: war.ReportSide{Faction: id, Name: "Wolves", Score: 6100, Attacks: 321, RankBefore: "Gold II", RankAfter: "Gold III",
					Rewards: war.Rewards{Respect: 2400, Items: []war.RewardItem{{ID: 1118, Name: "Armor Cache", Quantity: 9}, {ID: 1121, Name: "Medium Arms Cache", Quantity: 4}}}},
				Best: war.ReportMember{Player: 2, Name: "Vera", Attacks: 199, Score: 402_900}, HasBest: true,
			}
		}
	}
	return out, r.w.failAll
}

// past is the reading of past wars: each look finds it a quarter further.
type past struct {
	w     *world
	now   *feed.Backfill
	looks int
}

// reading is the reading of past wars in this world.
func (w *world) reading() *past {
	w.past.w = w
	return &w.past
}

// readsBack begins a reading that is under way.
func (w *world) readsBack() {
	_, _, _ = w.reading().StartBackfill(context.Background(), wolves, feed.BackfillOrder{By: 2, At: now, From: now.AddDate(-1, 0, 0), To: now})
}

func (p *past) StartBackfill(_ context.Context, id faction.ID, o feed.BackfillOrder) (feed.Backfill, bool, error) {
	if p.now != nil && p.now.State == feed.BackfillRunning {
		return *p.now, false, nil
	}
	start := o.At.Add(-14 * 24 * time.Hour)
	p.now = &feed.Backfill{ID: 1, BackfillOrder: o, State: feed.BackfillRunning, Listed: o.At, Wars: []feed.BackfillWar{
		{War: pastWar, Enemy: "Sea Dogs", Start: start, End: start.Add(48 * time.Hour), State: feed.WarReading, Reported: true, ReadTo: start.Add(36 * time.Hour), Attacks: 120},
		{War: 30000, Enemy: "Old Ones", Start: start.AddDate(-2, 0, 0), End: start.AddDate(-2, 0, 2), State: feed.WarTooOld, ReportTries: feed.ReportTries},
	}}
	if _, err := p.w.War(context.Background(), id, pastWar); err != nil { // a faction without a past
		p.now.Wars = nil
	}
	p.looks = 0
	return *p.now, true, nil
}

func (p *past) Backfill(context.Context, faction.ID) (feed.Backfill, bool, error) {
	if p.now == nil {
		return feed.Backfill{}, false, nil
	}
	b := *p.now
	if p.looks++; b.State == feed.BackfillRunning && p.looks > 3 {
		b.State, b.Ended = feed.BackfillDone, b.At.Add(3*time.Minute)
		if b.Wars = slices.Clone(b.Wars); len(b.Wars) > 0 {
			b.Wars[0].State, b.Wars[0].Attacks = feed.WarRead, 532
		}
		p.now = &b
	}
	return b, true, nil
}

func (p *past) CancelBackfill(_ context.Context, id faction.ID, backfill int64, now time.Time) error {
	if p.now == nil || p.now.ID != backfill || p.now.State != feed.BackfillRunning {
		return faction.Errorf(faction.Conflict, "That reading of past wars is over already. Nothing was changed.")
	}
	p.now.State, p.now.Ended = feed.BackfillCancelled, now
	return nil
}

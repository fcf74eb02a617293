package poll

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// Wars keeps the list of past wars: it closes those that ended unseen and fetches
// the official reports.
type Wars struct {
	Source
	Store     UpdateStore
	Clock     clock.Clock
	Intervals feed.Intervals
	Events    war.EventOptions
	Log       *slog.Logger
}

const (
	listedWars   = 20                 // one page of the list
	wars         = time.Hour          // between looks while nothing is pending
	reportWithin = 7 * 24 * time.Hour // after that nobody waits for a report any more
)

// RunOnce looks at the list once and fetches at most one report.
func (p *Wars) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	known, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	opts := torn.Options{Priority: torn.Background}
	list, err := fetch(ctx, p.Source, st.Faction, torn.NeedPublic, func(ctx context.Context, key torn.Key) (torn.List[torn.RankedWar], error) {
		return p.Client.RankedWars(ctx, key, opts, st.Faction, listedWars, 0)
	})
	if err != nil {
		return err
	}
	for _, s := range list.Skipped {
		p.Log.Warn("a row of the list of wars could not be read and was left out", "faction_id", st.Faction, "err", s)
	}
	u := feed.Update{Hurry: map[feed.Name]time.Time{}}
	now := p.Clock.Now()
	for _, row := range list.Rows {
		if seen, ok := warOf(row, st.Faction, now); ok {
			p.close(&u, known, seen, now)
		}
	}
	next := started.Add(p.report(ctx, st.Faction, &u, known, now))
	u.Progress = feed.Progress{Now: now, NextDue: next, Done: true, Took: took(p.Clock, started)}
	return p.Store.SaveUpdate(ctx, st, u)
}

// close takes over a war that has ended. One that is heard of only now, because it
// was fought while nobody polled, is told of when it has just ended and read back
// while its report is waited for; older ones are only listed.
func (p *Wars) close(u *feed.Update, known []war.War, seen war.War, now time.Time) {
	before := byID(known, seen.ID)
	if seen.End.IsZero() || before != nil && !before.End.IsZero() {
		return
	}
	seen.SeenAt = seen.End
	seen = war.Observe(before, seen)
	seen.SeenAt = now
	if before == nil {
		seen.Tracked = now.Sub(seen.End) < p.Events.EndedWithin
		if now.Sub(seen.End) >= reportWithin {
			seen.FinalAt = now
		}
	}
	if seen.Tracked {
		u.Alerts = append(u.Alerts, alertsOf(war.Events(before, seen, now, p.Events))...)
		u.Alerts = append(u.Alerts, grown(before, seen, now)...)
	}
	if seen.FinalAt.IsZero() {
		u.Hurry[feed.Attacks] = now
	}
	u.Wars = append(u.Wars, seen)
}

// report fetches one missing report, the newest first, and tells in what time to look
// again. Torn may answer with an error for some minutes after the end; that is no
// failure of the poll, and whatever else it brought does not wait for it.
func (p *Wars) report(ctx context.Context, id faction.ID, u *feed.Update, known []war.War, now time.Time) (again time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again = wars
	for _, w := range merged(known, u.Wars) {
		if w.End.IsZero() || !w.ReportAt.IsZero() || now.Sub(w.End) > reportWithin {
			continue
		}
		// The longer it has been missing, the rarer we ask.
		again = min(again, max(p.Intervals.Wars, now.Sub(w.End)/10))
		r, err := fetch(ctx, p.Source, id, torn.NeedReport, func(ctx context.Context, key torn.Key) (torn.RankedWarReport, error) {
			return p.Client.RankedWarReport(ctx, key, torn.Options{Priority: torn.Background}, int64(w.ID))
		})
		report := reportOf(r)
		if err == nil && report.War != w.ID {
			err = fmt.Errorf("it is the report of war %d", report.War)
		}
		if err != nil {
			p.Log.Info("the war's report is not there yet", "faction_id", id, "war_id", w.ID, "err", err)
			continue
		}
		u.Report = &report
		if w.Tracked {
			u.Alerts = append(u.Alerts, alertsOf(war.Events(&w, reported(w, report, now), now, p.Events))...)
		}
		return p.Intervals.Wars // perhaps another one is missing
	}
	return again
}

// reported is the war with what its report adds.
func reported(w war.War, r war.Report, now time.Time) war.War {
	w.ReportAt, w.Forfeit = now, r.Forfeit
	for _, side := range r.Sides {
		if side.Faction == w.Us.Faction {
			w.Us.Score = side.Score
		} else {
			w.Them.Score = side.Score
		}
	}
	return w
}

// merged is known with the newer rows of changed in their places.
func merged(known, changed []war.War) []war.War {
	out := append([]war.War(nil), changed...)
	for _, w := range known {
		if byID(changed, w.ID) == nil {
			out = append(out, w)
		}
	}
	return out
}

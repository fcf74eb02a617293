package poll

import (
	"context"
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
	pending := p.report(ctx, st.Faction, &u, known, now)
	next := started.Add(wars)
	if pending {
		next = started.Add(p.Intervals.Wars)
	}
	u.Progress = feed.Progress{Now: now, NextDue: next, Done: true, Took: took(p.Clock, started)}
	return p.Store.SaveUpdate(ctx, st, u)
}

// close takes over a war that has ended. Wars of the past are only listed: nobody
// is told of them and their log is not read.
func (p *Wars) close(u *feed.Update, known []war.War, seen war.War, now time.Time) {
	if seen.End.IsZero() {
		return
	}
	before := byID(known, seen.ID)
	if before != nil && !before.End.IsZero() {
		return
	}
	seen.SeenAt = seen.End
	seen = war.Observe(before, seen)
	seen.SeenAt = now
	if before == nil {
		seen.FinalAt = now
	} else {
		seen.Tracked = before.Tracked
		if seen.Tracked {
			u.Alerts = append(u.Alerts, alertsOf(war.Events(before, seen, now, p.Events))...)
		}
		u.Hurry[feed.Attacks] = now
	}
	u.Wars = append(u.Wars, seen)
}

// report fetches the newest missing report. Torn may answer with an error for some
// minutes after the end; that is no failure of the poll. pending tells to come back soon.
func (p *Wars) report(ctx context.Context, id faction.ID, u *feed.Update, known []war.War, now time.Time) (pending bool) {
	for _, w := range merged(known, u.Wars) {
		if w.End.IsZero() || !w.ReportAt.IsZero() || now.Sub(w.End) > reportWithin {
			continue
		}
		r, err := fetch(ctx, p.Source, id, torn.NeedReport, func(ctx context.Context, key torn.Key) (torn.RankedWarReport, error) {
			return p.Client.RankedWarReport(ctx, key, torn.Options{Priority: torn.Background}, int64(w.ID))
		})
		if err != nil {
			p.Log.Info("the war's report is not there yet", "faction_id", id, "war_id", w.ID, "err", err)
			return true
		}
		report := reportOf(r)
		if report.War != w.ID {
			p.Log.Warn("Torn sent the report of another war", "faction_id", id, "war_id", w.ID)
			return true
		}
		u.Report = &report
		after := w
		after.ReportAt, after.Forfeit = now, report.Forfeit
		for _, side := range report.Sides {
			if side.Faction == w.Us.Faction {
				after.Us.Score = side.Score
			} else {
				after.Them.Score = side.Score
			}
		}
		if w.Tracked && w.FinalAt.IsZero() || now.Sub(w.End) < p.Events.EndedWithin && w.Tracked {
			u.Alerts = append(u.Alerts, alertsOf(war.Events(&w, after, now, p.Events))...)
		}
		return true // perhaps another one is missing
	}
	return false
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

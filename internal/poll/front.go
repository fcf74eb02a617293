package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// UpdateStore is what every feed but the attack log needs of the store.
type UpdateStore interface {
	WarReader
	SaveUpdate(ctx context.Context, st *feed.State, u feed.Update) error
}

// Front polls the war's score, our chain and roster in one request, and at war the
// enemy's roster in another. Everything here is public: it is asked by the
// faction's id, so that a key whose owner has moved cannot mislead it.
type Front struct {
	Source
	Store     UpdateStore
	Clock     clock.Clock
	Intervals feed.Intervals
	Events    war.EventOptions
	Terms     TermsStore  // nil: neither agreed terms nor a shrinking lead are watched
	Flights   FlightStore // nil: members are not asked when they land
	Log       *slog.Logger
}

// RunOnce looks at the front once.
func (p *Front) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	wars, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	followed, fighting := current(wars, started)
	fighting = fighting && hot(followed, started)
	ours, err := p.side(ctx, st.Faction, st.Faction, fighting)
	if err != nil {
		return err
	}
	p.skipped(st.Faction, ours.Members.Skipped)
	now := p.Clock.Now()
	u := feed.Update{Hurry: map[feed.Name]time.Time{}}
	addRoster(&u, st.Faction, ours.Members.Rows)
	if c, ok := chainOf(ours.Chain, now); ok {
		u.Chain = &c
		if c.Current > 0 {
			u.Hurry[feed.Chain] = now
		}
	}
	p.score(&u, st.Faction, wars, ours.Wars.Ranked, now)
	if err := p.watch(ctx, &u, st.Faction); err != nil {
		return err
	}
	var failed error // the score does not wait for the enemy's roster
	if fighting && p.looksAcross(st.Faction, started) {
		limited, cancel := context.WithTimeout(ctx, patience)
		theirs, err := p.side(limited, st.Faction, followed.Them.Faction, true)
		cancel()
		if err != nil {
			failed = fmt.Errorf("read the enemy's side of war %d: %w", followed.ID, err)
		} else {
			p.skipped(st.Faction, theirs.Members.Skipped)
			addRoster(&u, followed.Them.Faction, theirs.Members.Rows)
		}
	}
	interval := p.Intervals.Wars
	if len(u.Wars) > 0 {
		followed = u.Wars[0]
	}
	next := started.Add(interval)
	if followed.Tracked && hot(followed, next) {
		next = beat(st.Faction, started, p.Intervals.Front)
	}
	u.Progress = feed.Progress{Now: now, NextDue: next, Done: failed == nil, Took: took(p.Clock, started)}
	if err := errors.Join(failed, p.Store.SaveUpdate(ctx, st, u)); err != nil {
		return err
	}
	p.landings(ctx, st.Faction, p.mayAskLandings(fighting, p.rests(st.Faction, started)))
	return nil
}

// restsEvery: each so many looks, the enemy's roster is left out whatever else is asked, so
// that a faction at war costs at most fifteen requests a minute (ADR 0012). It is even:
// see looksAcross.
const restsEvery = 8

// rests tells whether the look that began at a moment is one that leaves the enemy out.
func (p *Front) rests(id faction.ID, started time.Time) bool {
	return p.look(id, started)%restsEvery == 1
}

// looksAcross tells whether the look that began at a moment takes in the enemy's side: not
// when the faction has asked for much of late, but at each second look whatever that is.
func (p *Front) looksAcross(id faction.ID, started time.Time) bool {
	return p.look(id, started)%2 == 0 || !p.rests(id, started) && !p.Spent.full(id)
}

// look is the number of the look that began at a moment. Factions count differently, lest
// all of them read the enemy at the same looks.
func (p *Front) look(id faction.ID, started time.Time) int64 {
	every := seconds(p.Intervals.Front)
	return int64(id)/every + (started.Unix()-int64(id)%every+every/2)/every
}

// score works out what the war's score tells since the last look.
func (p *Front) score(u *feed.Update, ours faction.ID, wars []war.War, ranked *torn.RankedWar, now time.Time) {
	var seen war.War
	if ranked != nil {
		if w, ok := warOf(*ranked, ours, now); ok {
			seen = w
		}
	}
	// A war that Torn no longer shows has ended unseen: the list of past wars knows when.
	for _, w := range wars {
		if w.End.IsZero() && w.ID != seen.ID {
			u.Hurry[feed.Wars] = now
		}
	}
	if seen.ID == 0 {
		return
	}
	before := byID(wars, seen.ID)
	seen = war.Observe(before, seen)
	if before != nil {
		seen.Tracked = before.Tracked
	}
	if want, agrees := seen.ByRule(); !agrees && before != nil && war.NewHour(*before, seen) {
		p.Log.Warn("Torn shows another target than the rule gives; forecasts and plans follow the rule",
			"faction_id", ours, "war_id", seen.ID, "shown", seen.Target, "rule", want, "original", seen.OriginalTarget)
	}
	u.Wars = []war.War{seen}
	if seen.Tracked {
		u.Alerts = append(alertsOf(war.Events(before, seen, now, p.Events)), grown(before, seen, now)...)
	}
	if seen.Phase(now) != war.Scheduled {
		u.Sample, u.SampleOf = &war.Sample{At: now, Us: seen.Us.Score, Them: seen.Them.Score, Target: seen.Target}, seen.ID
	}
	switch {
	case before == nil && !now.Before(seen.Start): // it began before we looked
		u.Fill = &feed.Fill{From: seen.Start.Add(-feed.Overlap), Due: now}
		u.Hurry[feed.Attacks] = now
	case before == nil || before.Phase(before.SeenAt) != seen.Phase(now):
		u.Hurry[feed.Attacks] = now
	}
	if before == nil {
		u.Hurry[feed.Scout] = now
	}
	if !seen.End.IsZero() && (before == nil || before.End.IsZero()) { // the report is next
		u.Hurry[feed.Wars] = now
	}
}

// side reads one side. Of our own, Torn tells only keys with faction access who may
// revive whom, so it is asked with one of those if there is one.
func (p *Front) side(ctx context.Context, id, of faction.ID, fresh bool) (torn.Front, error) {
	call := func(ctx context.Context, key torn.Key) (torn.Front, error) {
		return p.Client.Front(ctx, key, torn.Options{Priority: torn.War, Fresh: fresh}, of)
	}
	if id == of {
		front, err := fetch(ctx, p.Source, id, torn.NeedOwnFront, call)
		if !errors.Is(err, torn.ErrNoKey) {
			return front, err
		}
	}
	return fetch(ctx, p.Source, id, torn.NeedFront, call)
}

func (p *Front) skipped(id faction.ID, rows []torn.RowError) {
	for _, s := range rows {
		p.Log.Warn("a row of a roster could not be read and was left out", "faction_id", id, "err", s)
	}
}

func byID(wars []war.War, id war.ID) *war.War {
	for i := range wars {
		if wars[i].ID == id {
			return &wars[i]
		}
	}
	return nil
}

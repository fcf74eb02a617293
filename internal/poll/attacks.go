package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// AttackStore is what the attack log needs of the store.
type AttackStore interface {
	WarReader
	KnownAttacks(ctx context.Context, id faction.ID, ids []war.AttackID) (map[war.AttackID]war.Logged, error)
	AttacksCountedAfter(ctx context.Context, id faction.ID, w war.ID, t time.Time) ([]war.Logged, error)
	SaveAttacks(ctx context.Context, st *feed.State, p feed.AttackPage) error
}

// Attacks polls the attack log. A quick read takes the newest rows; reading back
// (sweep, gap, final re-read, backfill) goes through whatever stretch is asked for,
// a few pages a run, each page in a transaction of its own.
type Attacks struct {
	Source
	Store     AttackStore
	Clock     clock.Clock
	Intervals feed.Intervals
	Rules     war.Rules
	Log       *slog.Logger
}

const (
	pageRows     = 100 // Torn's most
	pagesPerRun  = 20
	fillsPerTime = 10 * time.Second // of the wall's, after which a run makes room for the next
)

// attackRun is one run: what it found when it began, and where it stands.
type attackRun struct {
	*Attacks
	st      *feed.State
	started time.Time
	wars    []war.War
	at      feed.Log // progress so far
}

// RunOnce reads what is new, and a share of what has to be read again.
func (p *Attacks) RunOnce(ctx context.Context, st *feed.State) error {
	wars, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	r := &attackRun{Attacks: p, st: st, started: p.Clock.Now(), wars: wars, at: st.Log}
	if err := r.dropLate(ctx); err != nil {
		return err
	}
	ask, err := r.quick(ctx)
	if err != nil {
		return err
	}
	if ask == nil && r.at.Fill.Pending(r.started) {
		return r.fill(ctx)
	}
	return nil
}

// quick reads the newest page. When it does not reach back to what is known, rows
// are missing in between, and the stretch is asked for.
func (r *attackRun) quick(ctx context.Context) (ask *feed.Fill, err error) {
	l, err := r.read(ctx, torn.War, true, torn.AttacksQuery{Sort: torn.Newest, Limit: pageRows})
	if err != nil {
		return nil, err
	}
	head, headAt, oldest := r.at.HeadID, r.at.HeadAt, int64(0)
	for i, a := range l.Rows {
		if i == 0 || a.ID < oldest {
			oldest = a.ID
		}
		if a.ID > head {
			head, headAt = a.ID, torn.At(a.Started)
		}
	}
	w, fighting := r.current()
	full := len(l.Rows)+len(l.Skipped) >= pageRows
	switch {
	case r.at.HeadID == 0 && fighting && full: // the first look, into a war that is on
		ask = &feed.Fill{From: w.Start.Add(-feed.Overlap), Due: r.started}
	case r.at.HeadID != 0 && full && oldest > r.at.HeadID:
		ask = &feed.Fill{From: r.at.HeadAt.Add(-feed.Overlap), Due: r.started}
	case r.at.Fill.From.IsZero():
		ask = r.due()
	}
	r.at.HeadID, r.at.HeadAt = head, headAt
	more := ask != nil || r.at.Fill.Pending(r.started)
	p, err := r.page(ctx, l)
	if err != nil {
		return nil, err
	}
	p.Ask = ask
	return ask, r.save(ctx, p, !more || ask != nil, more)
}

// due tells what has to be read again by the clock: a war once more from its start
// when its last fights have shown up, and every few minutes the last few.
func (r *attackRun) due() *feed.Fill {
	for _, w := range r.wars {
		if w.FinalAt.IsZero() && !w.End.IsZero() && !r.started.Before(w.End.Add(feed.FinalAfter)) {
			return &feed.Fill{From: w.Start.Add(-feed.Overlap), Due: r.started}
		}
	}
	if r.started.Sub(r.at.SweptAt) >= feed.SweepEvery {
		return &feed.Fill{From: r.started.Add(-feed.Overlap), Due: r.started}
	}
	return nil
}

// final lists the wars whose last re-read a fill has been.
func (r *attackRun) final(f feed.Fill) []war.ID {
	var out []war.ID
	for _, w := range r.wars {
		if w.FinalAt.IsZero() && !w.End.IsZero() && !f.From.After(w.Start) && !f.Due.Before(w.End.Add(feed.FinalAfter)) {
			out = append(out, w.ID)
		}
	}
	return out
}

// fill reads back a few pages of the stretch that is asked for.
func (r *attackRun) fill(ctx context.Context) error {
	f := r.at.Fill
	to := f.To
	if to.IsZero() {
		to = r.started.Add(time.Second)
	}
	// Waiting for the budget must not eat the whole run: what was read is committed,
	// and the next run goes on from there.
	reading, cancel := context.WithTimeout(ctx, fillsPerTime)
	defer cancel()
	fetchPage := func(_ context.Context, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
		return r.read(reading, torn.Background, false, q)
	}
	err := torn.WalkAttacks(ctx, f.From.Unix(), to.Unix(), pagesPerRun, fetchPage, func(ctx context.Context, l torn.List[torn.Attack]) error {
		for _, a := range l.Rows {
			if t := counted(a); r.at.Fill.To.IsZero() || t.Before(r.at.Fill.To) {
				r.at.Fill.To = t
			}
		}
		p, err := r.page(ctx, l)
		if err != nil {
			return err
		}
		return r.save(ctx, p, false, true)
	})
	switch {
	case err == nil:
		r.at.Fill, r.at.SweptAt = feed.Fill{}, r.started
		return r.save(ctx, feed.AttackPage{Final: r.final(f)}, true, false)
	case errors.Is(err, torn.ErrTooManyPages), reading.Err() != nil && ctx.Err() == nil:
		return r.save(ctx, feed.AttackPage{}, true, true)
	default:
		return err
	}
}

func counted(a torn.Attack) time.Time {
	if a.Ended > 0 {
		return torn.At(a.Ended)
	}
	return torn.At(a.Started)
}

// dropLate takes rows out of a war that counted after its end, which was not known
// when they were stored.
func (r *attackRun) dropLate(ctx context.Context) error {
	w, ok := r.current()
	if !ok || w.End.IsZero() {
		return nil
	}
	late, err := r.Store.AttacksCountedAfter(ctx, r.st.Faction, w.ID, w.End)
	if err != nil || len(late) == 0 {
		return err
	}
	var p feed.AttackPage
	for i := range late {
		r.add(&p, &late[i], late[i].Attack)
	}
	return r.save(ctx, p, false, true)
}

// read fetches one page, and refuses an answer that belongs to another faction.
func (r *attackRun) read(ctx context.Context, prio torn.Priority, fresh bool, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
	return fetch(ctx, r.Source, r.st.Faction, torn.NeedAttacks, func(ctx context.Context, key torn.Key) (torn.List[torn.Attack], error) {
		l, err := r.Client.Attacks(ctx, key, torn.Options{Priority: prio, Fresh: fresh}, q)
		if err == nil && len(l.Rows) > 0 && !slices.ContainsFunc(l.Rows, r.ours) {
			err = torn.Foreign("faction/attacks")
		}
		return l, err
	})
}

func (r *attackRun) ours(a torn.Attack) bool {
	in := func(f *torn.Named) bool { return f != nil && faction.ID(f.ID) == r.st.Faction }
	return in(a.Defender.Faction) || a.Attacker != nil && in(a.Attacker.Faction)
}

// page works out what a page of the log changes.
func (r *attackRun) page(ctx context.Context, l torn.List[torn.Attack]) (feed.AttackPage, error) {
	for _, s := range l.Skipped {
		r.Log.Warn("a row of the attack log could not be read and was left out", "faction_id", r.st.Faction, "err", s)
	}
	var p feed.AttackPage
	if len(l.Rows) == 0 {
		return p, nil
	}
	ids := make([]war.AttackID, len(l.Rows))
	for i, a := range l.Rows {
		ids[i] = war.AttackID(a.ID)
	}
	known, err := r.Store.KnownAttacks(ctx, r.st.Faction, ids)
	if err != nil {
		return p, err
	}
	for _, a := range l.Rows {
		switch old, ok := known[war.AttackID(a.ID)]; {
		case !r.ours(a): // of a former faction of the key's owner
		case ok:
			r.add(&p, &old, attackOf(a))
		default:
			r.add(&p, nil, attackOf(a))
		}
	}
	return p, nil
}

// save stores a page. done ends the run; more asks for another one soon.
func (r *attackRun) save(ctx context.Context, p feed.AttackPage, done, more bool) error {
	for id, rows := range p.Moves {
		p.Moves[id] = war.Merge(rows)
	}
	p.Progress = r.progress(done, more)
	if err := r.Store.SaveAttacks(ctx, r.st, p); err != nil {
		return fmt.Errorf("store a page of the attack log: %w", err)
	}
	return nil
}

// add puts an attack on the page when it is new or counts otherwise than before.
func (r *attackRun) add(p *feed.AttackPage, old *war.Logged, a war.Attack) {
	now := war.Log(a, r.st.Faction, r.wars, r.Rules)
	if old != nil && *old == now {
		return
	}
	p.Rows = append(p.Rows, now)
	if p.Moves == nil {
		p.Moves = map[war.ID][]war.Row{}
	}
	for id, rows := range war.Moves(old, now, r.st.Faction, r.wars) {
		p.Moves[id] = append(p.Moves[id], rows...)
	}
}

func (r *attackRun) progress(done, more bool) feed.Progress {
	now := r.Clock.Now()
	next := r.started.Add(r.Intervals.AttacksIdle)
	if w, ok := current(r.wars, now); ok && hot(w, next) {
		next = r.started.Add(r.Intervals.AttacksWar)
	}
	if more {
		next = now
	}
	return feed.Progress{Now: now, NextDue: next, Done: done, Took: took(r.Clock, r.started), Log: r.at}
}

func (r *attackRun) current() (war.War, bool) {
	w, ok := current(r.wars, r.started)
	return w, ok && hot(w, r.started)
}

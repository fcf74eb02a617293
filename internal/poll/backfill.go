package poll

import (
	"context"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

// PastStore is what reading wars of the past needs of the store, beside AttackStore.
type PastStore interface {
	Backfill(ctx context.Context, id faction.ID) (b feed.Backfill, ok bool, err error)
	War(ctx context.Context, id faction.ID, w war.ID) (war.War, error)
	WarAttacks(ctx context.Context, id faction.ID, w war.ID) ([]war.Logged, error)
	Tallies(ctx context.Context, id faction.ID, w war.ID) ([]war.Row, error)
	Samples(ctx context.Context, id faction.ID, w war.ID) ([]war.Sample, error)
}

// Past reads wars from before the bot came, in the time that a run of the attack log
// leaves before the next one is due. It writes as that feed does, behind the same
// fence: nothing else writes attacks meanwhile, and a run that comes earlier than
// expected ends its turn.
type Past struct {
	Store PastStore
	turns chan struct{}
}

// NewPast makes a Past for at most so many factions at once, so that those who read
// wars of the past leave others free to poll.
func NewPast(s PastStore, atOnce int) *Past {
	return &Past{Store: s, turns: make(chan struct{}, max(1, atOnce))}
}

const (
	pastTurn    = 18 * time.Second       // of the wall's time, at most
	pastMargin  = 500 * time.Millisecond // of the wall's time, before the next run is due
	pastLeast   = 200 * time.Millisecond // of the wall's time, where a fast clock leaves none
	pastWait    = 5 * time.Second        // for what the live log does first
	pastRetry   = time.Minute            // after something that could not be read
	pastWars    = 10_000                 // more than a faction has fought
	pastPages   = 200                    // of one war in a turn
	listedPages = 50                     // of the list of wars
	replayStep  = 5 * time.Minute        // as far apart as samples of a war that is watched
)

// past gives the backfill that somebody asked for its turn. Whatever goes wrong with it
// is recorded with it: the live log does not care.
func (r *attackRun) past(ctx context.Context) {
	log := r.st.Log
	now := r.Clock.Now()
	if r.Past == nil || log.BackfillDue.IsZero() || now.Before(log.BackfillDue) || !log.Fill.From.IsZero() || log.HeadID == 0 {
		return
	}
	turn := r.Clock.Real(r.st.NextDue.Sub(now))
	turn = min(turn-min(pastMargin, turn/4), pastTurn)
	if r.Clock.Real(time.Minute) < time.Minute {
		turn = max(turn, pastLeast)
	}
	if turn <= 0 {
		return
	}
	select {
	case r.Past.turns <- struct{}{}:
		defer func() { <-r.Past.turns }()
	default:
		return
	}
	reading, cancel := context.WithTimeout(ctx, turn)
	defer cancel()
	p := &pastRun{attackRun: *r, until: now.Add(clock.Span(r.Clock, turn))}
	uncounted := *r.Attacks // the war that is on need not see less for it
	uncounted.Spent, p.Attacks = nil, &uncounted
	var err error
	for more := true; more && err == nil; {
		if err = p.left(reading); err == nil {
			more, err = p.step(ctx, reading)
		}
	}
	switch {
	case errors.Is(err, errNotYet):
		p.postpone(ctx, feed.BackfillStep{Due: p.Clock.Now().Add(pastWait)})
	case err != nil && !errors.Is(err, errTurnOver) && reading.Err() == nil:
		if p.postpone(ctx, feed.BackfillStep{Due: p.Clock.Now().Add(pastRetry), Trouble: Reason(err)}) {
			p.Log.Warn("wars of the past could not be read on; tried again in a minute", "faction_id", r.st.Faction, "err", err)
		}
	}
}

// pastRun is one turn.
type pastRun struct {
	attackRun
	backfill feed.Backfill
	until    time.Time // when the turn is over
}

var (
	errTurnOver = errors.New("the turn is over") // the next one goes on
	errNotYet   = errors.New("the live log comes first")
)

// left tells whether there is time for another request.
func (p *pastRun) left(ctx context.Context) error {
	if ctx.Err() != nil || !p.Clock.Now().Before(p.until) {
		return errTurnOver
	}
	return nil
}

// postpone records when the next turn is, and why this one ended early. It is false
// when a live run, or whoever cancelled, was there first: they know better.
func (p *pastRun) postpone(ctx context.Context, step feed.BackfillStep) bool {
	step.ID = p.backfill.ID
	err := p.write(ctx, feed.AttackPage{Backfill: &step})
	if err != nil {
		p.Log.Debug("a turn of reading past wars ended", "faction_id", p.st.Faction, "err", err)
	}
	return err == nil
}

// step does the next thing that is left to do, and commits it. Requests to Torn end
// with the turn (reading); what they brought is stored all the same.
func (p *pastRun) step(ctx, reading context.Context) (more bool, err error) {
	b, ok, err := p.Past.Store.Backfill(ctx, p.st.Faction)
	if err != nil || !ok || b.State != feed.BackfillRunning {
		return false, err
	}
	p.backfill = b
	// Attacks are matched against every war on record, not only the latest.
	if p.wars, err = p.Store.Wars(ctx, p.st.Faction, pastWars); err != nil {
		return false, err
	}
	if b.Listed.IsZero() {
		return true, p.list(ctx, reading)
	}
	next, report, ok := b.Next()
	switch {
	case !ok:
		return false, p.write(ctx, feed.AttackPage{Backfill: &feed.BackfillStep{ID: b.ID, Done: true}})
	case report:
		return true, p.report(ctx, reading, next)
	case next.State == feed.WarWaiting:
		return true, p.open(ctx, next)
	default:
		return true, p.read(ctx, reading, next)
	}
}

// priority is higher while somebody waits to see their last war.
func (p *pastRun) priority() torn.Priority {
	if p.backfill.Latest {
		return torn.Interactive
	}
	return torn.Background
}

// list finds out which wars there were.
func (p *pastRun) list(ctx, reading context.Context) error {
	now := p.Clock.Now()
	l, err := torn.Offsets(reading, listedPages, func(w torn.RankedWar) int64 { return w.ID }, func(ctx context.Context, limit, offset int) (torn.List[torn.RankedWar], error) {
		return fetch(ctx, p.Source, p.st.Faction, torn.NeedHistory, func(ctx context.Context, key torn.Key) (torn.List[torn.RankedWar], error) {
			return p.Client.RankedWars(ctx, key, torn.Options{Priority: p.priority()}, p.st.Faction, limit, offset)
		})
	})
	if err != nil {
		return fmt.Errorf("list the wars of faction %d: %w", p.st.Faction, err)
	}
	for _, s := range l.Skipped {
		p.Log.Warn("a row of the list of wars could not be read and was left out", "faction_id", p.st.Faction, "err", s)
	}
	step := feed.BackfillStep{ID: p.backfill.ID, Listed: true, Due: now}
	for _, row := range l.Rows {
		w, ok := warOf(row, p.st.Faction, now)
		if !ok || !p.backfill.Wants(w) {
			continue
		}
		switch known := byID(p.wars, w.ID); {
		case known == nil && now.Sub(w.End) < reportWithin: // news, perhaps, and not for us to take
			return errNotYet
		case known == nil:
			step.Add = append(step.Add, ofThePast(w, now))
		}
		step.List = append(step.List, feed.BackfillWar{War: w.ID, Start: w.Start, State: feed.WarWaiting})
	}
	if p.backfill.Latest {
		latest(&step)
	}
	return p.write(ctx, feed.AttackPage{Backfill: &step})
}

// ofThePast is a war that is first heard of long after its end: it is told to nobody
// and read by nobody but a backfill.
func ofThePast(w war.War, now time.Time) war.War {
	w.SeenAt = w.End
	w = war.Observe(nil, w)
	w.SeenAt, w.Tracked, w.FinalAt = now, false, now
	return w
}

// latest leaves the newest war alone.
func latest(step *feed.BackfillStep) {
	for i := range step.List {
		if step.List[i].Start.After(step.List[0].Start) {
			step.List[0] = step.List[i]
		}
	}
	step.List = step.List[:min(len(step.List), 1)]
}

// report fetches an official report. One that Torn does not give is asked for a few
// times and then done without.
func (p *pastRun) report(ctx, reading context.Context, w feed.BackfillWar) error {
	now := p.Clock.Now()
	step := feed.BackfillStep{ID: p.backfill.ID, War: &w, Due: now}
	r, err := fetch(reading, p.Source, p.st.Faction, torn.NeedReport, func(ctx context.Context, key torn.Key) (torn.RankedWarReport, error) {
		return p.Client.RankedWarReport(ctx, key, torn.Options{Priority: p.priority()}, int64(w.War))
	})
	report := reportOf(r)
	switch {
	case err == nil && report.War == w.War:
		step.Report = &report
		return p.write(ctx, feed.AttackPage{Backfill: &step})
	case err == nil:
		err = fmt.Errorf("it is the report of war %d", report.War)
	case !refused(err):
		return fmt.Errorf("read the report of war %d: %w", w.War, err)
	}
	w.ReportTries++
	if now.Sub(w.End) < reportWithin { // the list of wars waits for this one
		w.ReportTries = feed.ReportTries
	}
	p.Log.Info("a past war's report cannot be read", "faction_id", p.st.Faction, "war_id", w.War, "tries", w.ReportTries, "err", err)
	return p.write(ctx, feed.AttackPage{Backfill: &step})
}

// refused tells that Torn answered, and will hardly answer otherwise soon.
func refused(err error) bool {
	var e *torn.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Reaction == torn.Permanent || e.Reaction == torn.NotFound || e.Reaction == torn.TellOperator
}

// open begins a war: unless it was read whole before, or lies out of reach, its
// tallies become what its stored attacks come to. Of a war that was not read whole
// they may be more: attacks that retention took out are read again now, and would
// otherwise count a second time.
func (p *pastRun) open(ctx context.Context, w feed.BackfillWar) error {
	now := p.Clock.Now()
	step := feed.BackfillStep{ID: p.backfill.ID, War: &w, Due: now}
	of, err := p.Past.Store.War(ctx, p.st.Faction, w.War)
	if err != nil {
		return err
	}
	page := feed.AttackPage{Backfill: &step}
	switch {
	case !of.WholeAt.IsZero():
		w.State = feed.WarKnown
	case !of.CutAt.IsZero(): // Torn's log only gets shorter, and ours may lose rows to retention
		w.State = feed.WarPartly
	case w.Start.Before(now.Add(-war.LogReach)):
		w.State = feed.WarTooOld
	case of.FinalAt.IsZero(): // the live log reads it itself
		return errNotYet
	default:
		w.State, w.ReadTo = feed.WarReading, w.End.Add(feed.Overlap)
		if page.Moves, _, err = p.recount(ctx, of); err != nil {
			return err
		}
	}
	return p.write(ctx, page)
}

// recount tells how the tallies of a war must change to be what its stored attacks come to.
func (p *pastRun) recount(ctx context.Context, w war.War) (moves map[war.ID][]war.Row, rows []war.Logged, err error) {
	if rows, err = p.Past.Store.WarAttacks(ctx, p.st.Faction, w.ID); err != nil {
		return nil, nil, err
	}
	tallies, err := p.Past.Store.Tallies(ctx, p.st.Faction, w.ID)
	if err != nil {
		return nil, nil, err
	}
	return map[war.ID][]war.Row{w.ID: war.Recount(rows, tallies, p.st.Faction, w)}, rows, nil
}

// read reads a war's window back from where the last turn left it.
func (p *pastRun) read(ctx, reading context.Context, w feed.BackfillWar) error {
	byID := false
	err := torn.WalkAttacks(ctx, w.Start.Add(-feed.Overlap).Unix(), w.ReadTo.Unix(), pastPages, func(_ context.Context, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
		byID = q.IDs
		if err := p.left(reading); err != nil {
			return torn.List[torn.Attack]{}, err
		}
		return p.attackRun.read(reading, p.priority(), false, q)
	}, func(ctx context.Context, l torn.List[torn.Attack]) error {
		if back := earliest(l.Rows); !byID && !back.IsZero() && back.Before(w.ReadTo) {
			w.ReadTo = back
		}
		page, _, err := p.page(ctx, l)
		if err != nil {
			return err
		}
		for _, row := range page.Rows {
			if row.War == w.War {
				w.Attacks++
			}
		}
		now := w
		page.Backfill = &feed.BackfillStep{ID: p.backfill.ID, War: &now, Due: p.Clock.Now()}
		return p.write(ctx, page)
	})
	switch {
	case errors.Is(err, torn.ErrTooManyPages): // what was read is stored; the next step goes on
		return nil
	case err != nil:
		return fmt.Errorf("read the attacks of war %d: %w", w.War, err)
	}
	return p.finish(ctx, reading, w)
}

// finish closes a war whose window is read: its figures are what its attacks come to,
// and its score over time is rebuilt unless somebody watched it. Where Torn's log ended
// within the war, that is noted instead of calling it read.
func (p *pastRun) finish(ctx, reading context.Context, w feed.BackfillWar) error {
	of, err := p.Past.Store.War(ctx, p.st.Faction, w.War)
	if err != nil {
		return err
	}
	page := feed.AttackPage{}
	var rows []war.Logged
	if page.Moves, rows, err = p.recount(ctx, of); err != nil {
		return err
	}
	step := feed.BackfillStep{ID: p.backfill.ID, War: &w, Due: p.Clock.Now()}
	page.Backfill = &step
	if len(rows) == 0 && of.Us.Score+of.Them.Score > 0 {
		w.State = feed.WarEmpty
		return p.write(ctx, page)
	}
	cut, err := p.cut(reading, rows, of)
	if err != nil {
		return err
	}
	if cut {
		w.State, step.Cut = feed.WarPartly, earliestOf(rows)
		return p.write(ctx, page)
	}
	w.State, step.Whole = feed.WarRead, true
	known, err := p.Past.Store.Samples(ctx, p.st.Faction, w.War)
	if err != nil {
		return err
	}
	if len(known) < 2 {
		step.Samples = war.Replay(rows, of, replayStep)
	}
	return p.write(ctx, page)
}

// cut tells that Torn's log does not reach back to a war's beginning: hits are missing,
// and it shows no attack at all from before.
func (p *pastRun) cut(reading context.Context, rows []war.Logged, w war.War) (bool, error) {
	if !war.Short(rows, w) {
		return false, nil
	}
	if err := p.left(reading); err != nil {
		return false, err
	}
	before, err := p.attackRun.read(reading, p.priority(), true, torn.AttacksQuery{Sort: torn.Newest, To: w.Start.Unix(), Limit: 1})
	if err != nil {
		return false, fmt.Errorf("look for attacks before war %d: %w", w.ID, err)
	}
	return len(before.Rows)+len(before.Skipped) == 0, nil
}

func earliestOf(rows []war.Logged) (at time.Time) {
	for _, l := range rows {
		if t := l.Attack.Counted(); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
}

// write commits a step, and leaves the feed's own progress as it is: a run that is due
// comes when it is due.
func (p *pastRun) write(ctx context.Context, page feed.AttackPage) error {
	for id, rows := range page.Moves {
		page.Moves[id] = war.Merge(rows)
	}
	page.Aside = true
	page.Progress = feed.Progress{Now: p.Clock.Now(), NextDue: p.st.NextDue, Log: p.st.Log}
	if err := p.Store.SaveAttacks(ctx, p.st, page); err != nil {
		return fmt.Errorf("store a step of backfill %d: %w", p.backfill.ID, err)
	}
	return nil
}

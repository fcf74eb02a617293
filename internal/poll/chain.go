package poll

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/torn"
)

// ChainStore is what following a chain needs of the store.
type ChainStore interface {
	OpenChains(ctx context.Context, id faction.ID) ([]chain.Watched, error)
	ChainHits(ctx context.Context, id faction.ID, from, to time.Time) ([]chain.Hit, error)
	HitRespect(ctx context.Context, id faction.ID, since time.Time) (map[faction.PlayerID]faction.Respect, error)
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
	SaveUpdate(ctx context.Context, st *feed.State, u feed.Update) error
}

// ChainWatch tells who watches over a chain.
type ChainWatch interface {
	OnWatch(ctx context.Context, id faction.ID, at time.Time) (roster.Duty, error)
	WatchTime(ctx context.Context, id faction.ID, from, to time.Time) (map[faction.PlayerID]time.Duration, error)
}

// Chain follows a chain while it runs, says what happens to it, and counts it when it
// is over. It alone tells of chains: the front and the attack log bring what they see
// of one, and wake it. It is due at each moment at which a warning falls due, counted
// from the absolute deadline, and asks Torn before it warns; where Torn does not answer,
// it warns all the same and says so, since a chain lost in silence is worse.
type Chain struct {
	Source
	Store     ChainStore
	Wars      WarReader
	Watch     ChainWatch // may be nil: nobody is on watch
	Clock     clock.Clock
	Intervals feed.Intervals
	Log       *slog.Logger
}

const (
	// confirmWithin is how long, of the wall's time, Torn is waited for before a warning.
	confirmWithin = 4 * time.Second
	// chainRetry is the spacing of readings of a chain that may have broken, or while
	// Torn does not answer.
	chainRetry = 5 * time.Second
	// lateHit is how long after a chain's deadline it is known whether it broke: a hit may
	// land up to a second after the official end (game.md, Chains).
	lateHit = 2 * time.Second
	// shownOver is how long Torn may show a chain whose time has run out.
	shownOver = 30 * time.Second
	// hitsBack is how far the hits reach that tell of a chain's pace and of who did what.
	hitsBack = 6 * time.Minute
	// reportAfter is how long after a chain's end its last hits need to show up, and
	// closeAfter how long until the log has been swept for late ones.
	reportAfter = time.Minute
	closeAfter  = feed.LateBy + feed.SweepEvery + time.Minute
	// earnedOver is over how long members' hits are compared.
	earnedOver = 30 * 24 * time.Hour
	// mostCalled is how many members are called to hit, mostNamed how many of them are
	// named for a bonus.
	mostCalled = 5
	mostNamed  = 3
)

// chainRun is one look at a faction's chains.
type chainRun struct {
	*Chain
	st     *feed.State
	news   chainNews
	update feed.Update
	next   time.Time // when to look again
	failed error     // why Torn could not be asked
	roster *faction.Roster
	earns  map[faction.PlayerID]faction.Respect
}

// RunOnce looks once at the chains that run or have just ended.
func (p *Chain) RunOnce(ctx context.Context, st *feed.State) error {
	started := p.Clock.Now()
	open, err := p.Store.OpenChains(ctx, st.Faction)
	if err != nil {
		return err
	}
	r := &chainRun{Chain: p, st: st, next: started.Add(p.Intervals.Wars)}
	if len(open) > 0 {
		if err := r.enemy(ctx, started); err != nil {
			return err
		}
	}
	for i, w := range open {
		if err := r.follow(ctx, w, i == len(open)-1); err != nil {
			return err
		}
	}
	r.news.into(&r.update)
	r.update.Progress = feed.Progress{Now: p.Clock.Now(), NextDue: r.next, Done: r.failed == nil, Took: took(p.Clock, started)}
	if err := p.Store.SaveUpdate(ctx, st, r.update); err != nil {
		return err
	}
	if r.failed != nil {
		return &AgainError{At: r.next, Err: fmt.Errorf("ask Torn about the chain: %w", r.failed)}
	}
	return nil
}

// enemy finds out whether a war is on, which makes a bonus on anybody else a waste.
func (r *chainRun) enemy(ctx context.Context, now time.Time) error {
	wars, err := r.Wars.Wars(ctx, r.st.Faction, 3)
	if err != nil {
		return err
	}
	for _, w := range wars {
		if !now.Before(w.Start) && w.End.IsZero() {
			r.news.enemy = w.Them.Name
		}
	}
	return nil
}

// follow looks at one chain. Any but the latest is over, whatever its timer says.
func (r *chainRun) follow(ctx context.Context, w chain.Watched, latest bool) error {
	now := r.Clock.Now()
	if w.Told.Over {
		return r.count(ctx, w, now)
	}
	hits, err := r.Store.ChainHits(ctx, r.st.Faction, w.LastHit().Add(-hitsBack), now)
	if err != nil {
		return err
	}
	w.State = w.With(hits)
	gone, confirmed := !latest, true
	if latest && r.asks(w, now) {
		gone, confirmed = r.ask(ctx, &w)
		if now = r.Clock.Now(); !confirmed {
			r.again(now.Add(chainRetry))
		}
	}
	told := w.Told
	var events []chain.Event
	pace := chain.Pace(hits, w.State, now)
	over := w.End.Add(lateHit)
	switch passed := !now.Before(over); {
	case passed && (gone || confirmed && !now.Before(w.End.Add(shownOver))):
		events, w.Told = chain.End(told, w.State, hits, now)
		if w.Current < chain.MinHits { // it was only an attempt
			events, w.Told.Closed = nil, true
		}
	case gone && !passed: // by Torn's clock its time has run out, or Torn errs: whichever, nobody is called on its account
		r.again(now.Add(chainRetry))
		r.again(over)
	case !passed && !now.Before(w.End):
		r.again(over)
	case passed: // Torn will tell whether it broke
		r.again(now.Add(chainRetry))
	default:
		events, w.Told = chain.Look(told, w.State, hits, pace, now)
		r.again(later(w.SeenAt.Add(r.Intervals.Front), now.Add(3*time.Second)))
		if w.Told.Danger.Stage > 0 { // the row that saves it comes with the attack log
			r.again(now.Add(chainRetry))
		}
		if at, ok := chain.NextStage(w.End, now); ok {
			r.again(at)
		}
		r.again(over)
	}
	if w.Untracked { // told as well as those it does not want to be told
		events = nil
	}
	if err := r.tell(ctx, chainLook{Watched: w, before: told, pace: pace, now: now, unconfirmed: !confirmed, hits: hits}, events); err != nil {
		return err
	}
	r.update.Chains = append(r.update.Chains, w)
	if w.Told.Over && !w.Told.Closed {
		r.again(w.End.Add(reportAfter))
	}
	return nil
}

// asks tells whether Torn has to be asked now: before a warning, when the time has run
// out, and when nobody has looked for a while and the front is not about to.
func (r *chainRun) asks(w chain.Watched, now time.Time) bool {
	stage, due := chain.Stage(w.End, now)
	if w.Untracked {
		return !now.Before(w.End)
	}
	warned := w.Told.Danger.Of(w.End) && w.Told.Danger.Stage <= stage
	if due && w.Current >= chain.MinHits && !warned {
		return true
	}
	if !now.Before(w.End) {
		return true
	}
	const soon = 5 * time.Second
	frontComes := !w.FrontDueAt.IsZero() && w.FrontDueAt.After(now.Add(-soon)) && w.FrontDueAt.Before(now.Add(soon))
	return now.Sub(w.SeenAt) >= r.Intervals.Front-time.Second && !frontComes
}

// ask reads the chain past Torn's cache. gone tells that Torn shows it no more;
// confirmed is false when Torn could not be asked.
func (r *chainRun) ask(ctx context.Context, w *chain.Watched) (gone, confirmed bool) {
	limited, cancel := context.WithTimeout(ctx, confirmWithin)
	defer cancel()
	c, err := fetch(limited, r.Source, r.st.Faction, torn.NeedChain, func(ctx context.Context, key torn.Key) (torn.Chain, error) {
		return r.Client.Chain(ctx, key, torn.Options{Priority: torn.War, Fresh: true}, r.st.Faction)
	})
	if err != nil {
		r.failed = err
		return false, false
	}
	now := r.Clock.Now()
	w.SeenAt = now
	read, ok := chainOf(c, now)
	switch {
	case !ok || read.Current == 0:
		if !read.Cooldown.IsZero() {
			w.Cooldown = read.Cooldown
		}
		return true, true
	case read.ID != w.ID:
		r.update.Chain = &read
		r.again(now.Add(time.Second))
		return true, true
	default:
		w.State = w.Merge(read)
		return false, true
	}
}

// again asks for another look at a moment, or before it.
func (r *chainRun) again(at time.Time) {
	if at.Before(r.next) {
		r.next = at
	}
}

// count makes the report of a chain that is over: first when its last hits have shown
// up, and once more when the log has been swept for late ones.
func (r *chainRun) count(ctx context.Context, w chain.Watched, now time.Time) error {
	last := !now.Before(w.End.Add(closeAfter))
	if !last && (w.Told.Reported || w.LogReadAt.Before(w.End.Add(reportAfter/2))) {
		r.again(later(now.Add(chainRetry), w.End.Add(reportAfter)))
		if w.Told.Reported {
			r.again(w.End.Add(closeAfter))
		}
		return nil
	}
	hits, err := r.Store.ChainHits(ctx, r.st.Faction, w.Start.Add(-chain.Timeout), w.End.Add(lateHit))
	if err != nil {
		return err
	}
	var watch map[faction.PlayerID]time.Duration
	if r.Watch != nil {
		if watch, err = r.Watch.WatchTime(ctx, r.st.Faction, w.Start, w.End); err != nil {
			return err
		}
	}
	report := chain.Fold(w.State, hits, watch)
	if !last && report.Missing() > 0 {
		r.again(now.Add(reportAfter)) // rows are late
		return nil
	}
	roster, err := r.members(ctx)
	if err != nil {
		return err
	}
	name(report.Members, roster)
	if !w.Untracked {
		r.news.report(chainLook{Watched: w, now: now}, report)
	}
	w.Told.Reported, w.Told.Closed = true, last
	r.update.ChainReports = append(r.update.ChainReports, report)
	r.update.Chains = append(r.update.Chains, w)
	if !last {
		r.again(w.End.Add(closeAfter))
	}
	return nil
}

// name names who was on watch and never hit.
func name(rows []chain.MemberReport, roster faction.Roster) {
	for i := range rows {
		for _, m := range roster.Members {
			if rows[i].Name == "" && m.ID == rows[i].Player {
				rows[i].Name = m.Name
			}
		}
	}
}

// members reads our roster, once a run.
func (r *chainRun) members(ctx context.Context) (faction.Roster, error) {
	if r.roster == nil {
		roster, err := r.Store.Members(ctx, r.st.Faction, r.st.Faction)
		if err != nil {
			return faction.Roster{}, err
		}
		r.roster = &roster
	}
	return *r.roster, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

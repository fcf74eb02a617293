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
	Members(ctx context.Context, id, of faction.ID) (faction.Roster, error)
	KnownAttacks(ctx context.Context, id faction.ID, ids []war.AttackID) (map[war.AttackID]war.Logged, error)
	AttacksCountedAfter(ctx context.Context, id faction.ID, w war.ID, t time.Time) ([]war.Logged, error)
	SaveAttacks(ctx context.Context, st *feed.State, p feed.AttackPage) error
}

// Attacks polls the attack log. A quick read takes the newest rows; reading back
// (sweep, gap, final re-read, backfill) goes through whatever stretch is asked for,
// a few pages a run, each page in a transaction of its own. A stretch that the quick
// read covers costs no request.
type Attacks struct {
	Source
	Store     AttackStore
	Retals    RetalStore // nil: retaliations are not followed
	Past      *Past      // nil: wars of the past are not read
	Terms     TermsStore // nil: agreed terms are not watched
	Clock     clock.Clock
	Intervals feed.Intervals
	// Settings say what a faction has changed of Rules; nil: nothing.
	Settings Settings
	Rules    war.Rules
	Log      *slog.Logger
}

// Settings reads what a faction decided about itself.
type Settings interface {
	Settings(ctx context.Context, id faction.ID) (faction.Settings, error)
}

// rules are those that count for a faction.
func (p *Attacks) rules(ctx context.Context, id faction.ID) (war.Rules, error) {
	rules := p.Rules
	if p.Settings == nil {
		return rules, nil
	}
	set, err := p.Settings.Settings(ctx, id)
	rules.LowFairFight = float64(set.LowFairFight) / 100
	return rules, err
}

const (
	pageRows    = 100 // Torn's most
	pagesPerRun = 20
	fillRetry   = time.Minute // after a page that cannot be read back
	// stoodStill is from when on a log without news is taken to have stood still: when
	// it goes on, rows appear later than a fight takes, out of a sweep's reach.
	stoodStill = 3 * time.Minute
)

// attackRun is one run: what it found when it began, and where it stands.
type attackRun struct {
	*Attacks
	st      *feed.State
	started time.Time
	wars    []war.War
	members map[faction.PlayerID]bool // on our roster, as seen when the run began or since
	rules   war.Rules                 // the faction's
	at      feed.Log                  // progress so far
	// scope is what the page at hand may change of retaliations; retalOpen tells that
	// one waits for somebody, so that its end must not be missed.
	scope     war.RetalScope
	retalOpen bool
}

// RunOnce reads what is new, and a share of what has to be read again.
func (p *Attacks) RunOnce(ctx context.Context, st *feed.State) error {
	wars, err := p.Store.Wars(ctx, st.Faction, recentWars)
	if err != nil {
		return err
	}
	rules, err := p.rules(ctx, st.Faction)
	if err != nil {
		return err
	}
	r := &attackRun{Attacks: p, st: st, started: p.Clock.Now(), wars: wars, rules: rules, at: st.Log}
	if err := r.dropLate(ctx); err != nil {
		return err
	}
	if err := r.quick(ctx); err != nil {
		return err
	}
	if r.at.Fill.Pending(r.started) {
		return r.fill(ctx)
	}
	r.past(ctx)
	return nil
}

// quick reads the newest page and asks for what is missing beyond it.
func (r *attackRun) quick(ctx context.Context) error {
	l, err := r.read(ctx, torn.War, true, torn.AttacksQuery{Sort: torn.Newest, Limit: pageRows})
	if err != nil {
		return err
	}
	rows := len(l.Rows) + len(l.Skipped)
	if rows == 0 && r.at.HeadID != 0 {
		return errNothingThere
	}
	p, known, err := r.page(ctx, l)
	if err != nil {
		return err
	}
	full := rows >= pageRows
	p.Ask = r.missing(full, rows, known)
	for _, a := range l.Rows {
		if at := torn.At(a.Started); at.After(r.at.HeadAt) || at.Equal(r.at.HeadAt) && a.ID > r.at.HeadID {
			r.at.HeadID, r.at.HeadAt = a.ID, at
		}
	}
	// A stretch that begins with the newest row begins with this page, and may end on it.
	var back time.Time
	next := r.at.Fill
	if p.Ask != nil {
		next = next.Ask(p.Ask.From, p.Ask.Due)
	}
	if next.Pending(r.started) && next.To.IsZero() {
		back = earliest(l.Rows)
		r.begin(next)
		if !full || !back.After(next.From) {
			p.Ask, p.Final = nil, r.final(next)
			r.at.Fill = feed.Fill{}
			next = feed.Fill{}
		}
	}
	more := next.Pending(r.started)
	if err := r.save(ctx, p, !more, more); err != nil {
		return err
	}
	r.at = r.st.Log // with what was asked for
	if more && r.at.Fill.To.IsZero() {
		r.at.Fill.To = back
	}
	return nil
}

// missing tells what has to be read back, as the newest page shows it: how many rows
// it has and how many of them are known.
func (r *attackRun) missing(full bool, rows, known int) *feed.Fill {
	w, fighting := r.current()
	switch {
	case r.at.HeadID == 0 && fighting && full: // the first look, into a war that is on
		return &feed.Fill{From: w.Start.Add(-feed.Overlap), Due: r.started}
	case r.at.HeadID != 0 && full && known == 0: // rows lie in between
		return r.sweep(r.at.HeadAt)
	case !r.at.Fill.From.IsZero():
		return nil
	}
	ask := r.due()
	if r.at.HeadID != 0 && known < rows && r.started.Sub(r.at.HeadAt) > stoodStill {
		if f := r.sweep(r.at.HeadAt); ask == nil || f.From.Before(ask.From) {
			ask = f
		}
	}
	return ask
}

// due tells what has to be read again by the clock: a war once more from its start
// when its last fights have shown up, and every few minutes the last few.
func (r *attackRun) due() *feed.Fill {
	for _, w := range r.wars {
		if w.FinalAt.IsZero() && !w.End.IsZero() && !r.started.Before(w.End.Add(feed.FinalAfter)) {
			return &feed.Fill{From: w.Start.Add(-feed.Overlap), Due: r.started}
		}
	}
	if since := r.started.Sub(r.at.SweptAt); since >= 0 && since < feed.SweepEvery { // a sweep in the future is a wrong clock's
		return nil
	}
	return r.sweep(r.started)
}

// sweep reaches back from a moment, and to all that may have appeared since the last sweep.
func (r *attackRun) sweep(since time.Time) *feed.Fill {
	if since.After(r.started) {
		since = r.started
	}
	from := since.Add(-feed.Overlap)
	if late := r.lateSince(); !r.at.SweptAt.IsZero() && late.Before(from) {
		from = late
	}
	return &feed.Fill{From: from, Due: r.started}
}

// lateSince is how far back rows may lie that appeared after the last sweep.
func (r *attackRun) lateSince() time.Time { return r.at.SweptAt.Add(-feed.LateBy) }

// begin notes that a stretch is read from the newest row on. From now on rows are
// late again; a stretch too short to hold all that were late before is no sweep.
func (r *attackRun) begin(f feed.Fill) {
	if r.at.SweptAt.IsZero() || !f.From.After(r.lateSince()) {
		r.at.SweptAt = r.started
	}
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
	// Waiting for the budget must not eat the whole run: what was read is committed,
	// and the next run goes on from there.
	reading, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var unread error // why a page could not be read
	byID := false
	err := torn.WalkAttacks(ctx, f.From.Unix(), f.To.Unix(), pagesPerRun, func(_ context.Context, q torn.AttacksQuery) (l torn.List[torn.Attack], err error) {
		byID = q.IDs
		l, err = r.readBack(reading, q)
		unread = err
		return l, err
	}, func(ctx context.Context, l torn.List[torn.Attack]) error {
		// Ids lead through one crowded second; they do not tell how far back all is read.
		if back := earliest(l.Rows); !byID && !back.IsZero() && back.Before(r.at.Fill.To) {
			r.at.Fill.To = back
		}
		p, _, err := r.page(ctx, l)
		if err != nil {
			return err
		}
		return r.save(ctx, p, false, true)
	})
	switch {
	case err == nil:
		r.at.Fill = feed.Fill{}
		return r.save(ctx, feed.AttackPage{Final: r.final(f)}, true, false)
	case errors.Is(err, torn.ErrTooManyPages), reading.Err() != nil && ctx.Err() == nil:
		return r.save(ctx, feed.AttackPage{}, true, true)
	case unread != nil && ctx.Err() == nil:
		// The newest rows can be read: they must not wait for those that cannot.
		r.at.Fill.Due = r.Clock.Now().Add(fillRetry)
		return errors.Join(fmt.Errorf("read the attack log back to %s: %w", f.From.Format(time.RFC3339), err),
			r.save(ctx, feed.AttackPage{}, false, false))
	default:
		return err
	}
}

// readBack reads a page of the stretch. A page begins where the last one ended, with
// rows that are known, so an empty one is a wonder: it is asked for once more before
// it is believed and ends the reading.
func (r *attackRun) readBack(ctx context.Context, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
	l, err := r.read(ctx, torn.Background, false, q)
	if err == nil && len(l.Rows)+len(l.Skipped) == 0 {
		l, err = r.read(ctx, torn.Background, true, q)
	}
	return l, err
}

// errNothingThere is the answer to a log in which at least the rows that we know must be.
var errNothingThere = faction.Errorf(faction.Unavailable, "Torn showed an empty attack log. Nothing was lost; we ask again by ourselves.")

// earliest is the first moment at which a row of a page counts: after it, nothing is
// missing on a page that is sorted by time (see torn.WalkAttacks).
func earliest(rows []torn.Attack) (at time.Time) {
	for _, a := range rows {
		if t := counted(a); at.IsZero() || t.Before(at) {
			at = t
		}
	}
	return at
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

// know loads our roster unless it is known. Where a bot starts, the front brings it while
// the log is read back; until then each page costs another request (see read).
func (r *attackRun) know(ctx context.Context) error {
	if len(r.members) > 0 {
		return nil
	}
	roster, err := r.Store.Members(ctx, r.st.Faction, r.st.Faction)
	if err != nil {
		return err
	}
	r.members = make(map[faction.PlayerID]bool, len(roster.Members))
	for _, m := range roster.Members {
		r.members[m.ID] = true
	}
	return nil
}

// read fetches one page, and refuses an answer that belongs to another faction.
func (r *attackRun) read(ctx context.Context, prio torn.Priority, fresh bool, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
	if err := r.know(ctx); err != nil {
		return torn.List[torn.Attack]{}, err
	}
	return fetch(ctx, r.Source, r.st.Faction, torn.NeedAttacks, func(ctx context.Context, key torn.Key) (torn.List[torn.Attack], error) {
		l, err := r.Client.Attacks(ctx, key, torn.Options{Priority: prio, Fresh: fresh}, q)
		// The roster vouches for the key's owner, and the rows for the log. Where one of
		// them does not, Torn is asked whose log this is.
		if err == nil && (!r.members[key.Owner] || len(l.Rows) == 0 || slices.ContainsFunc(l.Rows, r.strange)) {
			_, err = r.sameFaction(ctx, key, prio, r.st.Faction, "faction/attacks")
		}
		return r.credible(l), err
	})
}

// strange tells that our own log would not show a row like this: we are not in it,
// or it names an attacker who hid from us. The enemy's log has many of the same rows
// as ours, and those are what tells it.
func (r *attackRun) strange(a torn.Attack) bool {
	return !r.ours(a) || a.Stealthed && a.Attacker != nil && !r.in(a.Attacker.Faction)
}

// credible sets aside rows with a time that cannot be: one of them would be the
// newest, or the oldest, for ever.
func (r *attackRun) credible(l torn.List[torn.Attack]) torn.List[torn.Attack] {
	latest := r.started.Add(24 * time.Hour).Unix()
	rows := make([]torn.Attack, 0, len(l.Rows))
	for i, a := range l.Rows {
		if a.Started > latest || a.Ended > latest || a.Ended < 0 {
			l.Skipped = append(l.Skipped, torn.RowError{Index: i, Err: fmt.Errorf("attack %d lies in the future", a.ID)})
			continue
		}
		rows = append(rows, a)
	}
	l.Rows = rows
	return l
}

func (r *attackRun) ours(a torn.Attack) bool {
	return r.in(a.Defender.Faction) || a.Attacker != nil && r.in(a.Attacker.Faction)
}

func (r *attackRun) in(f *torn.Named) bool { return f != nil && faction.ID(f.ID) == r.st.Faction }

// page works out what a page of the log changes, and how many of its rows were there already.
func (r *attackRun) page(ctx context.Context, l torn.List[torn.Attack]) (p feed.AttackPage, there int, err error) {
	for _, s := range l.Skipped {
		r.Log.Warn("a row of the attack log could not be read and was left out", "faction_id", r.st.Faction, "err", s)
	}
	if len(l.Rows) == 0 {
		return p, 0, nil
	}
	ids := make([]war.AttackID, len(l.Rows))
	for i, a := range l.Rows {
		ids[i] = war.AttackID(a.ID)
	}
	known, err := r.Store.KnownAttacks(ctx, r.st.Faction, ids)
	if err != nil {
		return p, 0, err
	}
	done := make(map[war.AttackID]bool, len(l.Rows))
	for _, a := range l.Rows {
		id := war.AttackID(a.ID)
		old, ok := known[id]
		switch {
		case done[id], !r.ours(a): // told twice, or none of our business
			continue
		case ok:
			r.add(&p, &old, attackOf(a))
		default:
			r.add(&p, nil, attackOf(a))
		}
		done[id] = true
	}
	return p, len(known), nil
}

// save stores a page. done ends the run; more asks for another one soon.
func (r *attackRun) save(ctx context.Context, p feed.AttackPage, done, more bool) error {
	for id, rows := range p.Moves {
		p.Moves[id] = war.Merge(rows)
	}
	if err := r.retaliations(ctx, &p); err != nil {
		return err
	}
	if err := r.watchTerms(ctx, &p); err != nil {
		return err
	}
	p.Progress = r.progress(done, more)
	if err := r.Store.SaveAttacks(ctx, r.st, p); err != nil {
		return fmt.Errorf("store a page of the attack log: %w", err)
	}
	return nil
}

// add puts an attack on the page when it is new or counts otherwise than before.
func (r *attackRun) add(p *feed.AttackPage, old *war.Logged, a war.Attack) {
	now := war.Log(a, r.st.Faction, r.wars, r.rules)
	if old != nil && *old == now {
		return
	}
	p.Rows = append(p.Rows, now)
	if old != nil {
		r.scope.Touch(old.Attack, r.st.Faction)
	}
	r.scope.Touch(a, r.st.Faction)
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
	if w, ok := current(r.wars, now); ok && hot(w, next) || r.retalOpen {
		next = r.started.Add(min(r.Intervals.AttacksWar, r.Intervals.AttacksIdle))
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

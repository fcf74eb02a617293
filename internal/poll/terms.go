package poll

import (
	"context"
	"fmt"
	"slices"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// TermsStore is what the watching of agreed terms, and of a shrinking lead, needs of the store.
type TermsStore interface {
	Terms(ctx context.Context, id faction.ID, w war.ID) (t war.Terms, ok bool, err error)
	SamplesSince(ctx context.Context, id faction.ID, w war.ID, since time.Time) ([]war.Sample, error)
	Tallies(ctx context.Context, id faction.ID, w war.ID) ([]war.Row, error)
	Ebb(ctx context.Context, id faction.ID, w war.ID) (war.Ebb, error)
}

// watch looks at a war's score, with each look of the front, for what people agreed on
// and for a lead that shrinks while members of ours could fight.
func (p *Front) watch(ctx context.Context, u *feed.Update, id faction.ID) error {
	if p.Terms == nil || len(u.Wars) == 0 || u.Sample == nil || !u.Wars[0].Tracked {
		return nil
	}
	w, now := u.Wars[0], u.Sample.At
	recent, err := p.Terms.SamplesSince(ctx, id, w.ID, now.Add(-max(war.PaceOver, war.EbbOver)))
	if err != nil {
		return err
	}
	recent = append(recent, *u.Sample)
	if err := p.watchEbb(ctx, u, id, w, recent); err != nil {
		return err
	}
	return p.watchTerms(ctx, u, id, w, recent)
}

// watchEbb tells of a lead that shrinks, once, and when it holds again.
func (p *Front) watchEbb(ctx context.Context, u *feed.Update, id faction.ID, w war.War, recent []war.Sample) error {
	ebb, err := p.Terms.Ebb(ctx, id, w.ID)
	if err != nil {
		return err
	}
	now := u.Sample.At
	slack := war.SlackOf(u.Rosters[id], now)
	next, change, lost := ebb.Next(w, recent, slack, now)
	if change == war.EbbSame {
		return nil
	}
	if p.Flights != nil { // when those who fly land is worth knowing now
		known, err := p.Flights.Members(ctx, id, id)
		if err != nil {
			return err
		}
		slack = war.SlackOf(war.Recognise(u.Rosters[id], known.Members), now)
	}
	u.Ebb = &next
	news := feed.EbbNews(next, change, lost, w, slack, now)
	u.Alerts, u.Settled = append(u.Alerts, news.Alerts...), append(u.Settled, news.Settled...)
	return nil
}

// watchTerms tells when the score or the clock comes near what was agreed.
func (p *Front) watchTerms(ctx context.Context, u *feed.Update, id faction.ID, w war.War, recent []war.Sample) error {
	t, ok, err := p.Terms.Terms(ctx, id, w.ID)
	if err != nil || !ok {
		return err
	}
	rows, err := p.Terms.Tallies(ctx, id, w.ID)
	if err != nil {
		return err
	}
	after, events := t.Watch(war.Pulse{
		War: w, Recent: recent, Every: p.Intervals.Front, Now: u.Sample.At,
		PerHit: war.NewBoard(w, rows, w.SeenAt).Total(war.Ours).PerHit(),
	})
	if len(events) == 0 && after.CapAt.Equal(t.CapAt) {
		return nil
	}
	u.Terms = &after
	for _, e := range events {
		u.Alerts = append(u.Alerts, feed.TermsAlert(e, u.Sample.At))
	}
	return nil
}

// watchTerms tells members who come near the agreed limit of hits, and who of ours
// still hits after the stop. It is called once for each page, before it is stored.
func (r *attackRun) watchTerms(ctx context.Context, p *feed.AttackPage) error {
	w, ok := r.current()
	if r.Terms == nil || !ok || len(p.Moves[w.ID]) == 0 {
		return nil
	}
	t, ok, err := r.Terms.Terms(ctx, r.st.Faction, w.ID)
	if err != nil || !ok {
		return err
	}
	now := r.Clock.Now()
	if t.HitLimit > 0 {
		before, err := r.Terms.Tallies(ctx, r.st.Faction, w.ID)
		if err != nil {
			return err
		}
		for _, m := range t.Reached(before, p.Moves[w.ID]) {
			if r.members[m.Player] {
				p.Personal = append(p.Personal, feed.LimitNotice(w, t, m, now))
			}
		}
	}
	told, ok := t.Stopped(now) // names the message, so that it stays the same
	if !ok {
		return nil
	}
	stop, err := r.stopped(ctx, w, t, p.Rows, now)
	if err != nil {
		return err
	}
	if late, _ := war.HitsAfter(p.Rows, stop); len(late) == 0 {
		return nil
	}
	rows, err := r.Store.AttacksCountedAfter(ctx, r.st.Faction, w.ID, stop)
	if err != nil {
		return fmt.Errorf("read hits after the stop: %w", err)
	}
	rows = slices.DeleteFunc(rows, func(l war.Logged) bool { // the page has it as it is now
		return slices.ContainsFunc(p.Rows, func(now war.Logged) bool { return now.Attack.ID == l.Attack.ID })
	})
	news := feed.AfterStop(w, t, stop, told, append(rows, p.Rows...), now)
	p.Alerts, p.Settled = append(p.Alerts, news.Alerts...), append(p.Settled, news.Settled...)
	return nil
}

// stopped is from when nobody of ours may hit. A cap that was met while nobody looked
// was met by a hit of the log.
func (r *attackRun) stopped(ctx context.Context, w war.War, t war.Terms, page []war.Logged, now time.Time) (time.Time, error) {
	stop, _ := t.Stopped(now)
	if t.CapAt.IsZero() {
		return stop, nil
	}
	samples, err := r.Terms.SamplesSince(ctx, r.st.Faction, w.ID, t.CapAt)
	if err != nil {
		return time.Time{}, err
	}
	if below, missed := t.CapSince(samples); missed {
		rows, err := r.Store.AttacksCountedAfter(ctx, r.st.Faction, w.ID, below.At)
		if err != nil {
			return time.Time{}, fmt.Errorf("read the hits that met the cap: %w", err)
		}
		rows = slices.DeleteFunc(rows, func(l war.Logged) bool {
			return slices.ContainsFunc(page, func(now war.Logged) bool { return now.Attack.ID == l.Attack.ID })
		})
		stop, _ = t.Crossed(below, append(rows, page...)).Stopped(now)
	}
	return stop, nil
}

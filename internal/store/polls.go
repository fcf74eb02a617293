package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// SaveUpdate writes a poll's outcome. It raises the state's generation. Rights follow
// the game in the same transaction: see followGame.
func (s *Store) SaveUpdate(ctx context.Context, st *feed.State, u feed.Update) error {
	id, now := st.Faction, u.Progress.Now
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		b := &pgx.Batch{}
		var ended []alert.Settled
		var err error
		// Locked before anything is written: the statements of one who was overtaken run to
		// the end as well, and would hold other rows while they wait for this one.
		lockFeeds(b, id, touchedFeeds(*st, u))
		fence(b, *st)
		if rightsMove(id, u) {
			if err := tx.SendBatch(ctx, b).Close(); err != nil {
				return err
			}
			if ended, err = followGame(ctx, tx, id, now, u); err != nil {
				return err
			}
			b = &pgx.Batch{}
		}
		queueUpdate(b, id, now, u)
		finish(b, *st, u.Progress)
		if len(u.Wars) > 0 || u.Report != nil {
			queueNotify(b, id, "war")
		}
		if len(u.Chains) > 0 {
			queueNotify(b, id, "chain")
		}
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Alerts: u.Alerts, Settled: append(ended, u.Settled...), Personal: u.Personal})
	})
	if err != nil {
		return fmt.Errorf("save poll of %s, faction %d: %w", st.Feed, id, err)
	}
	st.Generation++
	st.NextDue = u.Progress.NextDue
	return nil
}

// queueUpdate writes what is set of an update.
func queueUpdate(b *pgx.Batch, id faction.ID, now time.Time, u feed.Update) {
	if u.Faction != nil {
		queueFaction(b, *u.Faction, now)
	}
	for _, w := range u.Wars {
		queueWar(b, id, w)
		queueClaimsOver(b, id, w)
	}
	if u.Sample != nil {
		queueSample(b, id, u.SampleOf, *u.Sample)
	}
	for of, roster := range u.Rosters {
		queueRoster(b, id, of, now, roster)
	}
	if u.Positions != nil {
		queuePositions(b, id, now, u.Positions)
	}
	if u.Chain != nil {
		queueChain(b, id, *u.Chain, now)
	}
	for _, w := range u.Chains {
		queueTold(b, id, w)
	}
	for _, r := range u.ChainReports {
		queueChainReport(b, id, r, now)
	}
	if u.Terms != nil {
		queueTermsTold(b, id, *u.Terms)
	}
	if u.Scout != nil {
		queueScout(b, id, u.ScoutOf, *u.Scout)
	}
	if u.Activity != nil {
		queueActivity(b, id, *u.Activity, now)
	}
	if u.Ebb != nil {
		queueEbb(b, id, *u.Ebb)
	}
	if u.Report != nil {
		queueReport(b, id, *u.Report, now)
	}
	if u.Fill != nil {
		queueFill(b, id, *u.Fill)
	}
	if u.EnlistedFor != nil {
		b.Queue("update poll_state set enlisted_for = $3 where faction_id = $1 and feed = $2", id, feed.Members, null(*u.EnlistedFor))
	}
	for name, due := range u.Hurry {
		queueHurry(b, id, name, due)
	}
}

// touchedFeeds lists the feeds whose rows an update writes.
func touchedFeeds(st feed.State, u feed.Update) []feed.Name {
	touched := []feed.Name{st.Feed}
	for name := range u.Hurry {
		touched = append(touched, name)
	}
	if u.Fill != nil {
		touched = append(touched, feed.Attacks)
	}
	return touched
}

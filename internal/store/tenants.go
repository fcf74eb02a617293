package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
)

// Tenant tells how a registered faction stands; ok is false when it is not registered.
func (s *Store) Tenant(ctx context.Context, id faction.ID, now time.Time) (t faction.Tenant, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var since, poll, act stamp
		err := tx.QueryRow(ctx, `select faction_id, name, state, state_reason, coalesce(state_at, '-infinity'), registered_at,
				(select count(*) from guild_factions),
				(select count(*) from members where of_faction = f.faction_id and left_at is null),
				(select count(*) from discord_links),
				(select count(*) from api_keys),
				coalesce((select max(last_success_at) from poll_state), '-infinity'),
				(select count(*) from poll_state where next_due_at < $1::timestamptz - $2::interval),
				coalesce((select at from audit_log where actor_id <> 0 order by seq desc limit 1), '-infinity')
			from factions f`, now, faction.LateAfter).
			Scan(&t.ID, &t.Name, &t.State, &t.Reason, &since, &t.Registered, &t.Servers, &t.Members, &t.Linked, &t.Keys, &poll, &t.LateFeeds, &act)
		t.StateAt, t.LastPoll, t.LastAct = since.t, poll.t, act.t
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Tenant{}, false, nil
	}
	if err != nil {
		return faction.Tenant{}, false, fmt.Errorf("look at faction %d: %w", id, err)
	}
	return t, true, nil
}

// SetFactionState pauses a faction, lets it go on, or marks it for removal, and keeps
// the reason. A faction that goes on is read at once; its attack log fills the gap
// from where it stopped. A faction.Error of kind NotFound when it is not registered,
// and of kind Conflict when it is being removed, which nothing takes back.
func (s *Store) SetFactionState(ctx context.Context, id faction.ID, to faction.State, reason string, now time.Time) error {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		var is faction.State
		err := tx.QueryRow(ctx, "select state from factions for update").Scan(&is)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return faction.Errorf(faction.NotFound, "Faction %d is not registered here. Nothing was changed.", id)
		case err != nil:
			return err
		case is == faction.Removing && to != faction.Removing:
			return faction.Errorf(faction.Conflict, "Faction %d is being removed; that can only be finished, with `/admin faction remove`. Nothing was changed.", id)
		case is == to:
			return nil
		}
		if _, err := tx.Exec(ctx, "update factions set state = $1, state_reason = $2, state_at = $3", string(to), reason, now); err != nil {
			return err
		}
		if to != faction.Active {
			return nil
		}
		var b pgx.Batch
		lockFeeds(&b, id, feed.All())
		for _, name := range feed.All() {
			queueHurry(&b, id, name, now)
		}
		b.Queue("update live_boards set next_due_at = least(next_due_at, $1)", now)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("set faction %d to %s: %w", id, to, err)
	}
	return nil
}

func queueFeeds(b *pgx.Batch, id faction.ID, now time.Time) {
	for _, name := range feed.All() {
		b.Queue("insert into poll_state (faction_id, feed, next_due_at) values ($1, $2, $3) on conflict do nothing", id, name, now)
	}
}

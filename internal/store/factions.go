package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
)

// Register makes a faction a tenant of this bot, in the given guild, and its feeds
// due. Without a guild its leader chooses one with /setup. A faction that is
// registered already only gains the guild.
func (s *Store) Register(ctx context.Context, f faction.Faction, guildID, guildName string, now time.Time) error {
	err := s.Faction(ctx, f.ID, func(tx pgx.Tx) error {
		var b pgx.Batch
		queueFaction(&b, f, now)
		if guildID != "" {
			b.Queue(`insert into guild_factions (faction_id, guild_id, guild_name, added_at) values ($1, $2, $3, $4)
				on conflict (faction_id, guild_id) do update set guild_name = excluded.guild_name`, f.ID, guildID, guildName, now)
		}
		queueFeeds(&b, f.ID, now)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return fmt.Errorf("register faction %d: %w", f.ID, err)
	}
	return nil
}

func queueFaction(b *pgx.Batch, f faction.Faction, now time.Time) {
	b.Queue(`insert into factions (faction_id, name, tag, leader_id, co_leader_id, registered_at) values ($1, $2, $3, $4, $5, $6)
		on conflict (faction_id) do update set name = excluded.name, tag = excluded.tag,
			leader_id = excluded.leader_id, co_leader_id = excluded.co_leader_id`,
		f.ID, f.Name, f.Tag, f.LeaderID, f.CoLeaderID, now)
}

// FactionInfo reads a registered faction; ok is false when it is not registered.
func (s *Store) FactionInfo(ctx context.Context, id faction.ID) (f faction.Faction, ok bool, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		return tx.QueryRow(ctx, "select faction_id, name, tag, leader_id, co_leader_id from factions").
			Scan(&f.ID, &f.Name, &f.Tag, &f.LeaderID, &f.CoLeaderID)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return faction.Faction{}, false, nil
	}
	if err != nil {
		return faction.Faction{}, false, fmt.Errorf("read faction %d: %w", id, err)
	}
	return f, true, nil
}

// Registered lists every registered faction.
func (s *Store) Registered(ctx context.Context) ([]faction.ID, error) {
	var out []faction.ID
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from factions order by faction_id")
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list factions: %w", err)
	}
	return out, nil
}

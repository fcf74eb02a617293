package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/roles"
)

// accountColumn is a column that holds a Discord account. Every such column stands in
// accounts, which a test compares with the catalogue.
type accountColumn struct {
	table, column string
	player        string // the column of the same row that names a player
	why           string // why it is not the account's own: neither exported nor erased for it
}

func accounts() []accountColumn {
	return []accountColumn{
		{"access_requests", "discord_id", "player_id", ""},
		{"discord_links", "discord_id", "player_id", "the player's, see personal"},
		{"discord_role_grants", "discord_id", "", ""},
		{"discord_role_people", "discord_id", "", ""},
		{"link_requests", "discord_id", "player_id", ""},
		{"link_requests", "torn_discord_id", "player_id", "whom Torn names, who is another one than asks"},
	}
}

// mayKnowAccounts lists the factions that may hold something of a Discord account that is
// not linked: those registered, and those that asked to be.
func (s *Store) mayKnowAccounts(ctx context.Context) (ids []faction.ID, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from factions union select faction_id from access_requests order by 1")
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	return ids, err
}

// ExportAccount gathers what is stored under a Discord account, linked or not, beside
// what is stored about its player (ExportPlayer): by faction and table, rows as JSON,
// without keys and without the accounts of others.
func (s *Store) ExportAccount(ctx context.Context, discordID string) (map[faction.ID]map[string][]json.RawMessage, error) {
	ids, err := s.mayKnowAccounts(ctx)
	if err != nil {
		return nil, fmt.Errorf("export a Discord account: %w", err)
	}
	out := map[faction.ID]map[string][]json.RawMessage{}
	for _, id := range ids {
		found := map[string][]json.RawMessage{}
		err := s.snapshot(ctx, id, func(tx pgx.Tx) error { return exportAccount(ctx, tx, id, discordID, found) })
		if err != nil {
			return nil, fmt.Errorf("export a Discord account, faction %d: %w", id, err)
		}
		if len(found) > 0 {
			out[id] = found
		}
	}
	return out, nil
}

func exportAccount(ctx context.Context, tx pgx.Tx, id faction.ID, discordID string, found map[string][]json.RawMessage) error {
	tables, err := ownTables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		where := ""
		for _, c := range accounts() {
			switch {
			case c.table != t.Name:
			case c.why != "":
				t.Withheld = append(t.Withheld, c.column)
			default:
				where = "t." + c.column + " = $2"
				if c.player != "" {
					where += " and not exists (select from discord_links l where l.discord_id = $2 and l.player_id = t." + c.player + ")"
				}
			}
		}
		if where == "" {
			continue
		}
		if err := exportRows(ctx, tx, t, where, id, discordID, found); err != nil {
			return err
		}
	}
	return nil
}

// EraseAccount forgets what is stored under a Discord account, but for its link and what
// is stored about its player (ErasePlayer): links that wait for an officer are withdrawn
// and their keys are gone at once. Where Discord roles are switched on, the
// record of those that the bot gave stays until it has taken them back. It gives the
// requests that were open, and how many rows of each table went.
func (s *Store) EraseAccount(ctx context.Context, discordID string, now time.Time) (withdrawn []faction.LinkRequest, changed map[string]int64, err error) {
	ids, err := s.mayKnowAccounts(ctx)
	changed = map[string]int64{}
	for _, id := range ids {
		var open []faction.LinkRequest
		if open, err = s.eraseAccount(ctx, id, discordID, now, changed); err == nil {
			withdrawn = append(withdrawn, open...)
		} else {
			err = fmt.Errorf("faction %d: %w", id, err)
			break
		}
	}
	if err != nil {
		return withdrawn, changed, fmt.Errorf("erase a Discord account: %w", err)
	}
	return withdrawn, changed, nil
}

// openRequests reads an account's requests that can still be decided, and holds all of
// its requests fast.
func openRequests(ctx context.Context, tx pgx.Tx, discordID string, now time.Time) ([]faction.LinkRequest, error) {
	if _, err := tx.Exec(ctx, "select 1 from link_requests where discord_id = $1 order by request_id for update", discordID); err != nil {
		return nil, err
	}
	rows, err := tx.Query(ctx, "select "+requestColumns+" from link_requests where discord_id = $1 and decided_at is null and expires_at > $2 order by request_id", discordID, now)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanRequest)
}

func (s *Store) eraseAccount(ctx context.Context, id faction.ID, discordID string, now time.Time, changed map[string]int64) (open []faction.LinkRequest, err error) {
	followed, err := s.guildsFollowed(ctx, id, discordID)
	if err != nil {
		return nil, err
	}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		if open, err = openRequests(ctx, tx, discordID, now); err != nil {
			return err
		}
		for _, c := range accounts() {
			if c.why != "" {
				continue
			}
			sql, args := "delete from "+c.table+" where "+c.column+" = $1", []any{discordID}
			if c.table == "discord_role_grants" {
				sql, args = sql+" and guild_id <> all($2)", append(args, followed)
			}
			tag, err := tx.Exec(ctx, sql, args...)
			if err != nil {
				return fmt.Errorf("delete from %s: %w", c.table, err)
			}
			changed[c.table] += tag.RowsAffected()
		}
		return nil
	})
	return open, err
}

// guildsFollowed lists the servers on which the bot gave an account roles and is about to
// take them back: those whose setup it follows.
func (s *Store) guildsFollowed(ctx context.Context, id faction.ID, discordID string) ([]string, error) {
	var guilds []string
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select distinct g.guild_id from discord_role_grants g
			join guild_factions s on s.guild_id = g.guild_id join factions f on f.state = 'active' where g.discord_id = $1 order by 1`, discordID)
		if err != nil {
			return err
		}
		guilds, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find the servers with roles: %w", err)
	}
	followed := []string{}
	for _, guild := range guilds {
		set, err := s.RoleSetup(ctx, roles.Place{Faction: id, Guild: guild})
		if err != nil {
			return nil, err
		}
		if set.State() == roles.On {
			followed = append(followed, guild)
		}
	}
	return followed, nil
}

package store

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// snapshot runs fn like Faction, but reads only, and all of it as of one moment.
func (s *Store) snapshot(ctx context.Context, id faction.ID, fn func(tx pgx.Tx) error) error {
	return s.within(ctx, "begin isolation level repeatable read read only; set local role "+tenantRole+
		"; select set_config('app.faction_id', '"+strconv.FormatInt(int64(id), 10)+"', true)", fn)
}

// ownTable is a table with a faction_id, and its columns that no export shows: bytes,
// which are sealed or hashed secrets, and what holds a webhook.
type ownTable struct {
	Name     string
	Withheld []string
}

func ownTables(ctx context.Context, tx pgx.Tx) ([]ownTable, error) {
	rows, err := tx.Query(ctx, `
		select c.relname, coalesce(array_agg(a.attname::text order by a.attnum)
				filter (where a.atttypid = 'bytea'::regtype or a.attname like '%webhook%'), '{}')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
		where n.nspname = 'public' and c.relkind = 'r'
		group by c.relname having bool_or(a.attname = 'faction_id') order by c.relname`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowToStructByPos[ownTable])
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	return tables, nil
}

// ExportFaction writes every row of a faction as JSON lines, all as of one moment:
// first {"faction":…,"at":…}, then {"table":…,"row":{…}} for each row. Keys and
// webhooks are left out. It tells how many rows each table has, empty ones included.
func (s *Store) ExportFaction(ctx context.Context, id faction.ID, now time.Time, to io.Writer) (map[string]int64, error) {
	w := bufio.NewWriter(to)
	count := map[string]int64{}
	err := s.snapshot(ctx, id, func(tx pgx.Tx) error {
		head, err := json.Marshal(map[string]any{"faction": id, "at": now.UTC().Format(time.RFC3339)})
		if err != nil {
			return err
		}
		if _, err := w.Write(append(head, '\n')); err != nil {
			return err
		}
		tables, err := ownTables(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range tables {
			n, err := exportTable(ctx, tx, w, id, t)
			if err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
			count[t.Name] = n
		}
		return w.Flush()
	})
	if err != nil {
		return nil, fmt.Errorf("export faction %d: %w", id, err)
	}
	return count, nil
}

func exportTable(ctx context.Context, tx pgx.Tx, w io.Writer, id faction.ID, t ownTable) (n int64, err error) {
	name := pgx.Identifier{t.Name}.Sanitize()
	rows, err := tx.Query(ctx, "select (to_jsonb(t) - $2::text[])::text from "+name+" t where faction_id = $1", id, t.Withheld)
	if err != nil {
		return 0, err
	}
	var row string
	_, err = pgx.ForEachRow(rows, []any{&row}, func() error {
		n++
		_, err := fmt.Fprintf(w, "{\"table\":%q,\"row\":%s}\n", t.Name, row)
		return err
	})
	return n, err
}

// ExportPlayer gathers what is stored about a player in the factions where they are
// linked, are a member or were one: by faction and table, rows as JSON, without keys and
// without what one of them recorded of them as an opponent.
func (s *Store) ExportPlayer(ctx context.Context, player faction.PlayerID) (map[faction.ID]map[string][]json.RawMessage, error) {
	ids, err := s.homes(ctx, player)
	if err != nil {
		return nil, fmt.Errorf("export player %d: %w", player, err)
	}
	out := map[faction.ID]map[string][]json.RawMessage{}
	for _, id := range ids {
		found := map[string][]json.RawMessage{}
		err := s.snapshot(ctx, id, func(tx pgx.Tx) error { return exportPlayer(ctx, tx, id, player, found) })
		if err != nil {
			return nil, fmt.Errorf("export player %d, faction %d: %w", player, id, err)
		}
		if len(found) > 0 {
			out[id] = found
		}
	}
	return out, nil
}

// about is the condition under which a row t that names a player in this column is for
// their eyes; empty: never. What a faction recorded of somebody as its opponent is not,
// not even when they were its member once: it holds what Torn hides from them, such as
// who attacked in stealth. Nor are the accounts of others on whom they decided.
func (c personalColumn) about() string {
	switch c.table + "." + c.column {
	case "attacks.attacker_id":
		return "t.attacker_faction = t.faction_id"
	case "attacks.defender_id":
		return "t.defender_faction = t.faction_id"
	case "members.player_id", "war_report_members.player_id":
		return "t.of_faction = t.faction_id"
	case "war_member_stats.player_id":
		return "t.team = '" + string(war.Ours) + "'"
	case "access_requests.leader_id", "access_requests.decided_by", "link_requests.decided_by":
		return ""
	default:
		return "true"
	}
}

func exportPlayer(ctx context.Context, tx pgx.Tx, id faction.ID, player faction.PlayerID, found map[string][]json.RawMessage) error {
	tables, err := ownTables(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range tables {
		var theirs []string
		for _, c := range personal() {
			if about := c.about(); c.table == t.Name && about != "" {
				theirs = append(theirs, "t."+c.column+" = $2 and "+about)
			}
		}
		if len(theirs) == 0 {
			continue
		}
		if err := exportRows(ctx, tx, t, strings.Join(theirs, " or "), id, player, found); err != nil {
			return err
		}
	}
	return nil
}

// exportRows gathers the rows t of a table that a condition on $2 selects.
func exportRows(ctx context.Context, tx pgx.Tx, t ownTable, where string, id faction.ID, arg any, found map[string][]json.RawMessage) error {
	rows, err := tx.Query(ctx, "select (to_jsonb(t) - $3::text[])::text from "+pgx.Identifier{t.Name}.Sanitize()+
		" t where faction_id = $1 and ("+where+")", id, arg, t.Withheld)
	if err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("table %s: %w", t.Name, err)
	}
	for _, text := range texts {
		found[t.Name] = append(found[t.Name], json.RawMessage(text))
	}
	return nil
}

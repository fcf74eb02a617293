package app_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// The two tenants. Wherever an id need not be unique in all the world both have the
// same; texts and figures tell whose they are.
const (
	ours   faction.ID = 101
	theirs faction.ID = 202

	mark = "markb" // in every text of theirs, in lower case
	// In every figure of theirs, once separators are taken out. Ours begin with another.
	theirFigure, ourFigure = "86420", "13570"
	// title begins theirs' name, which a server that they share with us may show.
	title = "Bears Title"

	sharedWar, theirWar, noWar = 44751, 55555, 66666
	theirSquad, noSquad        = 501, 502
)

var isolationEpoch = time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)

// column is one column of the catalogue that a row needs.
type column struct {
	table, name, kind string // kind as PostgreSQL writes it
	nullable          bool
	allowed           string // a word that the column's own rule allows; empty: any text
}

// filling knows what to put where the catalogue alone does not tell: a word that the
// program reads, an id, a moment. Everything else is made up.
type filling struct {
	of     faction.ID
	person func(faction.ID, int) (player int64, account string)
	sealed func(player int64) (sealed, fingerprint []byte)
	token  []byte // the hash of a scoreboard link's
}

// unfilled are tables with a faction_id that the database writes by itself.
var unfilled = map[string]string{
	"audit_chain": "the trigger of audit_log",
	"audit_heads": "the trigger of audit_log",
}

// row overrides columns; a nil value is NULL.
type row map[string]any

// words are values that both have, by column or by table and column.
func (f filling) words() row {
	payload := fmt.Sprintf(`{"kind":"war.started","subject":"war:%d","stage":"x","at":"2026-11-20T17:59:00Z","data":{"note":%q,"war":{"id":%d,"us":%d,"us_name":%q,"them":303,"them_name":%q,"start":"2026-11-20T17:00:00Z"}}}`,
		sharedWar, f.text("alert_deliveries", "payload"), sharedWar, f.of, f.name(), f.text("alert_deliveries", "payload"))
	leader, account := f.person(f.of, 0)
	return row{
		"factions.state": "active", "factions.name": f.name(), "factions.leader_id": leader, "leader_id": leader, "co_leader_id": 0,
		"discord_id": account, "torn_discord_id": "900000000000000099", "linked_at": "-2h", "position": "Leader", "positions.name": "Leader",
		"discord_links.seen_at": "-1m", "tested_at": "-1m", "position_permissions.permissions": "{}", "position_permissions.effective": "{}",
		"permissions": "{war.view}", "abilities": "{}", "is_default": false,
		"consent": "lend", "access_level": 4, "faction_access": true, "selections": "{}", "api_keys.state": "active",
		"outcome": "done", "audit_log.body": fmt.Sprintf(`{"note":%q}`, f.text("audit_log", "body")), "settings": "{}", "payload": payload,
		"alert_deliveries.state": "pending", "alert_deliveries.kind": "war.started", "alert_rules.kind": "war.started", "broken_reason": "",
		"live_boards.kind": "war", "live_boards.message_id": "", "scoreboard_links.page": "war", "access_requests.state": "waiting",
		"decision": "", "war_terms.result": "", "decided_by": 0, "war_id": sharedWar,
		"members.state": "Okay", "last_action": "Online", "result": "Attacked", "direction": "outgoing", "class": "war_hit", "team": "us",
		"flags": 8, "marks": 0, "attack_id": 990001, "chain_id": 7001, "item_id": 206, "of_faction": f.of, "enemy_id": 303, "attacker_faction": f.of,
		"defender_faction": 303, "attacker_id": leader, "defender_id": 60, "player_id": leader, "actor_id": leader, "granted_by": leader, "mapped_by": leader,
		"created_by": leader, "winner_id": 0, "to_faction": 303, "pseudonym": -77, "erased_players.player_id": 71, "rule_id": 500, "link_id": 500, "key_id": 500, "delivery_id": 500,
		"request_id": 500, "board_id": 500, "seq": 500, "head_id": 990001, "channel_id": sharedChannel, "message_id": "", "guild_id": home(f.of), "role_id": "880000000000000001",
		"guild_roles.confirmed": "", "discord_roles.kind": "member", "discord_roles.position": "", "feed": "attacks", "generation": 0, "fill_asked": 0, "failures": 0,
		"attempts": 0, "subject": "war:1", "stage": "x", "trouble": "", "broken": "", "applied": "x",
		"forfeit": false, "tracked": true,
		"attacks_days": f.figure() + "0", "samples_days": f.figure() + "0", "deliveries_days": f.figure() + "0", "denials_days": f.figure() + "0",
		"expires_at": "+48h", "deadline": "+5m", "next_due_at": "+1h", "lease_until": "-1h", "alert_rules.enabled": true, "enabled": true,
		"last_success_at": "-1m", "head_at": "-1m", "swept_at": "-1m", "last_used_at": "-1h", "written_at": "-30m",
		"last_error": "", "starts_at": "-1h", "started_at": "-30m", "retals.state": "open", "claimed_by": leader, "held_by": 0, "hit": 100, "told": "{}", "closed": false,
		"webhook_id": "", "alert_rules.sealed": nil, "alert_rules.player_id": 0, "squad_id": 0, "alert_deliveries.player_id": 0, "edition": 0, "shown": 0, "group_id": 0,
	}
}

// several are the rows of tables for which one is not enough.
func (f filling) several(table string) []row {
	person := func(n int) row {
		player, account := f.person(f.of, n)
		r := row{"player_id": player, "discord_id": account}
		if sealed, fingerprint := f.sealed(player); table == "api_keys" {
			r["sealed"], r["fingerprint"], r["key_id"] = sealed, fingerprint, 500+n
		}
		return r
	}
	switch table {
	case "guild_factions":
		return []row{{"guild_id": home(f.of)}, {"guild_id": commonServer}}
	case "discord_links":
		if f.of == ours {
			return []row{person(0), person(1), person(2), {"player_id": lonePlayer, "discord_id": loneAccount}}
		}
		return []row{person(0), person(1), person(2)}
	case "api_keys":
		return []row{person(0), person(1)}
	case "link_requests":
		return []row{{"sealed": nil, "fingerprint": nil, "player_id": 60, "discord_id": "900000000000000060"}}
	case "positions":
		return []row{{"name": "Leader"}, {"name": "Officer"}, {"name": "Recruit", "is_default": true}}
	case "position_permissions":
		return []row{{"position": "Officer", "permissions": "{admin}", "effective": "{admin}"}}
	case "members":
		var out []row
		for player, position := range map[int]string{1: "Leader", 51: "Leader", 2: "Officer", 52: "Officer", 3: "Recruit", 53: "Recruit", 60: "Recruit"} {
			out = append(out, row{"player_id": player, "position": position, "seen_at": "-1m"})
		}
		if f.of == ours { // somebody whom only we know
			return append(out, row{"player_id": lonePlayer, "position": "Recruit", "seen_at": "-1m"}, row{"of_faction": 303, "player_id": 80})
		}
		return append(out, row{"of_faction": 303, "player_id": 80}, row{"player_id": 61, "position": "Recruit", "seen_at": "-1m"})
	case "ranked_wars":
		return f.both(row{"war_id": sharedWar}, row{"war_id": theirWar, "starts_at": "-400h", "ends_at": "-380h", "final_at": "-370h"})
	case "war_samples":
		return f.both(row{"at": "-20m"}, row{"war_id": theirWar, "at": "-390h"})
	case "attacks":
		return f.both(row{}, row{"attack_id": 990002, "war_id": theirWar, "started_at": "-390h"})
	case "war_member_stats":
		return f.both(row{}, row{"player_id": 60, "war_id": theirWar})
	case "poll_state":
		return []row{{"feed": "attacks"}, {"feed": "front"}, {"feed": "members"}, {"feed": "wars"}}
	case "alert_rules":
		var out []row
		for i, k := range alert.Kinds() {
			out = append(out, row{"kind": string(k), "rule_id": 500 + i})
		}
		return f.both(row{"kind": "war.report", "rule_id": 400, "channel_id": channelOf(f.of)}, row{"kind": "war.started", "rule_id": 999, "channel_id": channelOf(f.of)}, out...)
	case "alert_deliveries":
		return f.both(row{}, row{"delivery_id": 501, "stage": "y"})
	case "squad_members":
		return []row{{"squad_id": 500}}
	case "squads":
		return f.both(row{"squad_id": 500}, row{"squad_id": theirSquad, "name": f.text("squads", "other"), "folded": strings.ToLower(f.text("squads", "other"))})
	case "scoreboard_links":
		return f.both(row{"token_hash": f.token}, row{"link_id": 501, "token_hash": []byte{byte(f.of), 1}})
	default:
		return []row{{}}
	}
}

// both are rows that both have, and one that only they have.
func (f filling) both(shared, alone row, more ...row) []row {
	out := append([]row{shared}, more...)
	if f.of == theirs {
		out = append(out, alone)
	}
	return out
}

func (f filling) name() string {
	if f.of == theirs {
		return title
	}
	return "Lions"
}

func (f filling) figure() string {
	if f.of == theirs {
		return theirFigure
	}
	return ourFigure
}

// text is a text of the faction that says where it came from: markbXattacksXcode.
func (f filling) text(table, name string) string {
	m := "marka"
	if f.of == theirs {
		m = mark
	}
	return m + "X" + strings.ReplaceAll(table, "_", "") + "X" + strings.ReplaceAll(name, "_", "")
}

// value is what one column holds; ok is false when nothing can be made up for its type.
func (f filling) value(c column, over row, nth int) (v any, ok bool) {
	words := f.words()
	for _, from := range []struct {
		values row
		key    string
	}{{over, c.name}, {words, c.table + "." + c.name}, {words, c.name}} {
		if v, ok := from.values[from.key]; ok {
			return moment(c, v), true
		}
	}
	switch c.kind {
	case "text":
		if c.allowed != "" {
			return c.allowed, true
		}
		return f.text(c.table, c.name), true
	case "bigint", "integer":
		return f.figure() + fmt.Sprintf("%02d", nth%100), true
	case "boolean":
		return "false", true
	case "jsonb":
		return fmt.Sprintf(`{"note":%q}`, f.text(c.table, c.name)), true
	case "double precision":
		return "1.5", true
	case "text[]":
		return "{" + f.text(c.table, c.name) + "}", true
	case "bytea":
		return fmt.Appendf(nil, "%s%d", f.text(c.table, c.name), nth), true
	case "timestamp with time zone":
		if c.nullable { // for the most part: it has not happened yet
			return nil, true
		}
		return moment(c, "-1h"), true
	default:
		return nil, false
	}
}

// moment turns "-1h" into a time.
func moment(c column, v any) any {
	if text, ok := v.(string); ok && c.kind == "timestamp with time zone" {
		if d, err := time.ParseDuration(text); err == nil {
			return isolationEpoch.Add(d).Format(time.RFC3339)
		}
	}
	return v
}

// catalogue is every column of every table of a tenant.
func catalogue(t *testing.T, owner *pgx.Conn) map[string][]column {
	t.Helper()
	rows, err := owner.Query(t.Context(), `
		select c.relname, a.attname, format_type(a.atttypid, null), not a.attnotnull,
		       coalesce((select (regexp_match(pg_get_constraintdef(k.oid), $$'([^']+)'$$))[1] from pg_constraint k
		                 where k.conrelid = c.oid and k.contype = 'c' and k.conkey = array[a.attnum] order by k.conname limit 1), '')
		from pg_class c join pg_namespace n on n.oid = c.relnamespace
		join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
		where n.nspname = 'public' and c.relkind in ('r', 'p')
		  and exists (select from pg_attribute f where f.attrelid = c.oid and f.attname = 'faction_id' and not f.attisdropped)
		order by c.relname, a.attnum`)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]column{}
	var c column
	if _, err := pgx.ForEachRow(rows, []any{&c.table, &c.name, &c.kind, &c.nullable, &c.allowed}, func() error {
		out[c.table] = append(out[c.table], c)
		return nil
	}); err != nil || len(out) < 20 {
		t.Fatalf("found %d tables (%v), want the whole schema", len(out), err)
	}
	return out
}

// fill puts rows of the faction into every table, but for those that keep is true of.
func (f filling) fill(t *testing.T, owner *pgx.Conn, keep func(table string) bool) {
	t.Helper()
	tables := catalogue(t, owner)
	var b pgx.Batch
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		if unfilled[table] != "" || keep(table) {
			continue
		}
		for _, over := range f.several(table) {
			f.insert(t, &b, table, tables[table], over)
		}
	}
	if err := owner.SendBatch(t.Context(), &b).Close(); err != nil {
		t.Fatalf("fill faction %d: %v\nA new column with a rule of its own needs a value in filling.words or filling.several.", f.of, err)
	}
}

func (f filling) insert(t *testing.T, b *pgx.Batch, table string, columns []column, over row) {
	t.Helper()
	var names, holders []string
	var values []any
	for i, c := range columns {
		v, ok := any(fmt.Sprint(int64(f.of))), true
		if c.name != "faction_id" {
			v, ok = f.value(c, over, i)
		}
		if !ok {
			t.Fatalf("nothing can be made up for %s.%s, a %s: give it a value in filling.words", table, c.name, c.kind)
		}
		holder := fmt.Sprintf("$%d::text::%s", len(values)+1, c.kind)
		if c.kind == "bytea" {
			holder = fmt.Sprintf("$%d::bytea", len(values)+1)
		} else if v != nil {
			v = fmt.Sprint(v)
		}
		names, holders, values = append(names, c.name), append(holders, holder), append(values, v)
	}
	b.Queue(fmt.Sprintf("insert into %s (%s) overriding system value values (%s)", table, strings.Join(names, ", "), strings.Join(holders, ", ")), values...)
}

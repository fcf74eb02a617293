package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// treatment is what becomes of a player's id in a column when they ask to be forgotten.
type treatment int

const (
	drop    treatment = iota // the row goes
	mask                     // the row stays, with the pseudonym
	history                  // as mask, once the war is over; repeated daily, since Torn is read again
	stay                     // the row stays as it is, for the reason given
)

// personalColumn is a column that names a player. Every such column stands in
// personal, which a test compares with the catalogue.
type personalColumn struct {
	table, column string
	how           treatment
	why           string // of stay
}

func personal() []personalColumn {
	return []personalColumn{
		{"access_requests", "player_id", drop, ""},
		{"access_requests", "leader_id", stay, "the faction's leader as the game shows it; goes with the faction"},
		{"access_requests", "decided_by", mask, ""},
		{"alert_deliveries", "player_id", drop, ""},
		{"alert_rules", "player_id", drop, ""},
		{"api_keys", "player_id", drop, ""},
		{"attacks", "attacker_id", history, ""},
		{"attacks", "defender_id", history, ""},
		{"audit_denials", "actor_id", drop, ""},
		{"audit_log", "actor_id", stay, "Torn ids only; the chain must stay whole"},
		{"backfills", "asked_by", mask, ""},
		{"claims", "player_id", drop, ""},
		{"claims", "target_id", drop, ""},
		{"chain_claims", "player_id", mask, ""},
		{"chain_claims", "held_by", mask, ""},
		{"chain_member_stats", "player_id", history, ""},
		{"discord_links", "player_id", drop, ""},
		{"erased_players", "player_id", stay, "so that what Torn brings back is anonymised again"},
		{"flights", "player_id", drop, ""},
		{"factions", "leader_id", stay, "read from the game"},
		{"factions", "co_leader_id", stay, "read from the game"},
		{"link_requests", "player_id", drop, ""},
		{"link_requests", "decided_by", mask, ""},
		{"members", "player_id", history, ""},
		{"player_notices", "player_id", drop, ""},
		{"position_permissions", "mapped_by", mask, ""},
		{"retals", "claimed_by", mask, ""},
		{"scoreboard_links", "created_by", mask, ""},
		{"shares", "granted_by", mask, ""},
		{"squad_members", "player_id", drop, ""},
		{"squads", "made_by", mask, ""},
		{"war_member_stats", "player_id", history, ""},
		{"war_report_members", "player_id", history, ""},
		{"watch_signs", "player_id", drop, ""},
		{"watches", "opened_by", mask, ""},
		{"war_terms", "set_by", mask, ""},
	}
}

// ErasePlayer forgets a player: links and keys go at once, in whatever faction they
// are; in what stays, a negative number and the name "Former member" take their
// place. That covers what happened before now: a war that is being fought follows
// when it is over (AnonymiseErased). It tells how many rows of each table changed.
// Called again it does what is left to do. What is stored under a Discord account is
// EraseAccount's.
func (s *Store) ErasePlayer(ctx context.Context, player faction.PlayerID, now time.Time) (map[string]int64, error) {
	if player <= 0 {
		return nil, fmt.Errorf("erase player %d: no such player", player)
	}
	ids, err := s.factionsOf(ctx, player)
	if err != nil {
		return nil, fmt.Errorf("erase player %d: %w", player, err)
	}
	changed := map[string]int64{}
	for _, id := range ids {
		err := s.Faction(ctx, id, func(tx pgx.Tx) error { return erasePlayer(ctx, tx, id, player, now, changed) })
		if err != nil {
			return changed, fmt.Errorf("erase player %d in faction %d: %w", player, id, err)
		}
	}
	return changed, nil
}

// factionsOf lists every faction that may hold something of a player: where they are
// linked first, so that keys go before anything else.
func (s *Store) factionsOf(ctx context.Context, player faction.PlayerID) (ids []faction.ID, err error) {
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select faction_id from (
				select faction_id, 0 as rank from discord_links where player_id = $1
				union all select faction_id, 1 from api_keys where player_id = $1
				union all select faction_id, 2 from access_requests where player_id = $1
				union all select faction_id, 3 from factions) all_of_them
			group by faction_id order by min(rank), faction_id`, player)
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	return ids, err
}

func erasePlayer(ctx context.Context, tx pgx.Tx, id faction.ID, player faction.PlayerID, now time.Time, changed map[string]int64) error {
	if err := holdRequests(ctx, tx, player); err != nil { // requests are taken before links
		return fmt.Errorf("hold links to confirm: %w", err)
	}
	for _, c := range personal() {
		if c.how != drop {
			continue
		}
		tag, err := tx.Exec(ctx, "delete from "+c.table+" where "+c.column+" = $1", player)
		if err != nil {
			return fmt.Errorf("delete from %s: %w", c.table, err)
		}
		changed[c.table] += tag.RowsAffected()
	}
	// Behind a pseudonym they would outlast the membership: whoever leaves loses those
	// that bear their number (endRights).
	if err := endPages(ctx, tx, player, now); err != nil {
		return fmt.Errorf("end links to the scoreboard: %w", err)
	}
	// What was told to others about them, or waits to be; the row keeps it from being told
	// again. What is being sent in one message with others goes out as it was.
	tag, err := tx.Exec(ctx, `update alert_deliveries set payload = '{}',
			reason = case when state = 'pending' then $2 else reason end, state = case when state = 'pending' then 'skipped' else state end
		where (state <> 'pending' or group_id = 0)
		  and jsonb_path_exists(payload, '$.data.** ? (@.id == $player && exists (@.name))', jsonb_build_object('player', $1::bigint))`, player, string(alert.Forgotten))
	if err != nil {
		return fmt.Errorf("empty messages: %w", err)
	}
	changed["alert_deliveries"] += tag.RowsAffected()
	known, err := appears(ctx, tx, player)
	if err != nil || !known {
		return err
	}
	var pseudonym faction.PlayerID
	if err := tx.QueryRow(ctx, `insert into erased_players (faction_id, player_id, erased_at) values ($1, $2, $3)
		on conflict (faction_id, player_id) do update set erased_at = excluded.erased_at returning pseudonym`, id, player, now).Scan(&pseudonym); err != nil {
		return fmt.Errorf("choose a pseudonym: %w", err)
	}
	for _, c := range personal() {
		if c.how != mask {
			continue
		}
		tag, err := tx.Exec(ctx, "update "+c.table+" set "+c.column+" = $2 where "+c.column+" = $1", player, pseudonym)
		if err != nil {
			return fmt.Errorf("anonymise %s: %w", c.table, err)
		}
		changed[c.table] += tag.RowsAffected()
	}
	return anonymise(ctx, tx, now, changed)
}

// appears tells whether anything that stays names the player, so that a faction that
// never met them does not learn of them.
func appears(ctx context.Context, tx pgx.Tx, player faction.PlayerID) (bool, error) {
	var parts []string
	for _, c := range personal() {
		if c.how == mask || c.how == history || c.table == "erased_players" {
			parts = append(parts, "exists (select 1 from "+c.table+" where "+c.column+" = $1)")
		}
	}
	var known bool
	err := tx.QueryRow(ctx, "select "+strings.Join(parts, " or "), player).Scan(&known)
	return known, err
}

// AnonymiseErased puts pseudonyms where Torn brought forgotten players back, and
// where wars that were being fought are over now. It tells how many rows changed.
func (s *Store) AnonymiseErased(ctx context.Context, id faction.ID, now time.Time) (int64, error) {
	changed := map[string]int64{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error { return anonymise(ctx, tx, now, changed) })
	if err != nil {
		return 0, fmt.Errorf("anonymise forgotten players of faction %d: %w", id, err)
	}
	var n int64
	for _, rows := range changed {
		n += rows
	}
	return n, nil
}

// notOver is true of a row t whose war a player e cannot be taken out of yet: its log
// may still be read, or it began after they asked. A war whose last reading never
// came counts as over a week after its end.
const notOver = `exists (select 1 from ranked_wars w where w.war_id = t.war_id
	and (w.starts_at > e.erased_at or w.final_at is null and coalesce(w.ends_at, 'infinity') > $1::timestamptz - interval '7 days'))`

// formerName stands where the name of a forgotten player was.
const formerName = "'Former member'"

// historySteps puts the pseudonyms of all forgotten players in place. Where Torn
// brought a player back beside their pseudonym, tallies are added up and the newer
// row of a report or roster wins.
func historySteps() []struct{ table, sql string } {
	sums := make([]string, 0, 32)
	for c := range strings.SplitSeq(tallyColumns, ",") {
		c = strings.TrimSpace(c)
		sums = append(sums, c+" = s."+c+" + excluded."+c)
	}
	step := func(table, sql string) struct{ table, sql string } { return struct{ table, sql string }{table, sql} }
	return []struct{ table, sql string }{
		step("attacks", `update attacks t set attacker_id = e.pseudonym, attacker_name = `+formerName+` from erased_players e
			where t.attacker_id = e.player_id and t.started_at <= e.erased_at and not `+notOver),
		step("attacks", `update attacks t set defender_id = e.pseudonym, defender_name = `+formerName+` from erased_players e
			where t.defender_id = e.player_id and t.started_at <= e.erased_at and not `+notOver),
		step("war_member_stats", `with gone as (delete from war_member_stats t using erased_players e
				where t.player_id = e.player_id and not `+notOver+` returning t.*, e.pseudonym)
			insert into war_member_stats as s (faction_id, war_id, team, player_id, name, level, `+tallyColumns+`)
			select faction_id, war_id, team, pseudonym, `+formerName+`, level, `+tallyColumns+` from gone
			on conflict (faction_id, war_id, team, player_id) do update set level = greatest(s.level, excluded.level), `+strings.Join(sums, ", ")),
		step("war_report_members", `with gone as (delete from war_report_members t using erased_players e
				where t.player_id = e.player_id and not `+notOver+` returning t.*, e.pseudonym)
			insert into war_report_members as s (faction_id, war_id, of_faction, player_id, name, level, attacks, score)
			select faction_id, war_id, of_faction, pseudonym, `+formerName+`, level, attacks, score from gone
			on conflict (faction_id, war_id, of_faction, player_id) do update set level = excluded.level, attacks = excluded.attacks, score = excluded.score`),
		step("chain_member_stats", `with gone as (delete from chain_member_stats t using erased_players e
				where t.player_id = e.player_id and $1::timestamptz is not null
				  and not exists (select 1 from chains c where c.chain_id = t.chain_id and (not c.closed or c.started_at > e.erased_at))
				returning t.*, e.pseudonym)
			insert into chain_member_stats as s (faction_id, chain_id, player_id, name, hits, war_hits, respect, bonus, best, bonuses, wasted, watch_s)
			select faction_id, chain_id, pseudonym, `+formerName+`, hits, war_hits, respect, bonus, best, bonuses, wasted, watch_s from gone
			on conflict (faction_id, chain_id, player_id) do update set hits = s.hits + excluded.hits, war_hits = s.war_hits + excluded.war_hits,
				respect = s.respect + excluded.respect, bonus = s.bonus + excluded.bonus, best = greatest(s.best, excluded.best),
				bonuses = s.bonuses + excluded.bonuses, wasted = s.wasted + excluded.wasted, watch_s = s.watch_s + excluded.watch_s`),
		step("members", `delete from members m using members t, erased_players e
			where m.player_id = e.pseudonym and m.of_faction = t.of_faction and t.player_id = e.player_id and `+offRoster),
		step("members", `update members t set player_id = e.pseudonym, name = `+formerName+` from erased_players e
			where t.player_id = e.player_id and `+offRoster),
	}
}

// offRoster is true of a roster row t that the game does not bring back: a former
// member of ours who did not link again, or an opponent whom no war is fought with.
const offRoster = `(t.left_at is not null or t.of_faction <> t.faction_id)
	and (t.seen_at <= e.erased_at or not exists (select 1 from discord_links l where l.player_id = e.player_id))
	and not exists (select 1 from ranked_wars w where w.enemy_id = t.of_faction
		and w.final_at is null and coalesce(w.ends_at, 'infinity') > $1::timestamptz - interval '7 days')`

func anonymise(ctx context.Context, tx pgx.Tx, now time.Time, changed map[string]int64) error {
	for _, step := range historySteps() {
		tag, err := tx.Exec(ctx, step.sql, now)
		if err != nil {
			return fmt.Errorf("anonymise %s: %w", step.table, err)
		}
		changed[step.table] += tag.RowsAffected()
	}
	return nil
}

// homes lists the factions of a player: where they are linked, and where they are or
// were a member. What factions recorded of their opponents is not among it: it
// would tell what an enemy knows.
func (s *Store) homes(ctx context.Context, player faction.PlayerID) (homes []faction.ID, err error) {
	var linked []faction.ID
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select faction_id from discord_links where player_id = $1
			union select faction_id from api_keys where player_id = $1
			union select faction_id from access_requests where player_id = $1`, player)
		if err != nil {
			return err
		}
		linked, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	if err != nil {
		return nil, err
	}
	all, err := s.factionsOf(ctx, player)
	if err != nil {
		return nil, err
	}
	for _, id := range all {
		member := slices.Contains(linked, id)
		if !member {
			err := s.Faction(ctx, id, func(tx pgx.Tx) error {
				return tx.QueryRow(ctx, "select exists (select 1 from members where of_faction = faction_id and player_id = $1)", player).Scan(&member)
			})
			if err != nil {
				return nil, err
			}
		}
		if member {
			homes = append(homes, id)
		}
	}
	return homes, nil
}

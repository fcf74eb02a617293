package store

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// tallyFields pairs each column of war_member_stats with its field, once, for both directions.
func tallyFields(t *war.Tally) []*int64 {
	return []*int64{
		&t.Attacks, &t.WarHits, &t.OutsideHits, &t.NoScore, &t.Assists,
		&t.Losses, &t.Stalemates, &t.Escapes, &t.Timeouts, &t.Interrupted, &t.Other,
		&t.Retaliations, &t.Overseas, &t.Group, &t.ChainBonuses, &t.WastedBonuses,
		&t.Warlord, &t.LowFairFight, &t.Friendly, &t.FirstOfChain, &t.FlagDiffers,
		&t.HitsTaken, &t.Defended,
		(*int64)(&t.WarRespect), (*int64)(&t.OutsideRespect), (*int64)(&t.BonusRespect), (*int64)(&t.RespectLost),
		&t.FairFightSum, &t.Energy,
	}
}

// tallyColumns names the columns in the order of tallyFields.
const tallyColumns = `attacks, war_hits, outside_hits, no_score, assists,
	losses, stalemates, escapes, timeouts, interrupted, other,
	retaliations, overseas, group_hits, chain_bonuses, wasted_bonuses,
	warlord, low_fair_fight, friendly, first_of_chain, flag_differs,
	hits_taken, defended,
	war_respect, outside_respect, bonus_respect, respect_lost,
	fair_fight_sum, energy`

var moveTallies = buildMoveTallies() // SQL text, never changed after start

func buildMoveTallies() string {
	columns := strings.FieldsFunc(tallyColumns, func(r rune) bool { return strings.ContainsRune(", \t\n", r) })
	var arrays, sums []string
	for i, c := range columns {
		arrays = append(arrays, fmt.Sprintf("$%d::bigint[]", i+7))
		sums = append(sums, fmt.Sprintf("%s = s.%s + excluded.%s", c, c, c))
	}
	return `insert into war_member_stats as s (faction_id, war_id, team, player_id, name, level, ` + strings.Join(columns, ", ") + `)
		select $1, $2, u.* from unnest($3::text[], $4::bigint[], $5::text[], $6::int[], ` + strings.Join(arrays, ", ") + `) u
		on conflict (faction_id, war_id, team, player_id) do update set
		name = case when excluded.name = '' then s.name else excluded.name end,
		level = greatest(s.level, excluded.level), ` + strings.Join(sums, ", ")
}

// queueTallies moves the tallies of one war by the given differences.
func queueTallies(b *pgx.Batch, id faction.ID, w war.ID, rows []war.Row) {
	if len(rows) == 0 {
		return
	}
	var teams, playerNames []string
	var players []int64
	var levels []int32
	columns := make([][]int64, len(tallyFields(new(war.Tally))))
	for i := range rows {
		r := &rows[i]
		teams, players = append(teams, string(r.Team)), append(players, int64(r.Player))
		playerNames, levels = append(playerNames, r.Name), append(levels, int32(r.Level))
		for c, v := range tallyFields(&r.Tally) {
			columns[c] = append(columns[c], *v)
		}
	}
	args := []any{id, w, teams, players, playerNames, levels}
	for _, c := range columns {
		args = append(args, c)
	}
	b.Queue(moveTallies, args...)
}

// Tallies reads the scoreboard rows of a war, both teams. Players whose attacks were
// all taken back are left out.
func (s *Store) Tallies(ctx context.Context, id faction.ID, w war.ID) ([]war.Row, error) {
	var out []war.Row
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select team, player_id, name, level, `+tallyColumns+` from war_member_stats
			where war_id = $1 order by team, player_id`, w)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanTally)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read tallies of war %d, faction %d: %w", w, id, err)
	}
	kept := out[:0]
	for _, r := range out {
		if r.Tally != (war.Tally{}) {
			kept = append(kept, r)
		}
	}
	return kept, nil
}

func scanTally(row pgx.CollectableRow) (war.Row, error) {
	var r war.Row
	targets := []any{&r.Team, &r.Player, &r.Name, &r.Level}
	for _, f := range tallyFields(&r.Tally) {
		targets = append(targets, f)
	}
	return r, row.Scan(targets...)
}

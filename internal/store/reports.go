package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// queueReport writes a war's official report; writing it again changes nothing
// but what Torn has corrected.
func queueReport(b *pgx.Batch, id faction.ID, r war.Report, now time.Time) {
	b.Queue(`update ranked_wars set report_at = coalesce(report_at, $3), winner_id = $4, forfeit = $5, ends_at = coalesce(ends_at, $6)
		where faction_id = $1 and war_id = $2`, id, r.War, now, r.Winner, r.Forfeit, null(r.End))
	for _, side := range r.Sides {
		b.Queue(`insert into war_reports (faction_id, war_id, of_faction, name, score, attacks, rank_before, rank_after, respect, points)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
			on conflict (faction_id, war_id, of_faction) do update set name = excluded.name, score = excluded.score, attacks = excluded.attacks,
				rank_before = excluded.rank_before, rank_after = excluded.rank_after, respect = excluded.respect, points = excluded.points`,
			id, r.War, side.Faction, side.Name, side.Score, side.Attacks, side.RankBefore, side.RankAfter, side.Rewards.Respect, side.Rewards.Points)
		var players, scores, attacks []int64
		var playerNames []string
		var levels []int32
		for _, m := range side.Members {
			players, playerNames, levels = append(players, int64(m.Player)), append(playerNames, m.Name), append(levels, int32(m.Level))
			attacks, scores = append(attacks, m.Attacks), append(scores, int64(m.Score))
		}
		b.Queue(`insert into war_report_members (faction_id, war_id, of_faction, player_id, name, level, attacks, score)
			select $1, $2, $3, u.* from unnest($4::bigint[], $5::text[], $6::int[], $7::bigint[], $8::bigint[]) u
			on conflict (faction_id, war_id, of_faction, player_id) do update set name = excluded.name, level = excluded.level,
				attacks = excluded.attacks, score = excluded.score`, id, r.War, side.Faction, players, playerNames, levels, attacks, scores)
		for _, item := range side.Rewards.Items {
			b.Queue(`insert into war_rewards (faction_id, war_id, of_faction, item_id, name, quantity) values ($1, $2, $3, $4, $5, $6)
				on conflict (faction_id, war_id, of_faction, item_id) do update set name = excluded.name, quantity = excluded.quantity`,
				id, r.War, side.Faction, item.ID, item.Name, item.Quantity)
		}
	}
}

// Report reads a war's official report; ok is false while there is none.
func (s *Store) Report(ctx context.Context, id faction.ID, w war.War) (r war.Report, ok bool, err error) {
	r = war.Report{War: w.ID, Start: w.Start, End: w.End, Winner: w.Winner, Forfeit: w.Forfeit}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select of_faction, name, score, attacks, rank_before, rank_after, respect, points
			from war_reports where war_id = $1 order by of_faction`, w.ID)
		if err != nil {
			return err
		}
		r.Sides, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (war.ReportSide, error) {
			var side war.ReportSide
			err := row.Scan(&side.Faction, &side.Name, &side.Score, &side.Attacks, &side.RankBefore, &side.RankAfter,
				&side.Rewards.Respect, &side.Rewards.Points)
			return side, err
		})
		for i := range r.Sides {
			if err == nil {
				err = readReportSide(ctx, tx, w.ID, &r.Sides[i])
			}
		}
		return err
	})
	if err != nil {
		return war.Report{}, false, fmt.Errorf("read the report of war %d, faction %d: %w", w.ID, id, err)
	}
	return r, len(r.Sides) > 0, nil
}

func readReportSide(ctx context.Context, tx pgx.Tx, w war.ID, side *war.ReportSide) error {
	rows, err := tx.Query(ctx, `select player_id, name, level, attacks, score from war_report_members
		where war_id = $1 and of_faction = $2 order by score desc, player_id`, w, side.Faction)
	if err != nil {
		return err
	}
	if side.Members, err = pgx.CollectRows(rows, pgx.RowToStructByPos[war.ReportMember]); err != nil {
		return err
	}
	rows, err = tx.Query(ctx, "select item_id, name, quantity from war_rewards where war_id = $1 and of_faction = $2 order by item_id", w, side.Faction)
	if err != nil {
		return err
	}
	side.Rewards.Items, err = pgx.CollectRows(rows, pgx.RowToStructByPos[war.RewardItem])
	return err
}

// WarBooks reads what is known of an ended war from both sides: our log and the
// official report. ok is false while there is no report.
func (s *Store) WarBooks(ctx context.Context, id faction.ID, w war.War) (b war.Books, ok bool, err error) {
	b = war.Books{War: w, Members: map[faction.PlayerID]bool{}, Former: map[faction.PlayerID]bool{}}
	if b.Report, ok, err = s.Report(ctx, id, w); err != nil || !ok {
		return b, ok, err
	}
	if b.Tallies, err = s.Tallies(ctx, id, w.ID); err != nil {
		return b, ok, err
	}
	// The attacks of the war, and those between its sides that lie just outside.
	b.Rows, err = s.attacks(ctx, id, `where war_id = $1 or war_id is null
		and (started_at between $2::timestamptz - 2 * $4::interval and $2::timestamptz + $4::interval
		  or started_at between $3::timestamptz - 2 * $4::interval and $3::timestamptz + $4::interval)
		and $5 in (attacker_faction, defender_faction)`, w.ID, w.Start, w.End, war.EdgeSpan, w.Them.Faction)
	if err != nil {
		return b, ok, err
	}
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select player_id, left_at is not null from members where of_faction = $1", id)
		if err != nil {
			return err
		}
		var player faction.PlayerID
		var left bool
		_, err = pgx.ForEachRow(rows, []any{&player, &left}, func() error {
			b.Members[player], b.Former[player] = !left, left
			return nil
		})
		return err
	})
	if err != nil {
		return b, ok, fmt.Errorf("read who was a member of faction %d: %w", id, err)
	}
	return b, ok, nil
}

// WarSummaries reads in a line each what some wars brought our side, as their official
// reports have it. Wars without a report are left out.
func (s *Store) WarSummaries(ctx context.Context, id faction.ID, wars []war.ID) (map[war.ID]war.Summary, error) {
	out := map[war.ID]war.Summary{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select r.war_id, r.name, r.score, r.attacks, r.rank_before, r.rank_after, r.respect, r.points,
				coalesce(m.player_id, 0), coalesce(m.name, ''), coalesce(m.level, 0), coalesce(m.attacks, 0), coalesce(m.score, 0), m.player_id is not null
			from war_reports r left join lateral (select * from war_report_members m
				where m.war_id = r.war_id and m.of_faction = r.of_faction and m.attacks > 0 order by m.score desc, m.player_id limit 1) m on true
			where r.of_faction = $1 and r.war_id = any($2)`, id, wars)
		if err != nil {
			return err
		}
		var w war.ID
		var one war.Summary
		_, err = pgx.ForEachRow(rows, []any{&w, &one.Side.Name, &one.Side.Score, &one.Side.Attacks, &one.Side.RankBefore, &one.Side.RankAfter,
			&one.Side.Rewards.Respect, &one.Side.Rewards.Points,
			&one.Best.Player, &one.Best.Name, &one.Best.Level, &one.Best.Attacks, &one.Best.Score, &one.HasBest}, func() error {
			one.Side.Faction = id
			out[w] = one
			return nil
		})
		if err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `select war_id, item_id, name, quantity from war_rewards where of_faction = $1 and war_id = any($2) order by war_id, item_id`, id, wars)
		if err != nil {
			return err
		}
		var item war.RewardItem
		_, err = pgx.ForEachRow(rows, []any{&w, &item.ID, &item.Name, &item.Quantity}, func() error {
			s := out[w]
			s.Side.Rewards.Items = append(s.Side.Rewards.Items, item)
			out[w] = s
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the summaries of %d wars of faction %d: %w", len(wars), id, err)
	}
	return out, nil
}

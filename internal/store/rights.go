package store

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/rbac"
)

// rights is all that decides who may do what in a faction, as it is stored.
type rights struct {
	members map[faction.PlayerID]string
	known   []faction.Position
	mapped  []rbac.Mapped
}

// readRights reads a faction's rights and holds them fast: whoever changes them reads
// them here first, so that two changes cannot pass each other by.
func readRights(ctx context.Context, tx pgx.Tx, id faction.ID) (rights, error) {
	r := rights{members: map[faction.PlayerID]string{}}
	var b pgx.Batch
	b.Queue("select from factions where faction_id = $1 for no key update", id)
	b.Queue("select player_id, position from members where faction_id = $1 and of_faction = $1 and left_at is null", id).
		Query(func(rows pgx.Rows) error {
			var player faction.PlayerID
			var position string
			_, err := pgx.ForEachRow(rows, []any{&player, &position}, func() error { r.members[player] = position; return nil })
			return err
		})
	b.Queue("select name, is_default, abilities from positions where faction_id = $1 order by name", id).
		Query(func(rows pgx.Rows) (err error) {
			r.known, err = pgx.CollectRows(rows, pgx.RowToStructByPos[faction.Position])
			return err
		})
	queueMappings(&b, id, &r.mapped)
	return r, tx.SendBatch(ctx, &b).Close()
}

func (r *rights) snapshot() rbac.Snapshot {
	return rbac.Snapshot{Members: r.members, Known: r.known, Granted: effective(r.mapped)}
}

// mapping is what was decided for a position; zero when nothing was.
func (r *rights) mapping(position string) rbac.Mapped {
	i := slices.IndexFunc(r.mapped, func(m rbac.Mapped) bool { return m.Position == position })
	if i < 0 {
		return rbac.Mapped{}
	}
	return r.mapped[i]
}

// abilities are what the game lets a position do; ok is false when there is no such.
func (r *rights) abilities(position string) (list []string, ok bool) {
	i := slices.IndexFunc(r.known, func(p faction.Position) bool { return p.Name == position })
	if i < 0 {
		return nil, false
	}
	return r.known[i].Abilities, true
}

// rightsMove tells whether an update can change who may do what in a faction.
func rightsMove(id faction.ID, u feed.Update) bool {
	_, own := u.Rosters[id]
	return own || u.Positions != nil
}

// followGame makes rights what the game now says: what is left of each mapping is
// worked out anew, what went with lost rights ends, and the log names each member
// whose rights differ, and the positions. It runs beside the rows that it is told of,
// in their transaction, whose last step announces what it gives.
func followGame(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, u feed.Update) (told []alert.Settled, err error) {
	r, err := readRights(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	before, known := r.snapshot(), r.known
	if roster, ok := u.Rosters[id]; ok {
		r.members = make(map[faction.PlayerID]string, len(roster))
		for _, m := range roster {
			r.members[m.ID] = m.Position
		}
	}
	var b pgx.Batch
	if u.Positions != nil {
		r.known = u.Positions
		moved := r.weigh(&b, id)
		if p := rbac.ComparePositions(known, r.known); p.Any() || len(moved) > 0 {
			if err := queueAudit(&b, id, faction.AuditEntry{At: now, Action: "positions.changed", Outcome: "done", Body: positionsBody(p, moved)}); err != nil {
				return nil, err
			}
		}
	}
	changes := rbac.Changes(before, r.snapshot())
	for _, c := range changes {
		if err := queueAudit(&b, id, faction.AuditEntry{At: now, Action: "rights.changed", Outcome: "done", Body: changeBody(c)}); err != nil {
			return nil, err
		}
	}
	if b.Len() > 0 {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return nil, err
		}
	}
	_, told, err = lostRights(ctx, tx, id, now, changes)
	return told, err
}

// weigh works out what is left of each mapping, and gives those for which that is
// something else than it was.
func (r *rights) weigh(b *pgx.Batch, id faction.ID) (moved []rbac.Mapped) {
	r.mapped = slices.Clone(r.mapped)
	for i, m := range r.mapped {
		now, _ := r.abilities(m.Position) // a position that is gone grants nothing; should it come back, it is weighed then
		left := rbac.Effective(m.Granted, m.Abilities, now)
		if left == m.Effective {
			continue
		}
		r.mapped[i].Effective = left
		moved = append(moved, r.mapped[i])
		b.Queue("update position_permissions set effective = $3 where faction_id = $1 and position = $2", id, m.Position, permissionNames(left))
	}
	return moved
}

// endRights ends what a player may no longer have once a permission is gone, or once they
// have left. All of it is listed here; each is written to the log. ended counts what was ended.
func endRights(ctx context.Context, tx pgx.Tx, id faction.ID, now time.Time, changes []rbac.Change) (ended int, err error) {
	for _, e := range []struct {
		without rbac.Permission // unused where left is set
		left    bool            // it ends with the membership alone: a leader gave it, not a permission
		action  string          // as in the log
		what    string          // in the entry's body
		sql     string          // $1 players, $2 now; gives player and number of each thing ended
	}{
		{rbac.WarView, false, "web.revoke", "links", `update scoreboard_links set revoked_at = $2
			where created_by = any($1) and revoked_at is null and expires_at > $2 returning created_by, link_id`},
		{rbac.WarView, false, "claim.end", "targets", `delete from claims where player_id = any($1) and expires_at > $2 returning player_id, target_id`},
		{rbac.ChainView, false, "watch.end", "slots", `delete from watch_signs s using watches w where s.player_id = any($1) and w.watch_id = s.watch_id
			and w.from_at + (s.slot + 1) * w.slot_s * interval '1 second' > $2 returning s.player_id, s.slot`},
		{rbac.MemberView, false, "squad.end", "squads", `delete from squad_members where player_id = any($1) and $2::timestamptz is not null returning player_id, squad_id`},
		{0, true, "alerts.end", "rules", `delete from alert_rules where player_id = any($1) and $2::timestamptz is not null returning player_id, rule_id`},
	} {
		var players []int64
		for _, c := range changes {
			if e.left && c.Left || !e.left && c.Lost(e.without) {
				players = append(players, int64(c.Player))
			}
		}
		if len(players) == 0 {
			continue
		}
		rows, err := tx.Query(ctx, e.sql, players, now)
		if err != nil {
			return 0, err
		}
		of := map[faction.PlayerID][]int64{}
		var player faction.PlayerID
		var number int64
		if _, err := pgx.ForEachRow(rows, []any{&player, &number}, func() error { of[player] = append(of[player], number); ended++; return nil }); err != nil {
			return 0, err
		}
		var b pgx.Batch
		for _, p := range players { // in their order, so that the log is the same whoever reads it
			player := faction.PlayerID(p)
			if len(of[player]) == 0 {
				continue
			}
			slices.Sort(of[player])
			body := map[string]any{"player": player, e.what: of[player], "because": "rights.changed"}
			if err := queueAudit(&b, id, faction.AuditEntry{At: now, Action: e.action, Outcome: "done", Body: body}); err != nil {
				return 0, err
			}
		}
		if b.Len() > 0 {
			if err := tx.SendBatch(ctx, &b).Close(); err != nil {
				return 0, err
			}
		}
	}
	return ended, nil
}

func changeBody(c rbac.Change) map[string]any {
	body := map[string]any{"player": c.Player, "before": rightNames(c.Before), "after": rightNames(c.After)}
	switch {
	case c.Joined:
		body["joined"], body["to"] = true, c.To
	case c.Left:
		body["left"], body["from"] = true, c.From
	default:
		body["from"], body["to"] = c.From, c.To
	}
	return body
}

// rightNames names what somebody may do, their own figures included.
func rightNames(s rbac.Set) []string {
	out := permissionNames(s)
	if s.Own() {
		out = append(out, "own")
	}
	return out
}

func positionsBody(p rbac.PositionChanges, moved []rbac.Mapped) map[string]any {
	body := map[string]any{}
	if len(p.Added) > 0 {
		body["added"] = p.Added
	}
	if len(p.Removed) > 0 {
		body["removed"] = p.Removed
	}
	changed := []map[string]any{}
	for _, c := range p.Changed {
		changed = append(changed, map[string]any{"position": c.Position, "lost": c.Lost, "gained": c.Gained})
	}
	if len(changed) > 0 {
		body["changed"] = changed
	}
	mappings := []map[string]any{}
	for _, m := range moved {
		mappings = append(mappings, map[string]any{"position": m.Position, "granted": permissionNames(m.Granted), "effective": permissionNames(m.Effective)})
	}
	if len(mappings) > 0 {
		body["mappings"] = mappings
	}
	return body
}

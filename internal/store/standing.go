package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/rbac"
)

// Standing tells in one query who a Discord account is, what its faction lets it do,
// and which factions it can act on from a server: those that the server serves, its
// own, those that share something with that one, and with everywhere all. guildID is
// empty in a direct message. An account without a link has a standing, too.
func (s *Store) Standing(ctx context.Context, discordID, guildID string, everywhere bool) (rbac.Standing, error) {
	var out rbac.Standing
	err := s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `select player, own, is_member, "position", is_named, is_mapped, granted,
			tenant, tenant_name, tenant_state, is_served, coalesce(list_read, '-infinity'), shared from standing($1, $2, $3)`,
			discordID, guildID, everywhere)
		if err != nil {
			return err
		}
		var t rbac.Tenant
		var read stamp
		var granted, shared []string
		_, err = pgx.ForEachRow(rows, []any{&out.Link.Player, &out.Link.Faction, &out.Member, &out.Position, &out.Known, &out.Mapped, &granted,
			&t.ID, &t.Name, &t.State, &t.Served, &read, &shared}, func() error {
			out.Granted = setOf(granted)
			if t.ID == 0 { // no faction is within reach
				return nil
			}
			t.ListRead, t.Shared = read.t, setOf(shared)
			out.Tenants = append(out.Tenants, t)
			return nil
		})
		return err
	})
	if err != nil {
		return rbac.Standing{}, fmt.Errorf("find out who a Discord user is: %w", err)
	}
	if out.Link.Player != 0 {
		out.Link.DiscordID = discordID
	}
	return out, nil
}

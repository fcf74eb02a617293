package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
)

// Grants reads what a faction's mapped positions effectively have, by position name.
// A stored permission that this version does not know grants nothing.
func (s *Store) Grants(ctx context.Context, id faction.ID) (map[string]rbac.Set, error) {
	list, err := s.Mappings(ctx, id)
	if err != nil {
		return nil, err
	}
	return effective(list), nil
}

// Mappings reads what a faction decided for its positions, by position name; a
// position may have gone since.
func (s *Store) Mappings(ctx context.Context, id faction.ID) (list []rbac.Mapped, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		var b pgx.Batch
		queueMappings(&b, id, &list)
		return tx.SendBatch(ctx, &b).Close()
	})
	if err != nil {
		return nil, fmt.Errorf("read the permissions of faction %d: %w", id, err)
	}
	return list, nil
}

// SetGrants maps a position to permissions. was is the mapping that the decision was
// made on (zero: none), m.Abilities are the abilities that were seen; a Conflict, and
// nothing changes, when either is another by now. What lost rights cannot do without
// ends with them; ended counts it.
func (s *Store) SetGrants(ctx context.Context, id faction.ID, was, m rbac.Mapped) (ended int, err error) {
	if !rbac.Mappable(m.Position) {
		return 0, faction.Errorf(faction.Invalid, "Leader and co-leader have everything, recruits only their own figures, whatever is decided. Nothing was changed.")
	}
	ended, err = s.remap(ctx, id, m.Position, was, m.At, func(r *rights, b *pgx.Batch) error {
		now, ok := r.abilities(m.Position)
		if lost, gained := rbac.Abilities(m.Abilities, now); !ok || len(lost)+len(gained) > 0 {
			return errRemapped
		}
		m.Effective = rbac.Effective(m.Granted, now, now)
		b.Queue(`insert into position_permissions (faction_id, position, permissions, effective, abilities, mapped_by, mapped_at)
			values ($1, $2, $3, $4, $5, $6, $7) on conflict (faction_id, position) do update set permissions = excluded.permissions,
				effective = excluded.effective, abilities = excluded.abilities, mapped_by = excluded.mapped_by, mapped_at = excluded.mapped_at`,
			id, m.Position, permissionNames(m.Granted), permissionNames(m.Effective), now, m.By, m.At)
		r.mapped = append(slices.DeleteFunc(r.mapped, func(o rbac.Mapped) bool { return o.Position == m.Position }), m)
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("set the permissions of a position of faction %d: %w", id, err)
	}
	return ended, nil
}

// ClearGrants makes a position one that nobody mapped; was and ended are as for
// SetGrants.
func (s *Store) ClearGrants(ctx context.Context, id faction.ID, was rbac.Mapped, now time.Time) (ended int, err error) {
	ended, err = s.remap(ctx, id, was.Position, was, now, func(r *rights, b *pgx.Batch) error {
		b.Queue("delete from position_permissions where faction_id = $1 and position = $2", id, was.Position)
		r.mapped = slices.DeleteFunc(r.mapped, func(o rbac.Mapped) bool { return o.Position == was.Position })
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("clear the permissions of a position of faction %d: %w", id, err)
	}
	return ended, nil
}

var errRemapped = faction.Errorf(faction.Conflict, "The position or its permissions changed meanwhile. Nothing was changed by you; look again with `/config permissions set`.")

// remap changes the mapping of one position while nobody else can, and ends what
// goes with rights that are lost.
func (s *Store) remap(ctx context.Context, id faction.ID, position string, was rbac.Mapped, now time.Time, change func(*rights, *pgx.Batch) error) (ended int, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err := readRights(ctx, tx, id)
		if err != nil {
			return err
		}
		if have := r.mapping(position); have.Granted != was.Granted || !have.At.Equal(was.At) {
			return errRemapped
		}
		before := r.snapshot()
		var b pgx.Batch
		if err := change(&r, &b); err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		var told []alert.Settled
		if ended, told, err = lostRights(ctx, tx, id, now, rbac.Changes(before, r.snapshot())); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Settled: told})
	})
	return ended, err
}

func queueMappings(b *pgx.Batch, id faction.ID, into *[]rbac.Mapped) {
	b.Queue(`select position, permissions, effective, abilities, mapped_by, mapped_at from position_permissions
		where faction_id = $1 order by position`, id).Query(func(rows pgx.Rows) error {
		var err error
		*into, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (rbac.Mapped, error) {
			var m rbac.Mapped
			var granted, effective []string
			var at stamp
			err := row.Scan(&m.Position, &granted, &effective, &m.Abilities, &m.By, &at)
			m.Granted, m.Effective, m.At = setOf(granted), setOf(effective), at.t
			return m, err
		})
		return err
	})
}

func effective(list []rbac.Mapped) map[string]rbac.Set {
	out := make(map[string]rbac.Set, len(list))
	for _, m := range list {
		out[m.Position] = m.Effective
	}
	return out
}

// setOf reads stored permissions.
func setOf(list []string) rbac.Set {
	var set rbac.Set
	for _, name := range list {
		if p, ok := rbac.ParsePermission(name); ok {
			set = set.With(p)
		}
	}
	return set
}

// permissionNames is how permissions are stored.
func permissionNames(set rbac.Set) []string {
	out := []string{}
	for _, p := range set.List() {
		out = append(out, p.String())
	}
	return out
}

package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/vault"
)

const (
	breather   = 100 * time.Millisecond // before rows that somebody else is writing are come back to
	namedLocks = 5                      // rows that are named when they do not open
)

// work seals rows anew until none needs an old key.
type work struct {
	*Rotation
	vault *vault.Vault
	old   []uint32
	done  int
}

// all works until every row that an old key sealed is sealed anew. Rows that do not
// open end it with ErrLocked, after all others are done.
func (w *work) all(ctx context.Context) error {
	for moved := w.Clock.Now(); w.Clock.Now().Sub(moved) < w.Patience; {
		left, err := w.left(ctx)
		if err != nil || len(left) == 0 {
			return err
		}
		before := w.done
		var locked []string
		rows := 0
		for _, of := range left {
			bad, err := w.faction(ctx, of)
			if err != nil {
				return err
			}
			rows += of.Rows
			for _, row := range bad {
				locked = append(locked, fmt.Sprintf("row %d of %s of faction %d", row, of.Table, of.Faction))
			}
		}
		if len(locked) >= rows {
			return lockedError(locked)
		}
		if w.done > before {
			moved = w.Clock.Now()
		} else if err := w.Clock.Sleep(ctx, breather); err != nil {
			return err
		}
	}
	return errors.New("somebody has been writing the last rows all the time; run this again to go on")
}

func lockedError(rows []string) error {
	more := ""
	if n := len(rows) - namedLocks; n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return fmt.Errorf("%w with the key that sealed them: %s%s. Their owners can use /link again, which replaces them, or have them deleted; "+
		"then run this again. All others are sealed anew, and the old key stays until then",
		ErrLocked, strings.Join(rows[:min(len(rows), namedLocks)], ", "), more)
}

// left counts what an old key sealed.
func (w *work) left(ctx context.Context) ([]faction.Seals, error) {
	all, err := w.Rows.Seals(ctx)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(s faction.Seals) bool { return !slices.Contains(w.old, s.Key) }), nil
}

// faction goes once through the rows of a faction's table.
func (w *work) faction(ctx context.Context, of faction.Seals) (locked []int64, err error) {
	for after, first := int64(0), true; first || after != 0; first = false {
		done, bad, last, err := w.Rows.Reseal(ctx, of, after, batch, w.reseal)
		if err != nil {
			return nil, err
		}
		w.done += done
		locked = append(locked, bad...)
		if done > 0 {
			w.tell("    %d rows (%s of faction %d)", w.done, of.Table, of.Faction)
		}
		after = last
	}
	return locked, nil
}

func (w *work) reseal(place faction.SealedFor, sealed []byte) ([]byte, error) {
	bound := vault.Context(place.Table, place.Faction, place.Row)
	plain, err := w.vault.Unseal(sealed, bound)
	if err != nil {
		return nil, err
	}
	return w.vault.Seal(plain, bound)
}

// tellOrphans tells of rows that no key of the keyset can open, whatever is done here.
func (w *work) tellOrphans(ctx context.Context, keys vault.Keys) error {
	all, err := w.Rows.Seals(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, s := range all {
		if !keys.Has(s.Key) {
			n += s.Rows
		}
	}
	if n > 0 {
		w.tell("    %d rows were sealed with keys that are not in this keyset: nobody could read them before, nor can now. They are left as they are.", n)
	}
	return nil
}

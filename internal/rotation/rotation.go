// Package rotation exchanges the key that encrypts what the database stores, while the
// bot runs: add a key, let every process load it, let it seal, seal everything anew,
// retire the old one. Where a rotation stands follows from the keyset's file and the
// database alone, so one that was killed anywhere is finished by the next.
//
// What makes it safe (ADR 0008): nothing is sealed with a key before every running
// process has it, and no key leaves the file while a row needs it, which the database
// guards by refusing whatever a retired key sealed.
package rotation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/vault"
)

// Rows are the sealed secrets of all factions, and who reads them.
type Rows interface {
	// Seals counts them by table, faction and key.
	Seals(context.Context) ([]faction.Seals, error)
	// Reseal seals a batch anew, of rows after a given one; see store.Reseal.
	Reseal(ctx context.Context, of faction.Seals, after int64, limit int,
		reseal func(faction.SealedFor, []byte) ([]byte, error)) (done int, bad []int64, last int64, err error)
	// RetireKeys refuses whatever these keys seal from now on.
	RetireKeys(context.Context, []uint32) error
	// RetiredKeys lists the keys that were retired.
	RetiredKeys(context.Context) ([]uint32, error)
	// Processes lists the running processes that were seen within a time.
	Processes(context.Context, time.Duration) ([]faction.Process, error)
}

// File is where the keyset is kept.
type File interface {
	Read() (string, error)
	// Replace puts text in the place of what was read, all at once.
	Replace(was, text string) error
}

// Rotation exchanges the key.
type Rotation struct {
	File  File
	Rows  Rows
	Clock clock.Clock // the wall's: processes are outside of any scaled time
	// Patience is how long a process may take to load a changed keyset, and somebody to
	// be done with a row.
	Patience time.Duration
	// Tell is told of each step, for whoever waits before a terminal.
	Tell func(text string)
}

// Result is what a rotation did; nothing is retired yet after most errors.
type Result struct {
	New     uint32   // the key that seals now
	Retired []uint32 // those that left the keyset
	Rows    int      // sealed anew
}

const (
	// Alive is how long a process counts as running after it was last seen. It says so
	// every few seconds.
	Alive = 30 * time.Second
	batch = 500
	look  = 300 * time.Millisecond // between two looks at the processes
)

var (
	// ErrOldCopy is returned when the file is a copy from before an earlier rotation.
	ErrOldCopy = errors.New("this keyset file is an old copy: the key that it seals with was retired by an earlier rotation. " +
		"Put the present file back; nothing was changed")
	// ErrNotLoaded is wrapped when a running process does not load a changed keyset.
	ErrNotLoaded = errors.New("not every running process has loaded the keyset")
	// ErrLocked is wrapped when secrets do not open, so that their key cannot go.
	ErrLocked = errors.New("some secrets cannot be opened")
)

// Run rotates, or finishes the rotation that an earlier one began.
func (r *Rotation) Run(ctx context.Context) (Result, error) {
	text, keys, err := r.read()
	if err != nil {
		return Result{}, err
	}
	retired, err := r.Rows.RetiredKeys(ctx)
	if err != nil {
		return Result{}, err
	}
	if slices.Contains(retired, keys.Primary) {
		return Result{}, ErrOldCopy
	}
	if len(keys.IDs) == 1 {
		behind, err := r.behind(ctx, exactly(keys))
		if err != nil {
			return Result{}, err
		}
		if len(behind) > 0 {
			r.tell("An earlier rotation is done but for the processes that still have to load its keyset.")
			return Result{New: keys.Primary}, r.await(ctx, exactly(keys))
		}
		if text, keys, err = r.add(text); err != nil {
			return Result{}, err
		}
	}
	if next := keys.Newest(); next != keys.Primary && !slices.Contains(retired, next) {
		if text, keys, err = r.promote(ctx, text, next); err != nil {
			return Result{}, err
		}
	}
	return r.replaceOld(ctx, text, keys)
}

// add puts a new key beside the one that seals.
func (r *Rotation) add(text string) (string, vault.Keys, error) {
	next, err := vault.Add(text)
	if err != nil {
		return "", vault.Keys{}, err
	}
	text, keys, err := r.replace(text, next)
	if err != nil {
		return "", vault.Keys{}, err
	}
	r.tell("1/5 Added key %d to the keyset; key %d still seals.", keys.Newest(), keys.Primary)
	return text, keys, nil
}

// promote lets the new key seal, once every process can open what it seals.
func (r *Rotation) promote(ctx context.Context, text string, next uint32) (string, vault.Keys, error) {
	r.tell("2/5 Every running process loads key %d…", next)
	if err := r.await(ctx, func(p faction.Process) bool { return slices.Contains(p.Keys, next) }); err != nil {
		return "", vault.Keys{}, err
	}
	promoted, err := vault.Promote(text, next)
	if err != nil {
		return "", vault.Keys{}, err
	}
	return r.replace(text, promoted)
}

// replaceOld seals everything anew that another key than the present one sealed, and
// takes those keys out of the keyset.
func (r *Rotation) replaceOld(ctx context.Context, text string, keys vault.Keys) (Result, error) {
	old := slices.DeleteFunc(slices.Clone(keys.IDs), func(id uint32) bool { return id == keys.Primary })
	r.tell("3/5 Every running process seals with key %d…", keys.Primary)
	sealing := func(p faction.Process) bool { return p.Primary == keys.Primary }
	if err := r.await(ctx, sealing); err != nil {
		return Result{}, err
	}
	v, err := vault.Open(text, "")
	if err != nil {
		return Result{}, err
	}
	r.tell("4/5 Everything that is stored is sealed with key %d…", keys.Primary)
	w := &work{Rotation: r, vault: v, old: old}
	err = w.all(ctx)
	if err == nil {
		err = w.tellOrphans(ctx, keys)
	}
	// What was written by a process with the former keyset: first every process has the
	// present one, then the database refuses what the old keys seal, then the last rows
	// are looked for.
	if err == nil {
		err = r.await(ctx, sealing)
	}
	if err == nil {
		err = r.Rows.RetireKeys(ctx, old)
	}
	if err == nil {
		err = w.all(ctx)
	}
	if err != nil {
		return Result{}, err
	}
	last, err := vault.Retire(text, old...)
	if err != nil {
		return Result{}, err
	}
	if _, keys, err = r.replace(text, last); err != nil {
		return Result{}, err
	}
	r.tell("5/5 Removed %s from the keyset; every running process loads that…", these(old))
	return Result{New: keys.Primary, Retired: old, Rows: w.done}, r.await(ctx, exactly(keys))
}

func (r *Rotation) read() (string, vault.Keys, error) {
	text, err := r.File.Read()
	if err != nil {
		return "", vault.Keys{}, err
	}
	keys, err := vault.Inspect(text)
	return text, keys, err
}

// replace writes the file and gives it back as it reads now.
func (r *Rotation) replace(was, text string) (string, vault.Keys, error) {
	if err := r.File.Replace(was, text); err != nil {
		return "", vault.Keys{}, err
	}
	return r.read()
}

// exactly is a process that has loaded these keys and no others.
func exactly(k vault.Keys) func(faction.Process) bool {
	return func(p faction.Process) bool { return p.Primary == k.Primary && slices.Equal(p.Keys, k.IDs) }
}

// behind lists the running processes that have not loaded what they should.
func (r *Rotation) behind(ctx context.Context, loaded func(faction.Process) bool) ([]faction.Process, error) {
	all, err := r.Rows.Processes(ctx, Alive)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, loaded), nil
}

// await waits until every running process has loaded what it should. One that is not
// seen any more for Alive has ended, or reads the file before it reads a row.
func (r *Rotation) await(ctx context.Context, loaded func(faction.Process) bool) error {
	began, told := r.Clock.Now(), ""
	for {
		behind, err := r.behind(ctx, loaded)
		if err != nil {
			return err
		}
		if len(behind) == 0 {
			return nil
		}
		who := instances(behind)
		if r.Clock.Now().Sub(began) >= r.Patience {
			return fmt.Errorf("%w: %s after %s. A process on another machine needs the changed file copied there; one that has its keyset from "+
				"encryption.keyset needs encryption.keyset_file instead, and a restart; /readyz of each tells when its file cannot be read. "+
				"Nothing is lost: run this again to go on", ErrNotLoaded, who, r.Patience.Round(time.Second))
		}
		if waited := r.Clock.Now().Sub(began); who != told && waited > 3*time.Second {
			told = who
			r.tell("    waiting for %s", who)
		}
		if err := r.Clock.Sleep(ctx, look); err != nil {
			return err
		}
	}
}

func (r *Rotation) tell(format string, args ...any) { r.Tell(fmt.Sprintf(format, args...)) }

func instances(list []faction.Process) string {
	names := make([]string, len(list))
	for i, p := range list {
		names[i] = fmt.Sprintf("%s (seen %s ago)", p.Instance, p.Silent.Round(time.Second))
	}
	return strings.Join(names, ", ")
}

func these(keys []uint32) string {
	names := make([]string, len(keys))
	for i, k := range keys {
		names[i] = fmt.Sprintf("key %d", k)
	}
	return strings.Join(names, ", ")
}

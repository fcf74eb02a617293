package app

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/scoreboard"
	"consigliere/internal/store"
	"consigliere/internal/vault"
)

const (
	keysetLook = time.Second     // between two looks at the keyset's file
	keysetBeat = 5 * time.Second // between two signs of life; see rotation.Alive
	endWithin  = 3 * time.Second
)

// keysetWatch keeps the vault at what its file says, and lets a rotation know which
// keys this process has loaded. Its times are the wall's: processes are outside of any
// scaled time.
type keysetWatch struct {
	vault    *vault.Vault
	store    *store.Store
	log      *slog.Logger
	instance string
	run      string // this start of the instance

	told    faction.Process        // what the database knows
	trouble atomic.Pointer[string] // why the file cannot be loaded; nil: it is
}

func (a *App) watchKeyset(v *vault.Vault) *keysetWatch {
	return &keysetWatch{vault: v, store: a.store, log: a.log, instance: a.instance(), run: rand.Text()}
}

// register makes this process known before it reads or writes a sealed row. The file
// is looked at once more afterwards: a rotation that began before it knew of this
// process had changed the file by then.
func (w *keysetWatch) register(ctx context.Context) error {
	if err := w.beat(ctx); err != nil {
		return err
	}
	w.reload(ctx)
	return w.beat(ctx)
}

// Run follows the file until ctx ends. A database that does not answer is tried again.
func (w *keysetWatch) Run(ctx context.Context) error {
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		if err := w.store.EndProcess(end, w.told); err != nil {
			w.log.Info("a rotation of keys will wait some seconds for this process", "err", err)
		}
	}()
	t := time.NewTicker(keysetLook)
	defer t.Stop()
	for last := time.Now(); ; {
		select {
		case <-ctx.Done():
			return nil
		case <-t.C:
		}
		w.reload(ctx)
		if time.Since(last) < keysetBeat && w.known() {
			continue
		}
		if err := w.beat(ctx); err != nil {
			w.log.Debug("this process could not say that it runs", "err", err)
			continue
		}
		last = time.Now()
	}
}

// reload loads the file when it has changed. Trouble is logged when it begins and ends.
func (w *keysetWatch) reload(ctx context.Context) {
	_, err := w.vault.Reload()
	if errors.Is(err, vault.ErrForeign) && w.outlived(ctx) {
		_, err = w.vault.Adopt()
	}
	was := w.trouble.Load()
	if err != nil {
		text := err.Error()
		if was == nil || *was != text {
			w.log.Error("the keyset file cannot be loaded; the keyset loaded before is used", "err", err)
		}
		w.trouble.Store(&text)
		return
	}
	if was != nil {
		w.trouble.Store(nil)
		w.log.Info("the keyset file can be loaded again")
	}
}

// outlived tells whether all keys of this process were retired while it was stopped.
func (w *keysetWatch) outlived(ctx context.Context) bool {
	retired, err := w.store.RetiredKeys(ctx)
	return err == nil && !slices.ContainsFunc(w.vault.Keys().IDs, func(id uint32) bool { return !slices.Contains(retired, id) })
}

func (w *keysetWatch) known() bool {
	k := w.vault.Keys()
	return k.Primary == w.told.Primary && slices.Equal(k.IDs, w.told.Keys)
}

// beat tells the database that this process runs, and which keys it has.
func (w *keysetWatch) beat(ctx context.Context) error {
	k := w.vault.Keys()
	now := faction.Process{Instance: w.instance, Run: w.run, Keys: k.IDs, Primary: k.Primary}
	if w.told.Run != "" && !w.known() {
		w.log.Info("the keyset was reloaded", "keys", k.IDs, "seals", k.Primary)
	}
	if err := w.store.SeenProcess(ctx, now); err != nil {
		return err
	}
	w.told = now
	return nil
}

// check words the state of the file for /readyz; its path is for the log.
func (w *keysetWatch) check() scoreboard.Check {
	c := scoreboard.Check{Name: "keyset", OK: w.trouble.Load() == nil}
	if !c.OK {
		c.Detail = "the file cannot be loaded; the keyset loaded before is used"
	}
	return c
}

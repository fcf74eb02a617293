package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/localpg"
	"consigliere/internal/rotation"
	"consigliere/internal/store"
	"consigliere/internal/vault"
)

// RotatePatience is how long a rotation waits for a running process to load a changed
// keyset, which takes it about a second.
const RotatePatience = 2 * time.Minute

// RotateKeys exchanges the key of the keyset's file under the running bot, or finishes
// a rotation that was begun; tell hears of each step. A configuration that cannot be
// rotated is config.ErrInvalid.
func RotateKeys(ctx context.Context, cfg *config.Config, log *slog.Logger, patience time.Duration, tell func(string)) (err error) {
	file := cfg.Encryption.KeysetFile
	switch {
	case cfg.Encryption.Keyset != "":
		return fmt.Errorf("%w: encryption.keyset: every process has its own copy of it, so it cannot be exchanged while they run. "+
			"Write its value into a file of mode 0600, set encryption.keyset_file to that instead of encryption.keyset, restart every process, then run this again", config.ErrInvalid)
	case file == "":
		return fmt.Errorf("%w: encryption.keyset_file: is missing: it names the file to rotate", config.ErrInvalid)
	}
	if _, err := vault.Open("", file); err != nil {
		return fmt.Errorf("%w: encryption.keyset_file: %w", config.ErrInvalid, err)
	}
	s, done, err := openBeside(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done(context.WithoutCancel(ctx))) }()
	err = s.Rotating(ctx, func(ctx context.Context) error {
		r := &rotation.Rotation{File: keysetFile(file), Rows: s, Clock: clock.Wall{}, Patience: patience, Tell: tell}
		res, err := r.Run(ctx)
		if len(res.Retired) == 0 {
			return err
		}
		return errors.Join(err, s.Audit(ctx, 0, faction.AuditEntry{At: time.Now(), Action: "keyset.rotate", Outcome: "done",
			Body: map[string]any{"new_key": res.New, "retired_keys": res.Retired, "rows": res.Rows}}))
	})
	if errors.Is(err, store.ErrRotating) {
		return errors.New("another rotation of this database's keys is running; nothing was changed here")
	}
	return err
}

// openBeside opens the database beside a bot that may be running: a private one that
// the bot has started is used through it, one that is not running is started.
func openBeside(ctx context.Context, cfg *config.Config, log *slog.Logger) (*store.Store, func(context.Context) error, error) {
	url, end := cfg.Database.URL.Reveal(), func(context.Context) error { return nil }
	if url == "" {
		if running, err := localpg.Attach(privateDir(cfg)); err == nil {
			url = running.RoleURL(appRole)
		} else {
			db, err := OpenDatabase(ctx, cfg, false, log)
			if err != nil {
				return nil, nil, err
			}
			url, end = db.AppURL, db.Close
		}
	}
	s, err := store.Open(ctx, store.Config{URL: url, MaxConns: 4})
	if err == nil {
		if err = s.CheckSchema(ctx); err != nil {
			s.Close()
		}
	}
	if err != nil {
		return nil, nil, errors.Join(err, end(context.WithoutCancel(ctx)))
	}
	return s, func(ctx context.Context) error { s.Close(); return end(ctx) }, nil
}

// keysetFile is a keyset's file by its path.
type keysetFile string

// Read reads the keyset.
func (f keysetFile) Read() (string, error) { return vault.ReadFile(string(f)) }

// Replace puts another keyset in its place.
func (f keysetFile) Replace(was, text string) error { return vault.ReplaceFile(string(f), was, text) }

package app

import (
	"context"
	"errors"
	"log/slog"

	"consigliere/internal/audit"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/localpg"
	"consigliere/internal/store"
)

// AuditFinding is what a check of one faction's audit chain found; id 0 is the operator's.
type AuditFinding struct {
	Faction faction.ID
	Verdict audit.Verdict
}

// VerifyAudit checks every audit chain of the database that the configuration names,
// one after the other. It changes nothing. A private database that the bot is using is
// reached through the running bot's server.
func VerifyAudit(ctx context.Context, cfg *config.Config, log *slog.Logger, each func(AuditFinding)) (err error) {
	url, done, err := databaseURL(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done(context.WithoutCancel(ctx))) }()
	s, err := store.Open(ctx, store.Config{URL: url, MaxConns: 2})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CheckSchema(ctx); err != nil {
		return err
	}
	ids, err := s.AuditedFactions(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		v, err := s.VerifyAudit(ctx, id)
		if err != nil {
			return err
		}
		each(AuditFinding{id, v})
	}
	return nil
}

// databaseURL is the bot's own login to the database, and what to do when it is no
// longer needed.
func databaseURL(ctx context.Context, cfg *config.Config, log *slog.Logger) (url string, done func(context.Context) error, err error) {
	if cfg.Database.URL == "" {
		if s, err := localpg.Attach(privateDir(cfg)); err == nil {
			return s.RoleURL(appRole), func(context.Context) error { return nil }, nil
		}
	}
	db, err := OpenDatabase(ctx, cfg, false, log)
	if err != nil {
		return "", nil, err
	}
	return db.AppURL, db.Close, nil
}

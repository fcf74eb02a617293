package app

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"consigliere/internal/config"
	"consigliere/internal/localpg"
	"consigliere/internal/store"
)

// appRole is the login of a private database.
const appRole = "consigliere_app"

// Database is where the bot's data is: the one that the configuration names, or a
// private server that lives as long as this does.
type Database struct {
	AppURL, AdminURL string // AdminURL is empty when the configuration names no owner
	private          *localpg.Server
}

// OpenDatabase finds or starts the database. temporary asks for a private one that
// is thrown away at the end, whatever the configuration says.
func OpenDatabase(ctx context.Context, cfg *config.Config, temporary bool, log *slog.Logger) (*Database, error) {
	if !temporary && cfg.Database.URL != "" {
		return &Database{AppURL: cfg.Database.URL.Reveal(), AdminURL: cfg.Database.AdminURL.Reveal()}, nil
	}
	lc := localpg.Config{Log: log}
	if temporary {
		lc.Fast = true
	} else {
		lc.Dir = privateDir(cfg)
	}
	s, err := localpg.Start(ctx, lc)
	if err != nil {
		return nil, fmt.Errorf("start the private database: %w", err)
	}
	return &Database{AppURL: s.RoleURL(appRole), AdminURL: s.AdminURL(), private: s}, nil
}

// Migrate brings the schema up to date when the owner's connection is known.
func (d *Database) Migrate(ctx context.Context) error {
	if d.AdminURL == "" {
		return nil
	}
	return store.Migrate(ctx, d.AdminURL, d.AppURL)
}

// Close stops a private server.
func (d *Database) Close(ctx context.Context) error {
	if d.private == nil {
		return nil
	}
	return d.private.Stop(ctx)
}

// privateDir is where the private database lives.
func privateDir(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "postgres") }

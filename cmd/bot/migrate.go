package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/store"
)

func migrateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "migrate", Short: "Bring the database's schema up to date", RunE: needSubcommand}
	up := &cobra.Command{
		Use:   "up",
		Short: "Create or update the schema, the roles and the bot's login (needs database.admin_url)",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOwner(cmd, func(ctx context.Context, db *app.Database) error {
				if err := db.Migrate(ctx); err != nil {
					return err
				}
				return printStatus(ctx, cmd, db)
			})
		},
	}
	status := &cobra.Command{
		Use:   "status",
		Short: "Show which version the schema has and which one this program wants",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withOwner(cmd, func(ctx context.Context, db *app.Database) error { return printStatus(ctx, cmd, db) })
		},
	}
	for _, c := range []*cobra.Command{up, status} {
		config.AddFlags(c.Flags())
		cmd.AddCommand(c)
	}
	return cmd
}

func withOwner(cmd *cobra.Command, fn func(context.Context, *app.Database) error) (err error) {
	cfg, log, _, err := configured(cmd)
	if err != nil {
		return err
	}
	if cfg.Database.URL != "" && cfg.Database.AdminURL == "" {
		return fmt.Errorf("%w: database.admin_url: is missing: the owner's connection makes the tables and the bot's login", config.ErrInvalid)
	}
	ctx := cmd.Context()
	db, err := app.OpenDatabase(ctx, cfg, false, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(context.WithoutCancel(ctx))) }()
	return fn(ctx, db)
}

func printStatus(ctx context.Context, cmd *cobra.Command, db *app.Database) error {
	s, err := store.MigrationStatus(ctx, db.AdminURL)
	if err != nil {
		return err
	}
	state := "up to date"
	if s.Have != s.Want {
		state = "run `consigliere migrate up`"
	}
	cmd.Printf("schema version %d of %d: %s\n", s.Have, s.Want, state)
	return nil
}

package main

import (
	"github.com/spf13/cobra"

	"consigliere/internal/app"
	"consigliere/internal/clock"
	"consigliere/internal/config"
)

func runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the bot: Discord, polling, alerts and the scoreboard",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, redact, err := configured(cmd)
			if err != nil {
				return err
			}
			if err := cfg.CheckRun(); err != nil {
				return err
			}
			a, err := app.New(cmd.Context(), app.Options{Config: cfg, Clock: clock.Wall{}, Log: log, Redact: redact})
			if err != nil {
				return err
			}
			return a.Run(cmd.Context())
		},
	}
	config.AddFlags(cmd.Flags())
	return cmd
}

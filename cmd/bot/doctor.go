package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"consigliere/internal/app"
	"consigliere/internal/config"
)

func doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look at everything that run needs, and say how to mend what is missing",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, _, err := configured(cmd)
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), time.Minute)
			defer cancel()
			sick := false
			for _, f := range app.Doctor(ctx, cfg, config.File(cmd.Flags()), log) {
				switch {
				case f.Err != nil:
					sick = true
					cmd.Printf("✗ %s: %v\n", f.What, f.Err)
				case f.Note != "":
					cmd.Printf("✓ %s (%s)\n", f.What, f.Note)
				default:
					cmd.Printf("✓ %s\n", f.What)
				}
				if f.Warning != "" {
					cmd.Printf("! %s: %s\n", f.What, f.Warning)
				}
			}
			if sick {
				return errors.New("something is missing; the lines above say how to mend it")
			}
			return nil
		},
	}
	config.AddFlags(cmd.Flags())
	return cmd
}

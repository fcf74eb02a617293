package main

import (
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"consigliere/internal/config"
	"consigliere/internal/demo"
)

func demoCommand() *cobra.Command {
	var o demo.Options
	var tour bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the bot against stand-ins of Torn and Discord, for a browser or (--tour) as a checked script",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Speed < 0 || o.Speed > 1000 {
				return &usageError{fmt.Errorf("--speed %g is not between 0 and 1000", o.Speed)}
			}
			cfg, err := config.Load(cmd.Flags())
			if err != nil {
				return err
			}
			o.Log, o.Out = cfg.Log, cmd.OutOrStdout()
			if !cmd.Flags().Changed("log-level") { // lest the addresses scroll away
				o.Log.Level = max(o.Log.Level, slog.LevelWarn)
			}
			if tour {
				return demo.Tour(cmd.Context(), o)
			}
			if err := demo.Run(cmd.Context(), o); err != nil && cmd.Context().Err() == nil {
				return errors.Join(errors.New("the demo stopped"), err)
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.BoolVar(&tour, "tour", false, "play a whole evening as a script, print it, check every figure, and exit")
	f.Float64Var(&o.Speed, "speed", 0, "how many times faster than real time (default 10; the tour's own with --tour)")
	f.Uint64Var(&o.Seed, "seed", 1, "another seed, another evening")
	f.StringVar(&o.Listen, "chat", "127.0.0.1:8090", "address of the chat page")
	config.AddFlags(f)
	return cmd
}

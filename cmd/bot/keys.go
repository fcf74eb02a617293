package main

import (
	"time"

	"github.com/spf13/cobra"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/vault"
)

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "The keyset that encrypts API keys", RunE: needSubcommand}
	cmd.AddCommand(&cobra.Command{
		Use:   "generate",
		Short: "Print a new keyset, for encryption.keyset or a file of mode 0600 named by encryption.keyset_file",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			keyset, err := vault.Generate()
			if err != nil {
				return err
			}
			cmd.Println(keyset)
			return nil
		},
	})
	cmd.AddCommand(rotateCommand())
	return cmd
}

func rotateCommand() *cobra.Command {
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Exchange the key in encryption.keyset_file while the bot runs, and seal everything anew",
		Long: `Adds a key to the file, waits until every running process has loaded it, lets it seal, seals
everything anew and removes the old key. It can be stopped or killed at any moment; run again,
it goes on where it stood. Keep a copy of the file elsewhere afterwards: the former copy opens
nothing any more.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, log, _, err := configured(cmd)
			if err != nil {
				return err
			}
			if err := app.RotateKeys(cmd.Context(), cfg, log, wait, func(text string) { cmd.Println(text) }); err != nil {
				return err
			}
			cmd.Println("Done. Copy the keyset file to where you keep its backup.")
			return nil
		},
	}
	config.AddFlags(cmd.Flags())
	cmd.Flags().DurationVar(&wait, "wait", app.RotatePatience, "how long a running process may take to load the changed file")
	return cmd
}

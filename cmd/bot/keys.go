package main

import (
	"github.com/spf13/cobra"

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
	return cmd
}

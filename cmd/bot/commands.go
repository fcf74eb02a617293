package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"consigliere/internal/commands"
)

func commandsCommand() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "commands",
		Short: "List every slash command with what it asks of whoever uses it",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			table := commands.Table()
			switch format {
			case "json":
				type row struct {
					Path        string `json:"path"`
					Permission  string `json:"permission"`
					Description string `json:"description"`
				}
				rows := make([]row, len(table))
				for i, e := range table {
					rows[i] = row{e.Path, e.Guard, e.Description}
				}
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(rows)
			case "markdown":
				cmd.Println("| command | permission | what it does |\n|---|---|---|")
				for _, e := range table {
					guard := e.Guard
					if guard == "" {
						guard = "—"
					}
					cmd.Printf("| `/%s` | %s | %s |\n", e.Path, guard, e.Description)
				}
				return nil
			default:
				return &usageError{fmt.Errorf("--format %q is neither markdown nor json", format)}
			}
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown or json")
	return cmd
}

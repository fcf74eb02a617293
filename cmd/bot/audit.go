package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"consigliere/internal/app"
	"consigliere/internal/audit"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/say"
)

var errBroken = errors.New("the audit log is not as it was written; the lines above name the first broken row")

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "The audit log of every faction and of the operator", RunE: needSubcommand}
	var file string
	verify := &cobra.Command{
		Use:   "verify",
		Short: "Make every hash of the audit log again and name the first broken row",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if file != "" {
				return verifyFile(cmd, file)
			}
			cfg, log, _, err := configured(cmd)
			if err != nil {
				return err
			}
			whole := true
			err = app.VerifyAudit(cmd.Context(), cfg, log, func(f app.AuditFinding) {
				printVerdict(cmd, f.Faction, f.Verdict)
				whole = whole && f.Verdict.Whole()
			})
			if err != nil {
				return err
			}
			if !whole {
				return errBroken
			}
			return nil
		},
	}
	verify.Flags().StringVar(&file, "file", "", "check a file that /audit export made instead; needs no database")
	config.AddFlags(verify.Flags())
	cmd.AddCommand(verify)
	return cmd
}

func printVerdict(cmd *cobra.Command, id faction.ID, v audit.Verdict) {
	name := fmt.Sprintf("faction %d", id)
	if id == 0 {
		name = "operator"
	}
	if !v.Whole() {
		cmd.Printf("✗ %s: broken %s\n", name, say.AuditFault(*v.Broken))
		return
	}
	cmd.Printf("✓ %s: %d entries, head %d %s\n", name, v.Entries, v.Head.N, v.Head.Hash)
}

// verifyFile checks an export, packed or not.
func verifyFile(cmd *cobra.Command, path string) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return &usageError{err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReader(f)
	var from io.Reader = in
	if magic, err := in.Peek(2); err == nil && magic[0] == 0x1f && magic[1] == 0x8b {
		if from, err = gzip.NewReader(in); err != nil {
			return fmt.Errorf("unpack %s: %w", path, err)
		}
	}
	id, v, err := audit.CheckExtract(from)
	if err != nil {
		return fmt.Errorf("check %s: %w", path, err)
	}
	printVerdict(cmd, id, v)
	if !v.Whole() {
		return errBroken
	}
	return nil
}

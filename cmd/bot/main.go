// Command consigliere runs the Discord bot of a Torn City faction, and the tools
// around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"consigliere/internal/config"
)

// Exit codes (surface.md, CLI).
const (
	exitFailed = 1
	exitUsage  = 2 // the command line or the configuration is wrong
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:]))
}

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &usage), errors.Is(err, config.ErrInvalid):
		fmt.Fprintln(os.Stderr, "consigliere:", err)
		return exitUsage
	default:
		fmt.Fprintln(os.Stderr, "consigliere:", err)
		return exitFailed
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "consigliere",
		Short:         "The Discord bot that runs a Torn City faction",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs, // an unknown command is told by RunE, as wrong usage
		RunE:          needSubcommand,
	}
	root.SetOut(os.Stdout) // cobra prints to standard error otherwise
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(runCommand(), demoCommand(), migrateCommand(), doctorCommand(), keysCommand(), auditCommand(), commandsCommand(), versionCommand())
	return root
}

// usageError is a command line that cannot be carried out.
type usageError struct{ err error }

// Error says what is wrong with it.
func (e *usageError) Error() string { return e.err.Error() + " (see --help)" }

// Unwrap gives the cause.
func (e *usageError) Unwrap() error { return e.err }

func needSubcommand(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("there is no command %q", args[0])}
	}
	return cmd.Help()
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return &usageError{fmt.Errorf("unexpected argument %q", args[0])}
	}
	return nil
}

// configured loads the configuration and makes the logger that it asks for, which
// masks every secret in it.
func configured(cmd *cobra.Command) (*config.Config, *slog.Logger, *config.Redactor, error) {
	cfg, err := config.Load(cmd.Flags())
	if err != nil {
		return nil, nil, nil, err
	}
	redact := new(config.Redactor)
	redact.Add(cfg.Secrets()...)
	log := config.NewLogger(cfg.Log, os.Stderr, term.IsTerminal(int(os.Stderr.Fd())), redact)
	return cfg, log, redact, nil
}

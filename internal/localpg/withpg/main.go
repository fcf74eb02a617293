// Command withpg runs a command with a throw-away PostgreSQL beside it, whose
// address the command finds in the environment variable that pgtest reads:
//
//	go run ./internal/localpg/withpg go test ./...
//
// It ends with the command's exit status.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"consigliere/internal/localpg"
	"consigliere/internal/localpg/pgtest"
)

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "withpg:", err)
	}
	os.Exit(code)
}

func run(args []string) (code int, err error) {
	if len(args) == 0 {
		return 2, errors.New("usage: withpg command [argument...]")
	}
	// Ctrl-C reaches the command too; the server must outlive it.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	s, err := localpg.Start(ctx, localpg.Config{Fast: true, MaxConnections: 400})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, s.Stop(context.Background())) }()

	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.Env = append(os.Environ(), pgtest.EnvAdminURL+"="+s.AdminURL())
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode(), nil
	}
	if err != nil {
		return 1, fmt.Errorf("run %s: %w", args[0], err)
	}
	return 0, nil
}

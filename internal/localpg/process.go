package localpg

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// readyPoll is how often the server's own status file is read while waiting.
const readyPoll = 10 * time.Millisecond

// process is the running postmaster. One goroutine owns it and ends with it.
type process struct {
	pid  int
	done chan struct{} // closed when the process has ended
	err  error         // why, readable once done is closed
}

// startProcess starts the postmaster in a process group of its own, so that a
// Ctrl-C at the terminal reaches the bot and not, at the same time, its database.
func startProcess(ctx context.Context, who account, program, dir string, log *os.File, args []string) (*process, error) {
	// The process must outlive the context that started it; stop ends it.
	cmd := who.command(context.WithoutCancel(ctx), dir, program, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Setpgid = true
	dieWithParent(cmd.SysProcAttr)

	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The kernel ties "parent died" to the thread that started the process, so
		// that thread must live as long as the server.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(p.done)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("run %s as user %s: %w", program, who.name, err)
	}
	return p, nil
}

// waitReady returns when the server accepts connections.
func (p *process) waitReady(ctx context.Context, dir string) error {
	tick := time.NewTicker(readyPoll)
	defer tick.Stop()
	for {
		if pf, err := readPidFile(dir); err == nil && pf.pid == p.pid && pf.ready {
			return nil
		}
		select {
		case <-tick.C:
		case <-p.done:
			return fmt.Errorf("the server ended before it was ready: %w", errors.Join(p.err, errEnded))
		case <-ctx.Done():
			return fmt.Errorf("wait for the server to be ready: %w", ctx.Err())
		}
	}
}

var errEnded = errors.New("process ended")

// stop asks for a fast shutdown (cut connections, write a checkpoint). When ctx
// ends first it kills the server, which then recovers at its next start.
func (p *process) stop(ctx context.Context) error {
	p.signal(syscall.SIGINT)
	select {
	case <-p.done:
		if p.err != nil {
			return fmt.Errorf("the private PostgreSQL ended with: %w", p.err)
		}
		return nil
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("private PostgreSQL killed, it did not stop in time: %w", ctx.Err())
	}
}

// kill ends the server and its workers at once and waits until they are gone.
func (p *process) kill() {
	p.signal(syscall.SIGQUIT) // "immediate": the postmaster takes its children along
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
		p.signal(syscall.SIGKILL)
		<-p.done
	}
}

func (p *process) signal(sig syscall.Signal) {
	select {
	case <-p.done: // the id may already be somebody else's
	default:
		_ = syscall.Kill(p.pid, sig) // gone in between: done tells
	}
}

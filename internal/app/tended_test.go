package app_test

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// tended is a bot in a process of its own that is started again whenever it ends, as a
// service manager does it.
type tended struct {
	t      *testing.T
	child  child
	mu     sync.Mutex
	cmd    *exec.Cmd
	log    *lockedBuffer // of the process that runs now
	killed bool          // that one, by the test
	over   bool
	before string // the last words of the process before
	gaveUp []string
	ended  chan struct{}
}

// tend starts a bot of that name; it runs until the test ends.
func (s *stage) tend(name string) *tended {
	s.t.Helper()
	b := &tended{t: s.t, child: s.child, ended: make(chan struct{})}
	b.child.Config = maps.Clone(s.child.Config)
	b.child.Config["CONSIGLIERE_INSTANCE"] = name
	if err := b.start(); err != nil {
		s.t.Fatal(err)
	}
	go b.tend()
	s.t.Cleanup(b.end)
	return b
}

func (b *tended) start() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return errOver
	}
	if b.log != nil {
		b.before = tail(b.log.String(), 3000)
	}
	b.log, b.killed = new(lockedBuffer), false
	cmd, err := b.child.command(b.log)
	if err == nil {
		err = cmd.Start()
	}
	b.cmd = cmd
	return err
}

var errOver = errors.New("the test is over")

func (b *tended) tend() {
	defer close(b.ended)
	for {
		err := b.cmd.Wait() // only this goroutine changes cmd once it runs
		b.mu.Lock()
		// A bot that cannot start for want of a database says so and ends; one that
		// ran has to stay, whatever goes away.
		byItself := !b.killed
		if byItself && strings.Contains(b.log.String(), runsLine) {
			b.gaveUp = append(b.gaveUp, fmt.Sprintf("%v\n%s", err, tail(b.log.String(), 2000)))
		}
		b.mu.Unlock()
		if byItself {
			time.Sleep(200 * time.Millisecond) // as a service manager does, lest it spin
		}
		if err := b.start(); err != nil {
			if !errors.Is(err, errOver) {
				b.t.Errorf("start the bot again: %v", err)
			}
			return
		}
	}
}

const runsLine = `"msg":"consigliere runs","http":"`

// kill ends the process by force; it is started again at once.
func (b *tended) kill() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.killed = true
	_ = b.cmd.Process.Kill()
}

func (b *tended) end() {
	b.mu.Lock()
	b.over = true
	b.mu.Unlock()
	b.kill()
	<-b.ended
	for _, words := range b.gaveUp {
		b.t.Errorf("a bot that ran ended by itself: %s", words)
	}
}

// words are the last ones of this process and the one before.
func (b *tended) words() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.before + "\n---\n" + tail(b.log.String(), 6000)
}

// says wants /readyz to answer with a status and a body that holds a text.
func (b *tended) says(status int, text string) error {
	b.mu.Lock()
	_, rest, found := strings.Cut(b.log.String(), runsLine)
	b.mu.Unlock()
	if !found {
		return errors.New("the bot does not run yet")
	}
	addr, _, _ := strings.Cut(rest, `"`)
	got, body, err := ready(addr)
	if err == nil && (got != status || !strings.Contains(body, text)) {
		err = fmt.Errorf("/readyz says %d %s, want %d with %s", got, body, status, text)
	}
	return err
}

func (b *tended) isReady() error { return b.says(http.StatusOK, "") }

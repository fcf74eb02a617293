package budget

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

// server is a Redis of the test's own, on a loopback port.
type server struct {
	addr    string
	process *os.Process
	stop    func()
}

// startRedis starts redis-server in a directory of its own. Without the program
// the test is skipped, but on CI it fails.
func startRedis(t *testing.T) server {
	t.Helper()
	bin, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed; this test needs it: apt-get install redis-server")
		}
		t.Skip("redis-server is not installed: apt-get install redis-server")
	}
	for range 5 { // another process may take the port before Redis does
		port := freePort(t)
		s, err := launch(t, bin, port)
		if err == nil {
			return s
		}
		t.Logf("redis-server on port %d: %v", port, err)
	}
	t.Fatal("redis-server does not start")
	return server{}
}

func launch(t *testing.T, bin string, port int) (server, error) {
	t.Helper()
	dir := t.TempDir()
	logfile := filepath.Join(dir, "redis.log")
	cmd := exec.Command(bin, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir,
		"--save", "", "--appendonly", "no", "--logfile", logfile)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		return server{}, err
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	var stopped atomic.Bool
	s := server{addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), process: cmd.Process, stop: func() {
		if stopped.CompareAndSwap(false, true) {
			_ = cmd.Process.Kill()
			<-exited
		}
	}}
	t.Cleanup(s.stop)
	rdb := redis.NewClient(&redis.Options{Addr: s.addr})
	defer rdb.Close()
	deadline := time.After(20 * time.Second)
	for {
		if rdb.Ping(t.Context()).Err() == nil {
			return s, nil
		}
		select {
		case <-exited:
			said, _ := os.ReadFile(logfile)
			return server{}, errors.New("it ended: " + string(said))
		case <-deadline:
			s.stop()
			return server{}, errors.New("no answer")
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s server) client(t *testing.T) *redis.Client {
	t.Helper()
	rdb := redis.NewClient(&redis.Options{Addr: s.addr, MaxRetries: -1, DialTimeout: time.Second})
	t.Cleanup(func() { _ = rdb.Close() })
	return rdb
}

func shared(t *testing.T, rdb *redis.Client, l Limits, host string) *Shared {
	t.Helper()
	b, err := NewShared(rdb, l, clock.Wall{}, host)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSharedKeepsTheContract(t *testing.T) {
	srv := startRedis(t)
	rdb := srv.client(t)
	var hosts atomic.Int64
	contract{
		window: 3 * time.Second, slack: 200 * time.Millisecond, together: true,
		run: func(t *testing.T, f func(*testing.T)) { f(t) },
		make: func(t *testing.T, l Limits) subject {
			return shared(t, rdb, l, "host-"+strconv.FormatInt(hosts.Add(1), 10))
		},
	}.test(t)
}

func TestProcessesShareOneBudgetAndItsPauses(t *testing.T) {
	srv := startRedis(t)
	limits := Limits{PerPlayer: 40, PerHost: 1000}
	a, b := shared(t, srv.client(t), limits, "h"), shared(t, srv.client(t), limits, "h")
	drain(t, a, 7, maxBurst)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second) // a request comes every two
	defer cancel()
	if err := b.Wait(ctx, 0, 7); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second process got a request that the first had spent: %v", err)
	}
	if err := a.Pause(t.Context(), 8, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := b.Wait(ctx, 0, 8); !errors.Is(err, ErrTooLong) {
		t.Errorf("the second process does not know of the pause: %v", err)
	}
	u, err := b.Usage(t.Context())
	if err != nil || len(u) != 2 || u[1].Player != 7 || u[1].Calls != maxBurst {
		t.Errorf("the second process reads %+v, %v", u, err)
	}
}

func TestAnotherHostHasAnAllowanceOfItsOwn(t *testing.T) {
	srv := startRedis(t)
	limits := Limits{PerPlayer: 100, PerHost: 20, window: time.Minute}
	a, b := shared(t, srv.client(t), limits, "h1"), shared(t, srv.client(t), limits, "h2")
	drain(t, a, 0, maxBurst)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if err := a.Wait(ctx, 0, 0); !errors.Is(err, ErrTooLong) {
		t.Errorf("the first host has more than its share: %v", err)
	}
	if err := b.Wait(ctx, 0, 0); err != nil {
		t.Errorf("the second host pays for the first: %v", err)
	}
}

func TestWaitingForTheHostCostsAPlayerNothing(t *testing.T) {
	srv := startRedis(t)
	b := shared(t, srv.client(t), Limits{PerPlayer: 100, PerHost: 20, window: time.Minute}, "h")
	drain(t, b, 7, maxBurst)
	for range 5 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		if err := b.Wait(ctx, 0, 8); !errors.Is(err, ErrTooLong) {
			t.Errorf("beyond the host's share: %v", err)
		}
		cancel()
	}
	if d, err := b.draw(t.Context(), b.rateKey(8), 100, 0, maxBurst); err != nil || d > 0 {
		t.Errorf("the waiting player's own share is spent: %s, %v", d, err)
	}
}

func TestACallerWhoGivesUpIsNotTakenForRedisBeingGone(t *testing.T) {
	srv := startRedis(t)
	b := shared(t, srv.client(t), Limits{PerPlayer: 60, PerHost: 900}, "h")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := b.Usage(ctx)
	if !errors.Is(err, context.Canceled) || faction.KindOf(err) == faction.Unavailable {
		t.Errorf("got %v", err)
	}
}

func TestWithoutRedisCallsWaitAsUnavailable(t *testing.T) {
	srv := startRedis(t)
	b := shared(t, srv.client(t), Limits{PerPlayer: 60, PerHost: 900}, "h")
	if err := b.Wait(t.Context(), 0, 7); err != nil {
		t.Fatal(err)
	}
	srv.stop()
	_, uerr := b.Usage(t.Context())
	for name, err := range map[string]error{
		"wait": b.Wait(t.Context(), 0, 7), "pause": b.Pause(t.Context(), 7, time.Now().Add(time.Minute)), "usage": uerr,
	} {
		if err == nil || faction.KindOf(err) != faction.Unavailable {
			t.Errorf("%s without Redis: %v", name, err)
		}
	}
}

// Names and values in Redis are built from numbers and the host's name alone, so
// that nothing of a key can be among them.
func TestRedisHoldsNothingButIdsAndNumbers(t *testing.T) {
	srv := startRedis(t)
	rdb := srv.client(t)
	ctx := t.Context()
	b := shared(t, rdb, Limits{PerPlayer: 12, PerHost: 900, window: time.Second}, "h")
	flood(t, b, 0, 900*time.Millisecond, 7, 8)
	for _, p := range []faction.PlayerID{0, 7} {
		if err := b.Pause(ctx, p, time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := rdb.Keys(ctx, "*").Result()
	if err != nil || len(keys) < 8 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	name := regexp.MustCompile(`^(rate:)?consigliere:budget:\{h\}:(pause|calls|since|rate|players|serial):(host:h|player:\d+)$`)
	value := regexp.MustCompile(`^[0-9.e+-]+$`)
	for _, k := range keys {
		if !name.MatchString(k) {
			t.Errorf("a key is called %q", k)
		}
		var values []string
		switch kind := rdb.Type(ctx, k).Val(); kind {
		case "string":
			values = []string{rdb.Get(ctx, k).Val()}
		case "zset":
			values = rdb.ZRange(ctx, k, 0, -1).Val()
		default:
			t.Errorf("%s is a %s", k, kind)
		}
		for _, v := range values {
			if !value.MatchString(v) {
				t.Errorf("%s holds %q", k, v)
			}
		}
		if rdb.PTTL(ctx, k).Val() <= 0 {
			t.Errorf("%s stays for ever", k)
		}
	}
}

func TestDialedBudgetPingsAndCloses(t *testing.T) {
	srv := startRedis(t)
	b, err := Dial("redis://"+srv.addr+"/0", Limits{PerPlayer: 60, PerHost: 900}, clock.Wall{}, "h")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	srv.stop()
	if err := b.Ping(t.Context()); faction.KindOf(err) != faction.Unavailable {
		t.Errorf("a stopped Redis pings %v", err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// A process that is stopped takes connections and says nothing, unlike one that is gone.
func TestARedisThatHangsHoldsNobodyPastTheirDeadline(t *testing.T) {
	srv := startRedis(t)
	b, err := Dial("redis://"+srv.addr+"/0", Limits{PerPlayer: 60, PerHost: 900}, clock.Wall{}, "h")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := srv.process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	began := time.Now()
	if err := b.Wait(ctx, 0, 7); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("without an answer it says %v", err)
	}
	if took := time.Since(began); took > 2*time.Second { // go-redis by itself gives every try three
		t.Errorf("the caller was held for %s", took)
	}
}

func TestAnAddressThatCannotBeReadKeepsItsPassword(t *testing.T) {
	for _, address := range []string{"redis://:hunter2@host:port/0", "http://:hunter2@host", "://hunter2", ""} {
		_, err := Dial(address, Limits{PerPlayer: 60, PerHost: 900}, clock.Wall{}, "h")
		if err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestAFasterClockCannotShare(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	defer rdb.Close()
	if _, err := NewShared(rdb, Limits{PerPlayer: 60, PerHost: 900}, clock.NewScaled(time.Now(), 60), "h"); err == nil {
		t.Error("a clock sixty times as fast was accepted")
	}
}

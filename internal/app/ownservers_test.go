package app_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"

	"consigliere/internal/localpg"
)

// postgres is a PostgreSQL of a test's own, which the test stops and crashes. It keeps
// what it has said to be committed, as an operator's does.
type postgres struct {
	t      *testing.T
	dir    string
	server *localpg.Server
	fronts []*proxy // lead to it wherever it listens
}

func startPostgres(t *testing.T) *postgres {
	t.Helper()
	dir, err := os.MkdirTemp("", "consigliere-chaos-") // its user could not enter the one of t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	p := &postgres{t: t, dir: dir}
	t.Cleanup(func() {
		if p.server != nil {
			if err := p.server.Stop(context.Background()); err != nil {
				t.Errorf("stop the test's PostgreSQL: %v", err)
			}
		}
		_ = os.RemoveAll(dir)
	})
	p.start()
	return p
}

func (p *postgres) start() {
	p.t.Helper()
	server, err := localpg.Start(p.t.Context(), localpg.Config{Dir: p.dir, MaxConnections: 100})
	if err != nil {
		p.t.Fatal(err)
	}
	p.server = server
	for _, f := range p.fronts {
		f.lead(hostOf(p.t, server.AdminURL()))
	}
}

func hostOf(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal("a database's address is no URL") // err would show its password
	}
	return u.Host
}

// front is a way to the server whose address stays the same.
func (p *postgres) front() *proxy {
	p.t.Helper()
	f := newProxy(p.t, hostOf(p.t, p.server.AdminURL()))
	p.fronts = append(p.fronts, f)
	return f
}

// stopFast cuts all connections and ends the server in order, as pg_ctl stop -m fast.
func (p *postgres) stopFast() {
	p.t.Helper()
	if err := p.server.Stop(p.t.Context()); err != nil {
		p.t.Fatal(err)
	}
	p.server = nil
}

// crash ends the server where it stands, as pg_ctl stop -m immediate or a power cut: the
// next start recovers from its log.
func (p *postgres) crash() {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		p.t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, err := strconv.Atoi(first)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGQUIT)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	<-p.server.Done()
	_ = p.server.Stop(p.t.Context()) // says that it did not end in order
	p.server = nil
}

// killBackend ends one of the sessions of the server by force, as the kernel does when
// memory runs out: the server then ends all of them and recovers by itself.
func (p *postgres) killBackend() {
	p.t.Helper()
	conn, err := pgx.Connect(p.t.Context(), p.server.AdminURL())
	for deadline := time.Now().Add(30 * time.Second); err != nil; conn, err = pgx.Connect(p.t.Context(), p.server.AdminURL()) {
		if time.Now().After(deadline) {
			p.t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond) // it recovers from the last one
	}
	defer func() { _ = conn.Close(context.Background()) }()
	var pid int
	err = conn.QueryRow(p.t.Context(), `select pid from pg_stat_activity where usename = 'consigliere_app'
		order by state = 'active' desc, random() limit 1`).Scan(&pid)
	if errors.Is(err, pgx.ErrNoRows) {
		pid, err = int(conn.PgConn().PID()), nil
	}
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGKILL)
	}
	if err != nil && !errors.Is(err, syscall.ESRCH) { // it may have ended by itself
		p.t.Fatal(err)
	}
}

// redisServer is a Redis of a test's own, which the test kills. It keeps nothing on disk:
// one that is started again has forgotten everything.
type redisServer struct {
	t     *testing.T
	cmd   *exec.Cmd
	front *proxy // leads to it wherever it listens
}

// startRedis skips the test where redis-server is not installed, but not on CI.
func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("redis-server is not installed; this test needs it: apt-get install redis-server")
		}
		t.Skip("redis-server is not installed: apt-get install redis-server")
	}
	r := &redisServer{t: t, front: newProxy(t, "127.0.0.1:1")}
	t.Cleanup(r.kill)
	r.start()
	return r
}

func (r *redisServer) url() string { return "redis://" + r.front.addr() + "/0" }

func (r *redisServer) start() {
	r.t.Helper()
	for range 5 { // another process may take the port before Redis does
		err := r.launch()
		if err == nil {
			return
		}
		r.t.Logf("start redis-server: %v", err)
		r.kill()
	}
	r.t.Fatal("redis-server does not start")
}

func (r *redisServer) launch() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	_, port, err := net.SplitHostPort(addr)
	if err = errors.Join(err, l.Close()); err != nil {
		return err
	}
	r.cmd = exec.Command("redis-server", "--port", port, "--bind", "127.0.0.1", "--dir", r.t.TempDir(), "--save", "", "--appendonly", "no")
	if err := r.cmd.Start(); err != nil {
		r.cmd = nil
		return err
	}
	rdb := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	defer rdb.Close()
	deadline := time.Now().Add(20 * time.Second)
	for rdb.Ping(r.t.Context()).Err() != nil {
		if time.Now().After(deadline) {
			return errors.New("no answer")
		}
		time.Sleep(20 * time.Millisecond)
	}
	r.front.lead(addr)
	return nil
}

// kill ends the server by force, if it runs.
func (r *redisServer) kill() {
	if r.cmd == nil {
		return
	}
	_ = r.cmd.Process.Kill()
	_ = r.cmd.Wait()
	r.cmd = nil
}

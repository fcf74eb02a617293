// Package localpg runs a private PostgreSQL from the binaries installed on the
// machine: for the demo, for tests, and for an operator who has no database
// server of their own (database.url empty).
//
// The server listens on 127.0.0.1 only, on a free port, and asks for a generated
// password, because any local user can reach a loopback port. PostgreSQL refuses
// to run as root; a root caller's server runs as an unprivileged user, which owns
// nothing but the cluster's own directory.
package localpg

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

const (
	// Superuser is the cluster's bootstrap role, which AdminURL logs in as.
	Superuser = "postgres"
	// DatabaseName is the database that every private cluster has from the start.
	DatabaseName = "consigliere"

	startTimeout  = time.Minute
	stopTimeout   = 30 * time.Second
	portAttempts  = 5
	logKeepBytes  = 16 << 20
	tempDirPrefix = "consigliere-pg-"
)

// ErrInUse is wrapped by Start when another living process holds the directory.
var ErrInUse = errors.New("the private database is in use by another process")

// Config says where a private server lives and how it runs.
type Config struct {
	// Dir holds the cluster, its password, its lock and its log. It is made when
	// missing. Empty: a temporary directory that Stop removes.
	Dir string
	// User is whom the server runs as when the caller is root. Empty: whoever owns
	// an existing cluster, else "postgres", else "nobody". Ignored for other callers.
	User string
	// Fast trades durability for speed (no fsync): for tests and demos, whose data
	// nobody will miss after a power cut.
	Fast bool
	// MaxConnections is the server's limit; 0 means 200.
	MaxConnections int
	// Log is told of starts, stops and repairs; nil discards.
	Log *slog.Logger
}

// Server is a running private PostgreSQL.
type Server struct {
	dir      string
	port     int
	password string
	temp     bool
	log      *slog.Logger

	proc *process  // nil when attached to another process's server
	lock *fileLock // nil when attached

	stopOnce sync.Once
	stopErr  error
}

// Start makes the cluster when there is none, starts its server and returns when
// it accepts connections. A server that a killed process left behind in the same
// directory is stopped first. Another living process there: ErrInUse.
// The caller owns the server and must Stop it.
func Start(ctx context.Context, cfg Config) (_ *Server, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.MaxConnections <= 0 {
		cfg.MaxConnections = 200
	}
	s := &Server{dir: cfg.Dir, log: cfg.Log}
	if s.dir == "" {
		sweepTempDirs(ctx, cfg.Log)
		s.temp = true
		if s.dir, err = os.MkdirTemp("", tempDirPrefix); err != nil {
			return nil, fmt.Errorf("make a directory for the private PostgreSQL: %w", err)
		}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.release())
		}
	}()
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", cfg.Dir, err)
	}
	// Parents made here let the server's user pass through, and no more.
	if err := os.MkdirAll(s.dir, 0o711); err != nil { //nolint:gosec // the server runs as another user
		return nil, fmt.Errorf("make the private PostgreSQL's directory: %w", err)
	}
	if s.lock, err = lockFile(filepath.Join(s.dir, "lock")); err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", s.dir, err)
	}
	who, err := chooseAccount(s.dir, cfg.User)
	if err != nil {
		return nil, fmt.Errorf("private PostgreSQL in %s: %w", s.dir, err)
	}
	bin, err := findBinaries(ctx, clusterVersion(s.dir))
	if err != nil {
		return nil, err
	}
	if err := who.checkReach(ctx, bin, s.dir); err != nil {
		return nil, err
	}
	if err := stopLeftover(ctx, s.dir, cfg.Log); err != nil {
		return nil, fmt.Errorf("stop the server left in %s: %w", s.dir, err)
	}
	if s.password, err = ensureCluster(ctx, bin, who, s.dir, cfg.Fast); err != nil {
		return nil, fmt.Errorf("make the private PostgreSQL's cluster in %s: %w", s.dir, err)
	}
	if err := s.launch(ctx, cfg, bin, who); err != nil {
		return nil, fmt.Errorf("start the private PostgreSQL in %s: %w", s.dir, err)
	}
	s.log.Debug("private PostgreSQL started", "dir", s.dir, "port", s.port, "version", bin.major)
	return s, nil
}

// Attach finds the server that another process runs in dir, so that a command
// line tool can work beside a running bot. Stop leaves that server running.
func Attach(dir string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("attach to the private PostgreSQL: %w", err)
	}
	pf, err := readPidFile(dir)
	if err != nil || !pf.ready || !isPostmaster(pf.pid, dir) {
		return nil, errors.Join(fmt.Errorf("no private PostgreSQL is running in %s", dir), err)
	}
	password, err := readPassword(dir)
	if err != nil {
		return nil, fmt.Errorf("attach to the private PostgreSQL in %s: %w", dir, err)
	}
	return &Server{dir: dir, port: pf.port, password: password, log: slog.New(slog.DiscardHandler)}, nil
}

// launch starts the server on a free port. The port may be taken by somebody
// else between the moment it was found free and the server's bind, so it tries
// a few.
func (s *Server) launch(ctx context.Context, cfg Config, bin binaries, who account) error {
	logFile, err := openLog(filepath.Join(s.dir, "postgres.log"))
	if err != nil {
		return err
	}
	defer logFile.Close() // the child has its own descriptor
	for attempt := 1; ; attempt++ {
		port, err := freePort(ctx)
		if err != nil {
			return err
		}
		offset, err := logFile.Seek(0, io.SeekEnd)
		if err != nil {
			return fmt.Errorf("seek in the server's log: %w", err)
		}
		s.proc, err = startProcess(ctx, who, bin.path("postgres"), s.dir, logFile, serverArgs(cfg, s.dir, port))
		if err != nil {
			return err
		}
		err = s.proc.waitReady(ctx, s.dir)
		if err == nil {
			s.port = port
			return nil
		}
		s.proc.kill()
		s.proc = nil
		said := tail(logFile, offset)
		if attempt < portAttempts && strings.Contains(said, "Address already in use") {
			continue
		}
		return fmt.Errorf("%w; its log says: %s", err, said)
	}
}

// serverArgs is the whole configuration, given on the command line so that
// nothing in the cluster's directory needs editing when it changes.
func serverArgs(cfg Config, dir string, port int) []string {
	settings := []string{
		"listen_addresses=127.0.0.1",
		"port=" + strconv.Itoa(port),
		"unix_socket_directories=", // a second way in that nobody needs
		"password_encryption=scram-sha-256",
		"max_connections=" + strconv.Itoa(cfg.MaxConnections),
		"shared_buffers=64MB",
		"max_wal_size=512MB",
		// Short queries on small machines; parallel ones want more /dev/shm than
		// containers have.
		"max_parallel_workers_per_gather=0",
		"timezone=UTC",
		"log_timezone=UTC",
		"log_line_prefix=%m [%p] %u@%d ",
		// Statements can hold secrets (create role … password), so the log has none.
		"log_min_error_statement=panic",
	}
	if cfg.Fast {
		settings = append(settings, "fsync=off", "full_page_writes=off", "synchronous_commit=off",
			"wal_level=minimal", "max_wal_senders=0")
	}
	args := []string{"-D", filepath.Join(dir, "data")}
	for _, kv := range settings {
		args = append(args, "-c", kv)
	}
	return args
}

// AdminURL is the superuser's connection to the database named DatabaseName.
// It holds the password: do not log it.
func (s *Server) AdminURL() string { return s.URL(Superuser, s.password, DatabaseName) }

// URL is a connection string for this server. It holds the password: do not log it.
func (s *Server) URL(user, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// RoleURL is role's connection to the database named DatabaseName, with a
// password that stays the same as long as the cluster lives. It is derived from
// the superuser's one way, so there is no second secret to keep; whoever makes
// the role must give it this password.
func (s *Server) RoleURL(role string) string {
	mac := hmac.New(sha256.New, []byte(s.password))
	mac.Write([]byte(role))
	return s.URL(role, hex.EncodeToString(mac.Sum(nil)), DatabaseName)
}

// Dir is where the cluster and its log (postgres.log) are.
func (s *Server) Dir() string { return s.dir }

// Done is closed when the server's process has ended, for whatever reason. For
// an attached server it is nil and so never ready.
func (s *Server) Done() <-chan struct{} {
	if s.proc == nil {
		return nil
	}
	return s.proc.done
}

// Stop ends the server: connections are cut, what was committed is on disk. When
// ctx ends first, the server is killed; the next Start recovers. Later calls
// return what the first one did.
func (s *Server) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		ctx, cancel := context.WithTimeout(ctx, stopTimeout)
		defer cancel()
		var err error
		if s.proc != nil {
			err = s.proc.stop(ctx)
		}
		s.stopErr = errors.Join(err, s.release())
		s.log.Debug("private PostgreSQL stopped", "dir", s.dir)
	})
	return s.stopErr
}

// release gives back what Start took, apart from the process.
func (s *Server) release() error {
	var err error
	if s.temp {
		if err = os.RemoveAll(s.dir); err != nil {
			err = fmt.Errorf("remove the private PostgreSQL's temporary directory: %w", err)
		}
	}
	if s.lock != nil {
		s.lock.unlock()
	}
	return err
}

func freePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// newPassword is 256 random bits in hexadecimal, safe in files and URLs.
func newPassword() string {
	b := make([]byte, 32)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// openLog opens the server's log for appending; a log that has grown too long is
// started anew, its predecessor kept as ".old".
func openLog(path string) (*os.File, error) {
	if fi, err := os.Lstat(path); err == nil && fi.Size() > logKeepBytes {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, fmt.Errorf("put the server's long log aside: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the server's log: %w", err)
	}
	return f, nil
}

// tail is what was written to f after offset, at most the last 2000 bytes, on one line.
func tail(f *os.File, offset int64) string {
	if fi, err := f.Stat(); err == nil && fi.Size()-offset > 2000 {
		offset = fi.Size() - 2000
	}
	b := make([]byte, 2000)
	n, _ := f.ReadAt(b, offset) // the end of the file is the expected error
	return strings.Join(strings.Fields(string(b[:n])), " ")
}

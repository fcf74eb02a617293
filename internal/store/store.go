// Package store is the edge to PostgreSQL and the only room that knows SQL. Each
// exported method owns its transaction; rows of a faction are reached through one
// door, Faction, behind which the database itself shows only that faction's rows.
package store

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"

	"consigliere/internal/faction"
)

// Roles of the database. They belong to the cluster and are made by Migrate.
const (
	tenantRole = "consigliere_tenant"
	systemRole = "consigliere_system"
)

// Store is a pool of connections and the insert-only job client.
type Store struct {
	pool *pgxpool.Pool
	jobs *river.Client[pgx.Tx]
}

// Config says how to reach the database.
type Config struct {
	// URL logs in as the bot's own role, never as an owner or superuser.
	URL string
	// MaxConns bounds the pool; 0 means 10.
	MaxConns int32
	// Sent may be nil; it is told every statement, by many goroutines at once. Tests
	// and figures count with it.
	Sent func(sql string)
}

// ErrPrivileged is returned when the login could go around row-level security.
var ErrPrivileged = errors.New("the database login is a superuser, may bypass row security, or owns the tables: " +
	"give database.url a role of its own (NOINHERIT) and run `consigliere migrate up` with database.admin_url, which creates it")

// ErrSchema is returned when the schema is not the one this program was built for.
var ErrSchema = errors.New("the database schema is not this program's version: run `consigliere migrate up`")

// Open connects and refuses a login that tenancy could not hold back.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	pc, err := pgxpool.ParseConfig(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("read database.url: %w", scrub(err))
	}
	pc.MaxConns = 10
	if cfg.MaxConns > 0 {
		pc.MaxConns = cfg.MaxConns
	}
	pc.ConnConfig.RuntimeParams["application_name"] = "consigliere"
	pc.ConnConfig.RuntimeParams["timezone"] = "UTC"
	pc.AfterConnect = readTimesInUTC
	if cfg.Sent != nil {
		pc.ConnConfig.Tracer = tracer(cfg.Sent)
	}
	pool, err := pgxpool.NewWithConfig(ctx, pc)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", scrub(err))
	}
	jobs, err := newJobs(pool)
	if err != nil {
		pool.Close()
		return nil, err
	}
	s := &Store{pool: pool, jobs: jobs}
	if err := s.checkLogin(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return s, nil
}

// readTimesInUTC makes a connection give every time in UTC, whatever the machine's zone.
func readTimesInUTC(_ context.Context, conn *pgx.Conn) error {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
	return nil
}

// Close ends all connections.
func (s *Store) Close() { s.pool.Close() }

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.pool.Ping(ctx); err != nil {
		return unavailable(fmt.Errorf("ping database: %w", scrub(err)))
	}
	return nil
}

func (s *Store) checkLogin(ctx context.Context) error {
	var privileged bool
	err := s.pool.QueryRow(ctx, `
		select r.rolsuper or r.rolbypassrls
		    or exists (select 1 from pg_roles t where t.rolname = any($1) and pg_has_role(r.oid, t.oid, 'usage'))
		    or exists (select 1 from pg_class c join pg_namespace n on n.oid = c.relnamespace
		               where n.nspname = 'public' and c.relkind = 'r' and c.relowner = r.oid and c.relname = 'factions')
		from pg_roles r where r.rolname = current_user`, []string{tenantRole, systemRole}).Scan(&privileged)
	if err != nil {
		return translate(fmt.Errorf("look at the database login: %w", scrub(err)))
	}
	if privileged {
		return ErrPrivileged
	}
	return nil
}

// Faction runs fn in one transaction that sees and writes only the rows of one
// faction. The transaction commits when fn returns nil.
func (s *Store) Faction(ctx context.Context, id faction.ID, fn func(tx pgx.Tx) error) error {
	return s.within(ctx, "begin; set local role "+tenantRole+
		"; select set_config('app.faction_id', '"+strconv.FormatInt(int64(id), 10)+"', true)", fn)
}

// system runs fn as the role that claims polls and resolves a guild, a Discord
// user or a link token to a faction, and can do nothing else.
func (s *Store) system(ctx context.Context, fn func(tx pgx.Tx) error) error {
	return s.within(ctx, "begin; set local role "+systemRole, fn)
}

func (s *Store) within(ctx context.Context, begin string, fn func(tx pgx.Tx) error) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{BeginQuery: begin}, fn)
	return translate(err)
}

// translate gives database errors a kind; everything else passes through.
func translate(err error) error {
	if err == nil {
		return nil
	}
	var known *faction.Error
	if errors.As(err, &known) {
		return err
	}
	if refused := sealRefused(err); refused != nil {
		return refused
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator intervention, system
			return unavailable(err)
		}
		return err
	}
	if errors.Is(err, pgx.ErrNoRows) || errors.Is(err, context.Canceled) {
		return err
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) || pgconn.Timeout(err) || pgconn.SafeToRetry(err) || errors.Is(err, context.DeadlineExceeded) || isNetwork(err) {
		return unavailable(scrub(err))
	}
	return err
}

func unavailable(err error) error {
	return &faction.Error{Kind: faction.Unavailable, Say: "The database does not answer. Nothing was changed; try again in a minute.", Err: err}
}

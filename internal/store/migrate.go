package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"consigliere/migrations"
)

// rolesLock is the advisory lock, taken in database postgres because roles belong
// to the cluster, under which roles are made.
const rolesLock = 0x436f6e7369676c // "Consigl"

// Migrate brings the schema up to date as the owner: the cluster's roles, the
// login that appURL names with the password it holds, our tables, River's tables
// and its rights on them. It may run any number of times and in many processes at once.
func Migrate(ctx context.Context, adminURL, appURL string) error {
	login, err := loginOf(appURL)
	if err != nil {
		return err
	}
	if err := makeRoles(ctx, adminURL, login); err != nil {
		return err
	}
	cfg, err := pgxpool.ParseConfig(adminURL)
	if err != nil {
		return fmt.Errorf("read database.admin_url: %w", scrub(err))
	}
	cfg.MaxConns = 4
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("open database as owner: %w", scrub(err))
	}
	defer pool.Close()

	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect to the database as owner: %w", scrub(err))
	}
	defer conn.Release()
	// One migration of this database at a time; the lock ends with the connection.
	if _, err := conn.Exec(ctx, "select pg_advisory_lock($1)", int64(rolesLock)); err != nil {
		return fmt.Errorf("wait for other migrations: %w", err)
	}
	defer func() { // ending the connection would free it as well, but it goes back to the pool
		_, _ = conn.Exec(context.WithoutCancel(ctx), "select pg_advisory_unlock($1)", int64(rolesLock))
	}()

	rm, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return fmt.Errorf("prepare the queue's migrations: %w", err)
	}
	if _, err := rm.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate the queue's tables: %w", err)
	}
	gp, closeDB, err := provider(pool)
	if err != nil {
		return err
	}
	defer closeDB()
	if _, err := gp.Up(ctx); err != nil {
		return fmt.Errorf("migrate the schema: %w", err)
	}
	return grantLogin(ctx, pool, login.user)
}

// Status is where a database's schema stands.
type Status struct{ Have, Want int64 }

// MigrationStatus tells which version the schema has and which one this program wants.
func MigrationStatus(ctx context.Context, adminURL string) (Status, error) {
	pool, err := pgxpool.New(ctx, adminURL)
	if err != nil {
		return Status{}, fmt.Errorf("open database as owner: %w", scrub(err))
	}
	defer pool.Close()
	gp, closeDB, err := provider(pool)
	if err != nil {
		return Status{}, err
	}
	defer closeDB()
	have, want, err := gp.GetVersions(ctx)
	if err != nil {
		return Status{}, fmt.Errorf("read the schema's version: %w", err)
	}
	return Status{Have: have, Want: want}, nil
}

// CheckSchema refuses a schema that is not this program's.
func (s *Store) CheckSchema(ctx context.Context) error {
	var have int64
	err := s.pool.QueryRow(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&have)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "42501") { // no such table, no right to it
		return ErrSchema
	}
	if err != nil {
		return translate(fmt.Errorf("read the schema's version: %w", err))
	}
	if have != latestVersion() {
		return fmt.Errorf("%w (it is at %d, this program needs %d)", ErrSchema, have, latestVersion())
	}
	return nil
}

func latestVersion() int64 {
	entries, err := migrations.FS.ReadDir(".")
	if err != nil {
		return -1
	}
	var latest int64
	for _, e := range entries {
		if v, err := goose.NumericComponent(e.Name()); err == nil && v > latest {
			latest = v
		}
	}
	return latest
}

func provider(pool *pgxpool.Pool) (*goose.Provider, func(), error) {
	db := stdlib.OpenDBFromPool(pool)
	gp, err := goose.NewProvider(goose.DialectPostgres, db, migrations.FS)
	if err != nil {
		_ = db.Close()
		return nil, nil, fmt.Errorf("read the migrations: %w", err)
	}
	return gp, func() { _ = db.Close() }, nil
}

type login struct{ user, password string }

func loginOf(appURL string) (login, error) {
	u, err := url.Parse(appURL)
	if err != nil || u.User == nil || u.User.Username() == "" {
		return login{}, errors.New("database.url must name a user: postgres://consigliere_app:password@host:port/database")
	}
	pw, _ := u.User.Password()
	return login{user: u.User.Username(), password: pw}, nil
}

// makeRoles creates what is missing and leaves the rest, so that several databases
// of one cluster can be migrated at once.
func makeRoles(ctx context.Context, adminURL string, l login) error {
	cfg, err := pgx.ParseConfig(adminURL)
	if err != nil {
		return fmt.Errorf("read database.admin_url: %w", scrub(err))
	}
	if l.user == cfg.User {
		return errors.New("database.url and database.admin_url must not name the same user: the bot's own login may not own the tables")
	}
	cfg.Database = "postgres"
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return fmt.Errorf("connect as owner to database postgres: %w", scrub(err))
	}
	defer conn.Close(context.WithoutCancel(ctx))
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock($1)", int64(rolesLock)); err != nil {
			return fmt.Errorf("lock the cluster's roles: %w", err)
		}
		for _, role := range []string{tenantRole, systemRole} {
			if err := ensureRole(ctx, tx, role, "nologin"); err != nil {
				return err
			}
		}
		if err := ensureRole(ctx, tx, l.user, "login noinherit nosuperuser nocreatedb nocreaterole nobypassrls"); err != nil {
			return err
		}
		if err := ensureNoInherit(ctx, tx, l.user); err != nil {
			return err
		}
		if l.password != "" {
			// A role's password cannot be a parameter; the server quotes it.
			var stmt string
			err := tx.QueryRow(ctx, "select format('alter role %I password %L', $1::text, $2::text)", l.user, l.password).Scan(&stmt)
			if err != nil {
				return fmt.Errorf("prepare the login's password: %w", err)
			}
			if _, err := tx.Exec(ctx, stmt); err != nil {
				return fmt.Errorf("set the password of role %s: %s", l.user, pgMessage(err))
			}
		}
		_, err := tx.Exec(ctx, "grant "+tenantRole+", "+systemRole+" to "+pgx.Identifier{l.user}.Sanitize())
		if err != nil {
			return fmt.Errorf("make role %s a member of the bot's roles: %w", l.user, err)
		}
		return nil
	})
}

func ensureRole(ctx context.Context, tx pgx.Tx, name, attributes string) error {
	var there bool
	if err := tx.QueryRow(ctx, "select exists (select 1 from pg_roles where rolname = $1)", name).Scan(&there); err != nil {
		return fmt.Errorf("look for role %s: %w", name, err)
	}
	if there {
		return nil
	}
	if _, err := tx.Exec(ctx, "create role "+pgx.Identifier{name}.Sanitize()+" "+attributes); err != nil {
		return fmt.Errorf("create role %s: %w", name, err)
	}
	return nil
}

// ensureNoInherit takes from a login that was made by hand what would leave the
// door open: having its roles' rights without stepping into them.
func ensureNoInherit(ctx context.Context, tx pgx.Tx, user string) error {
	var inherits bool
	if err := tx.QueryRow(ctx, "select rolinherit from pg_roles where rolname = $1", user).Scan(&inherits); err != nil {
		return fmt.Errorf("look at role %s: %w", user, err)
	}
	if !inherits {
		return nil
	}
	if _, err := tx.Exec(ctx, "alter role "+pgx.Identifier{user}.Sanitize()+" noinherit"); err != nil {
		return fmt.Errorf("make role %s inherit nothing (or run: alter role %s noinherit): %w", user, user, err)
	}
	return nil
}

// pgMessage leaves out the statement, which held a password.
func pgMessage(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Message
	}
	return "the server refused"
}

// grantLogin gives the login its rights: connect, River's tables, and the table
// that tells the schema's version. Nothing of ours.
func grantLogin(ctx context.Context, pool *pgxpool.Pool, user string) error {
	id := pgx.Identifier{user}.Sanitize()
	var river []string
	rows, err := pool.Query(ctx, `select format('%I.%I', schemaname, tablename) from pg_tables
		where schemaname = 'public' and tablename like 'river\_%'`)
	if err != nil {
		return fmt.Errorf("list the queue's tables: %w", err)
	}
	if river, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		return fmt.Errorf("list the queue's tables: %w", err)
	}
	statements := []string{
		"grant usage on schema public to " + id,
		"grant select on goose_db_version to " + id,
		"grant select, insert, update, delete on " + strings.Join(river, ", ") + " to " + id,
		"grant usage, select on all sequences in schema public to " + tenantRole,
		"grant usage, select on sequence river_job_id_seq to " + id,
	}
	for _, stmt := range statements {
		if _, err := pool.Exec(ctx, stmt); err != nil {
			return fmt.Errorf("give the login its rights (%s): %w", stmt, err)
		}
	}
	return nil
}

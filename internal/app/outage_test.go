package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/app"
	"consigliere/internal/config"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store/storetest"
)

// inProcess runs the bot in this process until the test ends.
func (s *stage) inProcess(databaseURL string) (webAddr string) {
	s.t.Helper()
	for k, v := range s.child.Config {
		s.t.Setenv(k, v)
	}
	s.t.Setenv("CONSIGLIERE_DATABASE_URL", databaseURL)
	cfg, err := config.Load(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&s.logs, nil))
	a, err := app.New(s.t.Context(), app.Options{Config: cfg, Clock: s.clock, Log: log, Redact: new(config.Redactor)})
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	s.t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			s.t.Errorf("the bot did not stop cleanly: %v", err)
		}
	})
	return a.WebAddr()
}

// ready asks /readyz.
func ready(addr string) (status int, body string, err error) {
	res, err := http.Get("http://" + addr + "/readyz") //nolint:noctx // a test on loopback
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return res.StatusCode, string(text), err
}

func TestABotWhoseDatabaseIsGoneStaysUpSaysSoAndCatchesUp(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 5, MatchedAfter: -time.Hour, StartsAfter: -20 * time.Minute, WarLength: 3 * time.Hour, MembersPerSide: 30})
	u, err := url.Parse(s.db.AppURL)
	if err != nil {
		t.Fatal(err)
	}
	between := newProxy(t, u.Host)
	u.Host = between.addr()
	addr := s.inProcess(u.String())
	s.waitFor(func() error { return isReady(addr) })

	between.setCut(true)
	s.waitFor(func() error {
		status, body, err := ready(addr)
		if err != nil || status != http.StatusServiceUnavailable || !strings.Contains(body, "database") {
			return errors.Join(fmt.Errorf("without a database /readyz says %d %s", status, body), err)
		}
		return nil
	})
	guild, _ := s.discord.Guild(s.guild)
	person := s.discord.User(guild.Members[len(guild.Members)-1].User.ID)
	r, err := person.Slash(t.Context(), s.guild, s.channel, "war status", nil)
	if err != nil {
		t.Fatalf("a command without a database is not answered: %v", err)
	}
	if !r.Ephemeral || !strings.Contains(r.Text(), "database") {
		t.Errorf("a command without a database is answered with\n%s", r.Text())
	}

	between.setCut(false)
	restored := s.clock.Now()
	s.waitFor(func() error { return isReady(addr) })
	s.waitFor(func() error {
		states, err := s.db.Store.Feeds(t.Context(), s.us)
		if err != nil {
			return err
		}
		for _, st := range states {
			if st.Feed != feed.Wars && !st.LastSuccess.After(restored) {
				return fmt.Errorf("feed %s was last read %s, the database came back %s", st.Feed, st.LastSuccess, restored)
			}
		}
		return nil
	})
}

func isReady(addr string) error {
	status, body, err := ready(addr)
	if err != nil || status != http.StatusOK {
		return errors.Join(fmt.Errorf("/readyz says %d %s", status, body), err)
	}
	return nil
}

func TestASecondProcessStandsByAndTakesOver(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 6, MatchedAfter: -time.Hour, StartsAfter: -20 * time.Minute, WarLength: 3 * time.Hour, MembersPerSide: 20})
	first := s.start()
	defer func() { _ = first.Process.Kill(); _ = first.Wait() }()
	s.waitFor(s.polled)
	addr := s.inProcess(s.db.AppURL)
	s.waitFor(func() error {
		status, body, err := ready(addr)
		var answer struct {
			Checks []struct{ Name, Detail string } `json:"checks"`
		}
		if jsonErr := json.Unmarshal([]byte(body), &answer); err != nil || jsonErr != nil || status != http.StatusOK || !strings.Contains(body, "another process leads") {
			return errors.Join(fmt.Errorf("the second process says %d %s", status, body), errors.Join(err, jsonErr))
		}
		return nil
	})
	before := s.discord.Gateway()
	if before.Live != 1 {
		t.Errorf("%d gateway connections while one process leads, want 1", before.Live)
	}
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = first.Wait()
	killed := s.clock.Now()
	s.waitFor(func() error {
		states, err := s.db.Store.Feeds(t.Context(), s.us)
		for _, st := range states {
			if st.Feed == feed.Front && st.LastSuccess.After(killed) {
				return nil
			}
		}
		return errors.Join(fmt.Errorf("the second process has not polled since %s", killed), err)
	})
}

// polled tells whether the war's score was read.
func (s *stage) polled() error {
	states, err := s.db.Store.Feeds(s.t.Context(), s.us)
	for _, st := range states {
		if st.Feed == feed.Front && !st.LastSuccess.IsZero() {
			return nil
		}
	}
	return errors.Join(errors.New("the front was not polled yet"), err)
}

// A process may lose the lead and come to lead again, any number of times.
func TestAProcessThatLostTheLeadLeadsAgain(t *testing.T) {
	s := newStage(t, simtorn.Config{Seed: 8, MatchedAfter: -time.Hour, StartsAfter: -20 * time.Minute, WarLength: 3 * time.Hour, MembersPerSide: 20})
	addr := s.inProcess(s.db.AppURL)
	s.waitFor(func() error { return isReady(addr) })
	for range 2 {
		thief := s.takeLead()
		s.waitFor(func() error {
			if _, body, err := ready(addr); err != nil || !strings.Contains(body, "another process leads") {
				return errors.Join(fmt.Errorf("after the lead was taken it says %s", body), err)
			}
			return nil
		})
		if err := thief.Close(context.Background()); err != nil {
			t.Fatal(err)
		}
		s.waitFor(func() error {
			status, body, err := ready(addr)
			if err != nil || status != http.StatusOK || strings.Contains(body, "another process leads") {
				return errors.Join(fmt.Errorf("after the lead was free again it says %d %s", status, body), err)
			}
			return nil
		})
	}
}

// takeLead kills the session that holds the leader's lock and holds it instead.
func (s *stage) takeLead() *pgx.Conn {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.db.AdminURL)
	if err != nil {
		s.t.Fatal(err)
	}
	var got bool
	s.waitFor(func() error {
		_, err := conn.Exec(s.t.Context(), `select pg_terminate_backend(pid) from pg_locks
			where locktype = 'advisory' and granted and objid = 1818583396 and pid <> pg_backend_pid()
			and database = (select oid from pg_database where datname = current_database())`)
		if err == nil {
			err = conn.QueryRow(s.t.Context(), "select pg_try_advisory_lock(1818583396)").Scan(&got)
		}
		if err == nil && !got {
			err = errors.New("the lock is still held")
		}
		return err
	})
	return conn
}

// Each process has a name of its own in the database; Torn knows none of them.
func TestProcessesWithOneRedisShareTheBudget(t *testing.T) {
	s := newStageAt(t, storetest.Open(t), simtorn.Config{Seed: 1, MatchedAfter: 10 * time.Hour}, 1)
	s.child.Config["CONSIGLIERE_REDIS_URL"] = startRedis(t).url()
	for k, v := range s.child.Config {
		t.Setenv(k, v)
	}
	var both []*app.App
	for _, name := range []string{"first", "second"} {
		t.Setenv("CONSIGLIERE_INSTANCE", name)
		cfg, err := config.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		a, err := app.New(t.Context(), app.Options{Config: cfg, Clock: s.clock, Log: slog.New(slog.DiscardHandler), Redact: new(config.Redactor)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := a.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
		both = append(both, a)
	}
	for _, a := range both {
		if err := a.Budget().Wait(t.Context(), 0, 7); err != nil {
			t.Fatal(err)
		}
	}
	for i, a := range both {
		if n, err := a.Spent(t.Context()); err != nil || n != len(both) {
			t.Errorf("process %d knows of %d requests (%v), want those of both", i+1, n, err)
		}
	}
}

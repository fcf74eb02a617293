package rotation_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/rotation"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/vault"
)

const (
	lions faction.ID = 101
	bears faction.ID = 202
)

var factions = []faction.ID{0, lions, bears}

// stage is a database with sealed keys of three factions, and the keyset's file.
type stage struct {
	t    *testing.T
	db   storetest.DB
	path string
	told []string
}

func newStage(t *testing.T, rows int) *stage {
	t.Helper()
	s := &stage{t: t, db: storetest.Open(t), path: filepath.Join(t.TempDir(), "keyset.json")}
	ks, err := vault.Generate()
	must(t, err)
	must(t, os.WriteFile(s.path, []byte(ks), 0o600))
	v := s.vault()
	for i := range rows {
		must(t, s.save(v, faction.PlayerID(i+1), "first"))
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s *stage) vault() *vault.Vault {
	s.t.Helper()
	v, err := vault.Open("", s.path)
	must(s.t, err)
	return v
}

func (s *stage) keys() vault.Keys { return s.vault().Keys() }

// save stores a player's key as one of the factions has it.
func (s *stage) save(v *vault.Vault, player faction.PlayerID, text string) error {
	sealed, err := v.Seal([]byte(text), vault.Context("api_keys", 0, int64(player)))
	if err != nil {
		return err
	}
	return s.db.Store.SaveKey(s.t.Context(), factions[int(player)%len(factions)], faction.Key{
		Player: player, Sealed: sealed, Fingerprint: binary.BigEndian.AppendUint64(nil, uint64(player)), Type: "Limited Access", Consent: "lend",
	}, time.Unix(0, 0))
}

// rotation is one that works on the stage through something, at a hundred times the
// usual speed.
func (s *stage) rotation(rows rotation.Rows, file rotation.File) *rotation.Rotation {
	return &rotation.Rotation{File: file, Rows: rows, Clock: clock.NewScaled(time.Now(), 100), Patience: time.Hour,
		Tell: func(text string) { s.told = append(s.told, text) }}
}

// file is the keyset's file.
type file string

func (f file) Read() (string, error)          { return vault.ReadFile(string(f)) }
func (f file) Replace(was, text string) error { return vault.ReplaceFile(string(f), was, text) }

// process stands for a running bot.
type process struct {
	stage *stage
	vault *vault.Vault
	self  faction.Process
}

func (s *stage) process(name string) *process {
	s.t.Helper()
	p := &process{stage: s, vault: s.vault(), self: faction.Process{Instance: name, Run: "1"}}
	p.alive()
	return p
}

// alive says that the process runs, with the keys that it has.
func (p *process) alive() {
	k := p.vault.Keys()
	p.self.Keys, p.self.Primary = k.IDs, k.Primary
	if err := p.stage.db.Store.SeenProcess(p.stage.t.Context(), p.self); err != nil {
		p.stage.t.Error(err)
	}
}

// reload loads the file and says so.
func (p *process) reload() {
	if _, err := p.vault.Reload(); err != nil {
		p.stage.t.Error(err)
	}
	p.alive()
}

// serve reads all rows again and again, and seals some of them, until stop is called.
// Whatever is read must have been sealed with a key that the process has at that
// moment, or had when it asked.
func (p *process) serve(player faction.PlayerID) (stop func()) {
	ctx, cancel := context.WithCancel(p.stage.t.Context())
	var busy sync.WaitGroup
	busy.Go(func() {
		for n := 0; ctx.Err() == nil; n++ {
			for _, id := range factions {
				before := p.vault.Keys()
				keys, err := p.stage.db.Store.Keys(ctx, id, 0)
				if err != nil {
					if ctx.Err() == nil {
						p.stage.t.Error(err)
					}
					return
				}
				after := p.vault.Keys()
				for _, k := range keys {
					made, err := vault.KeyID(k.Sealed)
					if err != nil || !before.Has(made) && !after.Has(made) {
						p.stage.t.Errorf("%s met a row of player %d sealed with %d, having %v before and %v after (%v)", p.self.Instance, k.Player, made, before.IDs, after.IDs, err)
						return
					}
				}
			}
			err := p.stage.save(p.vault, player, fmt.Sprint("written ", n))
			var told *faction.Error
			refused := errors.As(err, &told) && told.Kind == faction.Unavailable
			if err != nil && !refused && ctx.Err() == nil {
				p.stage.t.Error(err)
				return
			}
		}
	})
	return func() { cancel(); busy.Wait() }
}

// allOpen checks that every row opens with the keyset in the file.
func (s *stage) allOpen() {
	s.t.Helper()
	v := s.vault()
	n := 0
	for _, id := range factions {
		keys, err := s.db.Store.Keys(s.t.Context(), id, 0)
		must(s.t, err)
		for _, k := range keys {
			n++
			if _, err := v.Unseal(k.Sealed, vault.Context("api_keys", 0, int64(k.Player))); err != nil {
				s.t.Errorf("the key of player %d: %v", k.Player, err)
			}
		}
	}
	if n == 0 {
		s.t.Error("there are no rows")
	}
}

// rotated checks that nothing is left of any key but one.
func (s *stage) rotated(was uint32) {
	s.t.Helper()
	k := s.keys()
	if len(k.IDs) != 1 || k.Primary == was {
		s.t.Errorf("the file holds keys %v, %d seals; want a single new one and no longer %d", k.IDs, k.Primary, was)
	}
	seals, err := s.db.Store.Seals(s.t.Context())
	must(s.t, err)
	for _, of := range seals {
		if of.Key != k.Primary {
			s.t.Errorf("%d rows of faction %d are sealed with %d still", of.Rows, of.Faction, of.Key)
		}
	}
	s.allOpen()
}

// exec runs SQL as the database's owner.
func (s *stage) exec(sql string, args ...any) {
	s.t.Helper()
	conn, err := pgx.Connect(s.t.Context(), s.db.AdminURL)
	must(s.t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(s.t.Context(), sql, args...)
	must(s.t, err)
}

// errCrash ends a rotation as if its process had been killed.
var errCrash = errors.New("killed")

// crashing does what the store and the file do, until it is killed at one of their
// calls: before the call, or right after it.
type crashing struct {
	*store.Store
	file
	at    int // which call; 0: none
	after bool
	calls int
	look  func() // whenever the processes are asked for
}

func (c *crashing) call(do func() error) error {
	c.calls++
	if c.calls == c.at && !c.after {
		return errCrash
	}
	err := do()
	if c.calls == c.at {
		return errCrash
	}
	return err
}

func (c *crashing) Read() (text string, err error) {
	err = c.call(func() error { text, err = c.file.Read(); return err })
	return text, err
}

func (c *crashing) Replace(was, text string) error {
	return c.call(func() error { return c.file.Replace(was, text) })
}

func (c *crashing) Seals(ctx context.Context) (out []faction.Seals, err error) {
	err = c.call(func() error { out, err = c.Store.Seals(ctx); return err })
	return out, err
}

func (c *crashing) Reseal(ctx context.Context, of faction.Seals, after int64, limit int, fn func(faction.SealedFor, []byte) ([]byte, error),
) (done int, bad []int64, last int64, err error) {
	err = c.call(func() error {
		done, bad, last, err = c.Store.Reseal(ctx, of, after, min(limit, 7), fn)
		return err
	})
	return done, bad, last, err
}

func (c *crashing) RetireKeys(ctx context.Context, ids []uint32) error {
	return c.call(func() error { return c.Store.RetireKeys(ctx, ids) })
}

func (c *crashing) RetiredKeys(ctx context.Context) (out []uint32, err error) {
	err = c.call(func() error { out, err = c.Store.RetiredKeys(ctx); return err })
	return out, err
}

func (c *crashing) Processes(ctx context.Context, within time.Duration) (out []faction.Process, err error) {
	if c.look != nil {
		c.look()
	}
	err = c.call(func() error { out, err = c.Store.Processes(ctx, within); return err })
	return out, err
}

package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/budget"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/torn"
)

// manual is a clock that moves only when told to, or when somebody sleeps on it.
type manual struct {
	mu sync.Mutex
	t  time.Time
}

func (c *manual) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *manual) Sleep(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

func (c *manual) Real(d time.Duration) time.Duration { return d }

func (c *manual) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// keyring keeps keys in the real database, sealed by nothing.
type keyring struct {
	store *store.Store
	clock *manual
}

func (k *keyring) Keys(ctx context.Context, id faction.ID) (out []torn.KeyRecord, err error) {
	rows, err := k.store.Keys(ctx, id, 0)
	for _, r := range rows {
		state := torn.KeyDisabled
		if r.State == faction.KeyActive || r.State == faction.KeyNoAccess {
			state = torn.KeyOK
		}
		if r.State != faction.KeyInvalid {
			out = append(out, torn.KeyRecord{ID: r.ID, Owner: r.Player, Secret: torn.NewSecret(string(r.Sealed)), Level: torn.Level(r.Level),
				Selections: r.Selections, FactionAccess: r.FactionAccess, Consent: torn.Consent(r.Consent), State: state})
		}
	}
	return out, err
}

func (k *keyring) Open(ctx context.Context, ref faction.KeyRef) (faction.Key, torn.Secret, bool, error) {
	rows, err := k.store.Keys(ctx, ref.Faction, ref.Player)
	for _, r := range rows {
		if r.ID == ref.Key && r.State != faction.KeyInvalid {
			return r, torn.NewSecret(string(r.Sealed)), true, err
		}
	}
	return faction.Key{}, torn.Secret{}, false, err
}

func (k *keyring) Report(ctx context.Context, id faction.ID, key int64, v torn.Verdict) error {
	state, ok := map[int]string{2: faction.KeyInvalid, 7: faction.KeyNoAccess, 16: faction.KeyNoAccess,
		10: faction.KeyJailed, 13: faction.KeyInactive, 18: faction.KeyPaused}[v.Code]
	if !ok {
		return nil
	}
	_, err := k.store.ChangeKey(ctx, id, faction.KeyChange{Key: key, State: state, Reason: v.Reason, LostFactionAccess: v.LostFactionAccess}, k.clock.Now())
	return err
}

// city is a Torn with two factions whose members are linked in a real database.
type city struct {
	t     *testing.T
	clock *manual
	world *simtorn.World
	store *store.Store
	owner *pgx.Conn
	keys  *keyring
	pool  *torn.Pool

	wolves, bears faction.ID
	pack          []faction.PlayerID // linked Wolves, in the order of the roster: 0 leads, 2 is an Underboss
	secrets       map[faction.PlayerID]string

	players *jobs.Players
	keytest *jobs.KeyTest
}

// newCity links so many Wolves, each with a key of their own that only verifies.
func newCity(t *testing.T, members int) *city {
	t.Helper()
	clk := &manual{t: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	world := simtorn.Empty(simtorn.Config{Clock: clk, Seed: 3})
	srv := httptest.NewServer(world.Handler())
	t.Cleanup(srv.Close)
	limits, err := budget.NewLocal(budget.Limits{PerPlayer: 100, PerHost: 900}, clk)
	must(t, err)
	http := srv.Client()
	http.Timeout = 500 * time.Millisecond
	client, err := torn.New(torn.Config{BaseURL: srv.URL + "/v2", HTTP: http, Budget: limits, Clock: clk})
	must(t, err)
	db := storetest.Open(t)
	c := &city{t: t, clock: clk, world: world, store: db.Store, secrets: map[faction.PlayerID]string{}}
	c.keys = &keyring{store: db.Store, clock: clk}
	c.pool, err = torn.NewPool(c.keys, clk, nil)
	must(t, err)
	c.owner, err = pgx.Connect(t.Context(), db.AdminURL)
	must(t, err)
	t.Cleanup(func() { _ = c.owner.Close(context.Background()) })
	c.wolves, c.bears = faction.ID(world.AddFaction("Wolves", members)), faction.ID(world.AddFaction("Bears", 12))
	for _, id := range []faction.ID{c.wolves, c.bears} {
		must(t, c.store.Register(t.Context(), faction.Faction{ID: id, Name: "Faction"}, "1", "Server", clk.Now()))
	}
	log := slog.New(slog.DiscardHandler)
	c.players = &jobs.Players{Client: client, Pool: c.pool, Store: c.store, Clock: clk, Log: log}
	c.keytest = &jobs.KeyTest{Client: client, Pool: c.pool, Store: c.store, Keys: c.keys, Clock: clk, Log: log}
	for _, id := range c.roster(c.wolves) {
		c.link(c.wolves, id)
		c.pack = append(c.pack, id)
	}
	return c
}

// roster asks the stand-in who is in a faction.
func (c *city) roster(id faction.ID) (out []faction.PlayerID) {
	c.t.Helper()
	for _, m := range c.world.Roster(int64(id)) {
		out = append(out, faction.PlayerID(m.ID))
	}
	return out
}

// link links a player with the key that the stand-in gave them.
func (c *city) link(id faction.ID, player faction.PlayerID) {
	c.t.Helper()
	secret := c.world.KeyOf(int64(player))
	c.secrets[player] = secret
	_, err := c.store.LinkWithKey(c.t.Context(), faction.Link{Faction: id, DiscordID: strconv.FormatInt(int64(player), 10), Player: player, Name: "Old name"},
		faction.Key{Player: player, Sealed: []byte(secret), Fingerprint: []byte(secret), Level: 3, Type: "Limited Access",
			FactionAccess: true, Consent: "verify"}, false, c.clock.Now())
	must(c.t, err)
}

// set changes columns of all keys of a player behind everybody's back.
func (c *city) set(player faction.PlayerID, columns string) {
	c.t.Helper()
	_, err := c.owner.Exec(c.t.Context(), "update api_keys set "+columns+" where player_id = $1", player)
	must(c.t, err)
	c.pool.Invalidate(c.wolves)
}

// key is the only key of a player, wherever it is.
func (c *city) key(player faction.PlayerID) (in faction.ID, k faction.Key) {
	c.t.Helper()
	must(c.t, c.owner.QueryRow(c.t.Context(), "select faction_id, key_id, state, consent, faction_access, access_level from api_keys where player_id = $1", player).
		Scan(&in, &k.ID, &k.State, &k.Consent, &k.FactionAccess, &k.Level))
	return in, k
}

// linked is what is stored with a player's link.
func (c *city) linked(player faction.PlayerID) (in faction.ID, name, position string) {
	c.t.Helper()
	must(c.t, c.owner.QueryRow(c.t.Context(), "select faction_id, player_name, position from discord_links where player_id = $1", player).Scan(&in, &name, &position))
	return in, name, position
}

// audited lists the entries of one action in a faction's log, oldest first.
func (c *city) audited(id faction.ID, action string) (bodies []string) {
	c.t.Helper()
	rows, err := c.owner.Query(c.t.Context(), "select body from audit_log where faction_id = $1 and action = $2 order by seq", id, action)
	must(c.t, err)
	bodies, err = pgx.CollectRows(rows, pgx.RowTo[string])
	must(c.t, err)
	return bodies
}

// run runs a job once and checks what it counted.
func (c *city) run(j jobs.Job, want map[string]int) {
	c.t.Helper()
	got, err := j.Run(c.t.Context())
	must(c.t, err)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		c.t.Fatalf("%s counted %v, want %v", j.Name, got, want)
	}
}

// asked counts the requests since a moment, by whose key it was.
func (c *city) asked(since int) map[faction.PlayerID]int {
	out := map[faction.PlayerID]int{}
	for _, r := range c.world.RequestLog()[since:] {
		out[faction.PlayerID(r.Player)]++
	}
	return out
}

func discordOf(id faction.PlayerID) string { return strconv.FormatInt(int64(id), 10) }

// listed is a store whose list of keys is older than what happened since.
type listed struct {
	jobs.KeyTestStore
	due []faction.KeyRef
}

func (l listed) UntestedKeys(context.Context, time.Time) ([]faction.KeyRef, error) { return l.due, nil }

package store_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
	"consigliere/internal/war"
)

// noon is the moment at which the tests begin.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const lease = 30 * time.Second

// opened is a store on a database of its own in which lions and bears are registered.
func opened(t *testing.T) storetest.DB {
	t.Helper()
	db := storetest.Open(t)
	for _, id := range []faction.ID{lions, bears} {
		register(t, db.Store, id)
	}
	return db
}

func register(t testing.TB, s *store.Store, id faction.ID) {
	t.Helper()
	must(t, s.Register(t.Context(), faction.Faction{ID: id, Name: "Faction"}, "guild", "Server", noon))
}

// owner is a connection that sees everything.
func owner(t *testing.T, db storetest.DB) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), db.AdminURL)
	must(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// count is the single number that a query gives the owner.
func count(t *testing.T, conn *pgx.Conn, sql string, args ...any) int64 {
	t.Helper()
	var n int64
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return n
}

// stateOf reads a feed's row as it is now.
func stateOf(t testing.TB, s *store.Store, id faction.ID, name feed.Name) feed.State {
	t.Helper()
	all, err := s.Feeds(t.Context(), id)
	must(t, err)
	for _, st := range all {
		if st.Feed == name {
			return st
		}
	}
	t.Fatalf("faction %d has no feed %s", id, name)
	return feed.State{}
}

// progress ends a poll that went well at now and is due again ten seconds later.
func progress(st feed.State, now time.Time) feed.Progress {
	return feed.Progress{Now: now, NextDue: now.Add(10 * time.Second), Done: true, Log: st.Log}
}

// saveWars stores wars by way of the front's feed.
func saveWars(t testing.TB, s *store.Store, id faction.ID, wars ...war.War) {
	t.Helper()
	st := stateOf(t, s, id, feed.Front)
	must(t, s.SaveUpdate(t.Context(), &st, feed.Update{Wars: wars, Progress: progress(st, noon)}))
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantKind checks that an error is of a kind and has words for people.
func wantKind(t testing.TB, err error, kind faction.Kind) {
	t.Helper()
	var known *faction.Error
	if !errors.As(err, &known) || known.Kind != kind || known.Say == "" {
		t.Errorf("got %v, want an error of kind %d with words for people", err, kind)
	}
}

// aWar is a war of lions against bears that began at noon.
func aWar(id war.ID) war.War {
	return war.War{
		ID: id, Start: noon, Target: 5000, OriginalTarget: 5000, SeenAt: noon, Tracked: true,
		Us: war.Side{Faction: lions, Name: "Lions"}, Them: war.Side{Faction: bears, Name: "Bears"},
	}
}

// hit is a hit of ours on the enemy that ended so long after noon.
func hit(id war.AttackID, by faction.PlayerID, after time.Duration, respect faction.Respect) war.Attack {
	return war.Attack{
		ID: id, Code: "c", Started: noon.Add(after - 20*time.Second), Ended: noon.Add(after),
		Attacker: war.Fighter{ID: by, Name: "Ours", Level: 50, Faction: lions, FactionName: "Lions"},
		Defender: war.Fighter{ID: 900, Name: "Theirs", Level: 60, Faction: bears, FactionName: "Bears"},
		Result:   war.Hospitalized, RespectGain: respect, RespectLoss: respect, RankedWar: true,
		Modifiers: war.Modifiers{FairFight: 2, War: 2, Retaliation: 1, Group: 1, Overseas: 1, Chain: 1, Warlord: 1},
	}
}

// page works out what attacks change, as the poll does it.
func page(t testing.TB, s *store.Store, st feed.State, wars []war.War, attacks ...war.Attack) feed.AttackPage {
	t.Helper()
	ids := make([]war.AttackID, len(attacks))
	for i, a := range attacks {
		ids[i] = a.ID
	}
	known, err := s.KnownAttacks(t.Context(), st.Faction, ids)
	must(t, err)
	p := feed.AttackPage{Moves: map[war.ID][]war.Row{}, Progress: progress(st, noon)}
	for _, a := range attacks {
		now := war.Log(a, st.Faction, wars, war.DefaultRules())
		var before *war.Logged
		if old, ok := known[a.ID]; ok {
			if before = &old; old == now {
				continue
			}
		}
		p.Rows = append(p.Rows, now)
		for id, rows := range war.Moves(before, now, st.Faction, wars) {
			p.Moves[id] = war.Merge(append(p.Moves[id], rows...))
		}
	}
	return p
}

// log stores attacks by way of the attack log's feed.
func log(t testing.TB, s *store.Store, id faction.ID, wars []war.War, attacks ...war.Attack) {
	t.Helper()
	st := stateOf(t, s, id, feed.Attacks)
	must(t, s.SaveAttacks(t.Context(), &st, page(t, s, st, wars, attacks...)))
}

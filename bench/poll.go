package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"time"

	"consigliere/internal/budget"
	"consigliere/internal/clock"
	"consigliere/internal/config"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/poll"
	"consigliere/internal/store"
	"consigliere/internal/torn"
	"consigliere/internal/war"
)

const (
	ours    = 8085
	theirs  = 9317
	members = 100 // a side
	small   = 1_000
	large   = 100_000
	pages   = 60 // measured at each size

	pageTime = 15 * time.Millisecond
)

// measurePoll times what a poll costs: one page of 100 new attacks decoded, scored
// and committed, with few and with many attacks stored. Both take turns, so that
// whatever else the machine does meanwhile troubles both.
func measurePoll(ctx context.Context) ([]figure, error) {
	few, err := newPolled(ctx, small)
	if err != nil {
		return nil, err
	}
	defer few.close()
	many, err := newPolled(ctx, large)
	if err != nil {
		return nil, err
	}
	defer many.close()
	for range pages {
		for _, p := range []*polledWar{few, many} {
			if err := errors.Join(p.poll(ctx), p.commitNothing(ctx)); err != nil {
				return nil, err
			}
		}
	}
	a, b := percentile(few.took, 50), percentile(many.took, 50)
	ratio, worst := float64(b)/float64(a), max(a, b)
	least := percentile(slices.Concat(few.nothing, many.nothing), 50)
	return []figure{
		{"a page of 100 attacks decoded, scored and committed", ms(worst), ms(pageTime),
			fmt.Sprintf("median of %d polls over HTTP, committed to disk; p95 %s; a commit of nothing takes %s", pages,
				ms(max(percentile(few.took, 95), percentile(many.took, 95))), ms(least)), worst <= pageTime},
		{"the same with 100 000 attacks stored, to 1 000", fmt.Sprintf("%.2f ×", ratio), "1.3 ×",
			fmt.Sprintf("%s to %s, two databases polled in turn", ms(b), ms(a)), ratio <= 1.3},
	}, nil
}

// polledWar is a database with a war in it, and who polls the war's log.
type polledWar struct {
	db      *database
	log     *pagesOf
	server  *httptest.Server
	poller  *poll.Attacks
	took    []time.Duration
	nothing []time.Duration // commits without a change
}

// newPolled makes a database with a war of n attacks.
func newPolled(ctx context.Context, n int) (*polledWar, error) {
	log := slog.New(slog.DiscardHandler)
	cfg := config.Defaults()
	db, err := newDatabase(ctx, &cfg, log)
	if err != nil {
		return nil, err
	}
	p := &polledWar{db: db, log: newPages()}
	p.server = httptest.NewServer(p.log)
	now := time.Now()
	w := war.War{ID: 1, Start: now.Add(-48 * time.Hour), Target: 1 << 40, OriginalTarget: 1 << 40, Tracked: true, SeenAt: now,
		Us: war.Side{Faction: ours, Name: "Ours"}, Them: war.Side{Faction: theirs, Name: "Theirs"}}
	if p.poller, err = newPoller(p.server.URL, db.store, log); err == nil {
		err = errors.Join(atWar(ctx, db.store, "1", w, roster(w.Us)), loadAttacks(ctx, db.store, w, roster(w.Us), roster(w.Them), n))
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, p.warmUp(ctx)
}

func (p *polledWar) close() {
	p.server.Close()
	p.db.close()
}

// roster makes up the members of a side.
func roster(side war.Side) []war.Fighter {
	out := make([]war.Fighter, members)
	for i := range out {
		id := faction.PlayerID(int(side.Faction)*1000 + i)
		out[i] = war.Fighter{ID: id, Name: fmt.Sprintf("Player%d", id), Level: 50, Faction: side.Faction, FactionName: side.Name}
	}
	return out
}

// warmUp polls a few pages that do not count: connections and statements are made.
func (p *polledWar) warmUp(ctx context.Context) error {
	for range 10 {
		if err := p.poll(ctx); err != nil {
			return err
		}
	}
	p.took = nil
	return nil
}

// poll polls one page of new attacks.
func (p *polledWar) poll(ctx context.Context) error {
	st, err := claim(ctx, p.db.store)
	if err != nil {
		return err
	}
	p.log.next()
	began := time.Now()
	err = p.poller.RunOnce(ctx, &st)
	p.took = append(p.took, time.Since(began))
	return err
}

// commitNothing times what this machine takes to commit.
func (p *polledWar) commitNothing(ctx context.Context) error {
	st, err := claim(ctx, p.db.store)
	if err != nil {
		return err
	}
	began := time.Now()
	err = p.db.store.SaveAttacks(ctx, &st, feed.AttackPage{Progress: polled(st, began)})
	p.nothing = append(p.nothing, time.Since(began))
	return err
}

type oneKey struct{}

func (oneKey) Keys(context.Context, faction.ID) ([]torn.KeyRecord, error) {
	return []torn.KeyRecord{{ID: 1, Owner: ours * 1000, Secret: torn.NewSecret("benchbenchbench1"), Level: torn.Full, FactionAccess: true, Consent: torn.ConsentLend}}, nil
}

func (oneKey) Report(context.Context, faction.ID, int64, torn.Verdict) error { return nil }

// unlimited is a budget that never waits: the cost is measured, not the limit.
type unlimited struct{}

func (unlimited) Wait(context.Context, int, faction.PlayerID) error        { return nil }
func (unlimited) Pause(context.Context, faction.PlayerID, time.Time) error { return nil }

var _ torn.Budget = (*budget.Local)(nil)

func newPoller(url string, s *store.Store, log *slog.Logger) (*poll.Attacks, error) {
	clk := clock.Wall{}
	client, err := torn.New(torn.Config{BaseURL: url, Budget: unlimited{}, Clock: clk})
	if err != nil {
		return nil, err
	}
	pool, err := torn.NewPool(oneKey{}, clk, log)
	if err != nil {
		return nil, err
	}
	// Sweeps are switched off by a far interval of theirs: a page is what is measured.
	return &poll.Attacks{
		Source: poll.Source{Client: client, Pool: pool}, Store: s, Clock: clk, Rules: war.DefaultRules(), Log: log,
		Intervals: feed.Intervals{AttacksWar: time.Nanosecond, AttacksIdle: time.Nanosecond},
	}, nil
}

// claim takes the attack feed, due or not, with nothing to read back: the page alone
// is measured.
func claim(ctx context.Context, s *store.Store) (feed.State, error) {
	st, err := feedState(ctx, s, ours, feed.Attacks)
	st.Log.SweptAt, st.Log.Fill = time.Now(), feed.Fill{}
	return st, err
}

// pagesOf serves the newest 100 attacks of a log that grows by 100 at each next.
type pagesOf struct {
	rng  *rand.Rand
	id   int64
	body atomic.Pointer[[]byte]
}

func newPages() *pagesOf { return &pagesOf{rng: rand.New(rand.NewPCG(1, 2)), id: lastLoaded} }

func (p *pagesOf) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(*p.body.Load())
}

// next makes a page whose oldest row is the newest of the last one, so that nothing
// is missing in between.
func (p *pagesOf) next() {
	type m = map[string]any
	rows := make([]m, 0, 100)
	fighter := func(f int64) m {
		id := f*1000 + p.rng.Int64N(members)
		return m{"id": id, "name": fmt.Sprintf("Player%d", id), "level": 50, "faction": m{"id": f, "name": "Faction"}}
	}
	now := time.Now().Unix()
	for i := range int64(100) {
		a, d := fighter(ours), fighter(theirs)
		if p.rng.IntN(3) == 0 {
			a, d = d, a
		}
		rows = append(rows, m{
			"id": p.id + 99 - i, "code": fmt.Sprintf("%032x", p.id+99-i), "started": now - 5 - i/10, "ended": now - i/10, "attacker": a, "defender": d,
			"result": "Hospitalized", "respect_gain": 4.27, "respect_loss": 1.1, "chain": 0, "is_interrupted": false, "is_stealthed": false,
			"is_raid": false, "is_ranked_war": true, "is_territory_war": false, "territory_war_id": nil, "finishing_hit_effects": []m{},
			"modifiers": m{"fair_fight": 2.31, "war": 2, "retaliation": 1, "group": 1, "overseas": 1, "chain": 1, "warlord": 1},
		})
	}
	p.id += 99
	body, err := json.Marshal(m{"attacks": rows, "_metadata": m{"links": m{"next": nil, "prev": nil}}})
	if err != nil {
		panic(err) // plain maps
	}
	p.body.Store(&body)
}

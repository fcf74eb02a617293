package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
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
)

// measurePoll times what a poll costs: one page of 100 new attacks decoded, scored
// and committed, with few and with many attacks stored. The database is a real one
// that writes to disk.
func measurePoll(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	cfg := config.Defaults()
	db, err := newDatabase(ctx, &cfg, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	feedOf := newPages()
	srv := httptest.NewServer(feedOf)
	defer srv.Close()
	p, err := newPoller(srv.URL, db.store, log)
	if err != nil {
		return nil, err
	}
	now := time.Now()
	err = atWar(ctx, db.store, "1", war.War{ID: 1, Start: now.Add(-48 * time.Hour), Target: 1 << 40, OriginalTarget: 1 << 40, Tracked: true, SeenAt: now,
		Us: war.Side{Faction: ours, Name: "Ours"}, Them: war.Side{Faction: theirs, Name: "Theirs"}})
	if err != nil {
		return nil, err
	}
	run := func(n int) ([]time.Duration, error) {
		var took []time.Duration
		for range n {
			st, err := claim(ctx, db.store)
			if err != nil {
				return nil, err
			}
			feedOf.next()
			began := time.Now()
			if err := p.RunOnce(ctx, &st); err != nil {
				return nil, err
			}
			took = append(took, time.Since(began))
		}
		return took, nil
	}
	if _, err := run(small / 100); err != nil {
		return nil, err
	}
	few, err := run(pages)
	if err != nil {
		return nil, err
	}
	if _, err := run((large - small) / 100); err != nil {
		return nil, err
	}
	many, err := run(pages)
	if err != nil {
		return nil, err
	}
	empty, err := emptyCommits(ctx, db.store)
	if err != nil {
		return nil, err
	}
	a, b := percentile(few, 50), percentile(many, 50)
	ratio := float64(b) / float64(a)
	worst := max(a, b)
	least := percentile(empty, 50)
	return []figure{
		{"a page of 100 attacks decoded, scored and committed", ms(worst), "15 ms",
			fmt.Sprintf("median of %d polls over HTTP, committed to disk; p95 %s; %.1f times a commit of nothing (%s)", pages, ms(max(percentile(few, 95), percentile(many, 95))), float64(worst)/float64(least), ms(least)), worst <= 15*time.Millisecond},
		{"the same with 100 000 attacks stored, to 1 000", fmt.Sprintf("%.2f ×", ratio), "1.3 ×", ms(b) + " to " + ms(a), ratio <= 1.3},
	}, nil
}

// emptyCommits times polls that bring nothing: what this machine takes to commit.
func emptyCommits(ctx context.Context, s *store.Store) ([]time.Duration, error) {
	var took []time.Duration
	for range pages {
		st, err := claim(ctx, s)
		if err != nil {
			return nil, err
		}
		began := time.Now()
		if err := s.SaveAttacks(ctx, &st, feed.AttackPage{Progress: polled(st, began)}); err != nil {
			return nil, err
		}
		took = append(took, time.Since(began))
	}
	return took, nil
}

type oneKey struct{}

func (oneKey) Keys(context.Context, faction.ID) ([]torn.KeyRecord, error) {
	return []torn.KeyRecord{{ID: 1, Owner: 1, Secret: torn.NewSecret("benchbenchbench1"), Level: torn.Full, FactionAccess: true, Consent: torn.ConsentLend}}, nil
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

func newPages() *pagesOf { return &pagesOf{rng: rand.New(rand.NewPCG(1, 2)), id: 1_000_000} }

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

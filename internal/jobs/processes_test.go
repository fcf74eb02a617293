package jobs_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/jobs"
	"consigliere/internal/store/storetest"
)

// Four processes on one database, on a clock of which an hour takes a tenth of a second.
func TestManyProcessesOnOneDatabaseRunAJobOneAtATime(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	clk := clock.NewScaled(time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), 36_000)
	var mu sync.Mutex
	var now, most, total int
	enough := make(chan struct{})
	job := jobs.Job{Name: "work", Every: time.Hour, Limit: time.Minute, Run: func(ctx context.Context) (map[string]int, error) {
		mu.Lock()
		defer mu.Unlock()
		now++
		most = max(most, now)
		if total++; total == 12 {
			close(enough)
		}
		mu.Unlock()
		err := clock.Wall{}.Sleep(ctx, 40*time.Millisecond)
		mu.Lock()
		now--
		return map[string]int{"read": total}, err
	}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 4)
	for _, name := range []string{"a", "b", "c", "d"} {
		r := &jobs.Runner{Owner: name, Table: []jobs.Job{job}, Claims: db.Store, Clock: clk, Log: slog.New(slog.DiscardHandler)}
		go func() { ended <- r.Run(ctx) }()
	}
	select {
	case <-enough:
	case <-time.After(time.Minute):
		t.Error("twelve runs took more than a minute")
	}
	cancel()
	for range 4 {
		must(t, <-ended)
	}
	states, err := db.Store.Jobs(t.Context(), clk.Now())
	must(t, err)
	if most != 1 || len(states) != 1 || states[0].Running || states[0].Counts["read"] == 0 {
		t.Errorf("%d at once; it stands at %+v", most, states)
	}
}

// A process that was killed leaves its row as it was. Whoever runs next waits for the
// lease and then takes the job up, long before it is due.
func TestTheJobOfAProcessThatWasKilledIsTakenUpByAnother(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t)
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	table := []faction.Job{{Name: "work", Every: 24 * time.Hour}}
	must(t, db.Store.BeginJobs(t.Context(), "killed", start, table))
	dead, _, err := db.Store.ClaimJobs(t.Context(), "killed", start, 30*time.Second, table)
	must(t, err)
	if len(dead) != 1 {
		t.Fatalf("claimed %v", dead)
	}
	clk := &manual{t: start.Add(29 * time.Second)}
	ran := make(chan time.Time, 1)
	r := &jobs.Runner{Owner: "alive", Claims: db.Store, Clock: shortTicks{clk}, Table: []jobs.Job{{Name: "work", Every: 24 * time.Hour, Limit: time.Minute,
		Run: func(context.Context) (map[string]int, error) { ran <- clk.Now(); return nil, nil }}}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- r.Run(ctx) }()
	for {
		select {
		case at := <-ran:
			if at.Before(start.Add(30 * time.Second)) {
				t.Errorf("it was taken up at %s, while the lease lasts", at)
			}
			cancel()
			must(t, <-ended)
			return
		case <-time.After(50 * time.Millisecond):
			clk.Advance(100 * time.Millisecond)
			if clk.Now().After(start.Add(10 * time.Minute)) {
				t.Fatal("nobody took it up")
			}
		}
	}
}

// shortTicks is a clock that lets a runner tick as often as it may.
type shortTicks struct{ *manual }

func (shortTicks) Real(d time.Duration) time.Duration { return min(d, 100*time.Millisecond) }

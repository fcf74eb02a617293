package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/demo"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	simtorn "consigliere/internal/sim/torn"
	"consigliere/internal/store"
	"consigliere/internal/war"
)

const (
	// freshSpeed is how much faster than the wall the measured war passes. All that
	// the machine does takes that many times as long in it, so a slow machine makes
	// the figures worse, never better.
	freshSpeed = 15
	watched    = 14 * time.Minute // of the war, from its first second on
	settling   = 6 * time.Minute  // in which the next sweep finds what is late
	pageRows   = 100              // the most that one look at the log shows
)

// measureFreshness lets the whole bot follow a war at the default intervals and
// compares when Torn began to show each row with when it was stored: attacks.seen_at,
// taken as its transaction is put together, milliseconds before the commit is done.
func measureFreshness(ctx context.Context) ([]figure, error) {
	log := slog.New(slog.DiscardHandler)
	clk := clock.NewScaled(time.Now().Truncate(time.Second), freshSpeed)
	stage, err := demo.NewStage(ctx, clk, freshSpeed, simtorn.Config{
		Seed: 1, MembersPerSide: members, Intensity: 3,
		MatchedAfter: -24 * time.Hour, StartsAfter: 3 * time.Minute, WarLength: watched + settling + 4*time.Minute,
	})
	if err != nil {
		return nil, err
	}
	defer stage.Close()
	db, err := newDatabase(ctx, stage.Config, log)
	if err != nil {
		return nil, err
	}
	defer db.close()
	plan := stage.Torn.Plan()
	err = stage.Run(ctx, log, func(ctx context.Context) error {
		if !clk.Now().Before(plan.Start) {
			return fmt.Errorf("setting up took until %s after the war's start", clk.Now().Sub(plan.Start))
		}
		return clk.Sleep(ctx, plan.Start.Add(watched+settling).Sub(clk.Now()))
	})
	if err != nil {
		return nil, err
	}
	rows, err := readRows(ctx, db.store, stage.Torn)
	if err != nil {
		return nil, err
	}
	return append(freshness(rows, stage.Config.Torn.Poll.AttacksWar), requests(stage.Torn.RequestLog(), plan.Start)), nil
}

// row is one row of the attack log on its way to us.
type row struct {
	id    int64
	shown time.Time     // when Torn began to show it
	after time.Duration // from then until it was stored; negative: never
	// swept: Torn showed it so late that it was below the first page already when the
	// bot looked next, and nothing told of it.
	swept bool
}

// readRows pairs what the stand-in showed in the watched part of the war with what
// is stored.
func readRows(ctx context.Context, s *store.Store, world *simtorn.World) ([]row, error) {
	plan := world.Plan()
	from, to := plan.Start, plan.Start.Add(watched)
	seen, err := s.AttacksSeen(ctx, faction.ID(plan.OurFaction), from.Add(-time.Hour))
	if err != nil {
		return nil, err
	}
	var all []row
	for id, shown := range world.Appeared(plan.OurFaction, from.Add(-time.Hour), to.Add(time.Minute)) {
		r := row{id: id, shown: shown, after: -1}
		if at, ok := seen[war.AttackID(id)]; ok {
			r.after = at.Sub(shown)
		}
		all = append(all, r)
	}
	looks := looksAtLog(world.RequestLog())
	for i := range all {
		all[i].swept = missed(all, all[i], looks)
	}
	return slices.DeleteFunc(all, func(r row) bool { return r.shown.Before(from) || !r.shown.Before(to) }), nil
}

// looksAtLog are the moments at which the newest page of the log was read.
func looksAtLog(log []simtorn.Request) []time.Time {
	var looks []time.Time
	for _, r := range log {
		if r.Path == "/faction/attacks" && r.Query.Get("to") == "" && r.Query.Get("from") == "" {
			looks = append(looks, r.At)
		}
	}
	return looks
}

// missed tells whether a row was below the newest page at the first look after it was
// shown, while that page reached back to what was known before: a page of nothing but
// new rows tells that others are missing.
func missed(all []row, r row, looks []time.Time) bool {
	i := slices.IndexFunc(looks, func(at time.Time) bool { return !at.Before(r.shown) })
	if i < 1 {
		return false
	}
	// Torn numbers attacks in the order of their start, in which it also lists them.
	var newer []row
	for _, o := range all {
		if o.id > r.id && !o.shown.After(looks[i]) {
			newer = append(newer, o)
		}
	}
	if len(newer) < pageRows {
		return false
	}
	slices.SortFunc(newer, func(a, b row) int { return cmp.Compare(b.id, a.id) })
	return slices.ContainsFunc(newer[:pageRows], func(o row) bool { return !o.shown.After(looks[i-1]) })
}

// freshness makes figures of rows. What only a sweep can find is counted apart.
func freshness(rows []row, interval time.Duration) []figure {
	var quick, swept []time.Duration
	lost := 0
	for _, r := range rows {
		switch {
		case r.after < 0:
			lost++
		case r.swept:
			swept = append(swept, r.after)
		default:
			quick = append(quick, r.after)
		}
	}
	const limit = 12 * time.Second
	prompt := interval + time.Second
	within := 0
	for _, d := range quick {
		if d <= prompt {
			within++
		}
	}
	p95 := percentile(quick, 95)
	how := fmt.Sprintf("p50 %s, p99 %s, max %s of %d rows, %d members a side, the whole bot at its usual intervals, a clock %d times as fast",
		s1(percentile(quick, 50)), s1(percentile(quick, 99)), s1(percentile(quick, 100)), len(quick), members, freshSpeed)
	figures := []figure{
		{"p95 from Torn showing a row to the commit that stores it", s1(p95), s1(limit), how, len(quick) > 0 && p95 <= limit},
		{"the same within one poll interval and 1 s (" + s1(prompt) + ")", fmt.Sprintf("%.1f %%", 100*float64(within)/float64(max(1, len(quick)))), "95 %",
			"share of those rows", within*100 >= 95*len(quick)},
		{"rows never stored", fmt.Sprint(lost), "0", fmt.Sprintf("of %d", len(rows)), lost == 0},
	}
	if len(swept) > 0 {
		worst, limitSwept := slices.Max(swept), feed.SweepEvery+prompt
		figures = append(figures, figure{"the longest until a row was stored that Torn showed below its first page", s1(worst), s1(limitSwept),
			fmt.Sprintf("%d such rows, which only the sweep every 5 min can find; not counted above", len(swept)), worst <= limitSwept})
	}
	return figures
}

var number = regexp.MustCompile(`\d+`)

// requests counts what the bot asked of Torn in each minute of the watched war.
func requests(log []simtorn.Request, from time.Time) figure {
	var minutes [watched / time.Minute]int
	sum, paths := 0, map[string]int{}
	for _, r := range log {
		if at := r.At.Sub(from); at >= 0 && at < watched {
			minutes[at/time.Minute]++
			paths[number.ReplaceAllString(r.Path, "{id}")]++
			sum++
		}
	}
	var parts []string
	for _, path := range slices.SortedFunc(maps.Keys(paths), func(a, b string) int { return paths[b] - paths[a] }) {
		parts = append(parts, fmt.Sprintf("%s %.1f", path, float64(paths[path])/float64(len(minutes))))
	}
	const limit = 15
	return figure{"requests to Torn a minute for a faction at war", fmt.Sprintf("%.1f", float64(sum)/float64(len(minutes))), fmt.Sprint(limit),
		fmt.Sprintf("on average over %d minutes of the same war; at most %d in one, with a sweep and a gap to fill (%s)", len(minutes), slices.Max(minutes[:]), strings.Join(parts, ", ")), sum <= limit*len(minutes)}
}

func s1(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }

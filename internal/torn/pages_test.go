package torn_test

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/torn"
)

// wars serves an offset-paged list of n wars. Past its end it repeats the last page
// for ever when it stalls, as Torn does.
func wars(n int, stall bool, asked *int) func(context.Context, int, int) (torn.List[torn.RankedWar], error) {
	return func(_ context.Context, limit, offset int) (torn.List[torn.RankedWar], error) {
		*asked++
		if stall && offset >= n {
			offset = max(0, n-limit)
		}
		l := torn.List[torn.RankedWar]{Next: "https://api.torn.com/v2/again"}
		for i := offset; i < min(n, offset+limit); i++ {
			l.Rows = append(l.Rows, torn.RankedWar{ID: int64(1000 - i)})
		}
		return l, nil
	}
}

func warID(w torn.RankedWar) int64 { return w.ID }

func TestAnOffsetListIsReadOnceFromStartToEnd(t *testing.T) {
	for _, tc := range []struct {
		rows     int
		stall    bool
		requests int
	}{{0, false, 1}, {1, true, 1}, {99, true, 1}, {100, false, 2}, {100, true, 2}, {200, true, 3}, {250, true, 3}} {
		asked := 0
		l, err := torn.Offsets(t.Context(), 10, warID, wars(tc.rows, tc.stall, &asked))
		if err != nil || len(l.Rows) != tc.rows || asked != tc.requests {
			t.Errorf("%d rows, stalled %t: read %d with %d requests, %v", tc.rows, tc.stall, len(l.Rows), asked, err)
		}
		for i, w := range l.Rows {
			if w.ID != int64(1000-i) {
				t.Fatalf("row %d is war %d", i, w.ID)
			}
		}
	}
}

func TestAnOffsetListStopsAtTheCapAndSaysSo(t *testing.T) {
	asked := 0
	l, err := torn.Offsets(t.Context(), 3, warID, wars(900, false, &asked))
	if !errors.Is(err, torn.ErrTooManyPages) || len(l.Rows) != 300 || asked != 3 {
		t.Errorf("read %d rows with %d requests, %v", len(l.Rows), asked, err)
	}
	broken := errors.New("broken")
	if _, err := torn.Offsets(t.Context(), 3, warID, func(context.Context, int, int) (torn.List[torn.RankedWar], error) {
		return torn.List[torn.RankedWar]{}, broken
	}); !errors.Is(err, broken) {
		t.Errorf("a failed page gave %v", err)
	}
}

// attackLog answers queries as Torn may: by a fight's start or by its end, from
// inclusive or not, ids honoured or not, rows of one second in either order.
type attackLog struct {
	rows                                  []torn.Attack
	byEnd, fromInclusive, noByID, upwards bool
	asked                                 int
}

func (l *attackLog) moment(a torn.Attack) int64 {
	if l.byEnd {
		return a.Ended
	}
	return a.Started
}

func (l *attackLog) page(_ context.Context, q torn.AttacksQuery) (torn.List[torn.Attack], error) {
	l.asked++
	by := l.moment
	if q.IDs && !l.noByID {
		by = func(a torn.Attack) int64 { return a.ID }
	}
	var rows []torn.Attack
	for _, a := range l.rows {
		v := by(a)
		if (v > q.From || l.fromInclusive && v == q.From) && (q.To == 0 || v <= q.To) {
			rows = append(rows, a)
		}
	}
	slices.SortFunc(rows, func(a, b torn.Attack) int {
		within := cmp.Compare(b.ID, a.ID)
		if l.upwards {
			within = -within
		}
		return cmp.Or(cmp.Compare(by(b), by(a)), within)
	})
	return torn.List[torn.Attack]{Rows: rows[:min(len(rows), q.Limit)]}, nil
}

// walk reads the log between two moments and counts how often each row came.
func walk(t interface {
	Fatalf(string, ...any)
	Context() context.Context
}, l *attackLog, from, to int64) map[int64]int {
	got := map[int64]int{}
	err := torn.WalkAttacks(t.Context(), from, to, 500, l.page, func(_ context.Context, page torn.List[torn.Attack]) error {
		if len(page.Rows) == 0 {
			t.Fatalf("an empty page was handed over")
		}
		for _, a := range page.Rows {
			got[a.ID]++
		}
		return nil
	})
	if err != nil {
		t.Fatalf("walk: %v", err)
	}
	return got
}

func TestAWalkHandsOverEveryAttackOnceWhateverTornMeans(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := &attackLog{
			byEnd:         rapid.Bool().Draw(t, "from and to mean the end"),
			fromInclusive: rapid.Bool().Draw(t, "from is inclusive"),
			upwards:       rapid.Bool().Draw(t, "rows of one second come upwards"),
		}
		// Many rows to a second, so that pages end in the midst of one.
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		pace := rapid.IntRange(1, 30).Draw(t, "rows to a second")
		rows := rapid.IntRange(0, 10).Draw(t, "pages") * 90
		longest := rapid.SampledFrom([]int{1, 8, 300, 300, 300}).Draw(t, "longest fight")
		burst := rapid.IntRange(0, 350).Draw(t, "rows of one second")
		const start = 1_700_000_000
		at := int64(start)
		for id := range int64(rows) {
			if (id < int64(rows/2) || id > int64(rows/2+burst)) && rng.IntN(pace) == 0 {
				at += 1 + int64(rng.IntN(3))
			}
			if id == int64(rows)-20 {
				at += 400 // the burst is not at the very end: sweeps come again for that
			}
			l.rows = append(l.rows, torn.Attack{ID: id + 1, Started: at, Ended: at + int64(rng.IntN(longest))})
		}
		if rapid.Bool().Draw(t, "ids are given at the end") {
			slices.SortStableFunc(l.rows, func(a, b torn.Attack) int { return cmp.Compare(a.Ended, b.Ended) })
			for i := range l.rows {
				l.rows[i].ID = int64(i + 1)
			}
		}
		from, to := start-int64(rng.IntN(5))+int64(rng.IntN(5)), at+int64(rng.IntN(500))
		got := walk(t, l, from, to)
		for _, a := range l.rows {
			m := l.moment(a)
			inside := m > from && m <= to
			if n := got[a.ID]; n > 1 || inside && n != 1 {
				t.Fatalf("attack %d (%d to %d) came %d times; asked for %d to %d", a.ID, a.Started, a.Ended, n, from, to)
			}
		}
		if l.asked > 5+len(l.rows)/10 {
			t.Fatalf("%d requests for %d rows", l.asked, len(l.rows))
		}
	})
}

func TestWhereIdsLeadNowhereOnlyTheCrowdedSecondIsCut(t *testing.T) {
	l := &attackLog{noByID: true}
	for id := range int64(400) { // 250 in one second, the others around it
		at := int64(1_700_000_050)
		switch {
		case id < 60:
			at -= 1
		case id >= 310:
			at += 1
		}
		l.rows = append(l.rows, torn.Attack{ID: id + 1, Started: at, Ended: at})
	}
	got := walk(t, l, 1_699_999_000, 1_700_000_100)
	for _, a := range l.rows {
		if a.Started != 1_700_000_050 && got[a.ID] != 1 {
			t.Errorf("attack %d came %d times", a.ID, got[a.ID])
		}
	}
	if len(got) < 250 || l.asked > 10 {
		t.Errorf("%d rows with %d requests", len(got), l.asked)
	}
}

func TestAWalkStopsAtTheCapWithWhatItHasRead(t *testing.T) {
	l := &attackLog{}
	for id := int64(1); id <= 1000; id++ {
		l.rows = append(l.rows, torn.Attack{ID: id, Started: 1_700_000_000 + id, Ended: 1_700_000_000 + id})
	}
	n := 0
	err := torn.WalkAttacks(t.Context(), 1_700_000_000, 1_700_002_000, 3, l.page, func(_ context.Context, p torn.List[torn.Attack]) error {
		n += len(p.Rows)
		return nil
	})
	if !errors.Is(err, torn.ErrTooManyPages) || n < 250 || l.asked != 3 {
		t.Errorf("%d rows with %d requests, %v", n, l.asked, err)
	}
}

func TestAWalkHandsSkippedRowsOn(t *testing.T) {
	skipped := 0
	err := torn.WalkAttacks(t.Context(), 1, 9, 5, func(context.Context, torn.AttacksQuery) (torn.List[torn.Attack], error) {
		return torn.List[torn.Attack]{Skipped: []torn.RowError{{Index: 0}}}, nil
	}, func(_ context.Context, p torn.List[torn.Attack]) error {
		skipped += len(p.Skipped)
		return nil
	})
	if err != nil || skipped != 1 {
		t.Errorf("%d skipped rows, %v", skipped, err)
	}
}

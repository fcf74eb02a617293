package demo

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	simtorn "consigliere/internal/sim/torn"
)

// chainRanking is the table of a chain as it should be: by hits, then by respect.
func (t *tour) chainRanking(f simtorn.ChainFigures) []line {
	ids := slices.SortedFunc(maps.Keys(f.Members), func(a, b int64) int {
		x, y := f.Members[a], f.Members[b]
		return cmp.Or(cmp.Compare(y.Hits, x.Hits), cmp.Compare(y.Respect, x.Respect), cmp.Compare(a, b))
	})
	var out []line
	for _, id := range ids {
		m := f.Members[id]
		out = append(out, line{t.nameOf(id), number(m.Hits), decimals(m.Respect - m.Bonus)})
	}
	return out
}

// lookAtChainPage opens the page of a chain and compares every figure of every member.
func (t *tour) lookAtChainPage(ctx context.Context, chain *simtorn.HandChain) error {
	b, link, err := t.visitor(ctx)
	if err != nil {
		return err
	}
	if _, err := b.open(ctx, link); err != nil {
		return err
	}
	root := *b
	page, err := b.get(ctx, resolve(root.at, "/chain"))
	if err != nil {
		return err
	}
	f := chain.Figures()
	t.says("the chain's page", page, fmt.Sprintf("Chain of %d hits", f.Hits), "<table", t.nameOf(f.Bonuses[25]))
	t.check(b.at == resolve(root.at, fmt.Sprintf("/chain/%d", chain.ID())), "/chain leads to %s", b.at)
	text, err := b.get(ctx, b.at+".json")
	if err != nil {
		return err
	}
	var got struct {
		Phase   string
		Hits    int
		Respect float64
		Bonus   float64 `json:"bonus_respect"`
		Members []struct {
			Player  int64 `json:"player_id"`
			Hits    int64
			Respect float64
			Bonus   float64 `json:"bonus_respect"`
			Best    float64
			Watch   int64 `json:"watch_seconds"`
		}
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		return fmt.Errorf("read the chain's JSON: %w", err)
	}
	t.check(got.Phase != "running" && got.Hits == f.Hits && hundredths(got.Respect) == f.Total.Respect && hundredths(got.Bonus) == f.Total.Bonus,
		"the page's chain is %s with %d hits, %.2f respect and %.2f of bonuses, want %+v", got.Phase, got.Hits, got.Respect, got.Bonus, f.Total)
	seen := 0
	for _, m := range got.Members {
		share := simtorn.ChainShare{Hits: m.Hits, Respect: hundredths(m.Respect), Bonus: hundredths(m.Bonus), Best: hundredths(m.Best)}
		want, ok := f.Members[m.Player]
		if ok {
			seen++
		}
		t.check(share == want, "the page says of %s %+v, want %+v", t.nameOf(m.Player), share, want)
	}
	t.check(seen == len(f.Members), "the page names %d members who hit, want %d", seen, len(f.Members))
	return nil
}

func hundredths(v float64) int64 { return int64(math.Round(v * 100)) }

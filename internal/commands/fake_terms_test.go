package commands_test

import (
	"context"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// agreed keeps terms of wars in memory.
type agreed struct {
	w  *world
	by map[war.ID]war.Terms
}

func newAgreed(w *world) *agreed {
	if w.terms == nil {
		w.terms = map[war.ID]war.Terms{}
	}
	return &agreed{w: w, by: w.terms}
}

func (a *agreed) Terms(_ context.Context, _ faction.ID, id war.ID) (war.Terms, bool, error) {
	t, ok := a.by[id]
	return t, ok, a.w.failAll
}

func (a *agreed) SetTerms(_ context.Context, of faction.ID, id war.ID, change func(war.Terms) (war.Terms, error)) (was, is war.Terms, err error) {
	was = a.by[id]
	if is, err = change(was); err != nil {
		return was, is, err
	}
	is = is.Renewed(was)
	a.w.note("terms of war %d of %d", id, of)
	a.by[id] = is
	return was, is, a.w.failAll
}

func (a *agreed) SamplesSince(_ context.Context, _ faction.ID, _ war.ID, since time.Time) (out []war.Sample, err error) {
	for _, s := range a.w.samples {
		if s.At.After(since) {
			out = append(out, s)
		}
	}
	return out, a.w.failAll
}

func (a *agreed) AttacksCountedAfter(_ context.Context, _ faction.ID, id war.ID, after time.Time) (out []war.Logged, err error) {
	for _, l := range a.w.attacks[id] {
		if l.Attack.Counted().After(after) {
			out = append(out, l)
		}
	}
	return out, a.w.failAll
}

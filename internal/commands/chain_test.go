package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chain"
	"consigliere/internal/chat"
)

func TestWhatTheChainCommandsSay(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	golden(t, "chain", tell(t, r,
		slash(member, wolvesGuild, "chain status"),
		slash(member, wolvesGuild, "chain report"),
		slash(member, wolvesGuild, "chain report", "chain", "734"),
		slash(member, wolvesGuild, "chain report", "chain", "shoes"),
		slash(member, wolvesGuild, "chain history"),
		click(member, wolvesGuild, "chain:take:777:9001:250"),
		click(member, wolvesGuild, "chain:hold:777:9001:250"),
		slash(member, wolvesGuild, "chain status"),
		click(member, wolvesGuild, "chain:take:777:9001:250"),
		slash(leader, wolvesGuild, "chain track stop"),
		slash(leader, wolvesGuild, "chain track stop"),
		slash(leader, wolvesGuild, "chain track start"),
	))
	w.noChain = true
	golden(t, "chain_none", tell(t, r,
		slash(member, wolvesGuild, "chain status"), slash(member, wolvesGuild, "chain report"), slash(member, wolvesGuild, "chain history")))
}

func TestOnlyOneMemberTakesABonusHit(t *testing.T) {
	w := newWorld(t)
	w.bonus = &chain.Claim{Chain: runningChain, Hit: 250, Player: 1, Name: "Duke", At: now.Add(-time.Minute)}
	got := show(w.registry().Handle(t.Context(), click(member, wolvesGuild, "chain:take:777:9001:250")))
	if !strings.Contains(got, "Duke has taken hit 250. Nothing was changed.") {
		t.Errorf("got %q", got)
	}
	if w.bonus.Player != 1 {
		t.Errorf("taken by %d", w.bonus.Player)
	}
}

func TestHoldIsCalledOnceAndSaysByWhom(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	if got := show(r.Handle(t.Context(), click(member, wolvesGuild, "chain:hold:777:9001:250"))); !strings.Contains(got, "told to hold") || w.bonus.HeldBy != 3 {
		t.Errorf("the first: %q", got)
	}
	if got := show(r.Handle(t.Context(), click(leader, wolvesGuild, "chain:hold:777:9001:250"))); !strings.Contains(got, "already, by Mick. Nothing was changed") {
		t.Errorf("the second: %q", got)
	}
	if n := len(w.audited); n != 1 || w.audited[0].Action != "chain.hold" {
		t.Errorf("audited %+v", w.audited)
	}
}

func TestForgedBonusHitsAreRefused(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	for _, id := range []string{
		"chain:take:777:9001", "chain:take:777:9001:251", "chain:take:777:9001:-250", "chain:take:777:x:250", "chain:take:999:9001:250",
		"chain:hold:777:9001:99999999999", "chain:take:777:1:250", "chain:take:777:9001:500", "chain:report:777:5:0", "chain:report:777:9001:0:1",
	} {
		before := len(w.writes)
		got := show(r.Handle(t.Context(), click(member, wolvesGuild, id)))
		if w.bonus != nil || slices.ContainsFunc(w.writes[before:], func(s string) bool { return strings.HasPrefix(s, "take") || strings.HasPrefix(s, "hold") }) {
			t.Errorf("%s changed something: %q", id, got)
		}
	}
}

func TestChainsAreSuggestedByTheirHits(t *testing.T) {
	w := newWorld(t)
	req := slash(member, wolvesGuild, "chain report", "chain", "73")
	req.Kind, req.Focused = chat.Autocomplete, "chain"
	got := w.registry().Complete(t.Context(), req)
	if len(got) != 1 || got[0].Value != "8001" || !strings.Contains(got[0].Name, "734 hits") {
		t.Errorf("suggested %+v", got)
	}
}

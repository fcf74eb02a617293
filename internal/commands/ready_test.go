package commands_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// asked is a pool that notes for whom keys are wanted.
type askedPool struct {
	*world
	needs chan torn.Need
}

func (p askedPool) Do(ctx context.Context, _ faction.ID, need torn.Need, call func(context.Context, torn.Key) error) error {
	p.needs <- need
	return call(ctx, torn.Key{Owner: need.Owner})
}

func TestReadyAsksOnlyWithTheKeysOfThoseWhoGaveThemForTheirData(t *testing.T) {
	w := newWorld(t)
	w.keys[wolves] = []faction.Key{
		{ID: 1, Player: 1, Consent: "lend", State: "active"}, {ID: 2, Player: 2, Consent: "own", State: "active"},
		{ID: 3, Player: 3, Consent: "verify", State: "active"}, {ID: 4, Player: 8, Consent: "own", State: "invalid"},
	}
	roster := w.rosters[wolves]
	for i := range roster.Members {
		m := &roster.Members[i]
		m.ReviveSetting, m.DaysInFaction = faction.RevivableByNobody, 100
		m.Status = faction.Status{State: faction.StateOkay}
		switch m.ID {
		case 3:
			m.Status = faction.Status{State: faction.StateAbroad, Description: "In Mexico"}
		case 4:
			m.DaysInFaction = 1
		case 6:
			m.ReviveSetting, m.InCrime = faction.RevivableByEveryone, true
		}
	}
	v := &vitals{}
	pool := askedPool{w, make(chan torn.Need, 100)}
	r := w.registry(func(d *commands.Deps) { d.Vitals, d.Pool = v, pool })
	got := show(r.Handle(t.Context(), slash(member, wolvesGuild, "war ready")))
	for _, want := range []string{
		"**2** of 6 could hit now", "Energy of 2 who gave a key: **150**, about 6 hits", "On drug cooldown **2**: Duke", "Under 100 energy **2**: Duke 75 · 1 not named",
		"Abroad or flying **1**: Mick", "Revivable by everybody **1**: Odd", "In an organized crime: **1** others, of 1 not known when it is ready", "Under 72 h in the faction, hits earn nothing **1**: Newt",
		"Not linked here **1**: Mickey", "4 gave no key for it", "75/150", "1:30",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	close(pool.needs)
	owners := map[faction.PlayerID]bool{}
	for n := range pool.needs {
		owners[n.Owner] = true
		if n.Owner == 0 {
			t.Error("asked with anybody's key")
		}
	}
	if len(owners) != 2 || !owners[1] || !owners[2] {
		t.Errorf("asked with the keys of %v, want those of 1 and 2", owners)
	}
}

func TestOnlyCrimesThatGetReadyDuringTheWarAreInTheWay(t *testing.T) {
	w := newWorld(t)
	w.keys[wolves] = []faction.Key{
		{ID: 1, Player: 1, Consent: "lend", State: "active"}, {ID: 2, Player: 2, Consent: "own", State: "active"}, {ID: 3, Player: 3, Consent: "lend", State: "active"},
	}
	for i := range w.rosters[wolves].Members {
		w.rosters[wolves].Members[i].InCrime = true
	}
	v := &vitals{crimes: map[faction.PlayerID]time.Time{1: now.Add(5 * time.Hour), 2: now.Add(6 * time.Hour), 3: now.Add(200 * time.Hour)}}
	pool := askedPool{w, make(chan torn.Need, 100)}
	got := show(w.registry(func(d *commands.Deps) { d.Vitals, d.Pool = v, pool }).Handle(t.Context(), slash(member, wolvesGuild, "war ready")))
	for _, want := range []string{"Organized crime ready during the war **2**: Duke <t:", " · 1 not named", "In an organized crime: **4** others, of 3 not known when it is ready"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	// What a member gave for their own data is summed up, and shown of nobody by name.
	if i := strings.Index(got, "lent a key"); i < 0 || strings.Contains(got[i:], "Vera") || !strings.Contains(got[i:], "Duke") || !strings.Contains(got, "Energy of 3 who gave a key") {
		t.Errorf("the table is\n%s", got)
	}
}

func TestReadyDoesNotAskAgainAtOnce(t *testing.T) {
	w := newWorld(t)
	v := &vitals{}
	r := w.registry(func(d *commands.Deps) { d.Vitals = v })
	for range 3 {
		r.Handle(t.Context(), slash(member, wolvesGuild, "war ready"))
	}
	first := v.asked.Load()
	w.now = w.now.Add(4 * time.Minute)
	r.Handle(t.Context(), slash(member, wolvesGuild, "war ready"))
	if first != 1 || v.asked.Load() != 2 {
		t.Errorf("asked %d times at first, %d in all; want 1 and 2", first, v.asked.Load())
	}
}

func TestReadyShowsHowItComesAlongAndLivesWithSilence(t *testing.T) {
	w := newWorld(t)
	roster := w.rosters[wolves]
	for id := faction.PlayerID(100); id < 140; id++ {
		roster.Members = append(roster.Members, faction.Member{ID: id, Name: "M"})
		w.keys[wolves] = append(w.keys[wolves], faction.Key{ID: int64(id), Player: id, Consent: "own", State: "active"})
	}
	w.rosters[wolves] = roster
	v := &vitals{err: errors.New("silence")}
	req := slash(member, wolvesGuild, "war ready")
	var shown []string
	req.Progress = func(m chat.Message) { shown = append(shown, m.Content) }
	got := show(w.registry(func(d *commands.Deps) { d.Vitals = v }).Handle(t.Context(), req))
	if len(shown) != 5 || !strings.Contains(shown[0], "**8** of 41") || !strings.Contains(got, "41 Torn did not answer") {
		t.Errorf("shown %q and then\n%s", shown, got)
	}
}

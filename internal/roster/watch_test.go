package roster_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/roster"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// drawn is a rota with whom some chose to sign up for, and a moment in or around it.
func drawn(t *rapid.T) (roster.Watch, time.Time) {
	w := roster.Watch{From: noon, Slot: 30 * time.Minute, Backups: rapid.IntRange(0, 2).Draw(t, "backups")}
	w.To = w.From.Add(time.Duration(rapid.IntRange(1, 12).Draw(t, "slots")) * w.Slot)
	for range rapid.IntRange(0, 20).Draw(t, "wishes") {
		p := faction.PlayerID(rapid.IntRange(1, 5).Draw(t, "player"))
		slots := rapid.SliceOfN(rapid.IntRange(-1, 13), 1, 6).Draw(t, "which")
		if rapid.IntRange(0, 3).Draw(t, "leaves") == 0 {
			w.Leave(p, slots, noon.Add(-time.Hour))
			continue
		}
		w.Join(p, "", slots, noon.Add(-time.Hour))
	}
	return w, noon.Add(time.Duration(rapid.IntRange(-60, 420).Draw(t, "minute")) * time.Minute)
}

func TestNoSlotHoldsMoreThanItMayAndNobodyTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := drawn(t)
		for slot := range w.Len() {
			in := w.In(slot)
			if len(in) > w.Backups+1 {
				t.Fatalf("slot %d holds %d", slot, len(in))
			}
			seen := map[faction.PlayerID]bool{}
			for _, s := range in {
				if seen[s.Player] {
					t.Fatalf("player %d twice in slot %d", s.Player, slot)
				}
				seen[s.Player] = true
			}
		}
		for _, s := range w.Signs {
			if s.Slot < 0 || s.Slot >= w.Len() {
				t.Fatalf("somebody in slot %d of %d", s.Slot, w.Len())
			}
		}
	})
}

func TestEachMomentHasAWatcherOrLiesInAGap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, at := drawn(t)
		_, _, watched := w.On(at)
		gap := false
		for _, g := range w.Gaps(at) {
			gap = gap || !at.Before(w.Begins(g.First)) && at.Before(w.Ends(g.Last))
		}
		inside := !at.Before(w.From) && at.Before(w.To)
		if watched == gap && inside || !inside && (watched || gap) {
			t.Fatalf("%s: watched %v, in a gap %v, inside %v", at, watched, gap, inside)
		}
	})
}

func TestTheTimeOnWatchAddsUpToWhatWasWatched(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, at := drawn(t)
		var before, after, whole, watched time.Duration
		for _, d := range w.Time(w.From, at) {
			before += d
		}
		for _, d := range w.Time(at, w.To) {
			after += d
		}
		for _, d := range w.Time(w.From.Add(-time.Hour), w.To.Add(time.Hour)) {
			whole += d
		}
		for slot := range w.Len() {
			if len(w.In(slot)) > 0 {
				watched += w.Slot
			}
		}
		if inside := !at.Before(w.From) && !at.After(w.To); whole != watched || inside && before+after != whole {
			t.Fatalf("%s and %s make %s, watched %s", before, after, whole, watched)
		}
	})
}

func TestWhoeverWatchesARowOfSlotsIsRemindedOnceAndInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, _ := drawn(t)
		told := map[faction.PlayerID][]roster.Stretch{}
		for now := w.From.Add(-roster.RemindAhead); now.Before(w.To); now = now.Add(time.Minute) {
			for _, r := range w.Remind(now) {
				if begins := w.Begins(r.First); begins.Sub(now) > roster.RemindAhead {
					t.Fatalf("player %d is told of %s at %s", r.Player, begins, now)
				}
				told[r.Player] = append(told[r.Player], r.Stretch)
				for i := range w.Signs {
					if s := &w.Signs[i]; s.Player == r.Player && s.Slot >= r.First && s.Slot <= r.Last {
						s.Reminded = now
					}
				}
			}
		}
		for slot := range w.Len() {
			in := w.In(slot)
			if len(in) == 0 {
				continue
			}
			n := 0
			for _, s := range told[in[0].Player] {
				if s.First <= slot && slot <= s.Last {
					n++
				}
			}
			if n != 1 {
				t.Fatalf("the watcher of slot %d was told %d times: %v", slot, n, told)
			}
		}
	})
}

func TestWhoTakesASlotLateIsNotRemindedAndWhoMovesUpIs(t *testing.T) {
	w := roster.Watch{From: noon, To: noon.Add(time.Hour), Slot: 30 * time.Minute, Backups: 1}
	w.Join(1, "", []int{0}, noon.Add(-5*time.Minute))
	w.Join(2, "", []int{0}, noon.Add(-4*time.Minute))
	if got := w.Remind(noon.Add(-3 * time.Minute)); len(got) != 0 {
		t.Errorf("reminded of what was taken a moment ago: %v", got)
	}
	w.Leave(1, []int{0}, noon.Add(time.Minute))
	if got := w.Remind(noon.Add(2 * time.Minute)); len(got) != 1 || got[0].Player != 2 {
		t.Errorf("who moved up is not told: %v", got)
	}
	if left := w.Leave(2, []int{0}, noon.Add(31*time.Minute)); left != nil {
		t.Errorf("left a slot that is over: %v", left)
	}
}

func TestOnlySensibleRotasAreOpened(t *testing.T) {
	good := roster.Watch{From: noon, To: noon.Add(12 * time.Hour), Slot: 30 * time.Minute, Backups: 1}
	if err := good.Check(noon); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*roster.Watch){
		"part of a slot":       func(w *roster.Watch) { w.To = w.To.Add(time.Minute) },
		"no slot":              func(w *roster.Watch) { w.To = w.From },
		"backwards":            func(w *roster.Watch) { w.To = w.From.Add(-w.Slot) },
		"four days":            func(w *roster.Watch) { w.To = w.From.Add(96 * time.Hour) },
		"slots of a minute":    func(w *roster.Watch) { w.Slot = time.Minute },
		"slots of no length":   func(w *roster.Watch) { w.Slot = 0 },
		"too many slots":       func(w *roster.Watch) { w.Slot, w.To = 10*time.Minute, w.From.Add(72*time.Hour) },
		"over already":         func(w *roster.Watch) { w.From, w.To = noon.Add(-2*time.Hour), noon },
		"next year":            func(w *roster.Watch) { w.From, w.To = w.From.AddDate(1, 0, 0), w.To.AddDate(1, 0, 0) },
		"a debt for a reward":  func(w *roster.Watch) { w.Reward = -1 },
		"a crowd of back-ups":  func(w *roster.Watch) { w.Backups = 9 },
		"less than no back-up": func(w *roster.Watch) { w.Backups = -1 },
	} {
		w := good
		change(&w)
		if faction.KindOf(w.Check(noon)) != faction.Invalid {
			t.Errorf("%s: %v", name, w.Check(noon))
		}
	}
}

func TestWatchesOverlapWhenAMomentIsInBoth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := func(name string) roster.Watch {
			from := rapid.IntRange(0, 10).Draw(t, name)
			return roster.Watch{From: noon.Add(time.Duration(from) * time.Hour), Slot: time.Hour, To: noon.Add(time.Duration(from+rapid.IntRange(1, 4).Draw(t, name)) * time.Hour)}
		}
		a, b := at("a"), at("b")
		both := false
		for h := range 20 {
			m := noon.Add(time.Duration(h) * time.Hour)
			_, in := a.SlotAt(m)
			_, out := b.SlotAt(m)
			both = both || in && out
		}
		if a.Overlaps(b) != both || b.Overlaps(a) != both {
			t.Fatalf("%v %v overlap: %v", a, b, both)
		}
	})
}

func TestHowOneGetsIntoASquad(t *testing.T) {
	for _, tc := range []struct {
		kind   roster.Kind
		before roster.State
		want   roster.State
		denied bool
	}{
		{roster.Open, "", roster.Member, false}, {roster.OnRequest, "", roster.Asked, false}, {roster.Invitation, "", "", true},
		{roster.OnRequest, roster.Invited, roster.Member, false}, {roster.Invitation, roster.Invited, roster.Member, false},
		{roster.OnRequest, roster.Asked, roster.Asked, false}, {roster.Invitation, roster.Member, roster.Member, false},
	} {
		q := roster.Squad{Kind: tc.kind}
		if tc.before != "" {
			q.People = []roster.Person{{Player: 1, State: tc.before}}
		}
		got, changed, err := q.Join(1, noon)
		if got != tc.want || (faction.KindOf(err) == faction.Denied) != tc.denied || changed != (got != tc.before) {
			t.Errorf("%s from %q: %q %v %v", tc.kind, tc.before, got, changed, err)
		}
	}
}

func TestASquadHoldsNobodyTwiceAndNoMoreThanItMay(t *testing.T) {
	q := roster.Squad{Kind: roster.Open}
	for p := range faction.PlayerID(roster.MaxMembers) {
		if _, _, err := q.Join(p+1, noon); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := q.Join(5000, noon); faction.KindOf(err) != faction.Conflict {
		t.Errorf("one too many: %v", err)
	}
	if changed, err := q.SetLead(1, true, noon); !changed || err != nil || !q.Leads(1) {
		t.Errorf("a lead: %v %v", changed, err)
	}
	if was, ok := q.Remove(1); !ok || !was.Lead || q.Has(1) || len(q.People) != roster.MaxMembers-1 {
		t.Errorf("removed: %+v %v", was, ok)
	}
	players := make([]faction.PlayerID, 0, len(q.People))
	for _, p := range q.People {
		players = append(players, p.Player)
	}
	slices.Sort(players)
	if len(slices.Compact(players)) != len(q.People) {
		t.Error("somebody is in it twice")
	}
}

func TestNamesAreKeptWithoutWhatNobodySees(t *testing.T) {
	for in, want := range map[string]string{"  Night \t crew\u202e": "Night crew", "Ä*_ 🦊": "Ä*_ 🦊", "\u200b\u2060": "", "a\nb": "a b"} {
		if got := roster.CleanName(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

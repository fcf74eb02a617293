package commands_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/roster"
)

func TestARotaIsOpenedWithItsSlots(t *testing.T) {
	w := newWorld(t)
	r := w.registry()
	reply := r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch open", "slots", "20", "backups", "2", "reward", "1000000", "from", "21:00", "hours", "2"))
	golden(t, "watch_open", show(reply))
	list := w.duty.watches[wolves]
	if len(list) != 1 || list[0].Len() != 6 || !list[0].From.Equal(now.Add(time.Hour)) || list[0].Backups != 2 || list[0].Reward != 1e6 || list[0].OpenedBy != 1 {
		t.Fatalf("opened: %+v", list)
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch open", "hours", "2"))); !strings.Contains(got, "already") {
		t.Errorf("a second one in the same time: %s", got)
	}
	for _, bad := range [][]string{{"slots", "7"}, {"hours", "0"}, {"hours", "many"}, {"from", "soon"}, {"reward", "-1"}, {"squad", "none"}, {"slots", "10", "hours", "72", "from", "in 9h"}} {
		if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch open", bad...))); !strings.Contains(got, "Nothing was changed") || len(w.duty.watches[wolves]) != 1 {
			t.Errorf("%v: %s", bad, got)
		}
	}
}

func TestMembersTakeAndGiveBackSlots(t *testing.T) {
	w := newWorld(t)
	w.viewers()
	w.mustered()
	r := w.registry()
	on := func() roster.Watch { return w.duty.watches[wolves][0] }
	golden(t, "watch_roster", show(r.Handle(t.Context(), slash(member, wolvesGuild, "chain watch roster"))))
	if got := show(r.Handle(t.Context(), slash(member, wolvesGuild, "chain watch join"))); !strings.Contains(got, "1 slot on watch") || len(on().In(2)) != 1 {
		t.Errorf("the next gap: %s%+v", got, on().Signs)
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch join", "from", "20:20", "to", "21:50"))); !strings.Contains(got, "2 slots back-up") || !strings.Contains(got, "1 slot on watch") {
		t.Errorf("a stretch: %s%+v", got, on().Signs)
	}
	if got := show(r.Handle(t.Context(), click(member, wolvesGuild, "watch:take:777:1", "3", "0"))); len(on().In(3)) != 2 || !strings.Contains(got, "Mick") {
		t.Errorf("picked: %s%+v", got, on().Signs)
	}
	if got := show(r.Handle(t.Context(), click(member, wolvesGuild, "watch:leave:777:1"))); len(on().Of(3, now)) != 0 || on().In(2)[0].Player != 1 {
		t.Errorf("left: %s%+v", got, on().Signs)
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch leave", "from", "21:25"))); !strings.Contains(got, "gave **1 slot**") {
		t.Errorf("left one: %s%+v", got, on().Signs)
	}
	var done []string
	for _, e := range w.audited {
		done = append(done, e.Action)
	}
	if got := strings.Join(done, " "); got != "watch.join watch.join watch.join watch.leave watch.leave" {
		t.Errorf("audited: %s", got)
	}
}

func TestForgedPressesOnARotaChangeNothing(t *testing.T) {
	for _, c := range []struct{ who, id, value, want string }{
		{member, "watch:take:777:1", "-1", "older version"},
		{member, "watch:take:777:1", "99999999999999999999", "older version"},
		{member, "watch:take:777:1", "99", "full"},
		{member, "watch:gap:777:9", "", "over"},
		{member, "watch:gap:888:1", "", ""},
		{member, "watch:gap:777:1:1", "", "older version"},
		{foreign, "watch:gap:777:1", "", ""},
		{gone, "watch:gap:777:1", "", ""},
		{recruit, "watch:leave:777:1", "", ""},
		{stranger, "watch:take:777:1", "2", ""},
		{operator, "watch:gap:777:1", "", "Only members"},
	} {
		w := newWorld(t)
		w.viewers()
		w.mustered()
		got := show(w.registry().Handle(t.Context(), click(c.who, wolvesGuild, c.id, c.value)))
		if !strings.Contains(got, c.want) || len(w.writes) > 0 {
			t.Errorf("%s by %s: %s%v", c.id, c.who, got, w.writes)
		}
	}
}

func TestARotaIsCalledOff(t *testing.T) {
	w := newWorld(t)
	w.mustered()
	r := w.registry()
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch close"))); !strings.Contains(got, "Called off") {
		t.Errorf("%s", got)
	}
	if got := show(r.Handle(t.Context(), slash(leader, wolvesGuild, "chain watch roster"))); !strings.Contains(got, "no watch rota") {
		t.Errorf("afterwards: %s", got)
	}
}

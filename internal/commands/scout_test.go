package commands_test

import (
	"strings"
	"testing"
)

func TestTheEnemyIsShownWithTheirLastWarsAndHours(t *testing.T) {
	w := newWorld(t)
	reply := w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war scout"))
	got := show(reply)
	for _, want := range []string{"Gold II", "**88** members", "41 wars won", "Levels 9 to 100, half of them 40 to 80, middle 62", "Won 6,100 : 4,100", "Lost 2,100 : 4,400", "1 won", "Most at **23:00 TCT", "fewest at **00:00 TCT", "120 looks"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
	if len(reply.Files) != 1 || !strings.Contains(reply.Files[0].Alt, "23: 28") {
		t.Errorf("the chart: %+v", reply.Files)
	}
	if got := show(w.registry().Handle(t.Context(), slash(member, wolvesGuild, "war scout", "war", "40001"))); !strings.Contains(got, "not looked at yet") || !strings.Contains(got, "not sampled yet") {
		t.Errorf("of a war that nobody scouted:\n%s", got)
	}
}

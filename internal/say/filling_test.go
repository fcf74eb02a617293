package say_test

import (
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

const incomplete = "⚠ The attack log is still being read back; figures are incomplete."

func filling(f feed.Fill) []feed.State {
	return []feed.State{{Feed: feed.Front}, {Feed: feed.Attacks, Log: feed.Log{Fill: f}}}
}

func TestFiguresAreIncompleteWhileAWarIsReadBack(t *testing.T) {
	on := theWar()
	past := on
	past.Start, past.End = now.Add(-50*time.Hour), now.Add(-20*time.Hour)
	next := on
	next.Start = now.Add(time.Hour)
	for _, c := range []struct {
		name string
		war  war.War
		fill feed.Fill
		want bool
	}{
		{"nothing is read back", on, feed.Fill{}, false},
		{"from the war's start", on, feed.Fill{From: on.Start.Add(-feed.Overlap), Due: now}, true},
		{"half way", on, feed.Fill{From: on.Start.Add(-feed.Overlap), To: now.Add(-10 * time.Hour), Due: now}, true},
		{"tried again later", on, feed.Fill{From: on.Start, Due: now.Add(time.Minute)}, true},
		{"all but what lies before the start", on, feed.Fill{From: on.Start.Add(-feed.Overlap), To: on.Start, Due: now}, false},
		{"a sweep", on, feed.Fill{From: now.Add(-13 * time.Minute), Due: now}, false},
		{"a gap of half an hour", on, feed.Fill{From: now.Add(-30 * time.Minute), Due: now}, true},
		{"a war that ended before the gap", past, feed.Fill{From: now.Add(-30 * time.Minute), Due: now}, false},
		{"a war that ended within it", past, feed.Fill{From: now.Add(-30 * time.Hour), Due: now}, true},
		{"a war to come", next, feed.Fill{From: now.Add(-30 * time.Hour), Due: now}, false},
		{"no war", war.War{}, feed.Fill{From: now.Add(-30 * time.Hour), Due: now}, false},
	} {
		if got := say.Incomplete(filling(c.fill), c.war, now); (got == incomplete) != c.want || got != "" && !c.want {
			t.Errorf("%s: %q, want a warning: %t", c.name, got, c.want)
		}
	}
}

func TestEveryViewOfTheAttackLogWarnsWhileItIsReadBack(t *testing.T) {
	w := theWar()
	for _, fill := range []feed.Fill{{}, {From: w.Start, Due: now}} {
		feeds := filling(fill)
		v := view(func(v *say.WarView) { v.Feeds = feeds })
		table, _ := say.RenderScoreboard(say.ScoreboardView{Board: war.Board{War: w}, Team: war.Ours, Sort: war.ByScore, Now: now, Feeds: feeds})
		for name, m := range map[string]chat.Message{
			"status": say.RenderWarStatus(v), "live board": say.RenderWarBoard(v), "scoreboard": table,
			"member":  say.RenderMember(say.MemberView{War: w, Now: now, Feeds: feeds}),
			"attacks": say.RenderAttacks(say.AttacksView{War: w, Now: now, Feeds: feeds}),
		} {
			if got, want := strings.Contains(text(m), incomplete), !fill.From.IsZero(); got != want {
				t.Errorf("%s with a fill from %s: warns %t\n%s", name, fill.From, got, text(m))
			}
		}
	}
}

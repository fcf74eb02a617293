package war_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/war"
)

// look is an active war with a score, seen at an hour of the war.
func look(hour float64, us, them int64) war.War {
	w := active()
	w.Us.Score, w.Them.Score, w.SeenAt = us, them, hours(hour)
	return w
}

// soonStage is a warning so many minutes before the start.
func soonStage(minutes int) string {
	return fmt.Sprintf("war.soon soon:%d:%d", minutes, start.Unix())
}

func stages(events []war.Event) []string {
	out := []string{}
	for _, e := range events {
		out = append(out, fmt.Sprintf("%s %s", e.Kind, e.Stage))
	}
	return out
}

func closed(w war.War, at time.Time, winner bool) war.War {
	w.End = at
	if winner {
		w.Winner = ours
	}
	return w
}

func TestEachChangeOfAWarIsToldOnce(t *testing.T) {
	at := func(h float64, us, them int64) *war.War { w := look(h, us, them); return &w }
	for _, c := range []struct {
		name   string
		before *war.War
		after  war.War
		want   []string
	}{
		{"a war first seen before its start is scheduled", nil, look(-40, 0, 0), []string{"war.scheduled scheduled"}},
		{"a known scheduled war is nothing new", at(-40, 0, 0), look(-39, 0, 0), nil},
		{"a day before the start comes the first warning", at(-24.1, 0, 0), look(-24, 0, 0), []string{soonStage(1440)}},
		{"an hour before it the second", at(-1.1, 0, 0), look(-1, 0, 0), []string{soonStage(60)}},
		{"a quarter of an hour before it the last", at(-0.3, 0, 0), look(-0.25, 0, 0), []string{soonStage(15)}},
		{"after a long silence only the nearest", at(-25, 0, 0), look(-0.1, 0, 0), []string{soonStage(15)}},
		{"the warning comes once", at(-0.5, 0, 0), look(-0.4, 0, 0), nil},
		{"a war matched within the last half hour is only scheduled", nil, look(-0.2, 0, 0), []string{"war.scheduled scheduled"}},
		{"the start is told when it passes", at(-0.01, 0, 0), look(0, 0, 0), []string{"war.started started"}},
		{"a war that is on stays on", at(0, 0, 0), look(0.1, 0, 0), nil},
		{"first seen ten minutes in, the start is still told", nil, look(0.16, 50, 60), []string{"war.started started"}},
		{"first seen an hour in, it is not", nil, look(1, 4000, 60), nil},
		{
			"after an outage over the start it is told with what was reached since",
			at(-1, 0, 0), look(5, 2600, 0),
			[]string{"war.started started", "war.milestone milestone:score:2000", "war.milestone milestone:lead:25"},
		},
		{"each thousand points is a milestone", at(1, 999, 900), look(1.1, 1000, 900), []string{"war.milestone milestone:score:1000"}},
		{"of several only the last is told", at(1, 999, 900), look(1.1, 3999, 3900), []string{"war.milestone milestone:score:3000"}},
		{
			"our lead's share of the target is a milestone",
			at(1, 5400, 450), look(1.1, 5500, 500),
			[]string{"war.milestone milestone:lead:50"},
		},
		{"a lead that falls back is none", at(1, 5600, 500), look(1.1, 5600, 900), nil},
		{"their lead is no milestone of ours", at(1, 100, 4000), look(1.1, 100, 6000), nil},
		{"overtaking is told with the scores", at(1, 500, 510), look(1.1, 520, 510), []string{"war.lead lead:520:510"}},
		{"being overtaken too", at(1, 520, 510), look(1.1, 520, 530), []string{"war.lead lead:520:530"}},
		{"drawing level is not", at(1, 500, 510), look(1.1, 510, 510), nil},
		{"the first points of a war are no change of lead", at(0.1, 0, 0), look(0.2, 5, 0), nil},
		{"the end is told", at(47, 12, 10), closed(look(48, 12, 10), hours(48), true), []string{"war.ended ended"}},
		{
			"an end stops the talk of milestones",
			at(47, 9000, 10), closed(look(48, 12000, 10), hours(48), true),
			[]string{"war.ended ended"},
		},
		{"a war first seen a day after its end is past", nil, closed(look(73, 12, 10), hours(48), true), nil},
		{"first seen within a day of its end it is told", nil, closed(look(60, 12, 10), hours(48), true), []string{"war.ended ended"}},
		{"a war missed altogether began and ended", at(-1, 0, 0), closed(look(60, 12, 10), hours(48), true), []string{"war.started started", "war.ended ended"}},
		{"a war called off before its start only ended", at(-2, 0, 0), closed(look(-1, 0, 0), hours(-1), true), []string{"war.ended ended"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := stages(war.Events(c.before, c.after, c.after.SeenAt, war.DefaultEventOptions()))
			if !slices.Equal(got, c.want) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestTheTargetsFallIsToldOnceAndCountsAsProgress(t *testing.T) {
	before, after := look(23.9, 4960, 0), look(24, 4960, 0)
	after.Target = 9_900
	got := stages(war.Events(&before, after, after.SeenAt, war.DefaultEventOptions()))
	want := []string{"war.milestone milestone:lead:50", "war.milestone milestone:target"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	next := look(25, 4960, 0)
	next.Target = 9_800
	if again := war.Events(&after, next, next.SeenAt, war.DefaultEventOptions()); len(again) != 0 {
		t.Errorf("told again: %q", stages(again))
	}
}

func TestAnEventCarriesItsFigures(t *testing.T) {
	before, after := look(1, 5400, 450), look(1.1, 6100, 500)
	events := war.Events(&before, after, after.SeenAt, war.DefaultEventOptions())
	if len(events) != 2 {
		t.Fatalf("got %q", stages(events))
	}
	if e := events[0]; e.Was != 5400 || e.Is != 6100 || e.Reached != 6000 || e.War.Us.Score != 6100 {
		t.Errorf("score: %+v", e)
	}
	if e := events[1]; e.Percent != 50 || !e.At.Equal(after.SeenAt) {
		t.Errorf("lead: %+v", e)
	}
	soonBefore, soonAfter := look(-1, 0, 0), look(-0.2, 0, 0)
	soon := war.Events(&soonBefore, soonAfter, soonAfter.SeenAt, war.DefaultEventOptions())
	if len(soon) != 1 || !soon[0].Due.Equal(start) || soon[0].War.ID != after.ID {
		t.Errorf("soon: %+v", soon)
	}
}

func TestAnEndTellsTheOutcomeAndWhenItWas(t *testing.T) {
	for _, c := range []struct {
		name    string
		change  func(*war.War)
		outcome war.Outcome
	}{
		{"won", func(w *war.War) { w.Winner = ours }, war.OutcomeWon},
		{"lost", func(w *war.War) { w.Winner = enemy }, war.OutcomeLost},
		{"nobody won", func(w *war.War) { w.Winner = 0 }, war.OutcomeDraw},
		{"won because they gave up", func(w *war.War) { w.Winner, w.Forfeit = ours, true }, war.OutcomeWon},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, after := look(47, 12, 10), look(48.5, 12, 10)
			after.End = hours(48)
			c.change(&after)
			events := war.Events(&before, after, after.SeenAt, war.DefaultEventOptions())
			if len(events) != 1 || events[0].Outcome != c.outcome || !events[0].At.Equal(hours(48)) {
				t.Errorf("got %+v", events)
			}
			if events[0].War.Forfeit != after.Forfeit {
				t.Error("the forfeit is lost")
			}
		})
	}
	if got := active().Outcome(); got != "" {
		t.Errorf("a war that is on has outcome %q", got)
	}
}

func TestTheReportIsToldWhenItIsStored(t *testing.T) {
	before := closed(look(48, 12, 10), hours(48), true)
	after := before
	after.SeenAt, after.ReportAt = hours(49), hours(49)
	got := stages(war.Events(&before, after, after.SeenAt, war.DefaultEventOptions()))
	if want := []string{"war.report report"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if again := war.Events(&after, after, after.SeenAt, war.DefaultEventOptions()); len(again) != 0 {
		t.Errorf("told again: %q", stages(again))
	}
}

// wars draws a look at the same war at any moment of its life.
func wars() *rapid.Generator[war.War] {
	return rapid.Custom(func(t *rapid.T) war.War {
		w := look(float64(rapid.IntRange(-50, 80).Draw(t, "hour")), rapid.Int64Range(0, 12_000).Draw(t, "us"), rapid.Int64Range(0, 12_000).Draw(t, "them"))
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		if w.SeenAt.After(hours(60)) {
			w = closed(w, hours(60), true)
		}
		if w.SeenAt.Before(start) {
			w.Us.Score, w.Them.Score = 0, 0
		}
		return w
	})
}

func TestLookingTwiceAtTheSameMomentGivesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := wars().Draw(t, "war")
		if again := war.Events(&w, w, w.SeenAt, war.DefaultEventOptions()); len(again) != 0 {
			t.Fatalf("got %q", stages(again))
		}
	})
}

func TestNoStepOfALifeIsToldTwiceAndNoneOfTheGreatOnesIsMissed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		looks := rapid.SliceOfN(wars(), 1, 30).Draw(t, "looks")
		slices.SortStableFunc(looks, func(a, b war.War) int { return a.SeenAt.Compare(b.SeenAt) })
		us, them := int64(0), int64(0)
		var before *war.War
		count := map[string]int{}
		for i := range looks {
			us, them = max(us, looks[i].Us.Score), max(them, looks[i].Them.Score)
			looks[i].Us.Score, looks[i].Them.Score = us, them
			for _, s := range stages(war.Events(before, looks[i], looks[i].SeenAt, war.DefaultEventOptions())) {
				count[s]++
			}
			before = &looks[i]
		}
		first, last := looks[0], looks[len(looks)-1]
		for _, great := range []struct {
			stage    string
			expected bool
		}{
			{"war.scheduled scheduled", first.SeenAt.Before(start)},
			{"war.started started", first.SeenAt.Before(start) && !last.SeenAt.Before(start) || first.SeenAt.Equal(start)},
			{"war.ended ended", !last.End.IsZero()},
		} {
			if got := count[great.stage]; got != map[bool]int{true: 1}[great.expected] {
				t.Fatalf("%s told %d times, expected %v", great.stage, got, great.expected)
			}
		}
		for s, n := range count {
			if n > 1 && !strings.HasPrefix(s, "war.milestone milestone:lead") {
				t.Fatalf("%s told %d times", s, n)
			}
		}
	})
}

func TestAStartThatMovesIsWarnedOfAnew(t *testing.T) {
	before := look(-0.9, 0, 0) // told an hour ahead
	moved := look(-0.89, 0, 0)
	moved.Start = start.Add(3 * time.Hour)
	at := moved.Start.Unix()
	opts := war.DefaultEventOptions()
	if got := stages(war.Events(&before, moved, moved.SeenAt, opts)); !slices.Equal(got, []string{fmt.Sprintf("war.soon soon:1440:%d", at)}) {
		t.Errorf("moved by three hours: %q", got)
	}
	next := moved
	next.SeenAt = moved.Start.Add(-59 * time.Minute)
	if got := stages(war.Events(&moved, next, next.SeenAt, opts)); !slices.Equal(got, []string{fmt.Sprintf("war.soon soon:60:%d", at)}) {
		t.Errorf("an hour before the new start: %q", got)
	}
	early := look(-5, 0, 0)
	early.Start = early.SeenAt.Add(12 * time.Minute)
	before = look(-5.01, 0, 0)
	if got := stages(war.Events(&before, early, early.SeenAt, opts)); !slices.Equal(got, []string{fmt.Sprintf("war.soon soon:15:%d", early.Start.Unix())}) {
		t.Errorf("moved to twelve minutes from now: %q", got)
	}
	corrected := look(-4.9, 0, 0)
	corrected.Start = start.Add(time.Second)
	if got := stages(war.Events(&before, corrected, corrected.SeenAt, opts)); len(got) != 0 {
		t.Errorf("moved by a second: %q", got)
	}
}

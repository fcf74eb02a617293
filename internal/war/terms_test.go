package war_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// pulse is a look at an even pace of both sides.
func pulse(w war.War, usPerMinute, themPerMinute float64, perHit faction.Respect) war.Pulse {
	var recent []war.Sample
	for back := war.PaceOver; back >= 0; back -= 15 * time.Second {
		recent = append(recent, war.Sample{
			At: w.SeenAt.Add(-back), Target: w.Target,
			Us: w.Us.Score - int64(usPerMinute*back.Minutes()), Them: w.Them.Score - int64(themPerMinute*back.Minutes()),
		})
	}
	return war.Pulse{War: w, Recent: recent, Every: 15 * time.Second, PerHit: perHit, Now: w.SeenAt}
}

func TestSlowDownComesBeforeStopAndEachIsSaidOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(100, 20_000).Draw(t, "cap")
		per := faction.Respect(rapid.Int64Range(0, 1500).Draw(t, "per hit"))
		terms := war.Terms{ScoreCap: limit}
		score, last := int64(0), war.Clear
		for i := 0; i < 400 && score < limit+200; i++ {
			// No look brings more than one hit, so that no step can be jumped over.
			made := min(rapid.Int64Range(0, 60).Draw(t, "made"), max(1, int64(per)/100))
			score += made
			w := look(10, score, 0)
			p := pulse(w, float64(made)*4, 0, per)
			var events []war.TermsEvent
			terms, events = terms.Watch(p)
			for _, e := range events {
				if e.Limit != war.LimitScore || e.Step <= last {
					t.Fatalf("%s after %s", e.Step, last)
				}
				if e.Step == war.Passed != (score >= limit) {
					t.Fatalf("%s at %d of %d", e.Step, score, limit)
				}
				last = e.Step
			}
		}
		if score >= limit && (last != war.Passed || terms.CapAt.IsZero()) {
			t.Fatalf("%d of %d and only %s said", score, limit, last)
		}
	})
}

func TestAWarningLeavesTimeForWhatIsUnderWay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		perMinute := rapid.Float64Range(0, 300).Draw(t, "pace")
		left := rapid.Int64Range(1, 5000).Draw(t, "left")
		w := look(10, 20_000, 0)
		_, events := war.Terms{ScoreCap: 20_000 + left}.Watch(pulse(w, perMinute, 0, 500))
		step := war.Clear
		if len(events) > 0 {
			step = events[0].Step
		}
		underWay := perMinute * 0.5 // two looks of 15 seconds
		if float64(left) < underWay-2 && step != war.Stop {
			t.Fatalf("%d left, %.0f on their way, and only %s", left, underWay, step)
		}
		if float64(left) < perMinute*3 && step == war.Clear {
			t.Fatalf("%d left at %.0f a minute, and nothing said", left, perMinute)
		}
		if float64(left) > max(perMinute*4, 800) && step != war.Clear {
			t.Fatalf("%s with %d left at %.0f a minute", step, left, perMinute)
		}
	})
}

func TestPointsMadeWhileNobodyLookedAreNoPace(t *testing.T) {
	at := func(minutes float64, us int64) war.Sample {
		return war.Sample{At: hours(30).Add(time.Duration(minutes * float64(time.Minute))), Us: us, Them: 100}
	}
	for _, tc := range []struct {
		name   string
		recent []war.Sample
		pace   float64
	}{
		{"at the first look after an outage", []war.Sample{at(-240, 5600), at(0, 9600)}, 4000 / 240.0},
		{"soon after one, when it is quieter than before", []war.Sample{at(-242, 5600), at(-2, 9600), at(0, 9600)}, 4000 / 242.0},
		{"soon after one, when it is faster than before", []war.Sample{at(-242, 5600), at(-2, 9500), at(0, 9600)}, 50},
		{"long enough after one", []war.Sample{at(-245, 5600), at(-5, 9500), at(-2, 9550), at(0, 9600)}, 20},
		{"without one, the score still at first", []war.Sample{at(-9, 9500), at(-1, 9600), at(0, 9600)}, 20},
		{"with nothing but what was before", []war.Sample{at(-240, 9600)}, 0},
	} {
		w := look(30, 9600, 100)
		_, events := war.Terms{ScoreCap: 9700}.Watch(war.Pulse{War: w, Recent: tc.recent, Every: 15 * time.Second, PerHit: 500, Now: w.SeenAt})
		if len(events) != 1 || events[0].PerMinute < tc.pace-0.01 || events[0].PerMinute > tc.pace+0.01 {
			t.Errorf("%s: %+v, want %.1f a minute", tc.name, events, tc.pace)
		}
	}
}

func TestTheStopTimeIsAnnouncedAndSaid(t *testing.T) {
	terms := war.Terms{StopAt: hours(20)}
	var said []string
	for h := 19.0; h < 20.5; h += 0.01 {
		var events []war.TermsEvent
		terms, events = terms.Watch(pulse(look(h, 100, 100), 0, 0, 0))
		for _, e := range events {
			said = append(said, e.Step.String()+" at "+hours(h).Format("15:04"))
		}
	}
	if len(said) != 2 || said[0] != "slow at 07:45" || said[1] != "stop at 08:00" {
		t.Errorf("said %v", said)
	}
	if _, stopped := terms.Stopped(hours(19.99)); stopped {
		t.Error("stopped too early")
	}
	if at, stopped := terms.Stopped(hours(20)); !stopped || !at.Equal(hours(20)) {
		t.Errorf("stopped %v at %s", stopped, at)
	}
}

func TestALeadThatWouldEndTheWarTooEarlyIsHeldBack(t *testing.T) {
	w := look(30, 9000, 100)
	w.Target = 9000
	terms := war.Terms{FinishAt: hours(60), Result: war.AgreedWin}
	if _, events := terms.Watch(pulse(w, 20, 0, 500)); len(events) != 1 || events[0].Limit != war.LimitFinish || events[0].Step != war.Slow || events[0].Left != 100 {
		t.Errorf("got %+v", events)
	}
	if _, events := terms.Watch(pulse(look(61, 9000, 100), 20, 0, 500)); len(events) != 0 {
		t.Errorf("after the finish: %+v", events)
	}
}

// At 24 % of the target the next percent is more than the 3 % that warn of it.
func TestTheNextFallOfTheTargetIsSeenComing(t *testing.T) {
	terms := war.Terms{FinishAt: hours(110), Result: war.AgreedWin}
	var said []war.TermsEvent
	for h := 99.0; h < 99.999; h += 0.004 {
		w := look(h, 2431, 100)
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		var events []war.TermsEvent
		terms, events = terms.Watch(pulse(w, 0, 0, 500))
		said = append(said, events...)
	}
	if len(said) != 2 || said[0].Step != war.Slow || said[0].Of != 2400 || !said[0].Falls.IsZero() {
		t.Fatalf("said %+v", said)
	}
	if e := said[1]; e.Step != war.Stop || e.Of != 2300 || e.Left != -31 || !e.Falls.Equal(hours(100)) || e.War.SeenAt.Before(hours(99.9)) {
		t.Errorf("the fall: %+v", e)
	}
	// The fall that brings the planned finish is what was planned.
	w := look(109.99, 1440, 100)
	w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	if _, events := (war.Terms{FinishAt: hours(110), Result: war.AgreedWin}).Watch(pulse(w, 0, 0, 500)); len(events) != 0 && events[0].Step > war.Slow {
		t.Errorf("at the planned fall: %+v", events)
	}
}

func TestWhenTheyAreToWinOurLeadIsHeldBackAndTheirsKeptFromEndingItEarly(t *testing.T) {
	at := func(us, them int64) war.War {
		w := look(30, us, them) // of a target of 9,300
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		return w
	}
	planned := war.Terms{FinishAt: hours(60), Result: war.AgreedLose}
	for name, tc := range map[string]struct {
		terms  war.Terms
		w      war.War
		limit  war.Limit
		step   war.Step
		needed int64
	}{
		"we are about to win":       {planned, at(9295, 0), war.LimitWin, war.Stop, 0},
		"we come near it":           {planned, at(9000, 0), war.LimitWin, war.Slow, 0},
		"after the finish as well":  {war.Terms{FinishAt: hours(20), Result: war.AgreedLose}, at(9295, 0), war.LimitWin, war.Stop, 0},
		"without a finish as well":  {war.Terms{Result: war.AgreedLose}, at(9295, 0), war.LimitWin, war.Stop, 0},
		"they would end it early":   {planned, at(100, 9200), war.LimitEarly, war.Slow, 9100 - 6400 + 1}, // 64 % until hour 60
		"they are early, and fast":  {planned, at(0, 9299), war.LimitEarly, war.Slow, 9299 - 6400 + 1},
		"their lead is far from it": {planned, at(100, 8000), "", war.Clear, 0},
		"after the finish they may": {war.Terms{FinishAt: hours(20), Result: war.AgreedLose}, at(0, 9299), "", war.Clear, 0},
	} {
		_, events := tc.terms.Watch(pulse(tc.w, 0, 0, 500))
		if tc.limit == "" {
			if len(events) != 0 {
				t.Errorf("%s: %+v", name, events)
			}
			continue
		}
		if len(events) != 1 || events[0].Limit != tc.limit || events[0].Step != tc.step || events[0].Needed != tc.needed {
			t.Errorf("%s: %+v", name, events)
		}
	}
}

func TestTheEnemysCapIsToldOnlyWhenItIsPassed(t *testing.T) {
	terms := war.Terms{TheirCap: 1000}
	for _, score := range []int64{999, 1000} {
		if _, events := terms.Watch(pulse(look(5, 0, score), 0, 50, 500)); len(events) != 0 {
			t.Errorf("at %d of 1000: %+v", score, events)
		}
	}
	if _, events := terms.Watch(pulse(look(5, 0, 1001), 0, 50, 500)); len(events) != 1 || events[0].Step != war.Passed {
		t.Errorf("after: %+v", events)
	}
}

func TestNothingIsWatchedOutsideTheWar(t *testing.T) {
	terms := war.Terms{ScoreCap: 10, StopAt: hours(1)}
	for _, w := range []war.War{look(-1, 0, 0), closed(look(50, 900, 0), hours(48), true)} {
		if after, events := terms.Watch(pulse(w, 10, 0, 500)); len(events) != 0 || !after.CapAt.IsZero() {
			t.Errorf("%+v", events)
		}
	}
}

func TestAChangedLimitIsToldAnewAndTheOthersAreNot(t *testing.T) {
	old := war.Terms{ScoreCap: 1000, StopAt: hours(20), CapAt: hours(3), Told: war.Told{war.LimitScore: war.Passed, war.LimitStop: war.Slow}}
	now := old
	now.ScoreCap = 2000
	got := now.Renewed(old)
	if got.Told[war.LimitScore] != war.Clear || got.Told[war.LimitStop] != war.Slow || !got.CapAt.IsZero() {
		t.Errorf("got %+v", got)
	}
	now = old
	now.HitLimit = 5
	if got := now.Renewed(old); got.Told[war.LimitScore] != war.Passed || !got.CapAt.Equal(hours(3)) {
		t.Errorf("got %+v", got)
	}
}

func TestHitsAfterTheStopAreThoseThatBeganAfterIt(t *testing.T) {
	w := active()
	at := func(id war.AttackID, seconds int, change func(*war.Attack)) war.Logged {
		a := hit()
		a.ID, a.Started = id, start.Add(time.Duration(seconds)*time.Second)
		a.Ended = a.Started.Add(time.Minute)
		if change != nil {
			change(&a)
		}
		return war.Log(a, ours, []war.War{w}, war.DefaultRules())
	}
	stop := start.Add(time.Hour)
	rows := []war.Logged{
		at(5, 3700, nil), at(1, 3590, nil), at(3, 3650, nil), // one was under way
		at(6, 3800, func(a *war.Attack) { a.Result = war.Lost }),
		at(7, 3800, func(a *war.Attack) { a.Defender = member(7, outside) }),
		at(8, 3900, func(a *war.Attack) { a.Attacker, a.Defender = member(101, enemy), member(1, ours) }),
	}
	mine, theirs := war.HitsAfter(rows, stop)
	if len(mine) != 2 || mine[0].Attack.ID != 3 || mine[1].Attack.ID != 5 || theirs != 1 {
		t.Errorf("ours %v, theirs %d", mine, theirs)
	}
}

func TestEachMemberIsToldBeforeAndAtTheLimitOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		terms := war.Terms{HitLimit: rapid.Int64Range(1, 60).Draw(t, "limit")}
		made := int64(0)
		near, at := 0, 0
		for made < terms.HitLimit+5 {
			n := rapid.Int64Range(0, 3).Draw(t, "hits")
			got := terms.Reached([]war.Row{{Team: war.Ours, Player: 1, Tally: war.Tally{WarHits: made}}}, []war.Row{{Team: war.Ours, Player: 1, Tally: war.Tally{WarHits: n, Attacks: n}}})
			made += n
			for _, r := range got {
				if r.Hits != made || r.At != (made >= terms.HitLimit) {
					t.Fatalf("%+v at %d of %d", r, made, terms.HitLimit)
				}
				if r.At {
					at++
				} else {
					near++
				}
			}
		}
		if at != 1 || near > 1 {
			t.Fatalf("near %d times, at the limit %d times", near, at)
		}
	})
}

func TestAPlanEndsTheWarWhenItSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := rapid.Float64Range(1, 100).Draw(t, "hour")
		w := look(h, rapid.Int64Range(0, 6000).Draw(t, "us"), rapid.Int64Range(0, 6000).Draw(t, "them"))
		w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
		finish := w.SeenAt.Add(time.Duration(rapid.Float64Range(0.1, 40).Draw(t, "ahead") * float64(time.Hour)))
		winner := rapid.SampledFrom([]war.Team{war.Ours, war.Enemy}).Draw(t, "winner")
		loser := rapid.Int64Range(0, 9000).Draw(t, "loser")
		p, err := war.PlanFinish(w, winner, loser, finish, w.SeenAt, 500)
		if err != nil {
			return
		}
		if p.End.After(finish) || !p.End.After(w.SeenAt) {
			t.Fatalf("ends %s, asked for %s", p.End, finish)
		}
		lead := p.Score - p.Loser
		if lead < war.DecayedTarget(w.OriginalTarget, w.Start, p.End) {
			t.Fatalf("a lead of %d does not end it at %s", lead, p.End)
		}
		if !p.Stands && lead >= war.DecayedTarget(w.OriginalTarget, w.Start, p.End.Add(-time.Second)) {
			t.Fatalf("a lead of %d ends it before %s", lead, p.End)
		}
		win, lose := w.Us.Score, w.Them.Score
		if winner == war.Enemy {
			win, lose = lose, win
		}
		if p.Loser < lose || p.Missing != p.Score-win || p.Hits != 0 && winner != war.Ours {
			t.Fatalf("%+v with %d : %d", p, win, lose)
		}
		if p.Stands {
			return
		}
		// From now on nobody scores: each hour is looked at until the end.
		over := time.Time{}
		for at := w.SeenAt; at.Before(p.End) && over.IsZero(); at = w.Start.Add(at.Sub(w.Start).Truncate(time.Hour) + time.Hour) {
			if win-lose >= war.DecayedTarget(w.OriginalTarget, w.Start, at) {
				over = at
			}
		}
		if !p.Early.Equal(over) {
			t.Fatalf("early %s with a lead of %d, which ends it %s", p.Early, win-lose, over)
		}
		if !p.Early.IsZero() && (win-(lose+p.LoserNeeds) >= p.Before || win-(lose+p.LoserNeeds-1) < p.Before) {
			t.Fatalf("the loser needs another number than %d", p.LoserNeeds)
		}
	})
}

func TestAPlanWarnsOfTheLeadAsItIsAndNotAsItIsToBecome(t *testing.T) {
	w := look(30, 5000, 0)
	w.Target = war.DecayedTarget(w.OriginalTarget, w.Start, w.SeenAt)
	for _, loser := range []int64{0, 500, 3000} {
		p, err := war.PlanFinish(w, war.Ours, loser, hours(90), w.SeenAt, 500)
		if err != nil || !p.Early.Equal(hours(73)) || !p.Early.Equal(war.MetBy(w)) || p.LoserNeeds != 5000-p.Before+1 {
			t.Errorf("they end at %d: %+v %v; the lead as it is ends the war at hour 73", loser, p, err)
		}
	}
}

func TestAPlanOfTheFirstDayIsMadeBySpeedAlone(t *testing.T) {
	w := look(5, 3000, 1000)
	p, err := war.PlanFinish(w, war.Ours, 0, hours(20.5), w.SeenAt, 500)
	if err != nil || !p.Stands || !p.End.Equal(hours(20.5)) || p.Score != 11_000 || p.Missing != 8000 || p.Hits != 1600 {
		t.Errorf("%+v %v", p, err)
	}
}

func TestACapMetDuringAnOutageWasMetByAHitAndNotByTheNextLook(t *testing.T) {
	w := active()
	row := func(id war.AttackID, minutes int, respect faction.Respect) war.Logged {
		a := hit()
		a.ID, a.RespectGain = id, respect
		a.Started = start.Add(time.Duration(minutes) * time.Minute)
		a.Ended = a.Started.Add(time.Minute)
		return war.Log(a, ours, []war.War{w}, war.DefaultRules())
	}
	rows := []war.Logged{row(4, 200, 400_00), row(1, 61, 300_00), row(2, 70, 300_00), row(3, 100, 450_00)}
	terms := war.Terms{War: w.ID, ScoreCap: 1000, CapAt: hours(5)}
	sample := func(hour float64, us int64) war.Sample { return war.Sample{At: hours(hour), Us: us} }
	below, missed := terms.CapSince([]war.Sample{sample(1, 100), sample(5, 1550)})
	if !missed || below.Us != 100 {
		t.Fatalf("below it was %+v, missed %t", below, missed)
	}
	met := terms.Crossed(below, rows)
	if want := start.Add(101 * time.Minute); !met.CapAt.Equal(want) { // 100 + 300 + 300 + 450
		t.Errorf("met at %s, want %s", met.CapAt, want)
	}
	if late, _ := war.HitsAfter(rows, met.CapAt); len(late) != 1 || late[0].Attack.ID != 4 {
		t.Errorf("after it came %+v", late)
	}
	if got := terms.Crossed(below, rows[1:3]); !got.CapAt.Equal(terms.CapAt) {
		t.Errorf("with hits missing it was met at %s", got.CapAt)
	}
	if _, missed := terms.CapSince([]war.Sample{sample(4.95, 900), sample(5, 1550)}); missed {
		t.Error("somebody looked, and yet it was missed")
	}
}

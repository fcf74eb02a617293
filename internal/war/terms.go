package war

import (
	"math"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// Terms are what two factions agreed about a war (game.md, Ranked wars). A zero field
// was not agreed. They bind our side; of theirs only TheirCap is watched.
type Terms struct {
	War ID
	// ScoreCap and TheirCap are the most points that we and they may make.
	ScoreCap, TheirCap int64
	// HitLimit is how many war hits each member of ours may make.
	HitLimit int64
	// StopAt is from when nobody of ours hits.
	StopAt time.Time
	// FinishAt is when the war is meant to end; see PlanFinish.
	FinishAt time.Time
	Result   Agreed
	Note     string
	By       faction.PlayerID
	At       time.Time
	// CapAt is when our score was first seen at its cap; zero: not yet.
	CapAt time.Time
	Told  Told
}

// Agreed is the result that the two sides agreed on, for us.
type Agreed string

// The results. AgreedOpen is the absence of one.
const (
	AgreedOpen Agreed = ""
	AgreedWin  Agreed = "win"
	AgreedLose Agreed = "lose"
)

// Zero tells that nothing was agreed.
func (t Terms) Zero() bool {
	return t.ScoreCap == 0 && t.TheirCap == 0 && t.HitLimit == 0 && t.StopAt.IsZero() && t.FinishAt.IsZero() && t.Result == AgreedOpen && t.Note == ""
}

// Limit is one of the bounds that are watched while a war runs.
type Limit string

// The limits.
const (
	LimitScore  Limit = "score"  // our score cap
	LimitTheirs Limit = "theirs" // their score cap
	LimitStop   Limit = "stop"   // the time from which nobody hits
	LimitFinish Limit = "finish" // our lead must not meet the target before the planned finish
	LimitEarly  Limit = "early"  // nor theirs, when they are to win
	LimitWin    Limit = "win"    // when they are to win, our lead must never meet it
)

// Step is how far a limit has come. SLOW DOWN comes before STOP, STOP before it is passed.
type Step int

// The steps.
const (
	Clear Step = iota
	Slow
	Stop
	Passed
)

// String names the step in stages of alerts; it stays what it is.
func (s Step) String() string {
	return [...]string{"clear", "slow", "stop", "passed"}[min(max(s, Clear), Passed)]
}

// Told is how far each limit was warned of, so that each step is said once. It is
// stored as JSON.
type Told map[Limit]Step

// Renewed gives the terms that replace old ones: of a limit that stays what it was,
// what was said of it stays said.
func (t Terms) Renewed(old Terms) Terms {
	t.Told, t.CapAt = Told{}, time.Time{}
	same := map[Limit]bool{
		LimitScore: t.ScoreCap == old.ScoreCap, LimitTheirs: t.TheirCap == old.TheirCap,
		LimitStop:   t.StopAt.Equal(old.StopAt),
		LimitFinish: t.FinishAt.Equal(old.FinishAt) && t.Result == old.Result,
		LimitEarly:  t.FinishAt.Equal(old.FinishAt) && t.Result == old.Result,
		LimitWin:    t.Result == old.Result,
	}
	for limit, step := range old.Told {
		if same[limit] {
			t.Told[limit] = step
		}
	}
	if same[LimitScore] {
		t.CapAt = old.CapAt
	}
	return t
}

// Pulse is how the war goes at one look, for the watching of terms.
type Pulse struct {
	War War
	// Recent are the last samples before the look, PaceOver of them at least; fewer
	// make a slower pace.
	Recent []Sample
	// Every is the time from one look to the next.
	Every time.Duration
	// PerHit is what one hit of ours earns; 0: not known.
	PerHit faction.Respect
	Now    time.Time
}

const (
	// PaceOver is the time over which a pace is measured that may run into a limit.
	PaceOver = 5 * time.Minute
	// reaction is what it takes from a warning until everybody has read it; the fights
	// under way land within it as well.
	reaction = 3 * time.Minute
	// slowPercent and slowHits are the least distance of SLOW DOWN from a cap: an even
	// pace gives no warning of a burst.
	slowPercent, slowHits = 3, 5
	// slowBefore is how long before a stop time SLOW DOWN is said.
	slowBefore = 15 * time.Minute
)

// TermsEvent is a limit that has come a step further.
type TermsEvent struct {
	Limit Limit
	Step  Step
	// Left is how many points remain, of a limit in points; below 0 it is passed by so many.
	Left int64
	// Of is the target that a lead must not meet, Falls when the target falls to that;
	// zero: it has.
	Of    int64
	Falls time.Time
	// Needed is how many points of ours keep their lead from ending the war too early.
	Needed int64
	// Hits is how many hits of ours that is about; 0: not known.
	Hits int64
	// PerMinute is the pace at which they are made.
	PerMinute float64
	Terms     Terms
	War       War
}

// Watch tells which limits have come further than was told, the furthest step of each,
// and gives the terms with that noted. A war that is not being fought has no news.
func (t Terms) Watch(p Pulse) (Terms, []TermsEvent) {
	if p.War.Phase(p.Now) != Active {
		return t, nil
	}
	var events []TermsEvent
	told := Told{}
	for limit, step := range t.Told {
		told[limit] = step
	}
	for _, limit := range []Limit{LimitScore, LimitTheirs, LimitStop, LimitFinish, LimitEarly, LimitWin} {
		e := t.look(limit, p)
		if limit == LimitScore && e.Step == Passed && t.CapAt.IsZero() {
			t.CapAt = p.War.SeenAt
		}
		if e.Step > told[limit] {
			told[limit] = e.Step
			events = append(events, e)
		}
	}
	t.Told = told
	for i := range events {
		events[i].Terms, events[i].War = t, p.War
	}
	return t, events
}

// look tells how far one limit has come.
func (t Terms) look(limit Limit, p Pulse) TermsEvent {
	e := TermsEvent{Limit: limit}
	us := func(s Sample) int64 { return s.Us }
	them := func(s Sample) int64 { return s.Them }
	lead := func(s Sample) int64 { return s.Us - s.Them }
	behind := func(s Sample) int64 { return s.Them - s.Us }
	planned, loses := p.War.Target > 0 && p.Now.Before(t.FinishAt), t.Result == AgreedLose
	switch {
	case limit == LimitScore && t.ScoreCap > 0:
		e.points(t.ScoreCap-p.War.Us.Score, t.ScoreCap, 0, us, p)
	case limit == LimitTheirs && t.TheirCap > 0:
		e.points(t.TheirCap-p.War.Them.Score, t.TheirCap, 0, them, p)
		if e.Left >= 0 { // what was agreed may be reached, and we cannot slow them down
			e.Step = Clear
		}
	case limit == LimitFinish && planned && !loses:
		e.meets(p.War.Lead(), t.FinishAt, lead, p)
	case limit == LimitWin && p.War.Target > 0 && loses:
		e.meets(p.War.Lead(), p.War.Start.Add(targetGone), lead, p)
	case limit == LimitEarly && planned && loses:
		e.meets(-p.War.Lead(), t.FinishAt, behind, p)
		e.Step = min(e.Step, Slow) // we cannot stop them; it is told in time to score ourselves
		e.Needed = max(0, -p.War.Lead()-p.War.targetAt(t.FinishAt.Add(-time.Second))+1)
		e.Hits = hitsFor(e.Needed, p.PerHit)
	case limit == LimitStop && !t.StopAt.IsZero():
		switch {
		case !p.Now.Before(t.StopAt):
			e.Step = Stop
		case !p.Now.Before(t.StopAt.Add(-slowBefore)):
			e.Step = Slow
		}
	}
	return e
}

// meets tells how near a lead is to the target, which falls each hour until a moment: what
// it falls to counts as soon as nobody could react any more.
func (e *TermsEvent) meets(lead int64, until time.Time, of func(Sample) int64, p Pulse) {
	w := p.War
	e.Of = w.Target
	fall := int64(0)
	if at := nextFall(w.Start, p.Now); at.Before(until) && w.OriginalTarget > 0 {
		fall = w.OriginalTarget / 100
		if next := DecayedTarget(w.OriginalTarget, w.Start, at); next < w.Target && at.Sub(p.Now) <= reaction+2*p.Every {
			e.Of, e.Falls = next, at
		}
	}
	e.points(e.Of-lead, e.Of, fall, of, p)
	if lead < w.Target {
		e.Step = min(e.Step, Stop)
	}
}

// points tells how near a limit in points is: STOP when what is made between two looks
// reaches it, because that much is on its way; SLOW DOWN as much earlier as people
// need to read it, and by so many points more.
func (e *TermsEvent) points(left, limit, more int64, of func(Sample) int64, p Pulse) {
	e.Left, e.Hits = left, hitsFor(left, p.PerHit)
	e.PerMinute = perMinute(p.Recent, of, p.Now)
	one := max(1, int64(math.Ceil(float64(p.PerHit)/100)))
	under := int64(math.Ceil(e.PerMinute * (2 * p.Every).Minutes()))
	stop := max(under, one)
	slow := max(stop+int64(math.Ceil(e.PerMinute*reaction.Minutes())), limit/100*slowPercent, stop+slowHits*one) + more
	switch {
	case left <= 0:
		e.Step = Passed
	case left <= stop:
		e.Step = Stop
	case left <= slow:
		e.Step = Slow
	}
}

// sampleGap is more than lies between two samples of a score that is looked at: a still
// one is stored each five minutes.
const sampleGap = 6 * time.Minute

// heldUntil is the last sample that is not after a moment, which holds until then, or
// else the first. known is false when nobody looked for a while before that moment.
func heldUntil(recent []Sample, from time.Time) (i int, known bool) {
	for i+1 < len(recent) && !recent[i+1].At.After(from) {
		i++
	}
	return i, from.Sub(recent[i].At) <= sampleGap
}

// perMinute is how fast a figure grew over the last PaceOver before now; 0 when it
// fell, or cannot be told. When nobody looked before that, as when Torn was down, what
// was made meanwhile is spread over all that time.
func perMinute(recent []Sample, of func(Sample) int64, now time.Time) float64 {
	if len(recent) == 0 {
		return 0
	}
	grew := func(first Sample, over time.Duration) float64 {
		return max(0, float64(of(recent[len(recent)-1])-of(first))/max(over, time.Minute).Minutes())
	}
	from := now.Add(-PaceOver)
	i, known := heldUntil(recent, from)
	switch {
	case known:
		return grew(recent[i], now.Sub(later(from, recent[i].At)))
	case i+1 == len(recent):
		return 0
	default:
		seen := recent[i+1]
		return max(grew(recent[i], now.Sub(recent[i].At)), grew(seen, now.Sub(seen.At)))
	}
}

// Stopped gives the moment from which nobody of ours may hit, as far as it has come:
// the stop time, or when our score reached its cap.
func (t Terms) Stopped(now time.Time) (at time.Time, ok bool) {
	if !t.StopAt.IsZero() && !now.Before(t.StopAt) {
		at = t.StopAt
	}
	if !t.CapAt.IsZero() && (at.IsZero() || t.CapAt.Before(at)) {
		at = t.CapAt
	}
	return at, !at.IsZero()
}

// NearLimit is how many hits before a member's limit they are told: two, or a tenth of
// a high one.
func NearLimit(limit int64) int64 { return max(1, limit-max(2, limit/10)) }

// LimitReached is a member of ours whose hits have come near the limit, or to it.
type LimitReached struct {
	Player faction.PlayerID
	Name   string
	Hits   int64
	// At: the limit is reached; otherwise it is near.
	At bool
}

// Reached tells of whom a page of the log changes how near their limit they are.
// before are the tallies that were stored, moves what is added to them.
func (t Terms) Reached(before, moves []Row) []LimitReached {
	if t.HitLimit <= 0 {
		return nil
	}
	had := map[faction.PlayerID]int64{}
	for _, r := range before {
		if r.Team == Ours {
			had[r.Player] += r.WarHits
		}
	}
	var out []LimitReached
	for _, m := range Merge(moves) {
		if m.Team != Ours || m.WarHits <= 0 {
			continue
		}
		was, is := had[m.Player], had[m.Player]+m.WarHits
		switch {
		case was < t.HitLimit && is >= t.HitLimit:
			out = append(out, LimitReached{Player: m.Player, Name: m.Name, Hits: is, At: true})
		case was < NearLimit(t.HitLimit) && is >= NearLimit(t.HitLimit):
			out = append(out, LimitReached{Player: m.Player, Name: m.Name, Hits: is})
		}
	}
	return out
}

// Over gives the members of ours with more war hits than the limit, the most first.
func (t Terms) Over(rows []Row) []Row {
	if t.HitLimit <= 0 {
		return nil
	}
	b := NewBoard(War{}, rows, time.Time{})
	b.Sort(ByHits)
	return slices.DeleteFunc(slices.Clone(b.Us), func(r Row) bool { return r.WarHits <= t.HitLimit })
}

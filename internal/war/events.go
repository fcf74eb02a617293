package war

import (
	"fmt"
	"time"
)

// EventKind is what happened to a war; the values are alert kinds (surface.md).
type EventKind string

// The kinds of event.
const (
	EventScheduled EventKind = "war.scheduled"
	EventSoon      EventKind = "war.soon"
	EventStarted   EventKind = "war.started"
	EventMilestone EventKind = "war.milestone"
	EventLead      EventKind = "war.lead"
	EventEnded     EventKind = "war.ended"
	EventReport    EventKind = "war.report"
)

// Outcome is how a war ended for us.
type Outcome string

// The outcomes.
const (
	OutcomeWon  Outcome = "won"
	OutcomeLost Outcome = "lost"
	OutcomeDraw Outcome = "draw"
)

// Outcome tells how an ended war ended for us; empty before its end. That a side
// forfeited stands in Forfeit.
func (w War) Outcome() Outcome {
	switch {
	case w.End.IsZero():
		return ""
	case w.Winner == 0:
		return OutcomeDraw
	case w.Winner == w.Us.Faction:
		return OutcomeWon
	default:
		return OutcomeLost
	}
}

// Event is something that happened to a war between two looks at it.
type Event struct {
	Kind EventKind
	// Stage names the step within the war; the same step always has the same
	// stage, so that it is told once however often it is seen.
	Stage string
	// At is when it happened: the war's start or end, or the look that showed it.
	At time.Time
	// Due is what a warning is about; zero for what has happened.
	Due time.Time
	// War is the war as it was seen at the event.
	War War
	// Percent is the share of the target that our lead has crossed; 0 unless that
	// is the milestone.
	Percent int
	// Was and Is are our score before and now, Reached the multiple crossed; 0
	// unless that is the milestone.
	Was, Is, Reached int64
	Outcome          Outcome
}

// EventOptions say what to look for.
type EventOptions struct {
	// ScoreEvery: a milestone at each multiple of our score, in points; 0 for none.
	// Rules that want other steps need multiples of it.
	ScoreEvery int64
	// LeadPercents: a milestone when our lead crosses this share of the target;
	// ascending.
	LeadPercents []int
	// Soon: warnings this long before the start.
	Soon []time.Duration
	// StartedWithin and EndedWithin: a war seen for the first time when it is
	// already on, or over, is told of only when that is no longer ago.
	StartedWithin, EndedWithin time.Duration
}

// DefaultEventOptions are what a faction gets that set nothing.
func DefaultEventOptions() EventOptions {
	return EventOptions{
		ScoreEvery:    1000,
		LeadPercents:  []int{25, 50, 75, 90},
		Soon:          []time.Duration{24 * time.Hour, time.Hour, 15 * time.Minute},
		StartedWithin: 15 * time.Minute,
		EndedWithin:   24 * time.Hour,
	}
}

// Events tells what happened between two looks at a war, in the order it happened.
// before is nil at the first look; its SeenAt is when that look was. Looking twice
// at the same moment gives nothing the second time.
func Events(before *War, after War, now time.Time, opts EventOptions) []Event {
	var events []Event
	add := func(e Event, when bool) {
		if when {
			e.War = after
			events = append(events, e)
		}
	}
	add(Event{Kind: EventScheduled, Stage: "scheduled", At: now}, before == nil && after.Phase(now) == Scheduled)
	if before != nil {
		events = append(events, soon(*before, after, now, opts)...)
	}
	add(Event{Kind: EventStarted, Stage: "started", At: after.Start}, started(before, after, now, opts))
	if before != nil && after.Phase(now) == Active {
		events = append(events, progress(*before, after, now, opts)...)
	}
	add(Event{Kind: EventEnded, Stage: "ended", At: after.End, Outcome: after.Outcome()}, ended(before, after, now, opts))
	add(Event{Kind: EventReport, Stage: "report", At: after.ReportAt, Outcome: after.Outcome()}, reported(before, after, now, opts))
	return events
}

// startMoved is by how much a start has to move for people to be warned of it anew.
const startMoved = 5 * time.Minute

// soon gives the latest warning whose moment passed between the looks. When the start was
// moved, that is the latest of those that hold for the new one.
func soon(before, after War, now time.Time, opts EventOptions) []Event {
	if after.Phase(now) != Scheduled {
		return nil
	}
	moved := after.Start.Sub(before.Start).Abs() >= startMoved
	var latest time.Duration
	for _, ahead := range opts.Soon {
		from := after.Start.Add(-ahead)
		if ahead > 0 && (moved || before.SeenAt.Before(from)) && !now.Before(from) && (latest == 0 || ahead < latest) {
			latest = ahead
		}
	}
	if latest == 0 {
		return nil
	}
	stage := fmt.Sprintf("soon:%d:%d", int(latest/time.Minute), after.Start.Unix()) // of another start it is another warning
	return []Event{{Kind: EventSoon, Stage: stage, At: now, Due: after.Start, War: after}}
}

func started(before *War, after War, now time.Time, opts EventOptions) bool {
	if now.Before(after.Start) {
		return false
	}
	if before == nil {
		return after.Phase(now) == Active && now.Sub(after.Start) < opts.StartedWithin
	}
	return before.Phase(before.SeenAt) == Scheduled
}

func ended(before *War, after War, now time.Time, opts EventOptions) bool {
	if after.End.IsZero() {
		return false
	}
	if before == nil {
		return now.Sub(after.End) < opts.EndedWithin
	}
	return before.End.IsZero()
}

func reported(before *War, after War, now time.Time, opts EventOptions) bool {
	if after.ReportAt.IsZero() {
		return false
	}
	if before == nil {
		return now.Sub(after.ReportAt) < opts.EndedWithin
	}
	return before.ReportAt.IsZero()
}

// progress gives what the score of an active war tells.
func progress(before, after War, now time.Time, opts EventOptions) []Event {
	var events []Event
	if r := crossedMultiple(before.Us.Score, after.Us.Score, opts.ScoreEvery); r > 0 {
		events = append(events, Event{
			Kind: EventMilestone, Stage: fmt.Sprintf("milestone:score:%d", r), At: now, War: after,
			Was: before.Us.Score, Is: after.Us.Score, Reached: r,
		})
	}
	if p := crossedPercent(before, after, opts.LeadPercents); p > 0 {
		events = append(events, Event{
			Kind: EventMilestone, Stage: fmt.Sprintf("milestone:lead:%d", p), At: now, War: after, Percent: p,
		})
	}
	if falls(after) && !falls(before) {
		events = append(events, Event{Kind: EventMilestone, Stage: "milestone:target", At: now, War: after})
	}
	if leader := sign(after.Lead()); leader != 0 && leader != sign(before.Lead()) && before.scored() {
		// The scores only grow, so that they tell one change of lead from another.
		stage := fmt.Sprintf("lead:%d:%d", after.Us.Score, after.Them.Score)
		events = append(events, Event{Kind: EventLead, Stage: stage, At: now, War: after})
	}
	return events
}

// crossedMultiple is the highest multiple of every in (was, is]; 0 for none.
func crossedMultiple(was, is, every int64) int64 {
	if every <= 0 || is <= 0 || is/every <= was/every {
		return 0
	}
	return is / every * every
}

// crossedPercent is the highest share of the target that our lead has reached and
// had not before; 0 for none. The target's fall counts as progress.
func crossedPercent(before, after War, percents []int) int {
	crossed := 0
	for _, p := range percents {
		if after.leads(p) && !before.leads(p) {
			crossed = max(crossed, p)
		}
	}
	return crossed
}

// leads tells whether our lead is at least percent of the target.
func (w War) leads(percent int) bool {
	return w.Target > 0 && w.Lead()*100 >= w.Target*int64(percent)
}

// falls tells whether the target has begun to fall.
func falls(w War) bool { return w.OriginalTarget > 0 && w.Target < w.OriginalTarget }

func (w War) scored() bool { return w.Us.Score != 0 || w.Them.Score != 0 }

func sign(n int64) int {
	switch {
	case n > 0:
		return 1
	case n < 0:
		return -1
	default:
		return 0
	}
}

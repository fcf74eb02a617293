package chain

import (
	"slices"
	"time"
)

// Told is how much of a chain people have been told. It is stored with the chain and
// written with what it tells of, so that whatever happens in between, each thing is
// told once.
type Told struct {
	// Seen tells that the chain was looked at before.
	Seen bool `json:"seen,omitempty"`
	// Current is the counter up to which milestones were told.
	Current int `json:"current,omitempty"`
	// Near is the last bonus hit that was announced as coming.
	Near int `json:"near,omitempty"`
	// Unnamed are bonus hits that have landed, nobody knows yet by whom.
	Unnamed []int `json:"unnamed,omitempty"`
	// Danger is the last time that the chain was about to break.
	Danger Danger `json:"danger,omitzero"`
	// Over tells that the chain's end was told, Reported that its report was.
	Over     bool `json:"over,omitempty"`
	Reported bool `json:"reported,omitempty"`
	// Closed: nothing more is to be told or counted.
	Closed bool `json:"closed,omitempty"`
}

// Danger is one stretch in which a chain's timer ran low.
type Danger struct {
	// Deadline and Current are the chain's when it was first warned of.
	Deadline time.Time `json:"deadline,omitzero"`
	Current  int       `json:"current,omitempty"`
	// Stage is the most urgent warning given, of Stages; 0: none.
	Stage int `json:"stage,omitempty"`
	// Unnamed: it has passed, and whose hit saved the chain is not known yet.
	Unnamed bool `json:"unnamed,omitempty"`
}

// wobble is by how much two readings of one deadline may differ: a hit's row and the chain
// itself are stamped apart. A hit that saves a chain moves it by three minutes at least.
const wobble = 10 * time.Second

// Of tells whether the danger is about a deadline.
func (d Danger) Of(deadline time.Time) bool {
	return d.Stage > 0 && deadline.Sub(d.Deadline).Abs() <= wobble
}

// escaped tells whether a deadline is one that a hit has moved the danger's to.
func (d Danger) escaped(deadline time.Time) bool {
	return d.Stage > 0 && deadline.After(d.Deadline) && !d.Of(deadline)
}

// EventKind is what happened to a chain.
type EventKind string

// The kinds. Saved and Made settle what was told before: a danger, a bonus hit.
const (
	Started   EventKind = "started"
	Milestone EventKind = "milestone"
	BonusSoon EventKind = "bonus_soon"
	Timer     EventKind = "timer"
	Saved     EventKind = "saved"
	Made      EventKind = "made"
	Over      EventKind = "over"
)

// Event is one thing that happened to a chain.
type Event struct {
	Kind EventKind
	// At is when it happened, as far as Torn tells.
	At time.Time
	// Was and Is are the counter before and after.
	Was, Is int
	// Hit is the bonus hit that Milestone, BonusSoon and Made are about.
	Hit int
	// Deadline and Left are the chain's deadline and the warning's seconds of Timer;
	// of Saved, the deadline that was escaped.
	Deadline time.Time
	Left     int
	// Before is the warning given last for the same deadline; 0: none.
	Before int
	// By is whose hit it was; nil while unknown, of Saved, Made and Milestone.
	By *Hit
}

const (
	// news is how long after its start a chain is worth announcing as started, and how
	// old one may be that is met for the first time so that its milestones are told.
	news = 5 * time.Minute
	// nameWithin is how long after a hit its row is waited for.
	nameWithin = 6 * time.Minute
)

// Look tells what has happened to a running chain since people were told last, and
// what they know afterwards. hits are rows of the chain that may explain it, by time;
// pace is its hits per minute. It knows nothing of the chain's end: see End.
func Look(told Told, s State, hits []Hit, pace float64, now time.Time) ([]Event, Told) {
	var events []Event
	if !told.Seen {
		told.Seen = true
		if now.Sub(s.Start) > news { // it grew before anybody looked
			told.Current = s.Current
		}
	}
	if told.Current < MinHits && s.Current >= MinHits && now.Sub(s.Start) <= 2*news {
		events = append(events, Event{Kind: Started, At: s.Start, Was: told.Current, Is: s.Current})
	}
	told.Unnamed = slices.Clone(told.Unnamed)
	if crossed := Crossed(max(told.Current, MinHits), s.Current); len(crossed) > 0 {
		last := crossed[len(crossed)-1] // after an outage only the last is news
		by := hitAt(hits, last)
		events = append(events, Event{Kind: Milestone, At: atOr(by, now), Was: told.Current, Is: s.Current, Hit: last, By: by})
		if passed(told.Near, crossed) {
			told.Unnamed = append(told.Unnamed, told.Near)
		}
		if by == nil || told.Near >= last {
			told.Unnamed = append(told.Unnamed, last)
		}
	}
	told.Current = max(told.Current, s.Current)
	made, left := name(told.Unnamed, hits, s.LastHit(), now)
	events, told.Unnamed = append(events, made...), left
	if at, _, ok := s.Next(); ok && at > told.Near && s.Current >= MinHits && at-s.Current <= Near(at, pace) {
		events = append(events, Event{Kind: BonusSoon, At: now, Was: told.Current, Is: s.Current, Hit: at})
		told.Near = at
	}
	ev, danger := look(told.Danger, s, hits, now)
	told.Danger = danger
	return append(events, ev...), told
}

// passed tells whether the bonus hit that was announced is one of several that landed
// between two looks, and not the last one: nobody is told of it anew, yet it is settled.
func passed(near int, crossed []int) bool {
	return slices.Contains(crossed[:len(crossed)-1], near)
}

// look tells of the timer: that a danger has passed, and that there is one.
func look(d Danger, s State, hits []Hit, now time.Time) ([]Event, Danger) {
	var events []Event
	if d.escaped(s.End) && (!d.Unnamed || firstAfter(hits, d) != nil) {
		by := firstAfter(hits, d)
		events = append(events, Event{Kind: Saved, At: atOr(by, s.LastHit()), Was: d.Current, Is: s.Current, Deadline: d.Deadline, By: by})
		if d.Unnamed = by == nil; !d.Unnamed {
			d = Danger{}
		}
	}
	stage, ok := Stage(s.End, now)
	if !ok || s.Current < MinHits || d.Of(s.End) && d.Stage <= stage {
		if d.Unnamed && now.Sub(d.Deadline) > nameWithin {
			d = Danger{}
		}
		return events, d
	}
	next, before := Danger{Deadline: s.End, Current: s.Current, Stage: stage}, 0
	if d.Of(s.End) {
		next.Deadline, before = d.Deadline, d.Stage // so that its warnings go by one name
	}
	events = append(events, Event{Kind: Timer, At: now, Was: s.Current, Is: s.Current, Deadline: next.Deadline, Left: stage, Before: before})
	return events, next
}

// name finds whose the bonus hits were that nobody was named for.
func name(unnamed []int, hits []Hit, last, now time.Time) (made []Event, left []int) {
	for _, n := range unnamed {
		switch by := hitAt(hits, n); {
		case by != nil:
			made = append(made, Event{Kind: Made, At: by.At, Is: n, Hit: n, By: by})
		case now.Sub(last) > nameWithin:
			made = append(made, Event{Kind: Made, At: last, Is: n, Hit: n})
		default:
			left = append(left, n)
		}
	}
	return made, left
}

// End tells that a chain is over: what is settled with it, and the end itself. s is
// the chain as last seen.
func End(told Told, s State, hits []Hit, now time.Time) ([]Event, Told) {
	if told.Over {
		return nil, told
	}
	var events []Event
	// What had not been told while it ran.
	if crossed := Crossed(max(told.Current, MinHits), s.Current); told.Seen && len(crossed) > 0 {
		last := crossed[len(crossed)-1]
		by := hitAt(hits, last)
		events = append(events, Event{Kind: Milestone, At: atOr(by, s.LastHit()), Was: told.Current, Is: s.Current, Hit: last, By: by})
		switch {
		case told.Near >= last:
			told.Unnamed = append(slices.Clone(told.Unnamed), last)
		case passed(told.Near, crossed):
			told.Unnamed = append(slices.Clone(told.Unnamed), told.Near)
		}
	}
	for _, n := range told.Unnamed {
		by := hitAt(hits, n)
		events = append(events, Event{Kind: Made, At: atOr(by, s.LastHit()), Is: n, Hit: n, By: by})
	}
	if d := told.Danger; d.escaped(s.End) && !d.Unnamed {
		by := firstAfter(hits, d)
		events = append(events, Event{Kind: Saved, At: atOr(by, s.LastHit()), Was: d.Current, Is: s.Current, Deadline: d.Deadline, By: by})
	}
	told.Over, told.Seen, told.Unnamed, told.Current = true, true, nil, max(told.Current, s.Current)
	events = append(events, Event{Kind: Over, At: s.End, Was: s.Current, Is: s.Current, Deadline: s.End})
	return events, told
}

func atOr(h *Hit, t time.Time) time.Time {
	if h != nil {
		return h.At
	}
	return t
}

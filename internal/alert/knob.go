package alert

import "strings"

// Knob is one of the things that narrow a rule, by the name of its option.
type Knob string

// The knobs. What is not among them, quiet hours and a role, works for every kind.
const (
	KnobEvery   Knob = "every"
	KnobAtLeast Knob = "at_least"
	KnobAhead   Knob = "ahead"   // in minutes
	KnobSeconds Knob = "seconds" // left on a chain's timer
	KnobNames   Knob = "names"
	KnobWhen    Knob = "when"
)

// Knobs lists those that make a difference for the kind. Any other would do nothing, or
// silence the rule for ever.
func (k Kind) Knobs() (out []Knob) {
	noun, _, _ := strings.Cut(string(k), ".")
	switch k {
	case WarMilestone, ChainMilestone, ChainBonusSoon:
		out = append(out, KnobEvery, KnobAtLeast)
	case ChainTimer:
		out = append(out, KnobAtLeast, KnobSeconds)
	case ChainBroken, ChainEnded:
		out = append(out, KnobAtLeast)
	case WarEnlist, WarSoon, OCReadySoon, OCPausing:
		out = append(out, KnobAhead)
	}
	if noun == "oc" {
		out = append(out, KnobNames)
	}
	if noun != "war" { // a war's own news come when they come
		out = append(out, KnobWhen)
	}
	return out
}

// Step is what a number of the knob has to be a multiple of, for anything to be told of
// every so many; 1 where any will do.
func (k Kind) Step(n Knob) int64 {
	if k == WarMilestone && n == KnobEvery {
		return 1000 // the score's milestones (war.DefaultEventOptions)
	}
	return 1
}

// Least is the smallest number of the knob with which a rule of the kind tells anything:
// the last of its warnings comes so long before. 0 where any will do.
func (k Kind) Least(n Knob) int64 {
	switch {
	case k == WarSoon && n == KnobAhead:
		return 15
	case k == WarEnlist && n == KnobAhead:
		return 60
	case k == ChainTimer && n == KnobSeconds:
		return 30
	default:
		return 0
	}
}

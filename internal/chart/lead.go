package chart

import (
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// Lead draws our lead over time against the target that ends the war, which falls
// from hour 24 on (game.md, Ranked wars). Above the middle we lead, below it they do. Of a
// war that goes on the target is drawn a little way into the future.
func Lead(samples []war.Sample, w war.War, o Options) ([]byte, error) {
	return leads(samples, w, nil, o)
}

// leads draws the lead; fc may be nil.
func leads(samples []war.Sample, w war.War, fc *war.Forecast, o Options) ([]byte, error) {
	c := newCanvas(o)
	if len(samples) == 0 {
		return c.empty("Lead", noScore)
	}
	samples = thin(samples)
	last := samples[len(samples)-1]
	leads := make([]pair, len(samples))
	low, high := 0.0, 0.0
	for i, s := range samples {
		leads[i] = pair{seconds(s.At), lead(s), 0}
		low, high = min(low, lead(s)), max(high, lead(s))
	}
	target := targets(samples, w, until(samples, fc))
	now := leads[len(leads)-1].a
	color := c.pal.us
	if now < 0 {
		color = c.pal.them
	}
	entries := []entry{{"Our lead", signed(last.Us - last.Them), color, false}}
	if len(target) > 0 {
		entries = append(entries, entry{"Target", faction.Count(targetAt(last, w)), c.pal.target, true})
	}
	title := "Lead against the target"
	if fc != nil {
		title = "Lead, target, and when 8 of 10 such wars end"
	}
	top := c.head(title, tornTime, entries)

	// The target is drawn on the side it may be met on, and on both when both have
	// been well ahead. What is still to come is dashed.
	above, below := sides(low, high)
	end := last.At
	for _, p := range target {
		if above {
			high = max(high, p.a)
		}
		if below {
			low = min(low, -p.a)
		}
		if at := time.Unix(int64(p.x), 0).UTC(); at.After(end) {
			end = at
		}
	}
	f := c.axes(top, low, high, samples[0].At, end)
	if fc != nil {
		f.shade(*fc)
	}
	f.between(leads, c.pal.us, c.pal.them, 56)
	for _, side := range []struct {
		shown bool
		sign  float64
	}{{above, 1}, {below, -1}} {
		if side.shown {
			seen, coming := f.stairs(target, side.sign, seconds(last.At))
			f.line(seen, c.pal.target, c.opt.Text/9)
			f.dashed(coming, c.pal.target, c.opt.Text/9)
		}
	}
	thick := c.opt.Text / 6
	for _, run := range runs(leads) {
		line := make([]point, len(run))
		for i, p := range run {
			line[i] = f.at(p.x, p.a)
		}
		f.line(line, higher(run, c.pal.us, c.pal.them), thick)
	}
	f.dot(f.at(seconds(last.At), now), 1.6*thick, color)
	return c.finish()
}

// sides tells on which sides of zero the target is of interest: where somebody led
// by at least a quarter of the other's best lead.
func sides(low, high float64) (above, below bool) {
	above = high > 0 && high >= -low/4 || low == 0
	below = low < 0 && -low >= high/4
	return above, below
}

// targets are the steps of the target: a is its height from x on, up to end. Nothing
// when no target was ever told.
func targets(samples []war.Sample, w war.War, end time.Time) []pair {
	first, last := samples[0], samples[len(samples)-1]
	if targetAt(first, w) <= 0 && targetAt(last, w) <= 0 {
		return nil
	}
	steps := make([]pair, 0, len(samples))
	for _, s := range samples {
		steps = append(steps, pair{x: seconds(s.At), a: float64(targetAt(s, w))})
	}
	original := w.OriginalTarget
	if original <= 0 {
		original = war.OriginalTarget(last.Target, w.Start, last.At)
	}
	if !w.End.IsZero() || original <= 0 {
		return steps
	}
	for at := last.At.Truncate(time.Hour).Add(w.Start.Sub(w.Start.Truncate(time.Hour))); at.Before(end) && len(steps) < 8*buckets; at = at.Add(time.Hour) {
		if at.After(last.At) {
			steps = append(steps, pair{x: seconds(at), a: float64(war.DecayedTarget(original, w.Start, at))})
		}
	}
	return append(steps, pair{x: seconds(end), a: steps[len(steps)-1].a})
}

// targetAt is the target at a look: what Torn said, or what the rule makes of the
// original when it said nothing.
func targetAt(s war.Sample, w war.War) int64 {
	if s.Target > 0 {
		return s.Target
	}
	return war.DecayedTarget(w.OriginalTarget, w.Start, s.At)
}

// stairs are the corners of a line that keeps its height until the next step, cut
// in two at now.
func (f frame) stairs(steps []pair, sign, now float64) (seen, coming []point) {
	for i, s := range steps {
		part := &seen
		if s.x > now {
			part = &coming
			if len(coming) == 0 && len(seen) > 0 {
				coming = append(coming, seen[len(seen)-1])
			}
		}
		if i > 0 {
			*part = append(*part, f.at(s.x, sign*steps[i-1].a))
		}
		*part = append(*part, f.at(s.x, sign*s.a))
	}
	return seen, coming
}

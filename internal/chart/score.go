package chart

import (
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

// noScore is what stands in place of a chart before there is anything to draw.
const noScore = "No score yet: the first look after the start draws it."

// torntime says what the hours of the axis are.
const tornTime = "times in TCT (UTC)"

// Score draws both sides' scores over time. The area between them has the colour
// of whoever leads. samples are what was seen, of any number.
func Score(samples []war.Sample, w war.War, o Options) ([]byte, error) {
	c := newCanvas(o)
	if len(samples) == 0 {
		return c.empty("Score", noScore)
	}
	samples = thin(samples)
	last := samples[len(samples)-1]
	top := c.head("Score", tornTime, []entry{
		{readable(w.Us.Name, "Us"), faction.Count(last.Us), c.pal.us, false},
		{readable(w.Them.Name, "Them"), faction.Count(last.Them), c.pal.them, false},
	})
	low, high := 0.0, 0.0
	pairs := make([]pair, len(samples))
	for i, s := range samples {
		pairs[i] = pair{seconds(s.At), float64(s.Us), float64(s.Them)}
		low, high = min(low, pairs[i].a, pairs[i].b), max(high, pairs[i].a, pairs[i].b)
	}
	f := c.axes(top, low, high, samples[0].At, last.At)
	f.between(pairs, c.pal.us, c.pal.them, 46)
	us, them := make([]point, len(pairs)), make([]point, len(pairs))
	for i, p := range pairs {
		us[i], them[i] = f.at(p.x, p.a), f.at(p.x, p.b)
	}
	thick := c.opt.Text / 6
	f.line(them, c.pal.them, thick)
	f.line(us, c.pal.us, thick)
	f.dot(them[len(them)-1], 1.6*thick, c.pal.them)
	f.dot(us[len(us)-1], 1.6*thick, c.pal.us)
	return c.finish()
}

// signed shows a lead with its sign.
func signed(n int64) string {
	if n > 0 {
		return "+" + faction.Count(n)
	}
	return faction.Count(n)
}

// ahead is how far past the last look the falling target of a war that goes on is
// drawn: an eighth of what has been, an hour at least.
func ahead(span time.Duration) time.Duration { return max(span/8, time.Hour) }

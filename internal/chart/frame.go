package chart

import (
	"time"

	"github.com/go-analyze/charts"
)

// entry explains one line of a chart and says where it stands now.
type entry struct {
	name, value string
	color       charts.Color
	thin        bool
}

// frame is a chart's head, its axes, and the room between them.
type frame struct {
	*canvas
	x, y scale
}

func (c *canvas) width() float64  { return float64(c.opt.Width) }
func (c *canvas) height() float64 { return float64(c.opt.Height) }

// head writes title, note and legend, and gives the y below them.
func (c *canvas) head(title, note string, entries []entry) float64 {
	em := c.opt.Text
	baseline := 1.7 * em
	// A narrow picture has no room for the note.
	noteLabel := label{text: note, color: c.pal.faint, size: 0.8 * em, align: right}
	titleLabel := label{text: title, color: c.pal.text, face: bold, size: 1.15 * em}
	if room := c.width() - 3*em - c.measure(noteLabel); room > c.measure(titleLabel) {
		c.write(c.width()-em, baseline, noteLabel)
	}
	c.write(em, baseline, c.fit(titleLabel, c.width()-2*em))
	if len(entries) == 0 {
		return 2.4 * em
	}
	baseline = 3.4 * em
	room := (c.width() - 2*em) / float64(len(entries))
	x := em
	for _, e := range entries {
		x += c.legend(x, baseline, room, e) + 1.4*em
	}
	return 4.2 * em
}

// legend writes one entry in at most room, and gives the width that it took.
func (c *canvas) legend(x, baseline, room float64, e entry) float64 {
	em := c.opt.Text
	swatch := []point{{x, baseline - 0.35*em}, {x + 1.3*em, baseline - 0.35*em}}
	thick := em / 4
	if e.thin {
		thick = em / 9
	}
	c.line(swatch, e.color, thick)
	value := label{text: e.value, color: e.color, face: bold}
	used := 1.8 * em
	name := c.fit(label{text: e.name, color: c.pal.text}, room-used-c.measure(value)-1.9*em)
	c.write(x+used, baseline, name)
	used += c.measure(name) + 0.45*em
	c.write(x+used, baseline, value)
	return used + c.measure(value)
}

// axes draws both axes below top: values at the left, the time at the foot.
func (c *canvas) axes(top, low, high float64, from, to time.Time) frame {
	em := c.opt.Text
	foot := c.height() - 1.9*em
	low, high = padded(low, high)
	most := max(high, -low)
	ticks := valueTicks(low, high, max(3, int((foot-top)/(2.1*em))))
	margin := 0.0
	for _, v := range ticks {
		margin = max(margin, c.measure(label{text: short(v, most), color: c.pal.faint, size: 0.85 * em}))
	}
	f := frame{
		canvas: c,
		x:      scale{seconds(from), seconds(to), margin + 1.6*em, c.width() - 1.4*em},
		y:      scale{low, high, foot, top + 0.3*em},
	}
	if f.x.high <= f.x.low { // one moment: in the middle
		f.x.low, f.x.high = f.x.low-60, f.x.low+60
	}
	for _, v := range ticks {
		y, color := f.y.at(v), c.pal.grid
		if v == 0 {
			color = c.pal.axis
		}
		c.line([]point{{f.x.start, y}, {f.x.end, y}}, color, c.hair())
		c.write(f.x.start-0.6*em, y+0.3*em, label{text: short(v, most), color: c.pal.faint, size: 0.85 * em, align: right})
	}
	begin, end := time.Unix(int64(f.x.low), 0).UTC(), time.Unix(int64(f.x.high), 0).UTC()
	for _, t := range timeTicks(begin, end, max(2, int((f.x.end-f.x.start)/(5*em)))) {
		x := f.x.at(seconds(t.at))
		c.line([]point{{x, foot}, {x, foot + 0.35*em}}, c.pal.axis, c.hair())
		l := label{text: t.text, color: c.pal.faint, size: 0.85 * em}
		half := c.measure(l) / 2
		c.write(min(max(x-half, 0.2*em), c.width()-2*half-0.2*em), foot+1.4*em, l)
	}
	return f
}

// empty says in place of a chart why there is none.
func (c *canvas) empty(title, why string) ([]byte, error) {
	c.head(title, "", nil)
	l := c.fit(label{text: why, color: c.pal.faint, align: middle}, c.width()-2*c.opt.Text)
	c.write(c.width()/2, c.height()/2+0.3*c.opt.Text, l)
	return c.finish()
}

func (f frame) at(x, y float64) point { return point{f.x.at(x), f.y.at(y)} }

// pair is two values at one moment.
type pair struct{ x, a, b float64 }

// runs cuts a series where a and b cross, so that in each run one of them is never
// below the other. Neighbours share the crossing.
func runs(pairs []pair) [][]pair {
	var out [][]pair
	var run []pair
	sign := 0.0
	for i, p := range pairs {
		d := p.a - p.b
		if i > 0 && d*sign < 0 {
			before := pairs[i-1]
			part := (before.a - before.b) / (before.a - before.b - d)
			cross := pair{before.x + part*(p.x-before.x), before.a + part*(p.a-before.a), before.b + part*(p.b-before.b)}
			out = append(out, append(run, cross))
			run, sign = []pair{cross}, 0
		}
		run = append(run, p)
		if d != 0 && sign == 0 {
			sign = d
		}
	}
	if len(run) > 0 {
		out = append(out, run)
	}
	return out
}

// between fills each run in the colour of whoever is higher, a or b.
func (f frame) between(pairs []pair, a, b charts.Color, alpha uint8) {
	for _, run := range runs(pairs) {
		outline := make([]point, 0, 2*len(run))
		for _, p := range run {
			outline = append(outline, f.at(p.x, p.a))
		}
		for i := len(run) - 1; i >= 0; i-- {
			outline = append(outline, f.at(run[i].x, run[i].b))
		}
		f.area(outline, faded(higher(run, a, b), alpha))
	}
}

func higher(run []pair, a, b charts.Color) charts.Color {
	for _, p := range run {
		if p.a != p.b {
			if p.a > p.b {
				return a
			}
			return b
		}
	}
	return a
}

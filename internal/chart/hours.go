package chart

import (
	"fmt"
)

// Hour is one hour of the day in a chart of Hours. Without Seen nothing is known of it.
type Hour struct {
	Value float64
	Seen  bool
}

// Hours draws how many there are in each hour of the day, in Torn's time.
func Hours(title string, hours [24]Hour, o Options) ([]byte, error) {
	c := newCanvas(o)
	title = readable(title, "By hour")
	most := 0.0
	seen := false
	for _, h := range hours {
		most, seen = max(most, finite(h.Value)), seen || h.Seen
	}
	if !seen {
		return c.empty(title, "Nobody has looked yet.")
	}
	em := c.opt.Text
	top := c.head(title, "hours in TCT (UTC)", nil)
	foot := c.height() - 1.9*em
	_, high := padded(0, max(most, 1))
	ticks := valueTicks(0, high, max(3, int((foot-top)/(2.1*em))))
	margin := 0.0
	for _, v := range ticks {
		margin = max(margin, c.measure(label{text: short(v, high), size: 0.85 * em}))
	}
	y := scale{0, high, foot, top + 0.3*em}
	left, edge := margin+1.6*em, c.width()-em
	for _, v := range ticks {
		at := y.at(v)
		c.line([]point{{left, at}, {edge, at}}, c.pal.grid, c.hair())
		c.write(left-0.6*em, at+0.3*em, label{text: short(v, high), color: c.pal.faint, size: 0.85 * em, align: right})
	}
	pitch := (edge - left) / 24
	for i, h := range hours {
		from := left + float64(i)*pitch
		if h.Seen {
			c.rect(from+0.12*pitch, y.at(finite(h.Value)), from+0.88*pitch, foot, c.pal.them)
		}
		if i%3 == 0 {
			c.write(from+pitch/2, foot+1.4*em, label{text: fmt.Sprintf("%02d", i), color: c.pal.faint, size: 0.85 * em, align: middle})
		}
	}
	c.line([]point{{left, foot}, {edge, foot}}, c.pal.axis, c.hair())
	return c.finish()
}

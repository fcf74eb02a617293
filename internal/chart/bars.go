package chart

import "math"

// Bar is one line of a ranking.
type Bar struct {
	Label string
	Value float64
	// Text is the value as it is shown; empty: in short.
	Text string
	// Theirs gives the bar the enemy's colour.
	Theirs bool
}

// maxBars is how many bars a picture holds; further ones are left out.
const maxBars = 15

// Bars draws a ranking, the first bar at the top. Without a Height the picture is as
// tall as it needs to be. A value that is negative or no number has no bar.
func Bars(title string, bars []Bar, o Options) ([]byte, error) {
	bars = bars[:min(len(bars), maxBars)]
	if o.Height <= 0 {
		o.Height = int(math.Ceil(o.filled().Text * (3.4 + 1.9*float64(max(len(bars), 3)))))
	}
	c := newCanvas(o)
	title = readable(title, "Ranking")
	if len(bars) == 0 {
		return c.empty(title, "Nobody stands here yet.")
	}
	em := c.opt.Text
	top := c.head(title, "", nil)
	pitch := (c.height() - top - 0.7*em) / float64(len(bars))
	size := min(em, 0.62*pitch)

	names, values := make([]label, len(bars)), make([]label, len(bars))
	nameWidth, valueWidth, most := 0.0, 0.0, 0.0
	for i, b := range bars {
		if b.Text == "" {
			b.Text = short(finite(b.Value), finite(b.Value))
		}
		names[i] = c.fit(label{text: readable(b.Label, "(no name)"), color: c.pal.text, size: size, align: right}, c.width()*0.32)
		values[i] = label{text: readable(b.Text, "–"), color: c.pal.text, face: bold, size: size}
		nameWidth, valueWidth = max(nameWidth, c.measure(names[i])), max(valueWidth, c.measure(values[i]))
		most = max(most, finite(b.Value))
	}
	if most == 0 {
		most = 1
	}
	from := em + nameWidth + 0.6*em
	length := scale{0, most, from, c.width() - em - valueWidth - 0.6*em}
	for i, b := range bars {
		middle := top + (float64(i)+0.5)*pitch
		color := c.pal.us
		if b.Theirs {
			color = c.pal.them
		}
		end := max(length.at(finite(b.Value)), from+c.hair())
		c.rect(from, middle-0.34*pitch, end, middle+0.34*pitch, color)
		c.write(from-0.6*em, middle+0.33*size, names[i])
		c.write(end+0.5*em, middle+0.33*size, values[i])
	}
	return c.finish()
}

// finite is v as the length of a bar.
func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0
	}
	return v
}

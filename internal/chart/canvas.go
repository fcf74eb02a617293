package chart

import (
	"html"
	"math"
	"strings"
	"unicode"

	"github.com/go-analyze/charts"
)

// point is a place on the canvas in pixels, from its upper left corner.
type point struct{ x, y float64 }

// canvas draws in pixels with the theme's colours.
type canvas struct {
	painter *charts.Painter
	opt     Options
	pal     palette
}

func newCanvas(o Options) *canvas {
	o = o.filled()
	if o.Format == SVG {
		o.Width, o.Height, o.Text = o.Width*fine, o.Height*fine, o.Text*fine
	}
	c := &canvas{opt: o, pal: paletteOf(o.Theme)}
	c.painter = charts.NewPainter(charts.PainterOptions{OutputFormat: string(o.Format), Width: o.Width, Height: o.Height})
	c.painter.FilledRect(0, 0, o.Width+1, o.Height+1, c.pal.ground, c.pal.ground, 0)
	return c
}

func pixel(v float64) int { return int(math.Round(v)) }

func pixels(points []point) []charts.Point {
	out := make([]charts.Point, 0, len(points))
	for _, p := range points {
		to := charts.Point{X: pixel(p.x), Y: pixel(p.y)}
		if len(out) == 0 || out[len(out)-1] != to {
			out = append(out, to)
		}
	}
	return out
}

func (c *canvas) line(points []point, color charts.Color, width float64) {
	if path := pixels(points); len(path) > 1 {
		c.painter.LineStroke(path, color, width)
	}
}

func (c *canvas) dashed(points []point, color charts.Color, width float64) {
	if path := pixels(points); len(path) > 1 {
		c.painter.DashedLineStroke(path, color, width, []float64{3 * width, 3 * width})
	}
}

// area fills the polygon through the points.
func (c *canvas) area(points []point, color charts.Color) {
	if path := pixels(points); len(path) > 2 {
		c.painter.FillArea(append(path, path[0]), color) // closed: the PNG's rasteriser does not do it
	}
}

func (c *canvas) rect(x1, y1, x2, y2 float64, color charts.Color) {
	c.painter.FilledRect(pixel(x1), pixel(y1), pixel(x2), pixel(y2), color, color, 0)
}

func (c *canvas) dot(p point, radius float64, color charts.Color) {
	c.painter.Circle(radius, pixel(p.x), pixel(p.y), color, c.pal.ground, max(1, radius/3))
}

// face is one of the two fonts.
type face string

const (
	regular face = charts.FontFamilyNotoSans
	bold    face = charts.FontFamilyNotoSansBold
)

const familyName = 1 // the record of a font's name table that names its family

func family(f face) string { return charts.GetFont(string(f)).Name(familyName) }

// align says which end of a text stands at its x.
type align int

const (
	left align = iota
	right
	middle
)

// label is a piece of text.
type label struct {
	text  string
	color charts.Color
	face  face
	align align
	size  float64 // in pixels; 0: the canvas's ordinary text
}

func (c *canvas) style(l label) charts.FontStyle {
	if l.face == "" {
		l.face = regular
	}
	if l.size == 0 {
		l.size = c.opt.Text
	}
	const dotsPerInch, pointsPerInch = 92, 72 // the library's resolution
	return charts.FontStyle{FontSize: l.size * pointsPerInch / dotsPerInch, FontColor: l.color, Font: charts.GetFont(string(l.face))}
}

func (c *canvas) measure(l label) float64 {
	width := float64(c.painter.MeasureText(l.text, 0, c.style(l)).Width())
	if c.opt.Format == SVG {
		width *= 1.1 // the reader's font may be wider than ours
	}
	return width
}

// hair is the width of the thinnest line.
func (c *canvas) hair() float64 {
	if c.opt.Format == SVG {
		return fine
	}
	return 1
}

// write sets a text on a baseline. It must have come through readable or be ours.
func (c *canvas) write(x, y float64, l label) {
	switch l.align {
	case right:
		x -= c.measure(l)
	case middle:
		x -= c.measure(l) / 2
	}
	text := l.text
	if c.opt.Format == SVG {
		text = html.EscapeString(text) // the library writes it as it comes
	}
	c.painter.Text(text, pixel(x), pixel(y), 0, c.style(l))
}

// readable is what of a foreign name the fonts can show, or instead when that is
// nothing. The names of factions may hold anything.
func readable(name, instead string) string {
	primary, second := charts.GetFont(string(regular)), charts.GetFont(charts.FontFamilyRoboto)
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r), primary.Index(r) == 0 && second.Index(r) == 0:
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	if shown = strings.Join(strings.Fields(shown), " "); shown == "" {
		return instead
	}
	return shown
}

// fit shortens a label until it is no wider than width.
func (c *canvas) fit(l label, width float64) label {
	runes := []rune(l.text)
	if len(runes) > 64 {
		runes = runes[:64]
		l.text = string(runes) + "…"
	}
	for len(runes) > 1 && c.measure(l) > width {
		runes = runes[:len(runes)-1]
		l.text = strings.TrimRight(string(runes), " ") + "…"
	}
	return l
}

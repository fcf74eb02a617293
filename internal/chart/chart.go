// Package chart draws a war as pictures: values in, image bytes out. Discord gets
// PNG, the web the same drawing as SVG. Times are Torn's, which are UTC.
//
// The library's ready-made line chart spaces its points evenly; scores come at any
// moment. So the axes are ours and only the drawing is the library's.
package chart

import (
	"fmt"
	"strings"

	"github.com/go-analyze/charts"
)

// Format is an image's file format.
type Format string

// The formats.
const (
	PNG Format = charts.ChartOutputPNG
	SVG Format = charts.ChartOutputSVG
)

// ContentType is the format's media type.
func (f Format) ContentType() string {
	if f == SVG {
		return "image/svg+xml"
	}
	return "image/png"
}

// Options say how a chart is drawn. The zero value is a dark PNG of 900 × 400 pixels,
// readable on a phone when Discord shrinks it.
type Options struct {
	Format Format // empty: PNG
	Theme  Theme  // empty: Dark
	// Width and Height are in pixels; 0: 900 × 400. Sizes that leave no room for a
	// chart are raised to 240 × 160, others cut to 4096.
	Width, Height int
	// Text is the height of ordinary text in pixels; 0: a fortieth of the width.
	Text float64
}

func (o Options) filled() Options {
	if o.Format != SVG {
		o.Format = PNG
	}
	if o.Theme != Light {
		o.Theme = Dark
	}
	o.Width, o.Height = size(o.Width, 900, 240), size(o.Height, 400, 160)
	if !(o.Text > 0) {
		o.Text = float64(o.Width) / 40
	}
	o.Text = min(max(o.Text, 8), float64(o.Height)/8, float64(o.Width)/16)
	return o
}

// fine is how many units of an SVG's own coordinates make a pixel: the library draws
// in whole units, and vectors are looked at enlarged.
const fine = 4

func size(n, usual, least int) int {
	if n <= 0 {
		return usual
	}
	return min(max(n, least), 4096)
}

// finish gives the file's bytes.
func (c *canvas) finish() ([]byte, error) {
	image, err := c.painter.Bytes()
	if err != nil {
		return nil, fmt.Errorf("draw a chart: %w", err)
	}
	if c.opt.Format == SVG {
		// The library names the fonts that it measured with; a browser has its own.
		image = []byte(strings.NewReplacer(
			"'"+family(bold)+"',sans-serif", "system-ui,'Noto Sans',sans-serif;font-weight:700",
			"'"+family(regular)+"',sans-serif", "system-ui,'Noto Sans',sans-serif;font-weight:500",
		).Replace(string(image)))
	}
	return image, nil
}

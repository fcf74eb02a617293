package chart

import "github.com/go-analyze/charts"

// Theme is what a chart stands on.
type Theme string

// The themes.
const (
	Dark  Theme = "dark"
	Light Theme = "light"
)

// palette is a theme's colours. Ours is blue and theirs orange: the pair that every
// common kind of colour blindness tells apart.
type palette struct {
	ground, grid, axis, text, faint charts.Color
	us, them, target                charts.Color
}

func paletteOf(t Theme) palette {
	if t == Light {
		return palette{
			ground: charts.ColorRGB(255, 255, 255), grid: charts.ColorRGB(228, 231, 236), axis: charts.ColorRGB(152, 162, 179),
			text: charts.ColorRGB(24, 29, 39), faint: charts.ColorRGB(83, 95, 114),
			us: charts.ColorRGB(3, 105, 178), them: charts.ColorRGB(194, 84, 3), target: charts.ColorRGB(71, 84, 103),
		}
	}
	return palette{
		ground: charts.ColorRGB(22, 27, 36), grid: charts.ColorRGB(42, 50, 64), axis: charts.ColorRGB(92, 104, 124),
		text: charts.ColorRGB(240, 244, 250), faint: charts.ColorRGB(160, 172, 190),
		us: charts.ColorRGB(86, 180, 255), them: charts.ColorRGB(255, 159, 67), target: charts.ColorRGB(214, 222, 235),
	}
}

// faded is a colour for areas under and between lines.
func faded(c charts.Color, alpha uint8) charts.Color {
	c.A = alpha
	return c
}

package chart_test

import (
	"bytes"
	"image/png"
	"testing"
	"time"

	"consigliere/internal/chart"
	"consigliere/internal/war"
)

// A polygon that is not closed fills only down to its first point in a PNG.
func TestTheAreaBetweenTheScoresIsFilledAllTheWay(t *testing.T) {
	from := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
	var samples []war.Sample
	for i := range 40 {
		samples = append(samples, war.Sample{At: from.Add(time.Duration(i) * 5 * time.Minute), Us: int64(3000 + i*20), Them: int64(1900 + i*8)})
	}
	w := war.War{Start: from, Us: war.Side{Name: "A"}, Them: war.Side{Name: "B"}}
	picture, err := chart.Score(samples, w, chart.Options{})
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	const highBetween, lowBetween, below, middle = 190, 212, 320, 480 // of 900 × 400 pixels
	high, low, ground := img.At(middle, highBetween), img.At(middle, lowBetween), img.At(middle, below)
	if high != low || high == ground {
		t.Errorf("between the lines the colours are %v and %v, below them %v: want the same twice, and another", high, low, ground)
	}
}

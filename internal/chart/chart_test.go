package chart_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"consigliere/internal/chart"
	"consigliere/internal/war"
)

var start = time.Date(2026, 3, 13, 12, 0, 0, 0, time.UTC)

func aWar() war.War {
	return war.War{ID: 1, Start: start, Target: 9000, OriginalTarget: 9000,
		Us: war.Side{Name: "Night Watch"}, Them: war.Side{Name: "The Golden Horde"}}
}

// series samples two scores, n times, as functions of the hours since the start.
func series(n int, every time.Duration, f func(h float64) (us, them float64)) []war.Sample {
	var out []war.Sample
	for i := range n {
		at := start.Add(time.Duration(i) * every)
		us, them := f(at.Sub(start).Hours())
		out = append(out, war.Sample{At: at, Us: int64(us), Them: int64(them), Target: war.DecayedTarget(9000, start, at)})
	}
	return out
}

func weLead(h float64) (float64, float64)   { return 900 * h, 300 * h }
func theyLead(h float64) (float64, float64) { return 300 * h, 900 * h }

func decode(t *testing.T, b []byte, err error) image.Image {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatalf("no PNG: %v", err)
	}
	return img
}

var (
	blue   = color.NRGBA{86, 180, 255, 255}
	orange = color.NRGBA{255, 159, 67, 255}
)

// count is how many pixels of a part of a picture have exactly a colour.
func count(img image.Image, c color.NRGBA, in image.Rectangle) int {
	n := 0
	for y := in.Min.Y; y < in.Max.Y; y++ {
		for x := in.Min.X; x < in.Max.X; x++ {
			if color.NRGBAModel.Convert(img.At(x, y)) == c {
				n++
			}
		}
	}
	return n
}

// plot is where the axes are in a picture of the usual size, without the legend.
var plot = image.Rect(0, 96, 900, 360)

func TestAPictureHasTheUsualSizeAndNoSeeThroughPixel(t *testing.T) {
	b, err := chart.Score(series(60, time.Minute, weLead), aWar(), chart.Options{})
	img := decode(t, b, err)
	if got := img.Bounds(); got != image.Rect(0, 0, 900, 400) {
		t.Errorf("the picture is %v", got)
	}
	if o, ok := img.(interface{ Opaque() bool }); !ok || !o.Opaque() {
		t.Error("the picture lets the background through")
	}
}

func TestTheHigherLineIsOfWhoeverLeads(t *testing.T) {
	for name, c := range map[string]struct {
		f          func(float64) (float64, float64)
		high, much color.NRGBA
	}{"we lead": {weLead, blue, orange}, "they lead": {theyLead, orange, blue}} {
		t.Run(name, func(t *testing.T) {
			b, err := chart.Score(series(120, time.Minute, c.f), aWar(), chart.Options{})
			img := decode(t, b, err)
			top := image.Rect(600, plot.Min.Y, 900, 200)
			if count(img, c.high, top) == 0 || count(img, c.much, top) != 0 {
				t.Errorf("upper right: %d of the leader, %d of the other", count(img, c.high, top), count(img, c.much, top))
			}
		})
	}
}

func TestTheLeadIsBlueAboveAndOrangeBelow(t *testing.T) {
	b, err := chart.Lead(series(120, time.Minute, weLead), aWar(), chart.Options{})
	img := decode(t, b, err)
	if count(img, blue, plot) == 0 || count(img, orange, plot) != 0 {
		t.Error("a lead of ours is not blue alone")
	}
	b, err = chart.Lead(series(120, time.Minute, theyLead), aWar(), chart.Options{})
	img = decode(t, b, err)
	if count(img, orange, plot) == 0 || count(img, blue, plot) != 0 {
		t.Error("a lead of theirs is not orange alone")
	}
	b, err = chart.Lead(series(120, time.Minute, func(h float64) (float64, float64) { return 5000 * math.Sin(4*h), 0 }), aWar(), chart.Options{})
	img = decode(t, b, err)
	if count(img, orange, plot) == 0 || count(img, blue, plot) == 0 {
		t.Error("a lead that changed hands does not show both colours")
	}
}

func TestALongWarKeepsItsPeakAndCostsNoMore(t *testing.T) {
	flat := func(float64) (float64, float64) { return 1000, 900 }
	long := series(50_000, 10*time.Second, flat)
	peak := append([]war.Sample(nil), long...)
	peak[24_321].Us = 8000
	without, err := chart.Score(long, aWar(), chart.Options{Format: chart.SVG})
	if err != nil {
		t.Fatal(err)
	}
	with, err := chart.Score(peak, aWar(), chart.Options{Format: chart.SVG})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(without, with) {
		t.Error("one high sample among many is lost")
	}
	if len(with) > 100_000 {
		t.Errorf("the picture of 50,000 samples has %d bytes", len(with))
	}
}

func TestNothingAndASingleSampleAreDrawn(t *testing.T) {
	type drawing func([]war.Sample, war.War, chart.Options) ([]byte, error)
	for name, draw := range map[string]drawing{"score": chart.Score, "lead": chart.Lead} {
		none, err := draw(nil, aWar(), chart.Options{})
		decode(t, none, err)
		one, err := draw(series(1, time.Minute, weLead), aWar(), chart.Options{})
		if img := decode(t, one, err); count(img, blue, plot) == 0 {
			t.Errorf("%s: a single sample is not to be seen", name)
		}
		if bytes.Equal(none, one) {
			t.Errorf("%s: a single sample looks like none", name)
		}
	}
}

// texts gives what an SVG says, and fails when it is not well-formed or holds
// anything but shapes and text.
func texts(t *testing.T, b []byte) []string {
	t.Helper()
	var out []string
	d := xml.NewDecoder(bytes.NewReader(b))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, b)
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch e.Name.Local {
			case "svg", "path", "text", "circle":
			default:
				t.Errorf("unexpected element %s", e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || strings.Contains(a.Name.Local, "href") {
					t.Errorf("unexpected attribute %s", a.Name.Local)
				}
			}
		case xml.CharData:
			out = append(out, string(e))
		}
	}
}

func TestAnSVGSaysNamesScoresAndHoursAndNothingThatRuns(t *testing.T) {
	w := aWar()
	w.Us.Name = `<script>alert("1")</script> & Söhne`
	w.Them.Name = "\u202eevil\u0000 \xff" + strings.Repeat("W", 200)
	b, err := chart.Score(series(120, time.Minute, weLead), w, chart.Options{Format: chart.SVG, Theme: chart.Light, Text: 12})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(texts(t, b), "\n")
	for _, want := range []string{`<script>alert("1")</script> & Söhne`, "1,785", "595", "12:30", "evil WWWW", "…", "TCT"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not said in:\n%s", want, said)
		}
	}
	if strings.ContainsAny(said, "\u202e\x00") {
		t.Error("an invisible character came through")
	}
}

func TestTheThemesDiffer(t *testing.T) {
	samples := series(60, time.Minute, weLead)
	dark, err := chart.Lead(samples, aWar(), chart.Options{Format: chart.SVG})
	if err != nil {
		t.Fatal(err)
	}
	light, err := chart.Lead(samples, aWar(), chart.Options{Format: chart.SVG, Theme: chart.Light})
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(dark, light) {
		t.Error("light looks like dark")
	}
}

func TestTheLeadNamesTheTargetOfNow(t *testing.T) {
	// 30 hours: the target has fallen to 93 %.
	samples := series(31, time.Hour, weLead)
	b, err := chart.Lead(samples, aWar(), chart.Options{Format: chart.SVG})
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(texts(t, b), "\n")
	if !strings.Contains(said, "8,370") || !strings.Contains(said, "+18,000") {
		t.Errorf("neither target nor lead in:\n%s", said)
	}
}

func TestLongerBarsAreForHigherValues(t *testing.T) {
	b, err := chart.Bars("Top", []chart.Bar{{Label: "a", Value: 100}, {Label: "b", Value: 50, Theirs: true}}, chart.Options{})
	img := decode(t, b, err)
	ours, theirs := count(img, blue, img.Bounds()), count(img, orange, img.Bounds())
	if ratio := float64(ours) / float64(theirs); ratio < 1.9 || ratio > 2.1 {
		t.Errorf("twice the value has %.2f times the area", ratio)
	}
}

func TestBrokenBarsAreDrawnAsNothing(t *testing.T) {
	b, err := chart.Bars("", []chart.Bar{{Value: math.NaN()}, {Value: math.Inf(1)}, {Value: -5}}, chart.Options{})
	decode(t, b, err)
	b, err = chart.Bars("Top", nil, chart.Options{})
	decode(t, b, err)
}

func TestAnyInputGivesAPicture(t *testing.T) {
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Unix(rapid.OneOf(rapid.Int64Range(-62135596800, 253402300799), rapid.Int64Range(1773403200, 1773500000)).Draw(t, "unix"), 0).UTC()
	})
	number := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1000, 100_000))
	sample := rapid.Custom(func(t *rapid.T) war.Sample {
		return war.Sample{At: moment.Draw(t, "at"), Us: number.Draw(t, "us"), Them: number.Draw(t, "them"), Target: number.Draw(t, "target")}
	})
	rapid.Check(t, func(r *rapid.T) {
		w := war.War{Start: moment.Draw(r, "start"), OriginalTarget: number.Draw(r, "original"),
			Us: war.Side{Name: rapid.String().Draw(r, "us")}, Them: war.Side{Name: rapid.String().Draw(r, "them")}}
		if rapid.Bool().Draw(r, "ended") {
			w.End = moment.Draw(r, "end")
		}
		samples := rapid.SliceOfN(sample, 0, 30).Draw(r, "samples")
		o := chart.Options{Format: chart.SVG, Width: rapid.IntRange(-1, 1200).Draw(r, "width"), Height: rapid.IntRange(-1, 900).Draw(r, "height"), Text: rapid.Float64().Draw(r, "text")}
		for _, draw := range []func([]war.Sample, war.War, chart.Options) ([]byte, error){chart.Score, chart.Lead} {
			b, err := draw(samples, w, o)
			if err != nil {
				r.Fatal(err)
			}
			texts(t, b)
			if bytes.Contains(b, []byte("NaN")) || bytes.Contains(b, []byte("-9223372036854775808")) {
				r.Fatalf("a coordinate that is no number: %s", b)
			}
		}
	})
}

func BenchmarkScorePNG(b *testing.B) {
	samples := series(5000, time.Minute, weLead)
	for b.Loop() {
		if _, err := chart.Score(samples, aWar(), chart.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

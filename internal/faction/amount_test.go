package faction_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
)

func TestRespectIsRoundedToHundredths(t *testing.T) {
	for _, c := range []struct {
		points float64
		want   faction.Respect
	}{
		{0, 0},
		{4.2, 420},
		{0.07, 7},
		{1.005, 100}, // the nearest float lies below the half
		{2.675, 268},
		{-1.5, -150},
		{40960, 4096000},
	} {
		if got := faction.RespectFromPoints(c.points); got != c.want {
			t.Errorf("%v points = %d hundredths, want %d", c.points, got, c.want)
		}
	}
}

func TestABrokenFigureCountsNothing(t *testing.T) {
	for _, p := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300} {
		if got := faction.RespectFromPoints(p); got != 0 {
			t.Errorf("%v points = %d, want 0", p, got)
		}
	}
}

func TestRespectSurvivesTornsFloats(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := faction.Respect(rapid.Int64Range(-1e12, 1e12).Draw(t, "hundredths"))
		if got := faction.RespectFromPoints(want.Points()); got != want {
			t.Fatalf("%d came back as %d", want, got)
		}
	})
}

func TestAmountsReadAsPeopleWriteThem(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{faction.Respect(0).String(), "0.00"},
		{faction.Respect(7).String(), "0.07"},
		{faction.Respect(-7).String(), "-0.07"},
		{faction.Respect(99999).String(), "999.99"},
		{faction.Respect(123456).String(), "1,234.56"},
		{faction.Respect(-123456789).String(), "-1,234,567.89"},
		{faction.Money(0).String(), "$0"},
		{faction.Money(999).String(), "$999"},
		{faction.Money(1234567).String(), "$1,234,567"},
		{faction.Money(-1000).String(), "-$1,000"},
		{faction.Count(12345), "12,345"},
		{faction.Count(-100), "-100"},
		{faction.Count(-1000), "-1,000"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestSeparatorsChangeNoDigit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(math.MinInt64+1, math.MaxInt64).Draw(t, "n")
		s := faction.Count(n)
		if plain := strings.ReplaceAll(s, ",", ""); plain != strconv.FormatInt(n, 10) {
			t.Fatalf("%d became %q", n, s)
		}
		groups := strings.Split(strings.TrimPrefix(s, "-"), ",")
		for i, g := range groups {
			if len(g) > 3 || i > 0 && len(g) != 3 || g == "" {
				t.Fatalf("%d became %q", n, s)
			}
		}
	})
}

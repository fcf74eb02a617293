package faction

import (
	"math"
	"strconv"
)

// Respect is counted in hundredths of a point, because Torn gives two decimals
// and sums over a war must be exact.
type Respect int64

// RespectFromPoints rounds Torn's floating-point figure to hundredths, half away
// from zero. NaN and infinities become zero: a broken figure must not spread.
func RespectFromPoints(points float64) Respect {
	h := math.Round(points * 100)
	if math.IsNaN(h) || math.Abs(h) > 1e15 {
		return 0
	}
	return Respect(h)
}

// Points is the figure in points, for charts and ratios, never for sums.
func (r Respect) Points() float64 { return float64(r) / 100 }

// String shows two decimals with thousands separated: "1,234.56".
func (r Respect) String() string {
	sign := ""
	if r < 0 {
		sign, r = "-", -r
	}
	frac := strconv.FormatInt(int64(r%100), 10)
	if len(frac) == 1 {
		frac = "0" + frac
	}
	return sign + group(int64(r/100)) + "." + frac
}

// Money is whole dollars.
type Money int64

// String shows "$1,234,567".
func (m Money) String() string {
	if m < 0 {
		return "-$" + group(int64(-m))
	}
	return "$" + group(int64(m))
}

// Count shows a whole number with its thousands separated: "12,345".
func Count(n int64) string {
	if n < 0 {
		return "-" + group(-n)
	}
	return group(n)
}

func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

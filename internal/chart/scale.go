package chart

import (
	"math"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
)

// scale takes values to pixels along one axis.
type scale struct {
	low, high  float64 // in values; high > low
	start, end float64 // in pixels
}

func (s scale) at(v float64) float64 {
	return s.start + (v-s.low)/(s.high-s.low)*(s.end-s.start)
}

// valueTicks are round values from low to high, about n of them. Scores are whole,
// so the steps are too.
func valueTicks(low, high float64, n int) []float64 {
	step := niceStep((high - low) / float64(max(n, 1)))
	var ticks []float64
	for i := math.Ceil(low / step); i*step <= high && len(ticks) < 50; i++ {
		ticks = append(ticks, i*step)
	}
	return ticks
}

// padded gives values some air on the sides where they leave zero.
func padded(low, high float64) (from, to float64) {
	air := (high - low) / 16
	if air <= 0 {
		return low, low + 1
	}
	if low < 0 {
		low -= air
	}
	if high > 0 {
		high += air
	}
	return low, high
}

// niceStep is the smallest of 1, 2, 2.5 and 5 times a power of ten that is at least raw, and whole.
func niceStep(raw float64) float64 {
	if raw <= 1 {
		return 1
	}
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, factor := range []float64{1, 2, 2.5, 5} {
		if step := factor * power; step >= raw && step == math.Floor(step) {
			return step
		}
	}
	return 10 * power
}

// short words a value for an axis whose largest is most: "950", "2,500", "12.5k".
func short(v, most float64) string {
	for _, unit := range []struct {
		from, size float64
		name       string
	}{{1e9, 1e9, "B"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}} {
		if most >= unit.from && v != 0 {
			return strings.TrimSuffix(strconv.FormatFloat(v/unit.size, 'f', 1, 64), ".0") + unit.name
		}
	}
	return faction.Count(int64(v))
}

// timeTick is a labelled moment.
type timeTick struct {
	at   time.Time
	text string
}

// timeTicks are round moments between two others, at most n. A day's first label
// names the day, for wars go on for days.
func timeTicks(from, to time.Time, n int) []timeTick {
	seconds := float64(to.Unix()) - float64(from.Unix())
	step := timeStep(seconds/float64(max(n, 1)), n, from, to)
	var ticks []timeTick
	day := -1
	for at := ceil(from, step); !at.After(to) && len(ticks) < n; at = at.Add(step) {
		text := at.Format("15:04")
		if step >= 24*time.Hour {
			text = at.Format("2 Jan")
		} else if at.YearDay() != day && (day >= 0 || at.Hour() == 0 && at.Minute() == 0) {
			text = at.Format("Mon 2")
		}
		day = at.YearDay()
		ticks = append(ticks, timeTick{at, text})
	}
	return ticks
}

func timeStep(least float64, n int, from, to time.Time) time.Duration {
	for _, step := range []time.Duration{
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	} {
		if step.Seconds() >= least && ceil(from, step).Add(time.Duration(n)*step).After(to) {
			return step
		}
	}
	days := math.Min(math.Ceil(least/86400), 36500)
	return time.Duration(max(days, 1)) * 24 * time.Hour
}

// ceil is the first multiple of step at or after t.
func ceil(t time.Time, step time.Duration) time.Time {
	down := t.UTC().Truncate(step)
	if down.Before(t) {
		return down.Add(step)
	}
	return down
}

package war

import (
	"math"
	"time"
)

// A forecast follows many courses that a war may take. What a side will score is its
// pace by the hour of the day, as it was seen, times a factor that nobody knows: a
// few factors of equal odds stand for all that it may be, and every one of ours is
// paired with every one of theirs. Nothing is drawn by lot, so that the same score
// always gives the same forecast.

// outlooks are quantiles of the normal distribution in the middle of equal shares.
func outlooks() []float64 {
	return []float64{-1.71, -1.10, -0.75, -0.47, -0.23, 0, 0.23, 0.47, 0.75, 1.10, 1.71}
}

// How uncertain what a side makes is, as standard deviations of its logarithm.
// Calibrated on simulated wars, see the test.
const (
	levelUnseen = 1.15 // of a side of which nothing was seen
	levelSeen   = 0.26 // of one of which whole days were
	levelFades  = 9.0  // hours of seeing in which the first comes down to the second
	hourly      = 0.56 // of a single hour
)

// courses gives the ending of each course; there is at least one.
func courses(w War, t Terms, samples []Sample, now time.Time) []ending {
	original := w.OriginalTarget
	if original <= 0 {
		original = OriginalTarget(w.Target, w.Start, now)
	}
	us := effortOf(samples, func(s Sample) int64 { return s.Us }, w, now)
	them := effortOf(samples, func(s Sample) int64 { return s.Them }, w, now)
	us, them = us.beside(them), them.beside(us)
	us.cap, them.cap = float64(t.ScoreCap-w.Us.Score), float64(t.TheirCap-w.Them.Score)
	us.capped, them.capped = t.ScoreCap > 0, t.TheirCap > 0
	if !t.StopAt.IsZero() {
		us.stop, them.stop = t.StopAt, t.StopAt
	}
	ours, theirs := us.ahead(w, now), them.ahead(w, now)
	var ends []ending
	for _, x := range outlooks() {
		for _, y := range outlooks() {
			ends = append(ends, course(w, original, ours, theirs, x, y, now))
		}
	}
	return ends
}

// effort is how a side scores.
type effort struct {
	hours  []float64 // points an hour, the latest hour first
	mean   float64   // over a whole day where one was seen
	cap    float64   // points that may still be made
	capped bool
	stop   time.Time // from then on none are made; zero: no such time
}

// effortOf reads off what a side made in each hour before now.
func effortOf(samples []Sample, of func(Sample) int64, w War, now time.Time) effort {
	if len(samples) == 0 {
		return effort{}
	}
	var e effort
	first := samples[0].At
	at := reader(samples, of)
	for to := now; ; to = to.Add(-time.Hour) {
		from := to.Add(-time.Hour)
		if from.Before(first) {
			if len(e.hours) == 0 && to.Sub(first) >= minStretch { // the war is young
				e.hours = append(e.hours, (at(to)-at(first))/to.Sub(first).Hours())
			}
			break
		}
		e.hours = append(e.hours, at(to)-at(from))
	}
	day := e.hours[:min(len(e.hours), 24)]
	for _, h := range day {
		e.mean += h / float64(len(day))
	}
	return e
}

// reader gives a score at any moment, taken to grow evenly between two samples.
func reader(samples []Sample, of func(Sample) int64) func(time.Time) float64 {
	return func(t time.Time) float64 {
		low, high := 0, len(samples)
		for low < high {
			if mid := (low + high) / 2; samples[mid].At.After(t) {
				high = mid
			} else {
				low = mid + 1
			}
		}
		switch {
		case low == 0:
			return float64(of(samples[0]))
		case low == len(samples):
			return float64(of(samples[low-1]))
		}
		a, b := samples[low-1], samples[low]
		part := t.Sub(a.At).Seconds() / b.At.Sub(a.At).Seconds()
		return float64(of(a)) + part*float64(of(b)-of(a))
	}
}

// besideHours is for how many hours of seeing the other side's pace stands: of two
// factions that were matched, one that slept so far will wake.
const besideHours = 2.5

// beside draws the mean towards what both sides make.
func (e effort) beside(o effort) effort {
	n := float64(len(e.hours))
	if n > 0 {
		e.mean = (n*e.mean + besideHours*(e.mean+o.mean)/2) / (n + besideHours)
	}
	return e
}

// future is what a side makes, summed up to the end of each hour of the war that is
// still to come, and how uncertain that is.
type future struct {
	sum, spread []float64
	effort
}

// lag weighs the hours before now: half as much after so many.
const lag = 2.6

func weight(i int) float64 { return math.Exp2(-float64(i) / lag) }

// ahead foretells a side's pace: that of the latest hours at first, that of the same
// hour of the day later on.
func (e effort) ahead(w War, now time.Time) future {
	f := future{effort: e}
	n := len(e.hours)
	usual := e.usual()
	// How the latest hours compare with the usual ones.
	made, expected := 0.0, 0.0
	for i := range min(n, 24) {
		made += weight(i) * e.hours[i]
		expected += weight(i) * usual[23-i%24]
	}
	extra := 0.0
	if expected > 0 {
		extra = made/expected - 1
	}
	level := levelSeen + (levelUnseen-levelSeen)*math.Exp(-float64(n)/levelFades)
	sum, at := 0.0, now
	for gone := w.Start.Add(targetGone); at.Before(gone); {
		next := w.Start.Add(at.Sub(w.Start).Truncate(time.Hour) + time.Hour)
		hours := next.Sub(at).Hours()
		off := at.Sub(now).Hours()
		rate := usual[int(off)%24] * (1 + extra*math.Exp(-off/fade(n)))
		if !e.stop.IsZero() && next.After(e.stop) {
			hours = max(0, e.stop.Sub(at).Hours())
		}
		sum += rate * hours
		if e.capped {
			sum = min(sum, max(0, e.cap))
		}
		f.sum = append(f.sum, sum)
		f.spread = append(f.spread, math.Sqrt(level*level+hourly*hourly/max(next.Sub(now).Hours(), 0.5)))
		at = next
	}
	return f
}

// fade is for how many hours the latest ones tell of the next: longer once the hours
// of the day are known apart from them.
func fade(n int) float64 {
	if n < 24 {
		return 4
	}
	return 18
}

// usual is the pace by hours from now on, 24 of them: a wave of one day's length, laid
// through the hours that were seen. The fewer of them, the flatter it is.
func (e effort) usual() [24]float64 {
	var out [24]float64
	mean, c, s := e.mean, 0.0, 0.0
	if len(e.hours) > 0 {
		mean, c, s = wave(e.hours, e.mean)
	}
	for h := range out {
		angle := day(float64(h) + 0.5)
		out[h] = max(mean+c*math.Cos(angle)+s*math.Sin(angle), least*mean, 0)
	}
	return out
}

const (
	stiff = 2.5 // hours that hold the wave flat
	least = 0.1 // of the mean is made even at night
)

func day(hours float64) float64 { return 2 * math.Pi * hours / 24 }

// wave fits mean + c·cos + s·sin of the time from now, by the day, to the hours before
// now: least squares with a penalty on c and s worth stiff hours, and one hour that
// holds the mean near prior.
func wave(hours []float64, prior float64) (mean, c, s float64) {
	var m [3][4]float64
	add := func(weight float64, x [3]float64, y float64) {
		for i := range 3 {
			for j := range 3 {
				m[i][j] += weight * x[i] * x[j]
			}
			m[i][3] += weight * x[i] * y
		}
	}
	for i, y := range hours[:min(len(hours), 72)] {
		angle := day(-float64(i) - 0.5)
		add(math.Exp2(-float64(i)/36), [3]float64{1, math.Cos(angle), math.Sin(angle)}, y)
	}
	add(besideHours, [3]float64{1, 0, 0}, prior)
	add(stiff, [3]float64{0, 1, 0}, 0)
	add(stiff, [3]float64{0, 0, 1}, 0)
	for i := range 3 { // Gauss: the penalties keep every pivot above zero
		for j := i + 1; j < 3; j++ {
			f := m[j][i] / m[i][i]
			for k := i; k < 4; k++ {
				m[j][k] -= f * m[i][k]
			}
		}
	}
	s = m[2][3] / m[2][2]
	c = (m[1][3] - m[1][2]*s) / m[1][1]
	mean = (m[0][3] - m[0][1]*c - m[0][2]*s) / m[0][0]
	return mean, c, s
}

// makes is what a side makes up to the end of an hour in a course.
func (f future) makes(hour int, z float64) float64 {
	m := f.sum[hour] * math.Exp(z*f.spread[hour])
	if f.capped {
		m = min(m, max(0, f.cap))
	}
	return m
}

// course follows one course hour by hour of the war: within an hour the target stands
// still and the lead is taken to move evenly.
func course(w War, original int64, us, them future, x, y float64, now time.Time) ending {
	lead := float64(w.Lead())
	at := now
	for hour := range us.sum {
		target := float64(DecayedTarget(original, w.Start, at))
		if math.Abs(lead) >= target {
			return ending{at, leader(lead)}
		}
		next := w.Start.Add(at.Sub(w.Start).Truncate(time.Hour) + time.Hour)
		then := float64(w.Lead()) + us.makes(hour, x) - them.makes(hour, y)
		if math.Abs(then) >= target {
			goal := math.Copysign(target, then)
			part := (goal - lead) / (then - lead)
			return ending{clamp(at.Add(time.Duration(part*float64(next.Sub(at)))), at, next), leader(goal)}
		}
		lead, at = then, next
	}
	return ending{later(w.Start.Add(targetGone), now), leader(lead)}
}

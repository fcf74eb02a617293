package war_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/war"
)

// simulated is one war that never was, with its score every five minutes to its end.
type simulated struct {
	w       war.War // as it was at its end
	samples []war.Sample
	terms   war.Terms // what was agreed and kept; zero: nothing
}

// fighters of a simulated war: how a side scores over time.
type strength struct {
	pace    float64 // points an hour by day
	peak    float64 // hour of the day when most are awake
	swing   float64 // 0: awake around the clock; 1: nobody is up at night
	drift   float64 // log of how the effort changes over time, a walk
	burst   float64 // factor of a chain being pushed
	ends    float64 // hour at which the burst is over
	fatigue float64 // share of effort lost each hour
	perHit  float64
}

func newStrength(rng *rand.Rand) strength {
	return strength{
		pace: 250 * math.Exp(0.5*rng.NormFloat64()), peak: 24 * rng.Float64(), swing: 0.3 + 0.65*rng.Float64(),
		fatigue: 0.012 * rng.Float64(), perHit: 4 + 4*rng.Float64(), burst: 1,
	}
}

// made is what a side makes in a stretch of a war, hits of whole points.
func (s *strength) made(rng *rand.Rand, hour, step float64, clock float64) int64 {
	awake := 1 + s.swing*math.Cos(2*math.Pi*(clock-s.peak)/24)
	if s.swing > 0.8 && awake < 0.45 { // asleep
		awake = 0.05
	}
	s.drift += 0.07 * math.Sqrt(step) * rng.NormFloat64()
	if hour > s.ends {
		s.burst = 1
		if rng.Float64() < step/14 { // once or twice a day, of an hour or three
			s.burst, s.ends = 1.8+2*rng.Float64(), hour+1+2*rng.Float64()
		}
	}
	mean := s.pace * awake * math.Exp(s.drift-s.fatigue*hour) * s.burst * step / s.perHit
	return int64(math.Round(float64(poisson(rng, mean)) * s.perHit))
}

func poisson(rng *rand.Rand, mean float64) int {
	if mean > 30 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*rng.NormFloat64())))
	}
	n, limit, p := 0, math.Exp(-mean), rng.Float64()
	for p > limit {
		n++
		p *= rng.Float64()
	}
	return n
}

// simulate fights a war to its end.
func simulate(seed uint64) simulated {
	rng := rand.New(rand.NewPCG(seed, 4))
	us, them := newStrength(rng), newStrength(rng)
	begin := time.Date(2026, 8, 21, int(24*rng.Float64()), 0, 0, 0, time.UTC)
	original := int64((1500 + 10*us.pace + 10*them.pace) * (0.5 + rng.Float64()))
	sim := simulated{w: war.War{
		ID: war.ID(seed + 1), Start: begin, Target: original, OriginalTarget: original,
		Us: war.Side{Faction: ours, Name: "Us"}, Them: war.Side{Faction: enemy, Name: "Them"},
	}}
	termed := rng.Float64() < 0.2
	if termed { // one side is to win; both stop, and the falling target ends it
		stop := 20 + 30*rng.Float64()
		sim.terms = war.Terms{StopAt: begin.Add(time.Duration(stop * float64(time.Hour)))}
	}
	const step = 1.0 / 12
	score := war.Sample{At: begin, Target: original}
	sim.samples = append(sim.samples, score)
	for hour := step; ; hour += step {
		at := begin.Add(time.Duration(hour * float64(time.Hour)).Round(time.Second))
		clock := float64(at.Hour()) + float64(at.Minute())/60
		stopped := termed && !at.Before(sim.terms.StopAt)
		a, b := us.made(rng, hour, step, clock), them.made(rng, hour, step, clock)
		if !stopped {
			score.Us, score.Them = score.Us+a, score.Them+b
		}
		score.At, score.Target = at, war.DecayedTarget(original, begin, at)
		sim.samples = append(sim.samples, score)
		if lead := score.Us - score.Them; max(lead, -lead) >= score.Target || hour > 123 {
			break
		}
	}
	sim.w.End, sim.w.Target = score.At, score.Target
	sim.w.Us.Score, sim.w.Them.Score = score.Us, score.Them
	return sim
}

// at is what was known of a simulated war at an hour; ok is false when it was over.
func (s simulated) at(hour float64) (w war.War, samples []war.Sample, ok bool) {
	now := s.w.Start.Add(time.Duration(hour * float64(time.Hour)))
	if !now.Before(s.w.End) {
		return war.War{}, nil, false
	}
	i := slices.IndexFunc(s.samples, func(x war.Sample) bool { return x.At.After(now) })
	samples = s.samples[:i]
	last := samples[i-1]
	w = s.w
	w.End, w.SeenAt, w.Target, w.Us.Score, w.Them.Score = time.Time{}, now, last.Target, last.Us, last.Them
	return w, samples, true
}

func (s simulated) won() bool { return s.w.Us.Score > s.w.Them.Score }

// judged is how forecasts at one point of many wars came out.
type judged struct {
	wars, inside, before, after int
	widths, shares, misses      []float64 // hours; share of the time left; hours of the middle from the end
	sure, right                 int
}

func (j judged) String() string {
	return fmt.Sprintf("%4d wars, %3.0f %% in the range (%d ended before it, %d after), median width %4.1f h, %3.0f %% of the time left; middle off by %4.1f h; sure of %d, right in %d",
		j.wars, 100*float64(j.inside)/float64(max(1, j.wars)), j.before, j.after, median(j.widths), 100*median(j.shares), median(j.misses), j.sure, j.right)
}

func (j *judged) add(f war.Forecast, s simulated, now time.Time) {
	j.wars++
	switch {
	case s.w.End.Before(f.Earliest):
		j.before++
	case s.w.End.After(f.Latest):
		j.after++
	default:
		j.inside++
	}
	j.widths = append(j.widths, f.Latest.Sub(f.Earliest).Hours())
	j.shares = append(j.shares, f.Latest.Sub(f.Earliest).Hours()/s.w.End.Sub(now).Hours())
	j.misses = append(j.misses, math.Abs(f.ETA.Sub(s.w.End).Hours()))
	if f.Outlook != war.OutlookUncertain {
		j.sure++
		if s.won() == (f.Outlook == war.OutlookDecided) {
			j.right++
		}
	}
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// Forecasts are looked at as they are in use: at fixed hours of each war, whatever it
// was that was going on then.
func TestEightOfTenRangesHoldTheEndOfSimulatedWars(t *testing.T) {
	const wars = 400
	points := []float64{1, 3, 6, 12, 18, 24, 30, 36, 48, 60, 72}
	byPoint := make([]judged, len(points))
	var all, withTerms judged
	var lasted, dull []float64
	left := make([][]float64, len(points)) // what is left of the wars that are on at a point
	var said, won [10]float64              // by tenths of the odds
	for seed := range uint64(wars) {
		s := simulate(seed)
		lasted = append(lasted, s.w.End.Sub(s.w.Start).Hours())
		for i, hour := range points {
			w, samples, ok := s.at(hour)
			if !ok {
				continue
			}
			// What was agreed is known in three of four such wars.
			known := war.Terms{}
			if seed%4 != 0 {
				known = s.terms
			}
			f := war.PredictUnder(w, known, samples, 600, w.SeenAt)
			byPoint[i].add(f, s, w.SeenAt)
			left[i] = append(left[i], s.w.End.Sub(w.SeenAt).Hours())
			tenth := min(int(f.Odds*10), 9)
			said[tenth]++
			if s.won() {
				won[tenth]++
			}
			all.add(f, s, w.SeenAt)
			if !s.terms.Zero() {
				withTerms.add(f, s, w.SeenAt)
			}
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%d wars, lasting %.0f h in the middle\n", wars, median(lasted))
	for i, hour := range points {
		// Who knows nothing of a war but how long such wars last gives this range.
		slices.Sort(left[i])
		width := left[i][len(left[i])*9/10] - left[i][len(left[i])/10]
		for range left[i] {
			dull = append(dull, width)
		}
		fmt.Fprintf(&b, "hour %3.0f: %s; knowing nothing %.1f h\n", hour, byPoint[i], width)
	}
	fmt.Fprintf(&b, "termed:   %s\nall:      %s\n", withTerms, all)
	off := 0.0
	for i := range said {
		middle := (float64(i) + 0.5) / 10
		fmt.Fprintf(&b, "odds of %d to %d in 10 were given %4.0f times; %3.0f %% of those were won\n", i, i+1, said[i], 100*won[i]/said[i])
		off += math.Abs(won[i]-middle*said[i]) / float64(all.wars)
	}
	t.Log(b.String())
	if off > 0.08 {
		t.Errorf("the odds are off by %.2f on average", off)
	}
	share := func(j judged) float64 { return float64(j.inside) / float64(j.wars) }
	if share(all) < 0.80 {
		t.Errorf("%.1f %% of all ranges hold the end, want 80", 100*share(all))
	}
	for i, hour := range points {
		if j := byPoint[i]; j.wars >= 50 && share(j) < 0.74 {
			t.Errorf("at hour %.0f only %.0f %% hold the end", hour, 100*share(j))
		}
	}
	if m, blind := median(all.widths), median(dull); m > 0.75*blind {
		t.Errorf("the median range is %.1f h wide, %.1f h that of somebody who knows nothing: that says little", m, blind)
	}
	for i, most := range map[int]float64{5: 56, 8: 34, 10: 20} {
		if m := median(byPoint[i].widths); m > most {
			t.Errorf("at hour %.0f the median range is %.1f h wide, want at most %.0f", points[i], m, most)
		}
	}
	if all.right*100 < all.sure*95 || all.sure*6 < all.wars {
		t.Errorf("sure of %d in %d, right in %d", all.sure, all.wars, all.right)
	}
}

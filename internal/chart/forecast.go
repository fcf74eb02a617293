package chart

import (
	"time"

	"consigliere/internal/war"
)

// Forecast draws our lead against the falling target as Lead does, as far as the war
// may take, with the time shaded in which eight of ten such wars end.
func Forecast(samples []war.Sample, w war.War, fc war.Forecast, o Options) ([]byte, error) {
	if fc.Latest.IsZero() || fc.Over == 0 {
		return Lead(samples, w, o)
	}
	return leads(samples, w, &fc, o)
}

// shade marks the time between the earliest and the latest end, and the middle.
func (f frame) shade(fc war.Forecast) {
	from, to := f.x.at(seconds(fc.Earliest)), f.x.at(seconds(fc.Latest))
	top, foot := f.y.at(f.y.high), f.y.at(f.y.low)
	f.rect(from, top, max(to, from+f.hair()), foot, faded(f.pal.target, 40))
	middle := f.x.at(seconds(fc.ETA))
	f.dashed([]point{{middle, top}, {middle, foot}}, f.pal.target, f.hair())
}

// until is how far into the future the target is drawn.
func until(samples []war.Sample, fc *war.Forecast) time.Time {
	last := samples[len(samples)-1].At
	if fc == nil {
		return last.Add(ahead(last.Sub(samples[0].At)))
	}
	end := fc.Latest.Add(fc.Latest.Sub(samples[0].At) / 20)
	if least := last.Add(time.Hour); end.Before(least) {
		return least
	}
	return end
}

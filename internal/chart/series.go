package chart

import (
	"slices"
	"time"

	"consigliere/internal/war"
)

// buckets is into how many stretches of time a long series is cut.
const buckets = 240

func lead(s war.Sample) float64 { return float64(s.Us) - float64(s.Them) }

func seconds(t time.Time) float64 { return float64(t.Unix()) }

// thin gives a long series at the resolution of a picture. Of each stretch of time
// the first, the last, the highest and the lowest lead stay, so that no peak and
// neither end is lost.
func thin(samples []war.Sample) []war.Sample {
	if !slices.IsSortedFunc(samples, byTime) {
		samples = slices.Clone(samples)
		slices.SortStableFunc(samples, byTime)
	}
	if len(samples) <= 4*buckets {
		return samples
	}
	from := seconds(samples[0].At)
	width := (seconds(samples[len(samples)-1].At) - from) / buckets
	if width <= 0 {
		return samples[len(samples)-1:]
	}
	var out []war.Sample
	for i := 0; i < len(samples); {
		bucket := int((seconds(samples[i].At) - from) / width)
		j := i
		for j < len(samples) && int((seconds(samples[j].At)-from)/width) == bucket {
			j++
		}
		out = append(out, extremes(samples[i:j])...)
		i = j
	}
	return out
}

// extremes keeps at most four samples, in order.
func extremes(s []war.Sample) []war.Sample {
	low, high := 0, 0
	for i := range s {
		if lead(s[i]) < lead(s[low]) {
			low = i
		}
		if lead(s[i]) > lead(s[high]) {
			high = i
		}
	}
	keep := []int{0, low, high, len(s) - 1}
	slices.Sort(keep)
	var out []war.Sample
	for _, i := range slices.Compact(keep) {
		out = append(out, s[i])
	}
	return out
}

func byTime(a, b war.Sample) int { return a.At.Compare(b.At) }

package main

import (
	"testing"
	"time"
)

func TestARowIsLeftToTheSweepOnlyWhenNothingTellsOfIt(t *testing.T) {
	start := time.Date(2026, 11, 20, 18, 0, 0, 0, time.UTC)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	looks := []time.Time{at(10), at(20), at(30)}
	// shown makes n rows, numbered from first on, that appeared in a second.
	shown := func(first int64, n, second int) (out []row) {
		for i := range int64(n) {
			out = append(out, row{id: first + i, shown: at(second)})
		}
		return out
	}
	for name, c := range map[string]struct {
		others []row
		second int
		missed bool
	}{
		"it is on the page":                               {shown(2, 99, 5), 15, false},
		"a hundred newer ones were there before":          {shown(2, 100, 5), 15, true},
		"the hundredth came between it and the next look": {append(shown(2, 99, 5), shown(500, 1, 18)...), 15, true},
		"the hundredth came after that look":              {append(shown(2, 99, 5), shown(500, 1, 21)...), 15, false},
		"it is one of a burst that fills the page":        {shown(2, 150, 15), 15, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := row{id: 1, shown: at(c.second)}
			if got := missed(append(c.others, r), r, looks); got != c.missed {
				t.Errorf("missed is %v, want %v", got, c.missed)
			}
		})
	}
}

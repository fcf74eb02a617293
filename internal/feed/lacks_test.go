package feed_test

import (
	"testing"
	"time"

	"consigliere/internal/feed"
	"consigliere/internal/war"
)

func TestFiguresLackAttacksWhileAStretchOfTheWarIsReadBack(t *testing.T) {
	on := war.War{ID: 1, Start: noon.Add(-5 * time.Hour)}
	over := war.War{ID: 1, Start: noon.Add(-5 * time.Hour), End: noon.Add(-2 * time.Hour)}
	final := over
	final.FinalAt = noon.Add(-time.Hour)
	for _, tc := range []struct {
		name string
		w    war.War
		fill feed.Fill
		want bool
	}{
		{"nothing is read back", on, feed.Fill{}, false},
		{"an ordinary sweep", on, feed.Fill{From: noon.Add(-12 * time.Minute)}, false},
		{"a gap of an hour", on, feed.Fill{From: noon.Add(-time.Hour)}, true},
		{"a gap that waits for another try", on, feed.Fill{From: noon.Add(-time.Hour), Due: noon.Add(time.Minute)}, true},
		{"only what was before the war is left", on, feed.Fill{From: noon.Add(-9 * time.Hour), To: noon.Add(-6 * time.Hour)}, false},
		{"a gap after the war's end", over, feed.Fill{From: noon.Add(-time.Hour)}, false},
		{"a war that ended and is read back", over, feed.Fill{From: noon.Add(-6 * time.Hour)}, true},
		{"a war that was read to its end", final, feed.Fill{From: noon.Add(-6 * time.Hour)}, false},
		{"a war that has not begun", war.War{ID: 1, Start: noon.Add(time.Hour)}, feed.Fill{From: noon.Add(-time.Hour)}, false},
		{"no war", war.War{}, feed.Fill{From: noon.Add(-time.Hour)}, false},
	} {
		if got := (feed.Log{Fill: tc.fill}).Lacks(tc.w, noon); got != tc.want {
			t.Errorf("%s: %t, want %t", tc.name, got, tc.want)
		}
	}
}

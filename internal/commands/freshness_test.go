package commands_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/feed"
)

// fedBy is every command that shows figures from Torn, and what feeds them.
func fedBy() map[string][]feed.Name {
	return map[string][]feed.Name{
		"chain history":  {feed.Attacks},
		"chain report":   {feed.Attacks},
		"chain status":   {feed.Chain},
		"status":         feed.All(),
		"war attacks":    {feed.Attacks},
		"war enemy":      {feed.Front},
		"war forecast":   {feed.Front},
		"war history":    {feed.Wars},
		"war member":     {feed.Attacks},
		"war reconcile":  {feed.Attacks, feed.Wars},
		"war report":     {feed.Attacks, feed.Wars},
		"war retals":     {feed.Attacks},
		"war scoreboard": {feed.Attacks},
		"war scout":      {feed.Scout},
		"war status":     {feed.Front, feed.Attacks},
		"war targets":    {feed.Front},
		"war terms plan": {feed.Front},
		"war terms show": {feed.Front, feed.Attacks},
		"war us":         {feed.Front},
	}
}

// settledFor is what shows figures of what is over: it says when they were read, and
// that they are final or not, but not that nothing new comes in.
func settledFor() []string {
	return []string{"chain history", "war history", "war reconcile", "war report"}
}

// withoutFigures is what the war room has that shows none from a feed: what somebody does,
// how far the reading of past wars is, and what members' own keys tell (each with its age).
func withoutFigures() []string {
	return []string{"war backfill", "war claim", "war ready", "war terms set", "war track start", "war track stop", "war unclaim"}
}

func TestEveryCommandOfTheWarRoomIsKnownToShowFiguresOrNot(t *testing.T) {
	for _, tc := range everyCommand() {
		if _, shows := fedBy()[tc.path]; strings.HasPrefix(tc.path, "war ") && !shows && !slices.Contains(withoutFigures(), tc.path) {
			t.Errorf("/%s: nothing checks that it says how old its figures are", tc.path)
		}
	}
}

// agreedOn is a world in which terms of the war are set, so that there is something to show.
func agreedOn(t *testing.T) *world {
	t.Helper()
	w := ready(t)
	w.registry().Handle(t.Context(), slash(leader, wolvesGuild, "war terms set", "score_cap", "6000"))
	return w
}

func TestEveryFigureComesWithItsAgeAndAStaleFeedIsSaidWithAllThatItFeeds(t *testing.T) {
	for _, tc := range everyCommand() {
		feeds, shows := fedBy()[tc.path]
		if !shows {
			continue
		}
		w := agreedOn(t)
		req := slash(leader, wolvesGuild, tc.path, tc.options...)
		if text := show(w.registry().Handle(t.Context(), req)); !strings.Contains(text, "<t:") && !strings.Contains(text, "not read yet") {
			t.Errorf("/%s does not say how old its figures are:\n%s", tc.path, text)
		} else if strings.Contains(text, "torn sleeps") {
			t.Errorf("/%s warns of nothing:\n%s", tc.path, text)
		}
		if slices.Contains(settledFor(), tc.path) {
			continue
		}
		for _, name := range feeds {
			w := agreedOn(t)
			for i := range w.feeds {
				if w.feeds[i].Feed == name {
					w.feeds[i].LastSuccess, w.feeds[i].Failures, w.feeds[i].LastError = now.Add(-20*time.Minute), 9, "torn sleeps"
				}
			}
			if text := show(w.registry().Handle(t.Context(), req)); !strings.Contains(text, "torn sleeps") {
				t.Errorf("/%s does not say that %s is stale:\n%s", tc.path, name, text)
			}
		}
	}
}

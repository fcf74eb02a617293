package commands_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/torn"
)

// twoKeys gives the member Mick two keys, beside the leader's one.
func twoKeys(t *testing.T) *world {
	w := newWorld(t)
	w.keys[wolves] = append(w.keys[wolves], faction.Key{ID: 3, Player: 3, Level: 3, FactionAccess: true, Consent: "verify", State: faction.KeyActive, StateAt: now})
	return w
}

func TestKeysAreListedPickedChangedAndRemovedOneByOne(t *testing.T) {
	w := twoKeys(t)
	r := w.registry()
	var story strings.Builder
	for _, step := range []struct {
		what string
		id   string
		with []string
	}{
		{"pick the second", "link:pick", []string{"3"}},
		{"lend it", "link:consent:lend:3", nil},
		{"remove the first", "link:drop:2", nil},
		{"remove it again", "link:drop:2", nil},
		{"an old button now means the only one", "link:consent:own", nil},
		{"remove the second", "link:drop:3", nil},
	} {
		fmt.Fprintf(&story, "=== %s\n%s\n", step.what, show(r.Handle(t.Context(), click(member, wolvesGuild, step.id, step.with...))))
	}
	fmt.Fprintf(&story, "=== /link\n%s\n", show(r.Handle(t.Context(), slash(member, wolvesGuild, "link"))))
	golden(t, "link_keys", story.String())
	want := "[consent of key 3 of 3: lend invalidate 777 hurry 777: " + fmt.Sprint(feed.All()) + " remove key 2 of 3 invalidate 777 consent of key 3 of 3: own invalidate 777 remove key 3 of 3 invalidate 777]"
	if got := fmt.Sprint(w.writes); got != want {
		t.Errorf("wrote %s", got)
	}
	if e := w.audited[0]; e.Action != "link.consent" || e.Body["before"] != "verify" || e.Body["after"] != "lend" || e.Body["key"] != int64(3) {
		t.Errorf("audited %+v", e)
	}
	if len(w.keys[wolves]) != 1 || w.keys[wolves][0].Player != 1 {
		t.Errorf("left are %+v", w.keys[wolves])
	}
}

func TestAConsentGivenOverAndOverIsOneChange(t *testing.T) {
	w := twoKeys(t)
	r := w.registry()
	for range 50 {
		if reply := r.Handle(t.Context(), click(member, wolvesGuild, "link:consent:lend:3")); !reply.Update {
			t.Fatal(show(reply))
		}
	}
	if n := strings.Count(fmt.Sprint(w.writes), "hurry"); n != 1 || len(w.audited) != 1 {
		t.Errorf("read anew %d times, with %d entries in the log; want one of each", n, len(w.audited))
	}
}

func TestSeveralKeysAreOfferedInASelect(t *testing.T) {
	w := twoKeys(t)
	reply := w.registry().Handle(t.Context(), slash(member, wolvesGuild, "link"))
	s := reply.Rows[len(reply.Rows)-1].Select
	if s == nil || len(s.Options) != 2 || s.Options[0].Value != "2" || s.Options[0].Description != "paused" || s.Options[1].Label != "2. Limited key for verifying only" {
		t.Errorf("got:\n%s%+v", show(reply), s)
	}
	if reply := w.registry().Handle(t.Context(), click(member, wolvesGuild, "link:consent:lend")); !strings.Contains(reply.Content, "You have 2 keys here") {
		t.Error(show(reply))
	}
}

func TestNobodyTouchesTheKeysOfAnother(t *testing.T) {
	for _, who := range []string{leader, officer, recruit, foreign, stranger, operator, gone} {
		w := twoKeys(t)
		r := w.registry()
		for _, req := range []struct {
			id     string
			values []string
		}{
			{"link:consent:lend:3", nil}, {"link:consent:verify:3", nil}, {"link:drop:3", nil}, {"link:drop:2", nil}, {"link:pick", []string{"3"}},
			{"link:pick", []string{"3", "2"}}, {"link:pick", []string{"x"}}, {"link:pick", nil},
		} {
			reply := r.Handle(t.Context(), click(who, wolvesGuild, req.id, req.values...))
			if answered(reply) || reply.Update || !reply.Ephemeral {
				t.Errorf("%s %v by %s: %s", req.id, req.values, who, show(reply))
			}
		}
		if len(w.writes) > 0 {
			t.Errorf("%s changed %v", who, w.writes)
		}
	}
}

func TestAReplayedFormLinksOnlyWhoSendsIt(t *testing.T) {
	w := newWorld(t)
	w.report = limitedKey(3, "Mick", wolves, "Wolves", "Member")
	r := w.registry()
	// Mick's form, sent again by others: the key proves Mick, who has an account.
	for _, who := range []string{leader, recruit, foreign, stranger} {
		reply := r.Handle(t.Context(), submit(who, wolvesGuild, "link:save", send(apiKey)))
		if answered(reply) || len(w.writes) > 0 {
			t.Errorf("by %s: %s%v", who, show(reply), w.writes)
		}
	}
	for range 2 {
		if reply := r.Handle(t.Context(), submit(member, wolvesGuild, "link:save", send(apiKey))); !answered(reply) {
			t.Error(show(reply))
		}
	}
	if reply := r.Handle(t.Context(), submit(stranger, wolvesGuild, "link:save", nil)); answered(reply) {
		t.Errorf("a form without its field: %s", show(reply))
	}
}

func TestTheMostThatAKeyServesStandsOut(t *testing.T) {
	for _, c := range []struct {
		level  torn.Level
		access bool
		want   string
	}{{torn.Public, true, "link:consent:verify:101"}, {torn.Limited, false, "link:consent:own:101"}, {torn.Limited, true, "link:consent:lend:101"}} {
		w := newWorld(t)
		w.report = limitedKey(41, "Stranger", wolves, "Wolves", "Member")
		w.report.Level, w.report.FactionAccess = c.level, c.access
		reply := w.registry().Handle(t.Context(), submit(stranger, wolvesGuild, "link:save", send(apiKey)))
		var primary []string
		for _, b := range reply.Rows[0].Buttons {
			if b.Style == chat.Primary {
				primary = append(primary, b.ID)
			}
		}
		if len(reply.Rows[0].Buttons) != 3 || fmt.Sprint(primary) != "["+c.want+"]" {
			t.Errorf("%s, access %v: %v stands out, want %s", c.level, c.access, primary, c.want)
		}
	}
}

// hurries notes when feeds are made due.
type hurries struct {
	*world
	due []time.Duration // after now
}

func (h *hurries) Hurry(_ context.Context, _ faction.ID, at time.Time, _ ...feed.Name) error {
	h.due = append(h.due, at.Sub(now))
	return nil
}

func TestLendingByTurnsHurriesThePollsOnceAMinute(t *testing.T) {
	w := twoKeys(t)
	h := &hurries{world: w}
	r := w.registry(func(d *commands.Deps) { d.Feeds = h })
	for range 3 { // every 10 s
		for _, consent := range []string{"lend", "verify"} {
			r.Handle(t.Context(), click(member, wolvesGuild, "link:consent:"+consent+":3"))
			w.now = w.now.Add(10 * time.Second)
		}
	}
	// Who lends within the minute is read when it is over, not never.
	if want := []time.Duration{0, time.Minute, time.Minute}; !slices.Equal(h.due, want) {
		t.Errorf("feeds were made due after %v, want %v", h.due, want)
	}
	w.now = w.now.Add(5 * time.Second)
	r.Handle(t.Context(), click(member, wolvesGuild, "link:consent:lend:3"))
	if at := h.due[len(h.due)-1]; at != 65*time.Second {
		t.Errorf("a minute later feeds are due after %s, want at once", at)
	}
}

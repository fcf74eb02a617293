package commands_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"consigliere/internal/commands"
	"consigliere/internal/war"
)

func TestTermsAreNotedFieldByField(t *testing.T) {
	w := newWorld(t)
	a := newAgreed(w)
	r := w.registry(func(d *commands.Deps) { d.Terms = a })
	if got := show(r.Handle(t.Context(), slash(officer, wolvesGuild, "war terms show"))); !strings.Contains(got, "Nothing is agreed") {
		t.Errorf("before anything is agreed:\n%s", got)
	}
	for _, step := range []struct {
		options []string
		want    war.Terms
	}{
		{[]string{"score_cap", "5000", "note", "caches split @everyone"}, war.Terms{ScoreCap: 5000, Note: "caches split @everyone"}},
		{[]string{"stop", "tue 11:00", "result", "win"}, war.Terms{ScoreCap: 5000, Note: "caches split @everyone", Result: war.AgreedWin, StopAt: time.Date(2026, 8, 25, 11, 0, 0, 0, time.UTC)}},
		{[]string{"hit_limit", "25", "stop", "none", "note", "none", "result", "open"}, war.Terms{ScoreCap: 5000, HitLimit: 25}},
		{[]string{"score_cap", "0", "finish", "in 20h"}, war.Terms{HitLimit: 25, FinishAt: now.Add(20 * time.Hour)}},
	} {
		if reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "war terms set", step.options...)); !answered(reply) || strings.Contains(show(reply), "@everyone") {
			t.Fatalf("%v:\n%s", step.options, show(reply))
		}
		got := a.by[warID]
		if got.By != 2 || !got.At.Equal(now) {
			t.Errorf("set by %d at %s", got.By, got.At)
		}
		got.By, got.At, got.Told, got.War = 0, time.Time{}, nil, 0
		if fmt.Sprint(got) != fmt.Sprint(step.want) {
			t.Errorf("after %v: %+v, want %+v", step.options, got, step.want)
		}
	}
	last := w.audited[len(w.audited)-1]
	if last.Action != "war.terms" || fmt.Sprint(last.Body["before"]) == fmt.Sprint(last.Body["after"]) || strings.Contains(fmt.Sprint(w.audited), "caches") {
		t.Errorf("audited as %+v", last)
	}
}

func TestTermsRefuseWhatIsNoSense(t *testing.T) {
	for _, c := range []struct {
		path, want string
		options    []string
	}{
		{"war terms set", "Fill in what was agreed", nil},
		{"war terms set", "no time that I can read", []string{"stop", "soonish"}},
		{"war terms set", "outside this war", []string{"stop", "in 9d"}},
		{"war terms set", "whole number", []string{"score_cap", "-5"}},
		{"war terms set", "is over", []string{"war", "40001", "score_cap", "5"}},
		{"war terms plan", "in the past", []string{"finish_at", "2026-08-21 19:00"}},
		{"war terms plan", "after 123 hours", []string{"finish_at", "in 8d"}},
		{"war terms plan", "does not fall again", []string{"finish_at", "in 5m"}},
	} {
		w := newWorld(t)
		reply := w.registry().Handle(t.Context(), slash(officer, wolvesGuild, c.path, c.options...))
		if answered(reply) || !strings.Contains(show(reply), c.want) || len(w.writes) > 0 {
			t.Errorf("/%s %v: %s %v", c.path, c.options, show(reply), w.writes)
		}
	}
}

func TestAPlanBecomesTermsWithOneClick(t *testing.T) {
	w := newWorld(t)
	a := newAgreed(w)
	r := w.registry(func(d *commands.Deps) { d.Terms = a })
	reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "war terms plan", "finish_at", "in 20h", "winner", "us"))
	// 51 h after the start the target is 72 % of 3,000.
	if got := show(reply); !strings.Contains(got, "2,160") || !strings.Contains(got, "6,036") {
		t.Fatalf("the plan says\n%s", got)
	}
	id := reply.Rows[0].Buttons[0].ID
	if reply := r.Handle(t.Context(), click(officer, wolvesGuild, id)); !answered(reply) {
		t.Fatal(show(reply))
	}
	got := a.by[warID]
	if got.ScoreCap != 6036 || got.TheirCap != 3876 || got.Result != war.AgreedWin || !got.FinishAt.Equal(now.Add(20*time.Hour)) {
		t.Errorf("noted %+v", got)
	}
}

func TestHitsAfterTheStopAreShownByName(t *testing.T) {
	w := newWorld(t)
	a := newAgreed(w)
	a.by[warID] = war.Terms{War: warID, StopAt: now.Add(-150 * time.Second), HitLimit: 100, By: 2, At: now.Add(-time.Hour)}
	r := w.registry(func(d *commands.Deps) { d.Terms = a })
	got := show(r.Handle(t.Context(), slash(officer, wolvesGuild, "war terms show")))
	for _, want := range []string{"2 hits", "Duke", "Vera **200**, 100 too many", "STOP"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

// A cap of 0 would be no cap at all.
func TestWhenTheyAreToWinAndWeHaveMadeNothingThePlanIsThatNobodyHits(t *testing.T) {
	w := newWorld(t)
	for i := range w.wars[wolves] {
		w.wars[wolves][i].Us.Score, w.wars[wolves][i].Them.Score = 0, 1000
	}
	a := newAgreed(w)
	r := w.registry(func(d *commands.Deps) { d.Terms = a })
	reply := r.Handle(t.Context(), slash(officer, wolvesGuild, "war terms plan", "finish_at", "in 20h", "winner", string(war.Enemy)))
	if len(reply.Rows) == 0 {
		t.Fatal(show(reply))
	}
	if reply := r.Handle(t.Context(), click(officer, wolvesGuild, reply.Rows[0].Buttons[0].ID)); !answered(reply) {
		t.Fatal(show(reply))
	}
	if got := a.by[warID]; got.Result != war.AgreedLose || got.ScoreCap != 0 || !got.StopAt.Equal(now) || got.TheirCap == 0 {
		t.Errorf("noted %+v", got)
	}
}

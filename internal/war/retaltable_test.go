package war_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"consigliere/internal/faction"
	"consigliere/internal/war"
)

func TestWhoAnswersHowAndHowFast(t *testing.T) {
	answered := func(by faction.PlayerID, after time.Duration, how war.Result) war.Retal {
		return war.Retal{At: start, State: war.RetalTaken, SettledAt: start.Add(after), Answer: war.RetalAnswer{By: war.Fighter{ID: by, Name: "P"}, Result: how}}
	}
	all, members := war.RetalTable([]war.Retal{
		answered(1, 40*time.Second, war.Hospitalized), answered(1, 80*time.Second, war.Mugged), answered(2, 10*time.Second, war.Hospitalized),
		answered(3, 20*time.Second, war.Attacked), {State: war.RetalOpen}, {State: war.RetalExpired}, {State: war.RetalGone}, {State: war.RetalVoid},
	})
	if diff := cmp.Diff(war.RetalFigures{Taken: 4, Hospitalized: 2, Median: 30 * time.Second, Opened: 7, Open: 1, Expired: 1, Gone: 1}, all); diff != "" {
		t.Errorf("all: want -, got +\n%s", diff)
	}
	want := []war.RetalFigures{
		{Player: 1, Name: "P", Taken: 2, Hospitalized: 1, Median: time.Minute},
		{Player: 2, Name: "P", Taken: 1, Hospitalized: 1, Median: 10 * time.Second},
		{Player: 3, Name: "P", Taken: 1, Median: 20 * time.Second},
	}
	if diff := cmp.Diff(want, members); diff != "" {
		t.Errorf("members: want -, got +\n%s", diff)
	}
}

func TestAClaimHoldsTwoMinutes(t *testing.T) {
	c := war.RetalClaim{By: 1, At: start}
	if !c.Holds(start.Add(war.RetalClaimFor-1)) || c.Holds(start.Add(war.RetalClaimFor)) || (war.RetalClaim{}).Holds(start) {
		t.Error("it holds longer or shorter, or without a holder")
	}
}

package faction_test

import (
	"testing"

	"pgregory.net/rapid"

	"consigliere/internal/faction"
)

func TestEveryMilestoneCarriesTheBonusOfTheGamesTable(t *testing.T) {
	points := map[int]int64{
		10: 10, 25: 20, 50: 40, 100: 80, 250: 160, 500: 320, 1_000: 640, 2_500: 1_280,
		5_000: 2_560, 10_000: 5_120, 25_000: 10_240, 50_000: 20_480, 100_000: 40_960,
	}
	for _, at := range faction.ChainMilestones() {
		if _, listed := points[at]; !listed {
			t.Errorf("%d is no milestone of the game", at)
		}
	}
	for at, want := range points {
		got, ok := faction.ChainBonus(at)
		if !ok || got != faction.Respect(want*100) {
			t.Errorf("bonus at %d = %s, %v; want %d points", at, got, ok, want)
		}
	}
}

func TestCountersBetweenMilestonesCarryNoBonus(t *testing.T) {
	for _, n := range []int{-10, 0, 1, 9, 11, 24, 26, 99, 101, 99_999, 100_001, 200_000} {
		if got, ok := faction.ChainBonus(n); ok || got != 0 {
			t.Errorf("bonus at %d = %s, %v; want none", n, got, ok)
		}
	}
}

func TestTheNextBonusIsTheFirstAtOrAfterTheCounter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(-5, 120_000).Draw(t, "counter")
		at, bonus, ok := faction.NextChainBonus(n)
		if n > 100_000 {
			if ok {
				t.Fatalf("after %d comes %d; want none", n, at)
			}
			return
		}
		if !ok || at < n {
			t.Fatalf("after %d comes %d, %v", n, at, ok)
		}
		if own, is := faction.ChainBonus(at); !is || own != bonus {
			t.Fatalf("bonus at %d is %s, announced as %s", at, own, bonus)
		}
		for between := n; between < at; between++ {
			if _, is := faction.ChainBonus(between); is {
				t.Fatalf("%d is a bonus between %d and %d", between, n, at)
			}
		}
	})
}

func TestChangingTheListOfMilestonesChangesNobodyElses(t *testing.T) {
	mine := faction.ChainMilestones()
	mine[0] = 1
	if faction.ChainMilestones()[0] != 10 {
		t.Fatal("the table can be changed from outside")
	}
}

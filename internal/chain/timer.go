package chain

import (
	"fmt"
	"time"
)

// Stages are the seconds left at which a chain's timer is warned of, from the
// calmest to the most urgent (game.md, Chains).
func Stages() [4]int { return [4]int{120, 90, 60, 30} }

// Stage is the most urgent warning due for a chain that breaks at deadline: the
// smallest of Stages that is not below the seconds left. ok is false while there
// is more time than the first, and once there is none.
func Stage(deadline, now time.Time) (seconds int, ok bool) {
	left := deadline.Sub(now)
	if left <= 0 {
		return 0, false
	}
	for _, s := range Stages() {
		if left <= time.Duration(s)*time.Second {
			seconds, ok = s, true
		}
	}
	return seconds, ok
}

// StageName makes a warning's stage for deduplication. Each hit moves the
// deadline, and with it the warnings begin anew.
func StageName(deadline time.Time, seconds int) string {
	return fmt.Sprintf("timer:%d:%d", deadline.Unix(), seconds)
}

// NextStage is when the next warning after now falls due; ok is false when none is left.
func NextStage(deadline, now time.Time) (at time.Time, ok bool) {
	for _, s := range Stages() {
		at = deadline.Add(-time.Duration(s) * time.Second)
		if at.After(now) {
			return at, true
		}
	}
	return time.Time{}, false
}

// BonusStages begins the stages of all that is told of a bonus hit that is near: that it
// is, and a call to hold. It ends with a colon, so that "250" is not the beginning of "2500".
func BonusStages(hit int) string { return fmt.Sprintf("bonus:%d:", hit) }

// SoonStage is the stage of a bonus hit that is near.
func SoonStage(hit int) string { return BonusStages(hit) + "soon" }

// HoldStage is the stage of a call to hold until a bonus hit is done.
func HoldStage(hit int) string { return BonusStages(hit) + "hold" }

// MilestoneStage is the stage of a bonus hit that is done.
func MilestoneStage(hit int) string { return fmt.Sprintf("milestone:%d:", hit) }

// GrownStage is the stage of a counter that has grown, of which rules hear in their steps.
func GrownStage(current int) string { return fmt.Sprintf("grown:%d:", current) }

package war

import "time"

// matchmakingHour is Torn's hour of the Tuesday on which all enlisted factions are
// matched (game.md, Ranked wars).
const matchmakingHour = 12

// Matchmaking is the first one after a moment.
func Matchmaking(after time.Time) time.Time {
	after = after.UTC()
	at := time.Date(after.Year(), after.Month(), after.Day(), matchmakingHour, 0, 0, 0, time.UTC)
	at = at.AddDate(0, 0, int(time.Tuesday-at.Weekday()+7)%7)
	if !at.After(after) {
		at = at.AddDate(0, 0, 7)
	}
	return at
}

// Enlistment is whether a faction is enlisted for the next matchmaking.
type Enlistment int

// What is known of it. Torn tells it only to a Limited key with faction access.
const (
	EnlistUnknown Enlistment = iota
	Enlisted
	NotEnlisted
)

// EnlistStage names a reminder to enlist.
type EnlistStage string

// The reminders: a day before matchmaking, and an hour.
const (
	EnlistDay  EnlistStage = "day"
	EnlistHour EnlistStage = "hour"
)

// EnlistDue tells which reminder to enlist stands at a moment, empty for none: in the
// last day before matchmaking, while no war is scheduled and the faction is not
// enlisted. Where that is not known, a war that is being fought is reason enough to
// keep silent.
func EnlistDue(e Enlistment, wars []War, now time.Time) EnlistStage {
	for _, w := range wars {
		switch p := w.Phase(now); {
		case p == Scheduled, p == Active && e == EnlistUnknown:
			return ""
		}
	}
	switch left := Matchmaking(now).Sub(now); {
	case e == Enlisted || left > 24*time.Hour:
		return ""
	case left <= time.Hour:
		return EnlistHour
	default:
		return EnlistDay
	}
}

// EnlistWatched tells whether it matters at a moment whether the faction is enlisted.
func EnlistWatched(now time.Time) bool { return Matchmaking(now).Sub(now) <= 24*time.Hour }

package war

import (
	"time"

	"consigliere/internal/faction"
)

// War is one ranked war as seen from our side.
type War struct {
	ID    ID
	Start time.Time
	// End is zero while Torn has not written one.
	End time.Time
	// Target is the lead needed now; OriginalTarget the first one seen, before
	// it began to fall at hour 24 (game.md, Ranked wars).
	Target, OriginalTarget int64
	Winner                 faction.ID // 0: none yet, or a draw
	Forfeit                bool
	Us, Them               Side
	// SeenAt is when Torn told us the scores.
	SeenAt time.Time
	// Tracked tells that the war is scored and announced; an officer may switch it off.
	Tracked bool
	// ReportAt is when the official report was stored; zero before.
	ReportAt time.Time
	// FinalAt is when the log of the ended war was read once more from its start,
	// or when a war of the past was first heard of; zero before.
	FinalAt time.Time
	// WholeAt is when its attacks had been read from its start to its end; zero: they
	// never were, as those of a war from before the bot came.
	WholeAt time.Time
	// CutAt is the first moment of it that Torn's log still showed when it was read too
	// late, so that our figures lack what was before; zero: it was not, as far as is known.
	CutAt time.Time
}

// Side is one faction of a war. Score is in whole points, as Torn shows it.
type Side struct {
	Faction faction.ID
	Name    string
	Score   int64
	Chain   int
}

// Phase is where a war stands.
type Phase string

// The phases (game.md, Ranked wars).
const (
	Scheduled Phase = "scheduled"
	Active    Phase = "active"
	Ended     Phase = "ended"
)

// Phase tells where the war stands at now.
func (w War) Phase(now time.Time) Phase {
	switch {
	case !w.End.IsZero():
		return Ended
	case now.Before(w.Start):
		return Scheduled
	default:
		return Active
	}
}

// Lead is our score minus theirs; negative when they are ahead.
func (w War) Lead() int64 { return w.Us.Score - w.Them.Score }

// Contains tells whether a moment lies inside the war's window, both ends included.
func (w War) Contains(t time.Time) bool {
	return !t.Before(w.Start) && (w.End.IsZero() || !t.After(w.End))
}

// Sample is the score at one moment, for the chart.
type Sample struct {
	At       time.Time
	Us, Them int64
	Target   int64
}

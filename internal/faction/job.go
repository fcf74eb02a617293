package faction

import "time"

// Job is a kind of work that the bot does every so often by itself.
type Job struct {
	Name  string
	Every time.Duration // from one start to the next
}

// JobRun is one claimed run of a job. Number grows with every claim of that job, so
// that a run which was taken for dead writes nothing any more.
type JobRun struct {
	Name   string
	Number int64
}

// JobEnd is how a run ended.
type JobEnd struct {
	At     time.Time
	Took   time.Duration  // of the wall's time
	Counts map[string]int // what it did: "read", "moved", …
	// Reason is why it failed, in words that people may see; empty when it did not.
	Reason string
	// Again is when the job is due again at the latest; zero leaves it as planned.
	Again time.Time
}

// JobState is how a job stands.
type JobState struct {
	Name     string
	NextDue  time.Time
	Running  bool      // somebody runs it now
	Started  time.Time // the last run; zero: it never ran
	Finished time.Time // the last run that ended; zero: none did
	// Took, Counts and LastError are of the last run that ended.
	Took      time.Duration
	Counts    map[string]int
	LastError string
	Skipped   int64 // times it was due while a run was still going
}

// PlayerSeen is what Torn says of a linked player.
type PlayerSeen struct {
	Name     string
	Faction  ID // 0: in none
	Position string
}

// PlayerChange is what that changed. Nothing when the link is gone, or went to another
// faction in the meantime.
type PlayerChange struct {
	Renamed bool
	Moved   bool // to another faction, or out of the last one
	Left    bool // moved, and is in no faction now
}

// KeyRef names a stored key.
type KeyRef struct {
	Faction ID
	Key     int64
	Player  PlayerID
}

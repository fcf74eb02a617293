package faction

import "time"

// State is what the bot does for a registered faction.
type State string

// The states. Only an active faction is polled, alerted and answered.
const (
	Active   State = "active"
	Paused   State = "paused"
	Removing State = "removing" // it is being exported and erased; only that can go on
)

// Tenant is how a registered faction stands, for whoever runs the bot.
type Tenant struct {
	ID         ID
	Name       string
	State      State
	Reason     string    // why it is paused; an operator's words
	StateAt    time.Time // zero: never changed
	Registered time.Time
	Servers    int
	Members    int // on the member list
	Linked     int // of them, with a Discord account
	Keys       int
	LastPoll   time.Time // newest successful poll; zero: none
	LateFeeds  int       // due for more than five minutes
	LastAct    time.Time // newest entry of a person in the audit log; zero: none
}

// LateAfter is how long a feed may be due before it counts as late.
const LateAfter = 5 * time.Minute

// Access is a leader's request to be let in. Asked is zero when there is none.
type Access struct {
	Faction   ID
	Name      string
	Members   int
	Leader    PlayerID
	Player    PlayerID // who asks; 0: an operator let the faction in unasked
	DiscordID string   // where the answer goes
	GuildID   string
	State     AccessState
	Asked     time.Time
	Decided   time.Time
}

// AccessState is what became of a request.
type AccessState string

// The states of a request.
const (
	AccessWaiting  AccessState = "waiting"
	AccessAccepted AccessState = "accepted" // the leader may set the faction up
	AccessDeclined AccessState = "declined"
)

// AskAgainAfter is how long a declined faction waits before it may ask once more.
const AskAgainAfter = 7 * 24 * time.Hour

// Retention is how many days things are kept; 0 keeps them for ever.
type Retention struct {
	Attacks    int // rows of the attack log; the tallies of wars stay
	Samples    int // score curves of finished wars
	Deliveries int // the contents of alerts that went out
	Denials    int // counts of refused attempts
}

// The fewest days that each may be kept: what is younger may still be read again.
const (
	MinAttackDays   = 30
	MinSampleDays   = 7
	MinDeliveryDays = 14
	MinDenialDays   = 30
	// MaxRetentionDays is ten years.
	MaxRetentionDays = 3650
)

// Check tells what is wrong with the days, in words for whoever set them.
func (r Retention) Check() error {
	for _, v := range []struct {
		what     string
		days, lo int
	}{{"attacks", r.Attacks, MinAttackDays}, {"samples", r.Samples, MinSampleDays}, {"deliveries", r.Deliveries, MinDeliveryDays}, {"denials", r.Denials, MinDenialDays}} {
		if v.days != 0 && (v.days < v.lo || v.days > MaxRetentionDays) {
			return Errorf(Invalid, "%s: %d days cannot be set. Between %d and %s days, or 0 to keep them for ever. Nothing was changed.",
				v.what, v.days, v.lo, Count(MaxRetentionDays))
		}
	}
	return nil
}

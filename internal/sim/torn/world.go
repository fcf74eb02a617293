// Package torn is a stand-in for the Torn API v2. It answers like the real
// service, its caching, limits, paging quirks and errors included, out of a world
// that follows from a seed: two factions, their members and one ranked war, played
// on a timeline in which everything has a moment from which it can be seen.
//
// It shares no rule with the bot. What a scoreboard should say is known from what
// the generator meant each attack to be (Figures), so that it can judge the bot.
package torn

import (
	"math/rand/v2"
	"sync"
	"time"

	"consigliere/internal/clock"
)

// Config says what world to make. The zero value of every field but Clock is usable.
type Config struct {
	// Clock is the world's only time: events, cache and rate limits follow it.
	// Nil means the wall clock.
	Clock clock.Clock
	// Seed decides everything. The same seed at the same starting second gives
	// the same world.
	Seed uint64
	// MembersPerSide is the size of both rosters; default 100, at least 12.
	MembersPerSide int

	// MatchedAfter is when the war is announced, counted from New; default 3 min,
	// negative for a war that is already announced.
	MatchedAfter time.Duration
	// StartsAfter is when the war starts, counted from New; default 20 min after
	// MatchedAfter. It may be negative: the world then begins in mid-war.
	StartsAfter time.Duration
	// WarLength is about how long the war lasts; default 3 h. The target is chosen
	// so that the lead reaches it then.
	WarLength time.Duration
	// Target fixes the lead that wins. When it is not reached within twice
	// WarLength, the war stays open.
	Target int64
	// Intensity scales the number of attacks; 1 is about 2 200 in three hours.
	Intensity float64
	// Burst is how many attacks share one second in mid-war; default 150, negative for none.
	Burst int
	// EnemyWins turns the fortunes round.
	EnemyWins bool

	// PastHits is how many hits each of the wars before had; their attacks are then in
	// the log. 0: they are older than the log.
	PastHits int

	// ReportAfter is how long after its end a war's report appears; default 4 min.
	ReportAfter time.Duration
	// RankedLingers is how long wars.ranked still shows a war that is over; default 12 min.
	RankedLingers time.Duration
	// CacheFor is how long an answer is served again; default 30 s, negative for no cache.
	CacheFor time.Duration
	// UserPerMinute and HostPerMinute are the rolling limits; default 100 and
	// 1 000, negative for none.
	UserPerMinute, HostPerMinute int
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = clock.Wall{}
	}
	c.MembersPerSide = max(orDefault(c.MembersPerSide, 100), minMembers)
	c.MatchedAfter = orDefault(c.MatchedAfter, 3*time.Minute)
	c.StartsAfter = orDefault(c.StartsAfter, max(0, c.MatchedAfter)+20*time.Minute)
	c.WarLength = orDefault(c.WarLength, 3*time.Hour)
	c.Intensity = orDefault(c.Intensity, 1)
	c.Burst = orDefault(c.Burst, 150)
	c.ReportAfter = orDefault(c.ReportAfter, 4*time.Minute)
	c.RankedLingers = orDefault(c.RankedLingers, 12*time.Minute)
	c.CacheFor = orDefault(c.CacheFor, 30*time.Second)
	c.UserPerMinute = orDefault(c.UserPerMinute, 100)
	c.HostPerMinute = orDefault(c.HostPerMinute, 1000)
	return c
}

func orDefault[T comparable](v, d T) T {
	var zero T
	if v == zero {
		return d
	}
	return v
}

// firstAttack is below the ids of all attacks but those of past wars.
const firstAttack = 310_000_000

// minMembers is how many members a roster needs to hold every position.
const minMembers = 12

// World is a Torn of its own. All methods are safe for concurrent use.
type World struct {
	cfg   Config
	clk   clock.Clock
	epoch int64 // the second New was called
	table map[string]*endpoint

	mu         sync.Mutex // guards everything down to the blank line
	rng        *rand.Rand
	groups     map[int64]*group
	players    map[int64]*player
	discord    map[string]int64 // snowflake -> player
	keys       map[string]*Key
	wars       map[int64]*rankedWar
	attacks    map[int64]*attack
	lastAttack int64
	lastID     int64 // last id given to a player, faction or war by hand
	holds      []hold
	news       []newsRow
	plan       Plan

	cache   *answerCache
	limits  *limiter
	faults  *faultList
	journal *journal
}

// hold is a span in which nothing new could be seen; to is 0 while it lasts.
type hold struct{ from, to int64 }

// Plan tells who is who in the scenario and when its turning points come.
type Plan struct {
	OurFaction, EnemyFaction, WarID int64
	Leader, CoLeader                int64
	Officers                        []int64 // hold a position with "Faction API Access"
	Members                         []int64 // without it, recruits left out
	Recruits                        []int64
	Matched, Start                  time.Time
	// End is the last second of the war, EndVisible the moment Torn says so; zero
	// when the target is never reached.
	End, EndVisible, Report time.Time
	// Burst is the second of the burst.
	Burst time.Time
	// Saved is the hit, by SavedBy, that saves our chain with ten seconds left; zero when
	// the war is too short for it.
	Saved   time.Time
	SavedBy int64
	Target  int64
	Winner  int64
}

// New makes a world with the scenario of one evening.
func New(cfg Config) *World {
	w := Empty(cfg)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.playEvening()
	return w
}

// Empty makes a world with nobody in it, for tests that build their own.
func Empty(cfg Config) *World {
	cfg = cfg.withDefaults()
	return &World{
		cfg:        cfg,
		clk:        cfg.Clock,
		epoch:      cfg.Clock.Now().Unix(),
		table:      endpointTable(),
		rng:        rand.New(rand.NewPCG(cfg.Seed, 0x70726e)),
		groups:     map[int64]*group{},
		players:    map[int64]*player{},
		discord:    map[string]int64{},
		keys:       map[string]*Key{},
		wars:       map[int64]*rankedWar{},
		attacks:    map[int64]*attack{},
		lastAttack: firstAttack,
		lastID:     60_000,
		cache:      newAnswerCache(cfg.CacheFor),
		limits:     newLimiter(cfg.UserPerMinute, cfg.HostPerMinute),
		faults:     &faultList{},
		journal:    &journal{},
	}
}

// Plan tells who is who and what comes when. The zero Plan belongs to an Empty world.
func (w *World) Plan() Plan {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.plan
}

// OurFactionID is the faction the scenario is seen from.
func (w *World) OurFactionID() int64 { return w.Plan().OurFaction }

// EnemyFactionID is the faction it fights.
func (w *World) EnemyFactionID() int64 { return w.Plan().EnemyFaction }

// WarID is the scenario's ranked war.
func (w *World) WarID() int64 { return w.Plan().WarID }

// Hold freezes what can be seen of attacks, scores, wars and chains at this
// moment, while the clock goes on. Holding twice is holding once.
func (w *World) Hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.holds); n > 0 && w.holds[n-1].to == 0 {
		return
	}
	w.holds = append(w.holds, hold{from: w.now()})
}

// Release ends a Hold: whatever it kept back appears now.
func (w *World) Release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.holds); n > 0 && w.holds[n-1].to == 0 {
		w.holds[n-1].to = w.now()
	}
}

// now is this second of the world's clock.
func (w *World) now() int64 { return w.clk.Now().Unix() }

// view is the moment of the timeline that can be seen at t: t itself, or the
// beginning of the Hold that t lies in.
func (w *World) view(t int64) int64 {
	for i := len(w.holds) - 1; i >= 0; i-- {
		h := w.holds[i]
		if t >= h.from && (h.to == 0 || t < h.to) {
			return h.from
		}
	}
	return t
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

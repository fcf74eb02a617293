package scoreboard

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/roster"
	"consigliere/internal/war"
)

const (
	recentAttacks = 40               // how many attacks the page lists
	boardLasts    = 2 * time.Second  // how long a reading serves without a sign of change
	samplesLast   = 10 * time.Second // the same for the score over time, which is long
	readWithin    = 10 * time.Second // how long reading a board may take
	boardsKept    = 30 * time.Second // how long an old reading's samples are of use
)

// board is everything a war's page says, as read at one moment. It is shared by all
// who look and never changed.
type board struct {
	war     war.War
	rows    []war.Row
	samples []war.Sample
	terms   war.Terms
	attacks []war.Logged
	feeds   map[feed.Name]feed.State
	roster  faction.Roster
	squads  []roster.Squad
	// foes is the enemy's roster and claims who has called whom, until the war is over.
	foes   faction.Roster
	claims []war.Claim
	// incomplete tells that attacks of the war may still be read back.
	incomplete bool
	// digest is the same for the same content.
	digest string
	// trend names what the charts show.
	trend string

	readAt, samplesAt time.Time
	version           uint64
}

// boards reads wars once for all who look at the same time.
type boards struct {
	cfg    Config
	flight singleflight.Group

	mu       sync.Mutex
	versions map[faction.ID]uint64
	kept     map[whichWar]*board
}

type whichWar struct {
	faction faction.ID
	war     war.ID
}

func newBoards(cfg Config) *boards {
	return &boards{cfg: cfg, versions: make(map[faction.ID]uint64), kept: make(map[whichWar]*board)}
}

// outdate says that what was read of a faction is no longer true.
func (b *boards) outdate(of faction.ID) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.versions[of]++
}

// version counts what has changed of a faction.
func (b *boards) version(of faction.ID) uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.versions[of]
}

// read gives a faction's war as it is now: never older than its last change, nor
// than boardLasts of wall time.
func (b *boards) read(ctx context.Context, of faction.ID, id war.ID) (*board, error) {
	which := whichWar{of, id}
	kept, version := b.find(which)
	if kept != nil {
		return kept, nil
	}
	// Whoever comes while it is read waits for the same reading; the first one's
	// leaving does not spoil it for the others.
	key := fmt.Sprintf("%d/%d/%d", of, id, version)
	result := b.flight.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), readWithin)
		defer cancel()
		return b.load(ctx, which, version)
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-result:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(*board), nil
	}
}

// find gives a reading that still serves, or nil and the version to read.
func (b *boards) find(which whichWar) (*board, uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	version := b.versions[which.faction]
	kept := b.kept[which]
	if kept == nil || kept.version != version || b.cfg.Now().Sub(kept.readAt) > b.cfg.wall(boardLasts) {
		return nil, version
	}
	return kept, version
}

func (b *boards) load(ctx context.Context, which whichWar, version uint64) (*board, error) {
	now := b.cfg.Now()
	out := &board{readAt: now, version: version, feeds: make(map[feed.Name]feed.State)}
	var err error
	if out.war, err = b.cfg.Wars.War(ctx, which.faction, which.war); err != nil {
		if faction.KindOf(err) == faction.NotFound {
			err = noSuchWar()
		}
		return nil, err
	}
	if out.rows, err = b.cfg.Wars.Tallies(ctx, which.faction, which.war); err != nil {
		return nil, err
	}
	filter := war.AttackFilter{War: which.war, Limit: recentAttacks}
	if out.attacks, err = b.cfg.Wars.ListAttacks(ctx, which.faction, filter); err != nil {
		return nil, err
	}
	states, err := b.cfg.Sources.Feeds(ctx, which.faction)
	if err != nil {
		return nil, err
	}
	for _, s := range states {
		out.feeds[s.Feed] = s
	}
	out.incomplete = out.feeds[feed.Attacks].Log.Lacks(out.war, now)
	if out.roster, err = b.cfg.Sources.Members(ctx, which.faction, which.faction); err != nil {
		return nil, err
	}
	if out.squads, err = b.cfg.Sources.Squads(ctx, which.faction); err != nil {
		return nil, err
	}
	if out.war.Phase(now) != war.Ended {
		if out.terms, _, err = b.cfg.Sources.Terms(ctx, which.faction, which.war); err != nil {
			return nil, err
		}
		if out.foes, err = b.cfg.Sources.Members(ctx, which.faction, out.war.Them.Faction); err != nil {
			return nil, err
		}
		if out.claims, err = b.cfg.Sources.Claims(ctx, which.faction, which.war, now); err != nil {
			return nil, err
		}
	}
	if err := b.loadSamples(ctx, which, out); err != nil {
		return nil, err
	}
	out.digest = digest(out)
	b.keep(which, out)
	return out, nil
}

// loadSamples takes the score over time from an earlier reading while that is young.
func (b *boards) loadSamples(ctx context.Context, which whichWar, out *board) (err error) {
	b.mu.Lock()
	old := b.kept[which]
	b.mu.Unlock()
	if old != nil && out.readAt.Sub(old.samplesAt) < b.cfg.wall(samplesLast) && out.war.End.Equal(old.war.End) {
		out.samples, out.samplesAt, out.trend = old.samples, old.samplesAt, old.trend
		return nil
	}
	if out.samples, err = b.cfg.Wars.Samples(ctx, which.faction, which.war); err != nil {
		return err
	}
	out.samplesAt = out.readAt
	out.trend = strconv.FormatInt(int64(which.faction), 36) + "-" + strconv.Itoa(len(out.samples))
	if n := len(out.samples); n > 0 {
		out.trend += "-" + strconv.FormatInt(out.samples[n-1].At.UnixMilli(), 36)
	}
	return nil
}

// keep stores a reading unless a younger one is there, and forgets old ones.
func (b *boards) keep(which whichWar, young *board) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for other, old := range b.kept {
		if young.readAt.Sub(old.readAt) > b.cfg.wall(boardsKept) {
			delete(b.kept, other)
		}
	}
	if old := b.kept[which]; old == nil || !young.readAt.Before(old.readAt) {
		b.kept[which] = young
	}
}

// digest tells readings apart by everything that a page shows of them.
func digest(b *board) string {
	h := sha256.New()
	shown := []any{b.war, b.rows, b.attacks, b.trend, b.incomplete, b.squads, b.feeds[feed.Attacks].LastSuccess, b.feeds[feed.Attacks].Failures, b.feeds[feed.Front].Failures}
	if b.war.End.IsZero() {
		shown = append(shown, b.roster, b.foes, b.claims, b.terms)
	}
	if err := json.NewEncoder(h).Encode(shown); err != nil {
		// A figure that JSON cannot hold: treat every reading as another.
		return strconv.FormatInt(b.readAt.UnixNano(), 36)
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}

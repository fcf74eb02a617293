package torn

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"consigliere/internal/clock"
	"consigliere/internal/faction"
)

const (
	keysFresh     = 30 * time.Second // how long a faction's keys are remembered
	faultsInARow  = 3                // passing faults that make a key unhealthy
	unhealthyRest = 5 * time.Minute  // before an unhealthy key is tried again like others
	outRest       = 10 * time.Minute // we remember a fault ourselves, should the source be slow to
	unfitRest     = time.Hour        // a selection that the key was refused
	exhaustedRest = 6 * time.Hour    // error 14 counts over a rolling day
	reportTimeout = 5 * time.Second
)

// Pool picks a key for every call: of those that serve, the one used longest ago.
// It holds no lock while a call is on its way.
type Pool struct {
	source KeySource
	clock  clock.Clock
	log    *slog.Logger

	mu     sync.Mutex
	sets   map[faction.ID]keySet
	marks  map[int64]*mark // by key id
	paused map[faction.PlayerID]time.Time
	turn   uint64 // grows with every pick
}

// keySet is what the source told about one faction.
type keySet struct {
	keys  []KeyRecord
	until time.Time
	// asked counts invalidations, so that an answer older than one is not kept.
	asked uint64
}

// mark is what the pool itself knows about a key.
type mark struct {
	faction   faction.ID
	used      uint64 // turn of the last use
	faults    int    // passing ones in a row
	unhealthy bool
	rest      time.Time            // unhealthy until then
	out       time.Time            // not to be used until then
	unfit     map[string]time.Time // selections refused until then; "" is faction access
}

// NewPool makes a pool over a source. log may be nil.
func NewPool(source KeySource, clk clock.Clock, log *slog.Logger) (*Pool, error) {
	if source == nil || clk == nil {
		return nil, errors.New("torn: a pool needs a source of keys and a clock")
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Pool{
		source: source, clock: clk, log: log,
		sets: map[faction.ID]keySet{}, marks: map[int64]*mark{}, paused: map[faction.PlayerID]time.Time{},
	}, nil
}

// Invalidate forgets a faction's keys and what was held against them: somebody
// linked, changed or withdrew one, or the daily test looked at them.
func (p *Pool) Invalidate(f faction.ID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sets[f] = keySet{asked: p.sets[f].asked + 1}
	for _, m := range p.marks {
		if m.faction == f {
			*m = mark{faction: f, used: m.used}
		}
	}
}

// Do runs call with a key of that faction which serves the need. When the fault
// lies with the key, the verdict is reported and the next key takes over within
// the same Do; call must therefore be repeatable. The error is call's own, or a
// NoKeyError when no key is left.
func (p *Pool) Do(ctx context.Context, f faction.ID, need Need, call func(context.Context, Key) error) error {
	keys, err := p.keys(ctx, f)
	if err != nil {
		return err
	}
	tried := map[int64]bool{}
	var last error
	for {
		key, lacks := p.pick(f, keys, need, tried)
		if lacks != nil {
			return &NoKeyError{Faction: f, Need: need, Last: last, lacks: lacks}
		}
		tried[key.ID] = true
		err := call(ctx, key)
		if !p.learn(ctx, key, need, err) {
			return err
		}
		p.log.Warn("torn: key failed over", "faction_id", f, "key_id", key.ID, "owner_id", key.Owner, "err", err)
		last = err
	}
}

// keys gives the faction's keys, remembered for a short time.
func (p *Pool) keys(ctx context.Context, f faction.ID) ([]KeyRecord, error) {
	p.mu.Lock()
	set := p.sets[f]
	p.mu.Unlock()
	if p.clock.Now().Before(set.until) {
		return set.keys, nil
	}
	keys, err := p.source.Keys(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the keys of faction %d: %w", f, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.sets[f].asked == set.asked {
		p.sets[f] = keySet{keys: keys, until: p.clock.Now().Add(keysFresh), asked: set.asked}
	}
	return keys, nil
}

// pick takes the best key not tried yet, or tells what the keys lack. Keys whose
// user is paused and unhealthy keys come after all others, the longest unused first.
func (p *Pool) pick(f faction.ID, keys []KeyRecord, need Need, tried map[int64]bool) (Key, map[lack]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	lacks := map[lack]int{}
	var best *KeyRecord
	var bestMark *mark
	free := map[faction.PlayerID]bool{} // owners with a key to go on with
	for i := range keys {
		r := &keys[i]
		m := p.mark(f, r.ID)
		l := need.lacks(*r)
		if l == lackNothing && tried[r.ID] {
			l = lackNow
		}
		if l == lackNothing {
			l = m.lacks(need, now)
		}
		if l != lackNothing {
			lacks[l]++
			continue
		}
		if !now.Before(p.paused[r.Owner]) {
			free[r.Owner] = true
		}
		if best == nil || p.before(now, r, m, best, bestMark) {
			best, bestMark = r, m
		}
	}
	if best == nil {
		return Key{}, lacks
	}
	p.turn++
	bestMark.used = p.turn
	delete(free, best.Owner)
	return Key{ID: best.ID, Owner: best.Owner, Faction: f, Secret: best.Secret, another: len(free) > 0, scope: scopeOf(f, need)}, nil
}

// before tells whether key a is the better choice than key b.
func (p *Pool) before(now time.Time, a *KeyRecord, am *mark, b *KeyRecord, bm *mark) bool {
	pa, pb := p.paused[a.Owner], p.paused[b.Owner]
	if wa, wb := now.Before(pa), now.Before(pb); wa != wb {
		return wb
	} else if wa && !pa.Equal(pb) {
		return pa.Before(pb)
	}
	if ua, ub := now.Before(am.rest), now.Before(bm.rest); ua != ub {
		return ub
	}
	return am.used < bm.used
}

func (p *Pool) mark(f faction.ID, id int64) *mark {
	m := p.marks[id]
	if m == nil {
		m = &mark{}
		p.marks[id] = m
	}
	m.faction = f
	return m
}

func (m *mark) lacks(need Need, now time.Time) lack {
	switch {
	case now.Before(m.out):
		return lackState
	case need.FactionAccess && now.Before(m.unfit[""]):
		return lackPosition
	case now.Before(m.unfit[need.name()]):
		return lackLevel
	}
	return lackNothing
}

func (n Need) name() string { return n.Section + "/" + n.Selection }

// learn draws the lesson of a call for its key, and tells whether another key
// should be tried.
func (p *Pool) learn(ctx context.Context, key Key, need Need, err error) (tryAnother bool) {
	v, report, tryAnother := p.judge(key, need, err)
	if !report {
		return tryAnother
	}
	// The lesson is worth keeping even when the caller has given up.
	rctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTimeout)
	defer cancel()
	if rerr := p.source.Report(rctx, key.Faction, key.ID, v); rerr != nil {
		p.log.Error("torn: verdict on a key not stored", "faction_id", key.Faction, "key_id", key.ID, "state", v.State, "err", rerr)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	set := p.sets[key.Faction]
	p.sets[key.Faction] = keySet{asked: set.asked + 1}
	return tryAnother
}

// judge updates the pool's own marks and makes the verdict.
func (p *Pool) judge(key Key, need Need, err error) (v Verdict, report, tryAnother bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.clock.Now()
	m := p.mark(key.Faction, key.ID)
	var e *Error
	if err != nil && !errors.As(err, &e) {
		return v, false, false // the caller's own fault, or the budget's
	}
	if err == nil {
		return p.healthy(m)
	}
	v = Verdict{State: KeyOK, Code: e.Code, Reason: sayOf(e)}
	switch e.Reaction {
	case DropKey:
		v.State, m.out = KeyDropped, now.Add(outRest)
		return v, true, true
	case DisableKey:
		v.State, m.out = KeyDisabled, now.Add(outRest)
		return v, true, true
	case PauseUser:
		p.paused[key.Owner] = now.Add(userPause)
		return v, false, key.another
	case UseOtherKey:
		return p.unfit(m, need, e, v, now)
	case Retry:
		m.faults++
		v.State, v.Until = KeyUnhealthy, now.Add(unhealthyRest)
		if m.faults < faultsInARow || m.unhealthy && now.Before(m.rest) {
			return v, false, errors.Is(err, ErrKeyRead)
		}
		m.unhealthy, m.rest = true, v.Until
		return v, true, errors.Is(err, ErrKeyRead)
	case StopAll, Backoff:
		return v, false, false // tells nothing about the key
	default:
		if errors.Is(err, ErrShape) {
			return v, false, false
		}
		return p.healthy(m) // Torn read the key and answered
	}
}

// healthy clears what was held against a key.
func (p *Pool) healthy(m *mark) (Verdict, bool, bool) {
	was := m.unhealthy
	m.faults, m.unhealthy, m.rest = 0, false, time.Time{}
	return Verdict{State: KeyOK, Code: noCode, Reason: "It works again."}, was, false
}

// unfit notes that a key may not read a selection, and for how long to believe so.
func (p *Pool) unfit(m *mark, need Need, e *Error, v Verdict, now time.Time) (Verdict, bool, bool) {
	name, rest := need.name(), unfitRest
	switch {
	case e.Code == 7 && !need.FactionAccess:
		return v, false, false // private data of a third party: no key will do
	case e.Code == 7:
		name, v.LostFactionAccess = "", true
	case e.Code == 14:
		v.Unfit, rest = name, exhaustedRest
	default:
		v.Unfit = name
	}
	v.Until = now.Add(rest)
	if m.unfit == nil {
		m.unfit = map[string]time.Time{}
	}
	m.unfit[name] = v.Until
	return v, true, true
}

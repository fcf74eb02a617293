package torn

import (
	"errors"
	"fmt"
	"math"
	"sort"
	"time"
)

// Kind is what the author of an attack means it to be, seen from the attacker's
// faction inside its war (game.md, Attacks). Figures counts by it.
type Kind string

// The kinds. A hit that earns nothing is NoScore, whoever it hits.
const (
	WarHit      Kind = "war hit"
	OutsideHit  Kind = "outside hit"
	NoScore     Kind = "no-score"
	Assist      Kind = "assist"
	Lost        Kind = "lost"
	Stalemate   Kind = "stalemate"
	Escape      Kind = "escape"
	Timeout     Kind = "timeout"
	Interrupted Kind = "interrupted"
	Other       Kind = "other"
)

func (k Kind) isHit() bool { return k == WarHit || k == OutsideHit || k == NoScore }

// isDefence tells whether the defender got the better of the attacker.
func (k Kind) isDefence() bool {
	switch k {
	case Lost, Stalemate, Escape, Timeout, Interrupted:
		return true
	default:
		return false
	}
}

// result is the usual spelling of a kind in /faction/attacks.
func (k Kind) result() string {
	switch k {
	case WarHit:
		return "Hospitalized"
	case OutsideHit, NoScore:
		return "Attacked"
	case Assist:
		return "Assist"
	case Lost:
		return "Lost"
	case Stalemate:
		return "Stalemate"
	case Escape:
		return "Escape"
	case Timeout:
		return "Timeout"
	case Interrupted:
		return "Interrupted"
	default:
		return "None"
	}
}

// Marks stand on top of a kind. They are intentions: the row is made to fit.
type Marks struct {
	Retaliation, Overseas, Group bool
	// Warlord: a warlord weapon finished the fight.
	Warlord bool
	// FlagDiffers: is_ranked_war says the opposite of what the factions say.
	FlagDiffers bool
}

// Attack is one row of the attack log and what it is meant to be. Zero fields get
// sensible values when it is added.
type Attack struct {
	ID   int64  // 0: the next free one
	Code string // "": made from the id
	// Attacker and Defender are player ids.
	Attacker, Defender int64
	Kind               Kind
	Marks              Marks
	// Started and Ended: when only one is given the fight took 20 s; when none
	// is, it ended now.
	Started, Ended time.Time
	// NoEnd leaves ended at 0, as in a row that is still being written.
	NoEnd bool
	// Visible is when the row first appears; zero means with its end.
	Visible time.Time
	// Result overrides the usual result of the kind ("Mugged", "Ambushed").
	Result string
	// Respect gained and lost, in hundredths, the chain bonus included. Zero on a
	// war or outside hit means 4.00 plus the bonus; a loss of zero means the same
	// as was gained without the bonus.
	Respect, RespectLoss int64
	// Chain is the attacker's counter after this hit. On 10, 25, 50 … the hit is
	// a bonus hit.
	Chain int
	// FairFight in hundredths, 100 to 300; default 200.
	FairFight int64
	Stealthed bool

	attackerFaction, defenderFaction int64
}

// counted is the moment the attack counts: its end, or its start without one.
func (a *Attack) counted() int64 {
	if a.Ended.IsZero() {
		return a.Started.Unix()
	}
	return a.Ended.Unix()
}

// bonus is the flat respect of a chain bonus hit in hundredths, 0 for other hits.
func (a *Attack) bonus() int64 {
	if a.Kind != WarHit && a.Kind != OutsideHit {
		return 0
	}
	return bonusAt(a.Chain)
}

// bonusAt is the flat respect, in hundredths, that the n-th hit of a chain carries.
func bonusAt(n int) int64 {
	respect := int64(1000)
	for _, m := range [...]int{10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000} {
		if n == m {
			return respect
		}
		respect *= 2
	}
	return 0
}

// attack is a row in all its versions.
type attack struct {
	id       int64
	started  int64
	versions []version
}

// version is how the row reads from a moment on.
type version struct {
	visible int64
	row     *Attack
}

// at is the row as it reads at the moment v, nil before it appears.
func (a *attack) at(v int64) *Attack {
	for i := len(a.versions) - 1; i >= 0; i-- {
		if a.versions[i].visible <= v {
			return a.versions[i].row
		}
	}
	return nil
}

var errNoSuchAttack = errors.New("no such attack")

// AddAttack puts an attack into the world and returns its id. It fails on unknown
// players and on an id that is taken.
func (w *World) AddAttack(a Attack) (int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.addAttack(a)
}

// AddAttacks is AddAttack for many; it stops at the first failure.
func (w *World) AddAttacks(list []Attack) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range list {
		if _, err := w.addAttack(list[i]); err != nil {
			return fmt.Errorf("add attack %d of %d: %w", i+1, len(list), err)
		}
	}
	return nil
}

func (w *World) addAttack(a Attack) (int64, error) {
	from, to := w.players[a.Attacker], w.players[a.Defender]
	if from == nil || to == nil {
		return 0, fmt.Errorf("add an attack of player %d on %d: %w", a.Attacker, a.Defender, errUnknownPlayer)
	}
	if a.ID == 0 {
		a.ID = w.lastAttack + 1
	}
	if w.attacks[a.ID] != nil {
		return 0, fmt.Errorf("add attack %d: the id is taken", a.ID)
	}
	w.lastAttack = max(w.lastAttack, a.ID)
	a.attackerFaction, a.defenderFaction = from.faction, to.faction
	w.complete(&a)
	rec := &attack{id: a.ID, started: a.Started.Unix(), versions: []version{{a.Visible.Unix(), &a}}}
	w.attacks[a.ID] = rec
	w.file(rec, &a)
	return a.ID, nil
}

// file enters a new attack into every index that must know it.
func (w *World) file(rec *attack, a *Attack) {
	sides := [2]*group{w.groups[a.attackerFaction], w.groups[a.defenderFaction]}
	if sides[1] == sides[0] {
		sides[1] = nil
	}
	for _, g := range sides {
		if g != nil {
			g.log.add(rec)
		}
	}
	if g := sides[0]; g != nil && a.Chain > 0 {
		g.chains.add(rec)
	}
	for _, rw := range w.wars {
		rw.scores.add(rw, rec)
	}
}

// complete fills in what the author left open.
func (w *World) complete(a *Attack) {
	if a.Started.IsZero() && a.Ended.IsZero() {
		a.Ended = time.Unix(w.now(), 0)
	}
	if a.Started.IsZero() {
		a.Started = a.Ended.Add(-20 * time.Second)
	}
	if a.Ended.IsZero() && !a.NoEnd {
		a.Ended = a.Started.Add(20 * time.Second)
	}
	if a.Visible.IsZero() {
		a.Visible = a.Ended
		if a.NoEnd {
			a.Visible = a.Started
		}
	}
	if a.Kind == "" {
		a.Kind = Other
	}
	if a.Result == "" {
		a.Result = a.Kind.result()
	}
	if a.FairFight == 0 {
		a.FairFight = 200
	}
	if a.Kind == WarHit || a.Kind == OutsideHit {
		if a.Respect == 0 {
			a.Respect = 400 + a.bonus()
		}
		if a.RespectLoss == 0 {
			a.RespectLoss = max(0, a.Respect-a.bonus())
		}
	}
	if a.Code == "" {
		a.Code = fmt.Sprintf("%016x%016x", uint64(a.ID)*0x9e3779b97f4a7c15, (uint64(a.ID)^w.cfg.Seed)*0xbf58476d1ce4e5b9)
	}
}

// ChangeAttack gives a row another reading from the moment visible on, as Torn
// does when it completes one late. What change leaves alone stays. The id, the
// players and the start cannot change.
func (w *World) ChangeAttack(id int64, visible time.Time, change func(*Attack)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.changeAttack(id, visible, change)
}

func (w *World) changeAttack(id int64, visible time.Time, change func(*Attack)) error {
	rec := w.attacks[id]
	if rec == nil {
		return fmt.Errorf("change attack %d: %w", id, errNoSuchAttack)
	}
	last := rec.versions[len(rec.versions)-1]
	if visible.Unix() < last.visible {
		return fmt.Errorf("change attack %d at %s: it already changes later", id, visible.UTC())
	}
	row := *last.row
	change(&row)
	row.ID, row.Code, row.Attacker, row.Defender, row.Started = id, last.row.Code, last.row.Attacker, last.row.Defender, last.row.Started
	row.attackerFaction, row.defenderFaction = last.row.attackerFaction, last.row.defenderFaction
	rec.versions = append(rec.versions, version{visible.Unix(), &row})
	if g := w.groups[row.attackerFaction]; g != nil {
		g.chains.dirty = true
		if row.Chain > 0 && last.row.Chain == 0 {
			g.chains.hits = append(g.chains.hits, rec)
		}
	}
	for _, rw := range w.wars {
		rw.scores.dirty = true
	}
	return nil
}

// Appeared tells which rows a faction's attack log began to show in a span, its
// first moment included and its last one not, and when it did.
func (w *World) Appeared(faction int64, from, to time.Time) map[int64]time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[int64]time.Time{}
	g := w.groups[faction]
	if g == nil {
		return out
	}
	for _, rec := range g.log.byTime {
		if at := moment(rec.versions[0].visible); !at.Before(from) && at.Before(to) {
			out[rec.id] = at
		}
	}
	return out
}

// attackIndex keeps a faction's attacks by start and by id.
type attackIndex struct{ byTime, byID []*attack }

func (x *attackIndex) add(a *attack) {
	x.byTime = insert(x.byTime, a, func(b *attack) bool {
		return b.started > a.started || b.started == a.started && b.id > a.id
	})
	x.byID = insert(x.byID, a, func(b *attack) bool { return b.id > a.id })
}

// insert puts a before the first element that is after it; the usual place is the end.
func insert(list []*attack, a *attack, after func(*attack) bool) []*attack {
	n := len(list)
	if n == 0 || !after(list[n-1]) {
		return append(list, a)
	}
	i := sort.Search(n, func(i int) bool { return after(list[i]) })
	list = append(list, nil)
	copy(list[i+1:], list[i:])
	list[i] = a
	return list
}

// hundredths turns Torn's points into hundredths, half away from zero.
func hundredths(points float64) int64 { return int64(math.Round(points * 100)) }

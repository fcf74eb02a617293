package war

import (
	"cmp"
	"slices"
	"time"

	"consigliere/internal/faction"
)

// hitter tells whose war hit a stored attack was counted as; counts is false when it
// was none.
func (b Books) hitter(l Logged) (who whose, counts bool) {
	ours := b.War.Us.Faction
	team, ok := attackerTeam(l.Attack, ours, b.War)
	who = whose{team, l.Attack.Attacker.ID}
	return who, ok && l.War == b.War.ID && classOf(l.Attack, hitsEnemy(l.Attack, ours, b.War)) == ClassWarHit
}

// rowsOf gathers one team's attacks by player, oldest first.
func (b Books) rowsOf(team Team) map[faction.PlayerID][]Logged {
	out := map[faction.PlayerID][]Logged{}
	for _, l := range b.Rows {
		if of, ok := attackerTeam(l.Attack, b.War.Us.Faction, b.War); ok && of == team {
			out[l.Attack.Attacker.ID] = append(out[l.Attack.Attacker.ID], l)
		}
	}
	for _, rows := range out {
		slices.SortFunc(rows, func(x, y Logged) int { return cmp.Compare(x.Attack.ID, y.Attack.ID) })
	}
	return out
}

// explain splits what the report has more of a player than our log.
func (b Books) explain(team Team, p ReconciledPlayer, rows []Logged, unseen *Score) []Difference {
	gap := p.Report.minus(p.Log)
	if gap.IsZero() {
		return nil
	}
	if p.Player == 0 { // whom the report names and our log does not
		d := unnamed(0, gap)
		d.Reason = ReasonStealth
		return []Difference{d}
	}
	if named := fit(b.doubtful(rows), gap); named != nil {
		return named
	}
	if d, ok := b.single(rows, gap); ok {
		d.Reason = b.reason(team, p, gap, unseen)
		return []Difference{d}
	}
	d := unnamed(p.Player, gap)
	d.Reason = b.reason(team, p, gap, unseen)
	return []Difference{d}
}

// reason is why a player's books differ when no doubtful row explains it.
func (b Books) reason(team Team, p ReconciledPlayer, gap Score, unseen *Score) DifferenceReason {
	switch {
	case gap.Hits == 0 && abs(gap.Points) <= faction.Respect(p.Log.Hits/2+1): // half a hundredth a hit
		return ReasonRounding
	case team == Enemy && gap.Hits > 0 && gap.Hits <= unseen.Hits && gap.Points >= 0 && gap.Points <= unseen.Points:
		*unseen = unseen.minus(gap)
		return ReasonStealth
	case team == Ours && !p.InReport && !b.Members[p.Player]:
		return ReasonLeft
	case team == Ours && p.InReport && p.Log.IsZero() && !b.Members[p.Player] && !b.Former[p.Player]:
		return ReasonMercenary
	default:
		return ReasonUnknown
	}
}

// doubtful lists what may be counted in another way: as one less when our log counts
// the attack, as one more when it does not.
func (b Books) doubtful(rows []Logged) []Difference {
	var out []Difference
	for _, l := range rows {
		a := l.Attack
		d := Difference{Player: a.Attacker.ID, Attack: a.ID, Code: a.Code, At: a.Counted(), Score: Score{1, a.RespectGain}, Kind: ReportOnly}
		if _, counts := b.hitter(l); counts {
			d.Kind, d.Score, d.Reason = LogOnly, Score{-1, -a.RespectGain}, b.doubtOver(a)
		} else {
			d.Reason = b.missed(l)
		}
		if d.Reason != "" {
			out = append(out, d)
		}
	}
	return out
}

// doubtOver is why the report may leave out a hit that we count; empty: no reason.
func (b Books) doubtOver(a Attack) DifferenceReason {
	w, at := b.War, a.Counted()
	switch {
	case !a.RankedWar && !a.anonymous():
		return ReasonFlag
	case a.Interrupted:
		return ReasonInterrupted
	case a.Started.Before(w.Start), !at.After(w.Start.Add(time.Second)), !w.End.IsZero() && !at.Before(w.End.Add(-time.Second)):
		return ReasonEdge
	default:
		return ""
	}
}

// missed is why the report may count an attack that we do not; empty: no reason.
func (b Books) missed(l Logged) DifferenceReason {
	a, w := l.Attack, b.War
	onEnemy, inside := hitsEnemy(a, w.Us.Faction, w), l.War == w.ID
	earned := a.Result.Hit() && a.RespectGain > 0
	switch {
	case inside && a.Result.Hit() && onEnemy: // it earned nothing, or it would count
		return ReasonNoScore
	case inside && earned && a.RankedWar:
		return ReasonFlag
	case inside && a.Result == Interrupted && onEnemy && a.RespectGain > 0:
		return ReasonInterrupted
	case !inside && earned && onEnemy && w.near(a):
		return ReasonEdge
	default:
		return ""
	}
}

// near tells whether an attack lies just outside the war's window.
func (w War) near(a Attack) bool {
	at := a.Counted()
	return at.Before(w.Start) && !at.Before(w.Start.Add(-EdgeSpan)) ||
		!w.End.IsZero() && at.After(w.End) && !at.After(w.End.Add(EdgeSpan))
}

// single finds the one hit of ours that the report lacks, when exactly one has that score.
func (b Books) single(rows []Logged, gap Score) (d Difference, ok bool) {
	if gap.Hits != -1 {
		return d, false
	}
	found := 0
	for _, l := range rows {
		if _, counts := b.hitter(l); counts && l.Attack.RespectGain == -gap.Points {
			found++
			d = Difference{Kind: LogOnly, Player: l.Attack.Attacker.ID, Attack: l.Attack.ID, Code: l.Attack.Code, At: l.Attack.Counted(), Score: gap}
		}
	}
	return d, found == 1
}

const (
	fitRows  = 6      // differences of one player that are looked for together
	fitTries = 50_000 // bounds the search
)

// fit finds the fewest of some doubtful rows that make up a gap exactly; nil when
// none do.
func fit(rows []Difference, gap Score) []Difference {
	tries := fitTries
	for n := 1; n <= min(fitRows, len(rows)); n++ {
		if found := choose(rows, gap, n, &tries); found != nil {
			return found
		}
	}
	return nil
}

// choose finds n of rows that come to gap.
func choose(rows []Difference, gap Score, n int, tries *int) []Difference {
	if n == 0 {
		if gap.IsZero() {
			return []Difference{}
		}
		return nil
	}
	for i := 0; i+n <= len(rows); i++ {
		if *tries--; *tries < 0 {
			return nil
		}
		if rest := choose(rows[i+1:], gap.minus(rows[i].Score), n-1, tries); rest != nil {
			return append([]Difference{rows[i]}, rest...)
		}
	}
	return nil
}

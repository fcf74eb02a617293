package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/war"
)

// SaveAttacks writes a page in one transaction: rows by Torn's id (each at most once
// a page), tallies by the difference, and how far the log is read. It raises the
// state's generation; afterwards the state is what is stored.
func (s *Store) SaveAttacks(ctx context.Context, st *feed.State, p feed.AttackPage) error {
	var b pgx.Batch
	if p.Aside {
		fenceAside(&b, *st)
	} else {
		fence(&b, *st)
	}
	queueAttacks(&b, st.Faction, p.Progress.Now, p.Rows)
	queueRetals(&b, st.Faction, p.Retals)
	for id, rows := range p.Moves {
		queueTallies(&b, st.Faction, id, rows)
	}
	queueClaimsHit(&b, st.Faction, p.Rows)
	finish(&b, *st, p.Progress)
	if p.Ask != nil {
		queueFill(&b, st.Faction, *p.Ask)
	}
	if len(p.Final) > 0 {
		b.Queue("update ranked_wars set final_at = $3, whole_at = $3 where faction_id = $1 and war_id = any($2)", st.Faction, p.Final, p.Progress.Now)
	}
	if p.Backfill != nil {
		queueBackfill(&b, st.Faction, p.Progress.Now, *p.Backfill)
	}
	if len(p.Rows) > 0 {
		queueNotify(&b, st.Faction, "war")
	}
	err := s.Faction(ctx, st.Faction, func(tx pgx.Tx) error {
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		return s.announce(ctx, tx, st.Faction, p.Progress.Now, alert.News{Alerts: p.Alerts, Settled: p.Settled, Personal: p.Personal})
	})
	if err != nil {
		return fmt.Errorf("save %d attacks of faction %d: %w", len(p.Rows), st.Faction, err)
	}
	st.Generation++
	st.NextDue, st.Log = p.Progress.NextDue, p.Progress.Log
	if p.Ask != nil {
		st.Log.Fill = st.Log.Fill.Ask(p.Ask.From, p.Ask.Due)
		st.Log.Asked++
	}
	return nil
}

// attackColumns are the columns of attacks after faction_id, in the order of
// attackArrays and scanAttack.
const attackColumns = `attack_id, code, started_at, ended_at,
	attacker_id, attacker_name, attacker_level, attacker_faction, attacker_faction_name,
	defender_id, defender_name, defender_level, defender_faction, defender_faction_name,
	result, respect_gain, respect_loss, chain, flags,
	fair_fight, war_modifier, retaliation, group_modifier, overseas, chain_modifier, warlord,
	direction, class, marks, war_id`

const saveAttacks = `insert into attacks (faction_id, seen_at, ` + attackColumns + `)
	select $1, $2, u.* from unnest(
		$3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[],
		$7::bigint[], $8::text[], $9::int[], $10::bigint[], $11::text[],
		$12::bigint[], $13::text[], $14::int[], $15::bigint[], $16::text[],
		$17::text[], $18::bigint[], $19::bigint[], $20::int[], $21::int[],
		$22::float8[], $23::float8[], $24::float8[], $25::float8[], $26::float8[], $27::float8[], $28::float8[],
		$29::text[], $30::text[], $31::int[], $32::bigint[]) u
	on conflict (faction_id, attack_id) do update set
		code = excluded.code, started_at = excluded.started_at, ended_at = excluded.ended_at,
		attacker_id = excluded.attacker_id, attacker_name = excluded.attacker_name, attacker_level = excluded.attacker_level,
		attacker_faction = excluded.attacker_faction, attacker_faction_name = excluded.attacker_faction_name,
		defender_id = excluded.defender_id, defender_name = excluded.defender_name, defender_level = excluded.defender_level,
		defender_faction = excluded.defender_faction, defender_faction_name = excluded.defender_faction_name,
		result = excluded.result, respect_gain = excluded.respect_gain, respect_loss = excluded.respect_loss,
		chain = excluded.chain, flags = excluded.flags, fair_fight = excluded.fair_fight, war_modifier = excluded.war_modifier,
		retaliation = excluded.retaliation, group_modifier = excluded.group_modifier, overseas = excluded.overseas,
		chain_modifier = excluded.chain_modifier, warlord = excluded.warlord,
		direction = excluded.direction, class = excluded.class, marks = excluded.marks, war_id = excluded.war_id`

// Bits of attacks.flags.
const (
	flagInterrupted = 1 << iota
	flagStealthed
	flagRaid
	flagRankedWar
	flagTerritory
	flagWarlordWeapon
)

func queueAttacks(b *pgx.Batch, id faction.ID, now time.Time, rows []war.Logged) {
	if len(rows) == 0 {
		return
	}
	var c attackArrays
	for _, r := range rows {
		c.add(r)
	}
	b.Queue(saveAttacks, append([]any{id, now}, c.all()...)...)
}

// attackArrays turns rows into columns for unnest.
type attackArrays struct {
	id, aID, aFac, dID, dFac, gain, loss     []int64
	code, aName, aFacName, dName, dFacName   []string
	result, direction, class                 []string
	started                                  []time.Time
	ended                                    []*time.Time
	aLevel, dLevel, chain, flags, marks      []int32
	ff, war, retal, group, over, chMod, lord []float64
	warID                                    []*int64
}

func (c *attackArrays) add(r war.Logged) {
	a := r.Attack
	c.id = append(c.id, int64(a.ID))
	c.code = append(c.code, a.Code)
	c.started = append(c.started, a.Started)
	c.ended = append(c.ended, null(a.Ended))
	c.aID = append(c.aID, int64(a.Attacker.ID))
	c.aName = append(c.aName, a.Attacker.Name)
	c.aLevel = append(c.aLevel, int32(a.Attacker.Level))
	c.aFac = append(c.aFac, int64(a.Attacker.Faction))
	c.aFacName = append(c.aFacName, a.Attacker.FactionName)
	c.dID = append(c.dID, int64(a.Defender.ID))
	c.dName = append(c.dName, a.Defender.Name)
	c.dLevel = append(c.dLevel, int32(a.Defender.Level))
	c.dFac = append(c.dFac, int64(a.Defender.Faction))
	c.dFacName = append(c.dFacName, a.Defender.FactionName)
	c.result = append(c.result, string(a.Result))
	c.gain = append(c.gain, int64(a.RespectGain))
	c.loss = append(c.loss, int64(a.RespectLoss))
	c.chain = append(c.chain, int32(a.Chain))
	c.flags = append(c.flags, flagsOf(a))
	m := a.Modifiers
	c.ff, c.war, c.retal = append(c.ff, m.FairFight), append(c.war, m.War), append(c.retal, m.Retaliation)
	c.group, c.over = append(c.group, m.Group), append(c.over, m.Overseas)
	c.chMod, c.lord = append(c.chMod, m.Chain), append(c.lord, m.Warlord)
	c.direction = append(c.direction, string(r.Verdict.Direction))
	c.class = append(c.class, string(r.Verdict.Class))
	c.marks = append(c.marks, int32(r.Verdict.Marks))
	var in *int64
	if r.War != 0 {
		w := int64(r.War)
		in = &w
	}
	c.warID = append(c.warID, in)
}

func (c *attackArrays) all() []any {
	return []any{c.id, c.code, c.started, c.ended, c.aID, c.aName, c.aLevel, c.aFac, c.aFacName,
		c.dID, c.dName, c.dLevel, c.dFac, c.dFacName, c.result, c.gain, c.loss, c.chain, c.flags,
		c.ff, c.war, c.retal, c.group, c.over, c.chMod, c.lord, c.direction, c.class, c.marks, c.warID}
}

func flagsOf(a war.Attack) int32 {
	var f int32
	for bit, on := range map[int32]bool{
		flagInterrupted: a.Interrupted, flagStealthed: a.Stealthed, flagRaid: a.Raid,
		flagRankedWar: a.RankedWar, flagTerritory: a.Territory, flagWarlordWeapon: a.WarlordEffect,
	} {
		if on {
			f |= bit
		}
	}
	return f
}

func scanAttack(row pgx.CollectableRow) (war.Logged, error) {
	var r war.Logged
	var ended *time.Time
	var flags, marks int32
	var in *int64
	a, m := &r.Attack, &r.Attack.Modifiers
	err := row.Scan(&a.ID, &a.Code, &a.Started, &ended,
		&a.Attacker.ID, &a.Attacker.Name, &a.Attacker.Level, &a.Attacker.Faction, &a.Attacker.FactionName,
		&a.Defender.ID, &a.Defender.Name, &a.Defender.Level, &a.Defender.Faction, &a.Defender.FactionName,
		&a.Result, &a.RespectGain, &a.RespectLoss, &a.Chain, &flags,
		&m.FairFight, &m.War, &m.Retaliation, &m.Group, &m.Overseas, &m.Chain, &m.Warlord,
		&r.Verdict.Direction, &r.Verdict.Class, &marks, &in)
	if err != nil {
		return r, err
	}
	a.Started = a.Started.UTC()
	if ended != nil {
		a.Ended = ended.UTC()
	}
	a.Interrupted, a.Stealthed, a.Raid = flags&flagInterrupted != 0, flags&flagStealthed != 0, flags&flagRaid != 0
	a.RankedWar, a.Territory, a.WarlordEffect = flags&flagRankedWar != 0, flags&flagTerritory != 0, flags&flagWarlordWeapon != 0
	r.Verdict.Marks = war.Marks(marks)
	if in != nil {
		r.War, r.Verdict.InWar = war.ID(*in), true
	}
	return r, nil
}

// KnownAttacks reads those of the given attacks that are stored already.
func (s *Store) KnownAttacks(ctx context.Context, id faction.ID, ids []war.AttackID) (map[war.AttackID]war.Logged, error) {
	out := make(map[war.AttackID]war.Logged, len(ids))
	// A join by the whole key: without statistics, any() would be a filter over all rows.
	rows, err := s.attacks(ctx, id, "join unnest($1::bigint[]) known (id) on faction_id = $2 and attack_id = known.id", ids, id)
	for _, r := range rows {
		out[r.Attack.ID] = r
	}
	return out, err
}

// AttacksCountedAfter reads a war's stored attacks that counted after a moment:
// once a war's end is known they no longer belong to it.
func (s *Store) AttacksCountedAfter(ctx context.Context, id faction.ID, w war.ID, t time.Time) ([]war.Logged, error) {
	// A fight lasts minutes; the hour spares reading the whole war.
	return s.attacks(ctx, id, `where war_id = $1 and started_at > $2::timestamptz - interval '1 hour'
		and coalesce(ended_at, started_at) > $2`, w, t)
}

// WarAttacks reads every stored attack of a war, for a recount.
func (s *Store) WarAttacks(ctx context.Context, id faction.ID, w war.ID) ([]war.Logged, error) {
	return s.attacks(ctx, id, "where war_id = $1 order by attack_id", w)
}

// ListAttacks reads a page of a war's attacks, newest first.
func (s *Store) ListAttacks(ctx context.Context, id faction.ID, f war.AttackFilter) ([]war.Logged, error) {
	return s.attacks(ctx, id, `where war_id = $1 and ($2::bigint = 0 or attacker_id = $2 or defender_id = $2)
		and ($3 = '' or class = $3) and ($4::bigint = 0 or attack_id < $4)
		and ($6::bigint[] is null or attacker_id = any($6) or defender_id = any($6)) order by attack_id desc limit $5`,
		f.War, f.Player, string(f.Class), f.Before, f.Limit, f.Some)
}

// AttacksSeen tells when each attack that started after a moment was first stored.
func (s *Store) AttacksSeen(ctx context.Context, id faction.ID, after time.Time) (map[war.AttackID]time.Time, error) {
	out := map[war.AttackID]time.Time{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select attack_id, seen_at from attacks where started_at > $1", after)
		if err != nil {
			return err
		}
		var a war.AttackID
		var seen time.Time
		_, err = pgx.ForEachRow(rows, []any{&a, &seen}, func() error { out[a] = seen; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read when attacks of faction %d were seen: %w", id, err)
	}
	return out, nil
}

func (s *Store) attacks(ctx context.Context, id faction.ID, where string, args ...any) ([]war.Logged, error) {
	var out []war.Logged
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select "+attackColumns+" from attacks "+where, args...)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scanAttack)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read attacks of faction %d: %w", id, err)
	}
	return out, nil
}

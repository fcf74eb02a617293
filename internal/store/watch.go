package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/roster"
)

// Watches lists a faction's rotas that were not called off and are not over at a
// moment, the first to begin first.
func (s *Store) Watches(ctx context.Context, id faction.ID, at time.Time) (list []roster.Watch, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		list, err = readWatches(ctx, tx, "w.to_at > $1 and w.closed_at is null", at)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the watches of faction %d: %w", id, err)
	}
	return list, nil
}

func readWatches(ctx context.Context, tx pgx.Tx, which string, args ...any) ([]roster.Watch, error) {
	rows, err := tx.Query(ctx, `select w.watch_id, w.from_at, w.to_at, w.slot_s, w.backups, w.reward, w.squad_id, coalesce(q.name, ''), w.opened_by,
			coalesce(w.closed_at, '-infinity')
		from watches w left join squads q on q.squad_id = w.squad_id where `+which+" order by w.from_at, w.watch_id", args...)
	if err != nil {
		return nil, err
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (roster.Watch, error) {
		var w roster.Watch
		var slot int64
		var closed stamp
		err := row.Scan(&w.ID, &w.From, &w.To, &slot, &w.Backups, &w.Reward, &w.Squad, &w.SquadName, &w.OpenedBy, &closed)
		w.Slot, w.Closed = time.Duration(slot)*time.Second, closed.t
		return w, err
	})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make([]int64, len(list))
	for i, w := range list {
		ids[i] = int64(w.ID)
	}
	rows, err = tx.Query(ctx, `select s.watch_id, s.slot, s.rank, s.player_id, coalesce(m.name, ''), s.joined_at, coalesce(s.reminded_at, '-infinity')
		from watch_signs s left join members m on m.of_faction = m.faction_id and m.player_id = s.player_id
		where s.watch_id = any($1) order by s.watch_id, s.slot, s.rank`, ids)
	if err != nil {
		return nil, err
	}
	var of roster.WatchID
	var sign roster.Sign
	var reminded stamp
	_, err = pgx.ForEachRow(rows, []any{&of, &sign.Slot, &sign.Rank, &sign.Player, &sign.Name, &sign.Joined, &reminded}, func() error {
		i := slices.IndexFunc(list, func(w roster.Watch) bool { return w.ID == of })
		sign.Reminded = reminded.t
		list[i].Signs = append(list[i].Signs, sign)
		return nil
	})
	return list, err
}

// OpenWatch stores a new rota. It refuses, with a faction.Error of kind Conflict, one
// that has a moment in common with another, so that there is one watcher at a time.
func (s *Store) OpenWatch(ctx context.Context, id faction.ID, w roster.Watch, now time.Time) (roster.Watch, error) {
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "select from factions where faction_id = $1 for no key update", id); err != nil {
			return err
		}
		others, err := readWatches(ctx, tx, "w.closed_at is null and w.from_at < $2 and w.to_at > $1", w.From, w.To)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return faction.Errorf(faction.Conflict, "There is a rota in that time already, from <t:%d:f> to <t:%d:f>. Nothing was changed: let this one begin after it, or call that one off with `/chain watch close`.",
				others[0].From.Unix(), others[0].To.Unix())
		}
		if w.Squad != 0 {
			squad, err := lockSquad(ctx, tx, w.Squad)
			if err != nil {
				return err
			}
			w.SquadName = squad.Name
		}
		return tx.QueryRow(ctx, `insert into watches (faction_id, from_at, to_at, slot_s, backups, reward, squad_id, opened_by, opened_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning watch_id`,
			id, w.From, w.To, int64(w.Slot/time.Second), w.Backups, w.Reward, w.Squad, w.OpenedBy, now).Scan(&w.ID)
	})
	if err != nil {
		return roster.Watch{}, fmt.Errorf("open a watch of faction %d: %w", id, err)
	}
	return w, nil
}

// ChangeWatch changes who signed up for a rota, or calls it off, and gives it as it was
// and as it is. Whoever signs up must be allowed to at that very moment; who is out of a
// slot is not bothered about it any more.
func (s *Store) ChangeWatch(ctx context.Context, id faction.ID, watch roster.WatchID, now time.Time, change func(*roster.Watch) error) (was, is roster.Watch, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		r, err := readRights(ctx, tx, id) // held, so that nobody signs up while their rights end
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, "select from watches where watch_id = $1 for update", watch); err != nil {
			return err
		}
		list, err := readWatches(ctx, tx, "w.watch_id = $1", watch)
		if err != nil {
			return err
		}
		if len(list) == 0 || list[0].Over(now) {
			return faction.Errorf(faction.Conflict, "This rota is over. Nothing was changed. `/chain watch roster` shows whether there is another one.")
		}
		was, is = list[0], list[0]
		is.Signs = slices.Clone(was.Signs)
		if err := change(&is); err != nil {
			return err
		}
		var b pgx.Batch
		var gone []roster.Sign
		for _, sign := range was.Signs {
			if !signed(is, sign) || !is.Closed.IsZero() {
				gone = append(gone, sign)
			}
			if !signed(is, sign) {
				b.Queue("delete from watch_signs where watch_id = $1 and slot = $2 and player_id = $3", watch, sign.Slot, sign.Player)
			}
		}
		var joined []faction.PlayerID
		for _, sign := range is.Signs {
			if !signed(was, sign) {
				joined = append(joined, sign.Player)
				b.Queue("insert into watch_signs (faction_id, watch_id, slot, player_id, rank, joined_at) values ($1, $2, $3, $4, $5, $6)",
					id, watch, sign.Slot, sign.Player, sign.Rank, sign.Joined)
			}
		}
		if err := mayWatch(ctx, tx, r.snapshot(), is, joined); err != nil {
			return err
		}
		told := relieved(was, gone, now)
		if is.Closed.IsZero() {
			told = append(told, shortened(was, is, &b)...)
		}
		if is.Closed != was.Closed {
			b.Queue("update watches set closed_at = $2 where watch_id = $1", watch, null(is.Closed))
		}
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		return s.announce(ctx, tx, id, now, alert.News{Settled: told})
	})
	if err != nil {
		return roster.Watch{}, roster.Watch{}, fmt.Errorf("change watch %d of faction %d: %w", watch, id, err)
	}
	return was, is, nil
}

func signed(w roster.Watch, s roster.Sign) bool {
	return slices.ContainsFunc(w.Signs, func(o roster.Sign) bool { return o.Slot == s.Slot && o.Player == s.Player })
}

// mayWatch refuses whoever signs up and may not.
func mayWatch(ctx context.Context, tx pgx.Tx, who rbac.Snapshot, w roster.Watch, joined []faction.PlayerID) error {
	for _, p := range slices.Compact(joined) {
		if !who.Rights(p).Has(rbac.ChainView) {
			return faction.Errorf(faction.Denied, "Only members of the faction who may see the chain can be on watch. Nothing was changed.")
		}
		if w.Squad == 0 {
			continue
		}
		var in bool
		err := tx.QueryRow(ctx, "select exists (select 1 from squad_members where squad_id = $1 and player_id = $2 and state = 'member')", w.Squad, p).Scan(&in)
		if err != nil {
			return err
		}
		if !in {
			return faction.Errorf(faction.Denied, "This rota is for the members of a squad: join that one first, with `/squad join`. Nothing was changed.")
		}
	}
	return nil
}

// watchSubject and watchStage name the reminder of a turn. The stage ends with a colon, so
// that it is the beginning of no other one.
func watchSubject(w roster.WatchID) string { return alert.Subject("watch", int64(w)) }

func watchStage(slot int, p faction.PlayerID) string { return fmt.Sprintf("slot:%d:%d:", slot, p) }

// relieved ends the reminders of those who are out of their slots: nobody is called for
// not confirming what is not theirs any more.
func relieved(w roster.Watch, gone []roster.Sign, now time.Time) (out []alert.Settled) {
	for _, s := range gone {
		if s.Reminded.IsZero() {
			continue
		}
		name := s.Name
		if name == "" {
			name = "The watcher"
		}
		for kind, who := range map[alert.Kind]string{alert.ChainWatch: "You are", alert.ChainWatch.Channel(): name + " is"} {
			a := alert.Alert{
				Kind: kind, Subject: watchSubject(w.ID), Stage: watchStage(s.Slot, s.Player), At: now, ExpiresAt: w.Ends(s.Slot),
				Data: alert.Data{Watch: &alert.WatchData{From: w.Begins(s.Slot), To: w.Ends(s.Slot), Over: who + " not on this slot any more."}},
			}
			out = append(out, alert.Settled{Ref: alert.Ref{Kind: a.Kind, Subject: a.Subject, Stage: a.Stage}, Alert: a})
		}
	}
	return out
}

// OnWatch tells who watches over the chain at a moment. The back-ups of the slot come
// along when its watcher was reminded and did not confirm; a squad stands by while nobody
// has taken a slot of its rota.
func (s *Store) OnWatch(ctx context.Context, id faction.ID, at time.Time) (duty roster.Duty, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		duty = roster.Duty{}
		list, err := readWatches(ctx, tx, "w.from_at <= $1 and w.to_at > $1 and w.closed_at is null", at)
		if err != nil {
			return err
		}
		for _, w := range list {
			watcher, backups, ok := w.On(at)
			if !ok {
				if err := standBy(ctx, tx, w, &duty); err != nil {
					return err
				}
				continue
			}
			duty.On = append(duty.On, watcher.Player)
			if watcher.Reminded.IsZero() || len(backups) == 0 {
				continue
			}
			var silent bool
			err := tx.QueryRow(ctx, `select acked_at is null from alert_deliveries where player_id = $1 and subject = $2 and rule_id = 0 and created_at <= $3
				order by delivery_id desc limit 1`, watcher.Player, watchSubject(w.ID), at).Scan(&silent)
			if err != nil && !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
			if silent {
				for _, b := range backups {
					duty.On = append(duty.On, b.Player)
				}
			}
		}
		return nil
	})
	if err != nil {
		return roster.Duty{}, fmt.Errorf("read who of faction %d is on watch: %w", id, err)
	}
	return duty, nil
}

// standBy adds the members of the squad that a rota is for.
func standBy(ctx context.Context, tx pgx.Tx, w roster.Watch, duty *roster.Duty) error {
	if w.Squad == 0 {
		return nil
	}
	squads, err := readSquads(ctx, tx, w.Squad)
	if err != nil {
		return err
	}
	for _, q := range squads {
		duty.Squad = q.Name
		for _, p := range q.In(roster.Member) {
			duty.Standby = append(duty.Standby, p.Player)
		}
	}
	return nil
}

// WatchTime is how long each watcher was on watch within a stretch of time.
func (s *Store) WatchTime(ctx context.Context, id faction.ID, from, to time.Time) (map[faction.PlayerID]time.Duration, error) {
	out := map[faction.PlayerID]time.Duration{}
	err := s.Faction(ctx, id, func(tx pgx.Tx) error {
		clear(out)
		list, err := readWatches(ctx, tx, "w.from_at < $2 and w.to_at > $1", from, to)
		for _, w := range list {
			for p, d := range w.Time(from, to) {
				out[p] += d
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the time on watch of faction %d: %w", id, err)
	}
	return out, nil
}

// ackWatch is how long after the reminder a watcher has to confirm it; then the channel is
// told, while there is time to find somebody else.
const ackWatch = 5 * time.Minute

// RemindWatchers tells the watchers of every active faction whose turn is near, each once
// for slots in a row, and how many that were.
func (s *Store) RemindWatchers(ctx context.Context, now time.Time) (reminded int, err error) {
	var ids []faction.ID
	err = s.system(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, "select faction_id from factions where state = 'active' order by 1")
		if err != nil {
			return err
		}
		ids, err = pgx.CollectRows(rows, pgx.RowTo[faction.ID])
		return err
	})
	var errs []error
	for _, id := range ids {
		n, err := s.remindWatchers(ctx, id, now)
		reminded += n
		errs = append(errs, err)
	}
	if err := errors.Join(append(errs, err)...); err != nil {
		return reminded, fmt.Errorf("remind watchers: %w", err)
	}
	return reminded, nil
}

func (s *Store) remindWatchers(ctx context.Context, id faction.ID, now time.Time) (n int, err error) {
	err = s.Faction(ctx, id, func(tx pgx.Tx) error {
		n = 0
		if _, err := tx.Exec(ctx, "select from watches where to_at > $1 and from_at <= $2 and closed_at is null for no key update", now, now.Add(roster.RemindAhead)); err != nil {
			return err
		}
		list, err := readWatches(ctx, tx, "w.to_at > $1 and w.from_at <= $2 and w.closed_at is null", now, now.Add(roster.RemindAhead))
		if err != nil {
			return err
		}
		var news alert.News
		for _, w := range list {
			for _, r := range w.Remind(now) {
				_, err := tx.Exec(ctx, "update watch_signs set reminded_at = $5 where watch_id = $1 and player_id = $2 and slot between $3 and $4", w.ID, r.Player, r.First, r.Last, now)
				if err != nil {
					return err
				}
				news.Personal = append(news.Personal, reminder(w, r, now))
				n++
			}
		}
		return s.announce(ctx, tx, id, now, news)
	})
	if err != nil {
		return 0, fmt.Errorf("remind the watchers of faction %d: %w", id, err)
	}
	return n, nil
}

func reminder(w roster.Watch, r roster.Reminder, now time.Time) alert.Personal {
	d := &alert.WatchData{From: w.Begins(r.First), To: w.Ends(r.Last), Reward: w.Reward * int64(r.Last-r.First+1)}
	for _, b := range w.In(r.First)[1:] {
		d.Backups = append(d.Backups, alert.PlayerData{ID: b.Player, Name: b.Name})
	}
	return alert.Personal{Player: r.Player, Alert: alert.Alert{
		Kind: alert.ChainWatch, Subject: watchSubject(w.ID), Stage: watchStage(r.First, r.Player), At: now, Due: d.From, ExpiresAt: w.Ends(r.First),
		AckWithin: ackWatch, Promised: true, Data: alert.Data{Watch: d},
	}}
}

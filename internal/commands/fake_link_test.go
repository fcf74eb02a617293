package commands_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
	"consigliere/internal/torn"
)

// office is what linking leaves behind besides links and keys.
type office struct {
	requests []faction.LinkRequest // that wait
	notices  []alert.Personal
	lastKey  int64
	verified torn.Verified // what Torn says of whoever asks
	verify   error
}

func (w *world) Link(_ context.Context, l faction.Linking, _ time.Time) (lost faction.Link, err error) {
	if have, ok := w.links[l.DiscordID]; ok && have.Player != l.Player {
		return lost, faction.Errorf(faction.Conflict, "Your Discord account is linked to another Torn player. Nothing was changed. Use /unlink first.")
	}
	for discord, have := range w.links {
		if have.Player != l.Player || discord == l.DiscordID {
			continue
		}
		if !l.TakeOver {
			return lost, faction.Errorf(faction.Conflict, "This Torn player is already linked to another Discord account. Nothing was changed.")
		}
		lost = have
		w.note("take over %d by %s", l.Player, l.CorrelationID)
		delete(w.links, discord)
	}
	w.note("link %d", l.Player)
	w.links[l.DiscordID] = l.Link
	if l.Key == nil {
		return lost, w.failAll
	}
	k := *l.Key
	w.note("key of %d for %s", k.Player, k.Consent)
	w.office.lastKey++
	k.ID, k.State = 100+w.office.lastKey, faction.KeyActive
	w.keys[l.Faction] = append(w.keys[l.Faction], k)
	return lost, w.failAll
}

// owned is a key of a linked player.
func (w *world) owned(l faction.Link, key int64) (int, error) {
	i := slices.IndexFunc(w.keys[l.Faction], func(k faction.Key) bool {
		return k.ID == key && k.Player == l.Player && w.links[l.DiscordID].Player == l.Player
	})
	if i < 0 {
		return 0, faction.Errorf(faction.NotFound, "That key is not stored here any more. Nothing was changed. /link shows your keys.")
	}
	return i, w.failAll
}

func (w *world) SetConsent(_ context.Context, l faction.Link, key int64, consent string) (before string, err error) {
	i, err := w.owned(l, key)
	if err != nil {
		return "", err
	}
	k := &w.keys[l.Faction][i]
	before, k.Consent = k.Consent, consent
	w.note("consent of key %d of %d: %s", key, l.Player, consent)
	return before, nil
}

func (w *world) RemoveKey(_ context.Context, l faction.Link, key int64) error {
	i, err := w.owned(l, key)
	if err == nil {
		w.note("remove key %d of %d", key, l.Player)
		w.keys[l.Faction] = slices.Delete(w.keys[l.Faction], i, i+1)
	}
	return err
}

func (w *world) AskLink(_ context.Context, r faction.LinkRequest, now time.Time) (int64, bool, error) {
	for discord, have := range w.links {
		if have.Player == r.Player && discord != r.DiscordID || have.Player != r.Player && discord == r.DiscordID {
			return 0, false, faction.Errorf(faction.Conflict, "This Torn player is already linked to another Discord account. Nothing was changed.")
		}
	}
	r.ID, r.Asked = int64(len(w.office.requests)+1), now
	w.note("ask %d for %d until %s", r.ID, r.Player, r.Expires.Sub(now))
	w.office.requests = append(w.office.requests, r)
	return r.ID, true, w.failAll
}

func (w *world) LinkRequests(_ context.Context, id faction.ID, _ time.Time) (out []faction.LinkRequest, err error) {
	for _, r := range w.office.requests {
		if r.Faction == id {
			out = append(out, r)
		}
	}
	return out, w.failAll
}

func (w *world) DecideLink(ctx context.Context, id faction.ID, d faction.LinkDecision, now time.Time) (faction.LinkRequest, error) {
	i := slices.IndexFunc(w.office.requests, func(r faction.LinkRequest) bool { return r.Faction == id && r.ID == d.Request })
	if i < 0 {
		return faction.LinkRequest{}, faction.Errorf(faction.NotFound, "There is no such request. Nothing was changed. /config links shows what waits.")
	}
	r := w.office.requests[i]
	w.note("decide %d: %v by %d", r.ID, d.Confirm, d.By)
	w.office.requests = slices.Delete(w.office.requests, i, i+1)
	if d.Confirm {
		if _, err := w.Link(ctx, faction.Linking{Link: r.Link, Key: &r.Key}, now); err != nil {
			return r, err
		}
	}
	return r, w.failAll
}

func (w *world) WaitingLinks(_ context.Context, discordID string, _ time.Time) (out []faction.LinkRequest, err error) {
	for _, r := range w.office.requests {
		if r.DiscordID == discordID {
			out = append(out, r)
		}
	}
	return out, w.failAll
}

func (w *world) WithdrawLinks(ctx context.Context, discordID string, now time.Time) ([]faction.LinkRequest, error) {
	out, err := w.WaitingLinks(ctx, discordID, now)
	if len(out) > 0 {
		w.note("withdraw %d", len(out))
	}
	w.office.requests = slices.DeleteFunc(w.office.requests, func(r faction.LinkRequest) bool { return r.DiscordID == discordID })
	return out, err
}

func (w *world) Tell(_ context.Context, _ faction.ID, _ time.Time, notices ...alert.Personal) error {
	w.office.notices = append(w.office.notices, notices...)
	return w.failAll
}

func (w *world) Verify(_ context.Context, _ torn.Key, _ torn.Options, user string) (torn.Verified, error) {
	return w.office.verified, w.office.verify
}

func (w *world) FindPeople(_ context.Context, q faction.PersonQuery) (out []faction.Person, err error) {
	for id, roster := range w.rosters {
		for _, m := range roster.Members {
			p := faction.Person{Link: faction.Link{Faction: id, Player: m.ID, Name: m.Name}, Position: m.Position}
			for discord, l := range w.links {
				if l.Player == m.ID {
					p.DiscordID, p.Linked, p.Keys = discord, now.Add(-time.Hour), 1
				}
			}
			if (q.Faction == 0 || q.Faction == id) && (q.Player == 0 || q.Player == p.Player) && (q.DiscordID == "" || q.DiscordID == p.DiscordID) &&
				strings.Contains(strings.ToLower(p.Name), strings.ToLower(q.Name)) {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(a, b faction.Person) int { return int(a.Player - b.Player) })
	return out[:min(len(out), q.Limit)], w.failAll
}

func (w *world) MoveLink(_ context.Context, player faction.PlayerID, to string, _ time.Time) (faction.Link, int64, error) {
	for discord, l := range w.links {
		if l.Player != player {
			continue
		}
		if _, taken := w.links[to]; taken {
			return faction.Link{}, 0, faction.Errorf(faction.Conflict, "That Discord account is linked to another Torn player. Nothing was changed.")
		}
		delete(w.links, discord)
		was := l
		l.DiscordID = to
		w.links[to] = l
		w.note("move %d", player)
		return was, 1, w.failAll
	}
	return faction.Link{}, 0, faction.Errorf(faction.NotFound, "Player %d is linked to no Discord account. Nothing was changed.", player)
}

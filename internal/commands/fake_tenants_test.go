package commands_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/commands"
	"consigliere/internal/faction"
)

// tenancy is the world's share that this file keeps.
type tenancy struct {
	requests map[faction.ID]faction.Access
	keeps    map[faction.ID]faction.Retention
	told     []string // "user: text and buttons" of every direct message
	closed   map[string]bool
	exportAs commands.Export
	exported error
	erased   error
	personal map[faction.ID]map[string][]json.RawMessage
}

func (w *world) Tenant(_ context.Context, id faction.ID, _ time.Time) (faction.Tenant, bool, error) {
	f, ok := w.infos[id]
	return faction.Tenant{
		ID: id, Name: f.Name, State: faction.State(w.state(id)), Servers: 1, Members: len(w.rosters[id].Members), Linked: 2,
		Keys: len(w.keys[id]), LastPoll: w.now.Add(-20 * time.Second), LastAct: w.now.Add(-time.Hour),
	}, ok, w.failAll
}

func (w *world) SetFactionState(_ context.Context, id faction.ID, to faction.State, reason string, _ time.Time) error {
	w.note("state of %d: %s %q", id, to, reason)
	w.states[id] = string(to)
	return w.failAll
}

func (w *world) EraseFaction(_ context.Context, id faction.ID) (map[string]int64, error) {
	if w.tenancy.erased != nil {
		return nil, w.tenancy.erased
	}
	w.note("erase %d", id)
	delete(w.infos, id)
	return map[string]int64{"attacks": 12, "members": 3}, w.failAll
}

func (w *world) ExportFaction(_ context.Context, id faction.ID, _ time.Time) (commands.Export, error) {
	w.note("export %d", id)
	return w.tenancy.exportAs, errors.Join(w.tenancy.exported, w.failAll)
}

func (w *world) AskAccess(_ context.Context, a faction.Access, now time.Time) (faction.Access, bool, error) {
	if have, ok := w.tenancy.requests[a.Faction]; ok {
		return have, false, w.failAll
	}
	w.note("ask for %d", a.Faction)
	a.State, a.Asked = faction.AccessWaiting, now
	w.put(a)
	return a, true, w.failAll
}

func (w *world) put(a faction.Access) {
	if w.tenancy.requests == nil {
		w.tenancy.requests = map[faction.ID]faction.Access{}
	}
	w.tenancy.requests[a.Faction] = a
}

func (w *world) Access(_ context.Context, id faction.ID) (faction.Access, error) {
	return w.tenancy.requests[id], w.failAll
}

func (w *world) DecideAccess(_ context.Context, id faction.ID, to faction.AccessState, _ faction.PlayerID, now time.Time) (faction.Access, error) {
	a, ok := w.tenancy.requests[id]
	switch {
	case !ok:
		return a, faction.Errorf(faction.NotFound, "Faction %d does not ask for access. Nothing was changed.", id)
	case a.State != faction.AccessWaiting:
		return a, faction.Errorf(faction.Conflict, "The request of faction %d was %s already. Nothing was changed.", id, a.State)
	}
	w.note("%s %d", to, id)
	a.State, a.Decided = to, now
	w.put(a)
	return a, w.failAll
}

func (w *world) AccessWaiting(_ context.Context, limit int) (list []faction.Access, err error) {
	for _, a := range w.tenancy.requests {
		if a.State == faction.AccessWaiting && len(list) < limit {
			list = append(list, a)
		}
	}
	return list, w.failAll
}

func (w *world) DM(_ context.Context, user string, m chat.Message, nonce string) (string, error) {
	if w.tenancy.closed[user] {
		return "", errors.New("takes no messages")
	}
	if len(nonce) == 0 || len(nonce) > 25 {
		w.t.Errorf("nonce %q is not 1 to 25 characters", nonce)
	}
	w.tenancy.told = append(w.tenancy.told, user+": "+show(chat.Reply{Message: m}))
	return "m1", nil
}

func (w *world) ExportPlayer(context.Context, faction.PlayerID) (map[faction.ID]map[string][]json.RawMessage, error) {
	return w.tenancy.personal, w.failAll
}

func (w *world) ErasePlayer(_ context.Context, p faction.PlayerID, _ time.Time) (map[string]int64, error) {
	w.note("forget %d", p)
	for id, l := range w.links {
		if l.Player == p {
			delete(w.links, id)
		}
	}
	return map[string]int64{"api_keys": 1, "discord_links": 1, "attacks": 40}, w.failAll
}

func (w *world) ExportAccount(_ context.Context, discordID string) (map[faction.ID]map[string][]json.RawMessage, error) {
	out := map[faction.ID]map[string][]json.RawMessage{}
	for _, r := range w.office.requests {
		if r.DiscordID == discordID {
			out[r.Faction] = map[string][]json.RawMessage{"link_requests": {json.RawMessage(fmt.Sprintf(`{"player_id":%d}`, r.Player))}}
		}
	}
	return out, w.failAll
}

func (w *world) EraseAccount(ctx context.Context, discordID string, now time.Time) ([]faction.LinkRequest, map[string]int64, error) {
	gone, err := w.WithdrawLinks(ctx, discordID, now)
	return gone, map[string]int64{"link_requests": int64(len(gone))}, err
}

func (w *world) Retention(_ context.Context, id faction.ID) (faction.Retention, error) {
	return w.tenancy.keeps[id], w.failAll
}

func (w *world) SetRetention(_ context.Context, id faction.ID, r faction.Retention) (faction.Retention, error) {
	if err := r.Check(); err != nil {
		return faction.Retention{}, err
	}
	was := w.tenancy.keeps[id]
	w.note("retention of %d: %+v", id, r)
	if w.tenancy.keeps == nil {
		w.tenancy.keeps = map[faction.ID]faction.Retention{}
	}
	w.tenancy.keeps[id] = r
	return was, w.failAll
}

type engine struct{}

func (engine) Depth(context.Context) (int64, error) { return 3, nil }

func (engine) Processes(context.Context, time.Duration) ([]faction.Process, error) {
	return []faction.Process{{Instance: "host-a", Run: "1", Silent: 4 * time.Second}}, nil
}

func (engine) Jobs(_ context.Context, now time.Time) ([]faction.JobState, error) {
	return []faction.JobState{{Name: "retention", Finished: now.Add(-time.Hour), Took: 2 * time.Second, LastError: "it *broke*"}}, nil
}

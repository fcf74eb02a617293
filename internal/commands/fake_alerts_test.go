package commands_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/faction"
)

// wishes are what people want to be told, and a notice that waits to be confirmed.
type wishes struct {
	of    map[faction.PlayerID]alert.Notices
	acked map[int64]bool
}

// noticeID is a notice for Mick.
const noticeID = 4242

// hookURL holds a secret that must appear nowhere.
const hookURL = "https://discord.com/api/webhooks/123456789012345678/very-secret-token-of-a-webhook"

func (w *world) AddRule(_ context.Context, id faction.ID, r alert.Rule, _ time.Time) (alert.RuleID, error) {
	w.note("add rule %s of %d", r.Kind, id)
	if w.failAll != nil {
		return 0, w.failAll
	}
	for _, old := range w.rules[id] {
		if old.Kind == r.Kind && old.ChannelID == r.ChannelID && old.WebhookID == r.WebhookID && old.Player == r.Player {
			return 0, faction.Errorf(faction.Conflict, "There is a rule of this kind for the same place already. Nothing was changed.")
		}
	}
	r.ID = alert.RuleID(100 + len(w.rules[id]))
	w.rules[id] = append(w.rules[id], r)
	return r.ID, nil
}

func (w *world) ChangeRule(_ context.Context, id faction.ID, rule alert.RuleID, change func(*alert.Rule) error) (was, is alert.Rule, err error) {
	w.note("change rule %d of %d", rule, id)
	i := slices.IndexFunc(w.rules[id], func(r alert.Rule) bool { return r.ID == rule })
	if i < 0 || w.failAll != nil {
		return was, is, faction.Errorf(faction.NotFound, "There is no such alert rule any more. Nothing was changed.")
	}
	if w.meanwhile != nil { // what somebody else does while a command asks Discord
		w.meanwhile(&w.rules[id][i])
	}
	was, is = w.rules[id][i], w.rules[id][i]
	if err := change(&is); err != nil {
		return was, was, err
	}
	w.rules[id][i] = is
	return was, is, nil
}

func (w *world) RemoveRule(_ context.Context, id faction.ID, rule alert.RuleID, _ time.Time) (alert.Rule, error) {
	w.note("remove rule %d of %d", rule, id)
	for i, r := range w.rules[id] {
		if r.ID == rule && w.failAll == nil {
			w.rules[id] = slices.Delete(w.rules[id], i, i+1)
			return r, nil
		}
	}
	return alert.Rule{}, faction.Errorf(faction.NotFound, "There is no such alert rule any more. Nothing was changed.")
}

func (w *world) MoveRules(_ context.Context, id faction.ID, from, to string) error {
	w.note("move rules of %d", id)
	for i, r := range w.rules[id] {
		if r.ChannelID == from {
			w.rules[id][i].ChannelID = to
		}
	}
	return w.failAll
}

func (w *world) GiveDefaults(_ context.Context, id faction.ID, _ time.Time) ([]alert.Kind, error) {
	w.note("defaults of %d", id)
	return nil, w.failAll
}

func (w *world) Notices(_ context.Context, _ faction.ID, p faction.PlayerID) (alert.Notices, error) {
	return w.wishes.of[p], w.failAll
}

func (w *world) SetNotices(_ context.Context, _ faction.ID, p faction.PlayerID, n alert.Notices, _ time.Time) (alert.Notices, error) {
	w.note("notices of player %d", p)
	was := w.wishes.of[p]
	if w.wishes.of == nil {
		w.wishes.of = map[faction.PlayerID]alert.Notices{}
	}
	w.wishes.of[p] = n
	return was, w.failAll
}

func (w *world) Acknowledge(_ context.Context, id faction.ID, delivery int64, p faction.PlayerID, _ time.Time) (alert.Alert, bool, error) {
	w.note("ack %d of %d by %d", delivery, id, p)
	if id != wolves || delivery != noticeID || p != 3 {
		return alert.Alert{}, false, faction.Errorf(faction.NotFound, "There is no such delivery.")
	}
	again := w.wishes.acked[delivery]
	w.wishes.acked = map[int64]bool{delivery: true}
	return alert.Alert{Kind: alert.ChainTimer, Subject: "chain:1", Data: alert.Data{Note: "Your watch begins."}}, again, w.failAll
}

// Seal takes only the one webhook that there is.
func (h hookSealer) Seal(_ context.Context, _ faction.ID, _, url string) (string, []byte, error) {
	if url != hookURL {
		return "", nil, faction.Errorf(faction.Invalid, "That is not the address of a Discord webhook. Nothing was changed.")
	}
	_, token, _ := strings.Cut(url, "webhooks/")
	return token[:18], []byte("sealed"), h.w.failAll
}

type hookSealer struct{ w *world }

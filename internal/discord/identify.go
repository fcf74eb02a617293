package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// identifiesPerDay is what the bot allows itself. Discord allows 1000 in 24 hours
// and then replaces the token.
const identifiesPerDay = 900

// identifyBudget spaces identifies and keeps them below Discord's daily limit,
// by Discord's own count where it tells one.
type identifyBudget struct {
	session *Session
	gap     time.Duration // between two; Discord asks for 5 s
	recent  []time.Time   // of the last 24 hours
}

// wait returns when the next identify may be sent, which is counted.
func (b *identifyBudget) wait(ctx context.Context) error {
	left, resetAfter, err := b.ask(ctx)
	if err != nil {
		return err
	}
	if left <= 0 {
		b.session.log.Error("discord allows no more gateway sessions for now", "wait", resetAfter.String())
		if err := sleep(ctx, resetAfter); err != nil {
			return err
		}
	}
	now := time.Now()
	for len(b.recent) > 0 && now.Sub(b.recent[0]) > 24*time.Hour {
		b.recent = b.recent[1:]
	}
	var pause time.Duration
	if n := len(b.recent); n > 0 {
		pause = b.gap - now.Sub(b.recent[n-1])
	}
	if len(b.recent) >= identifiesPerDay {
		pause = 24*time.Hour - now.Sub(b.recent[0])
		b.session.log.Error("gateway sessions of the day are used up", "wait", pause.String())
	}
	if pause > 0 {
		if err := sleep(ctx, pause); err != nil {
			return err
		}
	}
	b.recent = append(b.recent, time.Now())
	return nil
}

// ask reads Discord's own count. It is also where a bad token shows first.
func (b *identifyBudget) ask(ctx context.Context) (left int, resetAfter time.Duration, err error) {
	var said struct {
		Limit *struct {
			Remaining  int   `json:"remaining"`
			ResetAfter int64 `json:"reset_after"` // milliseconds
		} `json:"session_start_limit"`
	}
	ctx, cancel := context.WithTimeout(ctx, b.session.timing.open)
	defer cancel()
	err = b.session.send(ctx, newCall(http.MethodGet, "/gateway/bot"), nil, &said)
	switch {
	case errors.Is(err, ErrGone), err == nil && said.Limit == nil:
		return 1, 0, nil // not told
	case err != nil:
		return 0, 0, fmt.Errorf("ask how many gateway sessions are left: %w", err)
	}
	return said.Limit.Remaining, time.Duration(said.Limit.ResetAfter) * time.Millisecond, nil
}

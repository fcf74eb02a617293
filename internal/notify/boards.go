package notify

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// BoardStore is what live boards need of the store.
type BoardStore interface {
	ClaimBoards(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]alert.LiveBoard, error)
	SaveBoard(ctx context.Context, b alert.LiveBoard, now, nextDue time.Time) error
}

// Boards keeps live messages up to date: edited when what they show has changed,
// at most every 15 s, and posted anew each day.
type Boards struct {
	Store   BoardStore
	Sender  Sender
	FaultOf func(error) (f Fault, retryAfter time.Duration)
	View    func(ctx context.Context, id faction.ID) (say.WarView, error)
	// Panels are the messages that always say the same, by kind of board: they are
	// posted once and put back when somebody took them away.
	Panels map[string]chat.Message
	Clock  clock.Clock
	Log    *slog.Logger
}

const (
	boardEvery  = 15 * time.Second // edits of one message
	boardIdle   = time.Minute      // looks while no war is on
	boardRepost = 24 * time.Hour   // an old message sinks, and its edits are limited more tightly
	boardLease  = 30 * time.Second // of the wall's time
	boardBatch  = 10
	boardAge    = time.Minute // how old the shown age may get while nothing else changes
	panelEvery  = time.Hour   // looks whether a panel is still there
)

// Run looks after due boards until ctx ends.
func (b *Boards) Run(ctx context.Context) error {
	down := false // told once, until it works again
	for {
		err := b.RunOnce(ctx)
		if err != nil && !down && ctx.Err() == nil {
			b.Log.Warn("live boards cannot be looked after; trying again each second", "err", err)
		}
		down = err != nil
		// The wall's second bounds how often a fast clock looks.
		if b.Clock.Sleep(ctx, max(time.Second, clock.Span(b.Clock, 250*time.Millisecond))) != nil {
			return nil
		}
	}
}

// RunOnce brings every due board up to date.
func (b *Boards) RunOnce(ctx context.Context) error {
	boards, err := b.Store.ClaimBoards(ctx, b.Clock.Now(), clock.Span(b.Clock, boardLease), boardBatch)
	if err != nil {
		return err
	}
	for _, board := range boards {
		next, err := b.refresh(ctx, &board)
		if err != nil {
			b.Log.Warn("a live board could not be brought up to date", "faction_id", board.Faction, "kind", board.Kind, "err", err)
		}
		if err := b.Store.SaveBoard(ctx, board, b.Clock.Now(), next); err != nil {
			return err
		}
	}
	return nil
}

// refresh posts or edits one board and tells when to look again.
func (b *Boards) refresh(ctx context.Context, board *alert.LiveBoard) (next time.Time, err error) {
	if m, ok := b.Panels[board.Kind]; ok {
		return b.refreshPanel(ctx, board, m)
	}
	now := b.Clock.Now()
	v, err := b.View(ctx, board.Faction)
	if err != nil {
		return now.Add(boardEvery), err
	}
	next = now.Add(boardEvery)
	if v.War.Phase(now) != war.Active {
		next = now.Add(boardIdle)
	}
	digest, err := digestOf(v)
	if err != nil {
		return next, err
	}
	m := say.RenderWarBoard(v)
	old := !board.PostedAt.IsZero() && now.Sub(board.PostedAt) >= boardRepost
	switch {
	case board.MessageID == "":
	case old:
		if err := b.Sender.Delete(ctx, board.ChannelID, board.MessageID); err != nil {
			if fault, _ := b.FaultOf(err); fault != Gone {
				return next, err
			}
		}
		board.MessageID = ""
	case digest == board.Digest:
		return next, nil
	default:
		err := b.Sender.Edit(ctx, board.ChannelID, board.MessageID, m)
		if err == nil {
			board.Digest = digest
			return next, nil
		}
		fault, after := b.FaultOf(err)
		if fault != Gone {
			return b.failed(board, fault, next, after, err)
		}
		board.MessageID = "" // somebody deleted it: post it again
	}
	return b.post(ctx, board, m, digest, next)
}

// refreshPanel posts a panel that is not there. An edit that changes nothing is how to
// find out; it also brings what a newer version of the bot says.
func (b *Boards) refreshPanel(ctx context.Context, board *alert.LiveBoard, m chat.Message) (next time.Time, err error) {
	soon, late := b.Clock.Now().Add(boardEvery), b.Clock.Now().Add(panelEvery)
	if board.MessageID != "" {
		err := b.Sender.Edit(ctx, board.ChannelID, board.MessageID, m)
		if err == nil {
			return late, nil
		}
		fault, after := b.FaultOf(err)
		if fault != Gone {
			return b.failed(board, fault, soon, after, err)
		}
	}
	if next, err = b.post(ctx, board, m, "", soon); err != nil {
		return next, err
	}
	return late, nil
}

// post puts a board's message into its channel anew.
func (b *Boards) post(ctx context.Context, board *alert.LiveBoard, m chat.Message, digest string, next time.Time) (time.Time, error) {
	id, err := b.Sender.Send(ctx, board.ChannelID, m, boardNonce(*board))
	if err != nil {
		fault, after := b.FaultOf(err)
		return b.failed(board, fault, next, after, err)
	}
	board.MessageID, board.PostedAt, board.Digest = id, b.Clock.Now(), digest
	return next, nil
}

func (b *Boards) failed(board *alert.LiveBoard, fault Fault, next time.Time, after time.Duration, err error) (time.Time, error) {
	switch fault {
	case Gone:
		board.Broken = "the channel is gone"
	case Refused:
		board.Broken = "the bot may not write in the channel"
	case Invalid:
		board.Broken = "Discord did not take the message"
	}
	if wait := b.Clock.Now().Add(after); wait.After(next) {
		next = wait
	}
	return next, err
}

// digestOf is what a board shows without its age, and the age only in steps: a
// message is worth an edit when something changed, or when it looks stale.
func digestOf(v say.WarView) (string, error) {
	asOf := v.AsOf
	v.AsOf = time.Time{}
	text, err := json.Marshal(say.RenderWarBoard(v))
	if err != nil {
		return "", fmt.Errorf("compare a live board: %w", err)
	}
	step := asOf.Truncate(boardAge).Unix()
	if v.War.Phase(v.Now) != war.Active {
		step = asOf.Truncate(time.Hour).Unix()
	}
	sum := sha256.Sum256(append(text, fmt.Sprint(step)...))
	return hex.EncodeToString(sum[:12]), nil
}

// boardNonce keeps a lost answer from posting a board twice, and lets the same board be
// posted again later.
func boardNonce(b alert.LiveBoard) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "board %d %d %s %d", b.Faction, b.ID, b.ChannelID, b.PostedAt.Unix()))
	return hex.EncodeToString(sum[:])[:25]
}

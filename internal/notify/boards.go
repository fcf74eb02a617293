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
)

// BoardStore is what live boards need of the store.
type BoardStore interface {
	ClaimBoards(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]alert.LiveBoard, error)
	SaveBoard(ctx context.Context, b alert.LiveBoard, now, nextDue time.Time) error
}

// Board makes a live message of one kind as it is now. Times come from the bot's own
// clock; an error leaves the message as it stands.
type Board func(ctx context.Context, id faction.ID) (chat.Live, error)

// Boards keeps live messages up to date: edited when what they show has changed,
// at most every 15 s, and posted anew each day.
type Boards struct {
	Store   BoardStore
	Sender  Sender
	FaultOf func(error) (f Fault, retryAfter time.Duration)
	// Kinds are the live messages there are, by name.
	Kinds map[string]Board
	Clock clock.Clock
	Log   *slog.Logger
}

const (
	boardEvery  = 15 * time.Second // edits of one message
	boardIdle   = time.Minute      // looks while nothing moves
	boardRepost = 24 * time.Hour   // an old message sinks, and its edits are limited more tightly
	boardLease  = 30 * time.Second // of the wall's time
	boardBatch  = 10
	boardAge    = time.Minute // how old the shown age may get while nothing else changes
	boardCalm   = time.Hour   // the same while nothing moves
	panelEvery  = time.Hour   // looks whether a message that stays is still there
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
		} else {
			board.Broken = ""
		}
		if err := b.Store.SaveBoard(ctx, board, b.Clock.Now(), next); err != nil {
			return err
		}
	}
	return nil
}

// refresh posts or edits one board and tells when to look again.
func (b *Boards) refresh(ctx context.Context, board *alert.LiveBoard) (next time.Time, err error) {
	now := b.Clock.Now()
	next = now.Add(boardEvery)
	render, ok := b.Kinds[board.Kind]
	if !ok { // posted by a newer version of the bot
		return now.Add(panelEvery), fmt.Errorf("there is no live message of kind %q", board.Kind)
	}
	live, err := render(ctx, board.Faction)
	if err != nil {
		return next, fmt.Errorf("render: %w", err)
	}
	if live.Stays {
		return b.refreshPanel(ctx, board, live.Message)
	}
	if !live.Hot {
		next = now.Add(boardIdle)
	}
	digest, err := digestOf(live)
	if err != nil {
		return next, err
	}
	m := live.Message
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
	case digest == board.Digest && board.Broken == "":
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

// refreshPanel posts a message that stays and is not there. An edit that changes nothing is how to
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
		board.Broken = alert.PlaceGone
	case Refused:
		board.Broken = alert.PlaceClosed
	case Invalid:
		board.Broken = "Discord did not take the message"
	}
	if board.Broken != "" {
		next = b.Clock.Now().Add(alert.ProbeEvery)
	}
	if wait := b.Clock.Now().Add(after); wait.After(next) {
		next = wait
	}
	return next, err
}

// digestOf is what a board shows without its age, and the age only in steps: a
// message is worth an edit when something changed, or when it looks stale.
func digestOf(l chat.Live) (string, error) {
	text, err := json.Marshal(l.Same)
	if err != nil {
		return "", fmt.Errorf("compare a live board: %w", err)
	}
	step := boardAge
	if !l.Hot {
		step = boardCalm
	}
	sum := sha256.Sum256(fmt.Append(text, l.AsOf.Truncate(step).Unix()))
	return hex.EncodeToString(sum[:12]), nil
}

// boardNonce keeps a lost answer from posting a board twice, and lets the same board be
// posted again later.
func boardNonce(b alert.LiveBoard) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "board %d %d %s %d", b.Faction, b.ID, b.ChannelID, b.PostedAt.Unix()))
	return hex.EncodeToString(sum[:])[:25]
}

package notify_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/notify"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// wall is a desk with one live board, and the war it shows.
type wall struct {
	*desk
	boards *notify.Boards
	war    war.War
	asOf   time.Time
	err    error
}

func newWall(t *testing.T) *wall {
	t.Helper()
	w := &wall{desk: newDesk(t)}
	w.war = war.War{ID: 1, Start: w.clock.t.Add(-time.Hour), Target: 500, OriginalTarget: 500, Tracked: true,
		Us: war.Side{Faction: us, Name: "Ours", Score: 100}, Them: war.Side{Faction: 9, Name: "Theirs", Score: 50}}
	w.asOf = w.clock.t
	w.boards = &notify.Boards{Store: w.store, Sender: w.channel, FaultOf: faultOf, Clock: w.clock, Log: slog.New(slog.DiscardHandler),
		Kinds: map[string]notify.Board{"war": func(context.Context, faction.ID) (chat.Live, error) {
			return say.LiveWar(say.WarView{War: w.war, Board: war.NewBoard(w.war, nil, w.asOf), AsOf: w.asOf, Now: w.clock.t}), w.err
		}}}
	if err := w.store.AddBoard(t.Context(), us, "war", "77", w.clock.t); err != nil {
		t.Fatal(err)
	}
	return w
}

// later lets time pass and looks after the boards.
func (w *wall) later(d time.Duration) {
	w.t.Helper()
	w.clock.t = w.clock.t.Add(d)
	if err := w.boards.RunOnce(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

func TestALiveBoardIsPostedOnceAndEditedOnlyWhenSomethingChanged(t *testing.T) {
	w := newWall(t)
	w.later(0)
	for range 3 {
		w.later(15 * time.Second)
	}
	if w.channel.sends != 1 || w.channel.edits != 0 {
		t.Fatalf("%d posts and %d edits of an unchanged board, want 1 and 0", w.channel.sends, w.channel.edits)
	}
	w.war.Us.Score = 140
	w.later(5 * time.Second)
	if w.channel.edits != 0 {
		t.Error("a board was edited again within fifteen seconds")
	}
	w.later(15 * time.Second)
	if w.channel.edits != 1 || len(w.channel.messages) != 1 {
		t.Errorf("%d edits and %d messages after a change, want 1 and 1", w.channel.edits, len(w.channel.messages))
	}
}

func TestAnUnchangedBoardStillShowsThatItIsFresh(t *testing.T) {
	w := newWall(t)
	w.later(0)
	w.asOf = w.asOf.Add(2 * time.Minute)
	w.later(2 * time.Minute)
	if w.channel.edits != 1 {
		t.Errorf("%d edits after two minutes of the same score, want 1 for its age", w.channel.edits)
	}
}

func TestABoardThatSomebodyDeletedIsPostedAgain(t *testing.T) {
	w := newWall(t)
	w.later(0)
	delete(w.channel.messages, "1")
	w.war.Us.Score = 141
	w.later(15 * time.Second)
	if len(w.channel.messages) != 1 || w.channel.sends != 2 {
		t.Errorf("%d messages by %d posts, want it posted again", len(w.channel.messages), w.channel.sends)
	}
}

func TestABoardIsPostedAnewEachDay(t *testing.T) {
	w := newWall(t)
	w.later(0)
	w.later(25 * time.Hour)
	if len(w.channel.messages) != 1 || w.channel.sends != 2 {
		t.Errorf("%d messages by %d posts after a day, want one new one", len(w.channel.messages), w.channel.sends)
	}
}

func TestABoardWhoseChannelIsGoneIsMarkedAndLeftAlone(t *testing.T) {
	w := newWall(t)
	w.channel.fail = errGone
	w.later(0)
	list, err := w.store.Boards(t.Context(), us)
	if err != nil || len(list) != 1 || list[0].Broken == "" {
		t.Fatalf("the board is not marked broken: %+v (%v)", list, err)
	}
	w.later(time.Hour)
	if w.channel.sends != 1 {
		t.Errorf("a broken board was tried %d times, want once", w.channel.sends)
	}
}

func TestABoardWhoseFiguresCannotBeReadIsTriedAgainLater(t *testing.T) {
	w := newWall(t)
	w.err = errors.New("no database")
	w.later(0)
	w.err = nil
	w.later(15 * time.Second)
	if w.channel.sends != 1 {
		t.Errorf("%d posts after the figures came back, want 1", w.channel.sends)
	}
}

func TestABoardWhoseChannelWasClosedForAWhileComesBackByItself(t *testing.T) {
	w := newWall(t)
	w.later(0)
	w.channel.fail = errRefused
	w.war.Us.Score = 142
	w.later(15 * time.Second)
	edits := w.channel.edits
	w.later(5 * time.Minute)
	if w.channel.edits != edits {
		t.Errorf("a closed channel was tried %d times within minutes", w.channel.edits-edits)
	}
	w.channel.fail = nil
	w.later(alert.ProbeEvery)
	list, err := w.store.Boards(t.Context(), us)
	if err != nil || len(list) != 1 || list[0].Broken != "" || w.channel.edits != edits+1 {
		t.Errorf("the board is %+v (%v) after %d more edits, want it healthy after one", list, err, w.channel.edits-edits)
	}
}

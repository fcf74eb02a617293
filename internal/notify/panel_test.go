package notify_test

import (
	"context"
	"testing"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// staying is a board that always says the same.
func staying(context.Context, faction.ID) (chat.Live, error) {
	return chat.Live{Message: chat.Message{Content: "Link me"}, Stays: true}, nil
}

// newPanel is a wall whose only board is a panel that always says the same.
func newPanel(t *testing.T) *wall {
	t.Helper()
	w := newWall(t)
	if _, err := w.store.RemoveBoard(t.Context(), us, "war", ""); err != nil {
		t.Fatal(err)
	}
	if err := w.store.AddBoard(t.Context(), us, "link", "88", w.clock.t); err != nil {
		t.Fatal(err)
	}
	w.boards.Kinds["link"] = staying
	w.later(0)
	if w.channel.sends != 1 {
		t.Fatalf("the panel was posted %d times", w.channel.sends)
	}
	return w
}

func TestAPanelStaysWhereItIs(t *testing.T) {
	w := newPanel(t)
	w.later(59 * time.Minute)
	if w.channel.edits != 0 {
		t.Errorf("%d edits within the hour", w.channel.edits)
	}
	for range 30 { // more than a day: other boards are posted anew
		w.later(time.Hour)
	}
	if w.channel.sends != 1 || w.channel.edits != 30 {
		t.Errorf("%d posts and %d edits in thirty hours, want 1 and a look each hour", w.channel.sends, w.channel.edits)
	}
}

func TestAPanelThatSomebodyDeletedComesBack(t *testing.T) {
	w := newPanel(t)
	clear(w.channel.messages)
	w.later(time.Hour)
	if w.channel.sends != 2 || len(w.channel.messages) != 1 {
		t.Errorf("%d posts, %d messages there", w.channel.sends, len(w.channel.messages))
	}
}

func TestAPanelIsTriedAgainSoonAndLeftAloneWhereItMayNotBe(t *testing.T) {
	w := newWall(t)
	if _, err := w.store.RemoveBoard(t.Context(), us, "war", ""); err != nil {
		t.Fatal(err)
	}
	if err := w.store.AddBoard(t.Context(), us, "link", "88", w.clock.t); err != nil {
		t.Fatal(err)
	}
	w.boards.Kinds["link"] = staying
	w.channel.fail = errLater
	w.later(0)
	w.channel.fail = nil
	w.later(15 * time.Second)
	if len(w.channel.messages) != 1 {
		t.Errorf("%d messages a quarter of a minute later, want 1", len(w.channel.messages))
	}
	w.channel.fail = errRefused
	w.later(time.Hour)
	w.channel.fail = nil
	edits := w.channel.edits
	if list, err := w.store.Boards(t.Context(), us); err != nil || len(list) != 1 || list[0].Broken == "" {
		t.Errorf("the board is %+v (%v), want it broken", list, err)
	}
	w.later(2 * time.Hour)
	list, err := w.store.Boards(t.Context(), us)
	if err != nil || len(list) != 1 || list[0].Broken != "" || w.channel.edits != edits+1 {
		t.Errorf("the board is %+v (%v), %d edits after it broke, want one that healed it", list, err, w.channel.edits-edits)
	}
}

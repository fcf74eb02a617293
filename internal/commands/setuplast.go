package commands

import (
	"context"
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/feed"
	"consigliere/internal/say"
	"consigliere/internal/war"
)

// lastAction shows the faction's latest war in the set-up.
const lastAction = "setup:last"

// lastWar is the faction's latest war that is over, as the set-up shows it: a weekday
// without a war has something to show, too.
type lastWar struct {
	known   bool    // it is, or was, looked for
	over    bool    // it is read, or there is none
	share   float64 // read so far
	war     war.War // zero: none, or not known yet
	trouble string  // why it does not get on
}

// readLast finds out how the reading of the latest war stands.
func (h *setup) readLast(ctx context.Context, id faction.ID) (l lastWar, err error) {
	b, ok, err := h.deps.Backfills.Backfill(ctx, id)
	if err != nil || !ok || !b.Latest {
		return l, err
	}
	l = lastWar{known: true, over: b.State != feed.BackfillRunning, share: b.Share(), trouble: b.Trouble}
	if l.over {
		l.war, err = h.latestOver(ctx, id)
		return l, err
	}
	// A war of the last days is read by the live log itself.
	states, err := h.deps.Feeds.Feeds(ctx, id)
	for _, s := range states {
		if f := s.Log.Fill; s.Feed == feed.Attacks && !f.From.IsZero() && !f.To.IsZero() {
			now := h.deps.Clock.Now()
			l.share = max(l.share, min(now.Sub(f.To).Seconds()/max(now.Sub(f.From).Seconds(), 1), 0.99))
		}
	}
	return l, err
}

// line is what the set-up says of it; empty when it was never looked for.
func (l lastWar) line() string {
	switch {
	case !l.known:
		return ""
	case !l.over && l.trouble != "":
		return step(false, "**Your last war** is not read yet: "+say.Text(l.trouble, 150))
	case !l.over:
		return step(false, "**Your last war** is being read … "+say.Percent(l.share))
	case l.war.ID == 0:
		return step(true, "**Your last war**: none is on Torn's list.")
	default:
		return step(true, fmt.Sprintf("**Your last war** is read: %s against %s.", say.Result(l.war), say.Name(l.war.Them.Name)))
	}
}

const (
	lastLook  = time.Second // of the wall's time
	lastLooks = 180
)

// beginLast asks for the faction's latest war to be read.
func (h *setup) beginLast(ctx context.Context, c *Call, id faction.ID) error {
	_, _, err := h.deps.Backfills.StartBackfill(ctx, id, feed.BackfillOrder{By: c.Link.Player, At: c.Now, To: c.Now, Latest: true})
	return err
}

// watchLast shows the set-up with how the reading comes along, and at its end the war.
func (h *setup) watchLast(ctx context.Context, c *Call, id faction.ID) (chat.Reply, error) {
	shown := ""
	for range lastLooks {
		s, err := h.read(ctx, c, id)
		if err != nil {
			return chat.Reply{}, err
		}
		if s.last.over || !s.last.known || c.Request.Progress == nil {
			break
		}
		if line := s.last.line(); line != shown {
			shown = line
			c.Request.Progress(s.message())
		}
		if err := h.deps.Clock.Sleep(ctx, clock.Span(h.deps.Clock, lastLook)); err != nil {
			return chat.Reply{}, fmt.Errorf("wait for the last war of faction %d: %w", id, err)
		}
	}
	return h.withLast(ctx, c, id)
}

// withLast is the set-up, and below it the latest war where it is read.
func (h *setup) withLast(ctx context.Context, c *Call, id faction.ID) (chat.Reply, error) {
	s, err := h.read(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	m := s.message()
	if !s.last.known { // other wars are being read: what is on record already will do
		if s.last.war, err = h.latestOver(ctx, id); err != nil {
			return chat.Reply{}, err
		}
		s.last.over = true
	}
	if !s.last.over || s.last.war.ID == 0 {
		return chat.Reply{Update: true, Message: m}, nil
	}
	report, err := (&reports{deps: h.deps}).message(ctx, c, id, s.last.war, war.Ours, 0)
	if err != nil {
		return chat.Reply{}, err
	}
	m.Embeds, m.Files = append(m.Embeds, report.Embeds...), report.Files
	buttons := []chat.Button{{ID: makeID(showAction, id, s.last.war.ID, war.Ours, 0), Label: "Show in channel", Style: chat.Primary}}
	official, err := h.addDifferences(ctx, id, s.last.war, &m)
	if err != nil {
		return chat.Reply{}, err
	}
	if official {
		buttons = append(buttons, chat.Button{ID: makeID(reconcileAction, id, s.last.war.ID, war.Ours, 0), Label: "Differences"})
	}
	m.Rows = append(m.Rows, chat.Row{Buttons: buttons})
	return chat.Reply{Update: true, Message: m}, nil
}

// leastRoom is less than which nothing readable fits into.
const leastRoom = 600

// addDifferences names below the report what it and our log count differently, as much
// of it as there is room for. official tells that there is a report to compare with.
func (h *setup) addDifferences(ctx context.Context, id faction.ID, w war.War, m *chat.Message) (official bool, err error) {
	books, official, err := h.deps.Records.WarBooks(ctx, id, w)
	if err != nil || !official {
		return false, err
	}
	compared, _ := say.RenderReconcile(say.ReconcileView{Books: war.Reconcile(books), Team: war.Ours, AsOf: w.WholeAt})
	for _, e := range compared.Embeds {
		room := say.Room(m.Embeds) - say.EmbedLength(e) + say.Length(e.Description)
		if room < leastRoom {
			break
		}
		e.Description = say.Within(e.Description, room)
		m.Embeds = append(m.Embeds, e)
	}
	return true, nil
}

// latestOver is the latest war on record that has ended; zero: there is none.
func (h *setup) latestOver(ctx context.Context, id faction.ID) (war.War, error) {
	list, err := h.deps.Wars.Wars(ctx, id, knownWars)
	if err != nil {
		return war.War{}, err
	}
	for _, w := range list {
		if !w.End.IsZero() {
			return w, nil
		}
	}
	return war.War{}, nil
}

// showLast is the button that brings the war up later.
func (h *setup) showLast(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	if !s.last.known {
		if err := h.beginLast(ctx, c, s.info.ID); err != nil {
			return chat.Reply{}, err
		}
		c.hurry(ctx, s.info.ID, feed.Attacks)
	}
	return h.watchLast(ctx, c, s.info.ID)
}

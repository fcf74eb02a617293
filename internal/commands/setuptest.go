package commands

import (
	"context"
	"fmt"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/clock"
	"consigliere/internal/faction"
	"consigliere/internal/say"
)

// Samples sends an alert about nothing the way that real ones go, and tells what
// became of it.
type Samples interface {
	// Sample records and enqueues an alert for one rule.
	Sample(ctx context.Context, id faction.ID, rule alert.RuleID, a alert.Alert, now time.Time) (delivery int64, err error)
	LoadDelivery(ctx context.Context, id faction.ID, delivery int64) (alert.Outgoing, error)
}

const (
	sampleWait = 6 * time.Second // of the wall's time, for a sample to arrive
	sampleLook = 300 * time.Millisecond
)

// sendSample sends a sample by a rule and waits a moment for its arrival.
func sendSample(ctx context.Context, d *Deps, id faction.ID, rule alert.Rule, a alert.Alert) (string, error) {
	started := d.Clock.Now()
	delivery, err := d.Samples.Sample(ctx, id, rule.ID, a, started)
	if err != nil {
		return "", err
	}
	for {
		out, err := d.Samples.LoadDelivery(ctx, id, delivery)
		if err != nil {
			return "", err
		}
		took := d.Clock.Real(d.Clock.Now().Sub(started))
		switch {
		case out.State == "sent":
			return fmt.Sprintf("arrived %s after %.1f s", arrival(out), took.Seconds()), nil
		case out.State != "pending":
			return "", faction.Errorf(faction.Unavailable, "The test alert did not arrive: %s. Nothing was lost. `/status` shows more.", say.Text(out.Reason, 100))
		case took >= sampleWait:
			return fmt.Sprintf("is on its way and should arrive %s any moment", arrival(out)), nil
		}
		if err := d.Clock.Sleep(ctx, clock.Span(d.Clock, sampleLook)); err != nil {
			return "", fmt.Errorf("wait for a test alert: %w", err)
		}
	}
}

// arrival is where a delivery goes, in words.
func arrival(out alert.Outgoing) string {
	switch {
	case out.Direct():
		return fmt.Sprintf("as a direct message to player %d", out.Player)
	case out.Channel != "":
		return "in <#" + out.Channel + ">"
	default:
		return "through the webhook"
	}
}

// test ends the set-up with an alert that shows where alerts arrive.
func (h *setup) test(ctx context.Context, c *Call) (chat.Reply, error) {
	s, err := h.later(ctx, c, c.args())
	if err != nil {
		return chat.Reply{}, err
	}
	rules, err := h.deps.Alerts.Rules(ctx, s.info.ID)
	if err != nil {
		return chat.Reply{}, err
	}
	for _, r := range rules {
		if r.Kind != alert.WarStarted || r.ChannelID != s.channel {
			continue
		}
		told, err := sendSample(ctx, h.deps, s.info.ID, r, alert.Sample(r.Kind, s.info.ID, s.info.Name, c.Now))
		if err != nil {
			return chat.Reply{}, err
		}
		c.Audit(ctx, s.info.ID, "setup.test", nil)
		s.tested = told
		return chat.Reply{Update: true, Message: s.message()}, nil
	}
	return chat.Reply{}, faction.Errorf(faction.Conflict, "The alerts were changed meanwhile. Nothing was sent. Choose the war channel again.")
}

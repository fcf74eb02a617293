package notify

import (
	"context"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// Edit gives a delivery's message the wording that is stored now. It may be called any
// number of times; a message that shows it already is left alone. An edit never breaks
// a rule: what cannot be edited any more stays as it is.
func (d *Deliverer) Edit(ctx context.Context, id faction.ID, delivery int64) error {
	out, err := d.Editions.LoadDelivery(ctx, id, delivery)
	if faction.KindOf(err) == faction.NotFound {
		return nil
	}
	if err != nil {
		return again(err, 2, 0)
	}
	if out.State != "sent" || out.MessageID == "" || out.Shown >= out.Edition || out.Paused {
		return nil
	}
	m := d.words(out, id, d.Clock.Now())
	if err := d.edit(ctx, out, m); err != nil {
		fault, after := d.FaultOf(err)
		if fault == Later || fault == Unknown { // an edit can be repeated
			return again(err, 2, after)
		}
		d.Log.Info("an alert's message cannot be edited any more", "faction_id", id, "kind", out.Alert.Kind, "err", err)
	}
	return d.record(d.Editions.MarkShown(ctx, id, delivery, out.Edition))
}

func (d *Deliverer) edit(ctx context.Context, out alert.Outgoing, m chat.Message) error {
	if out.Direct() {
		return d.Direct.EditDM(ctx, out.Rule.UserID, out.MessageID, m)
	}
	return d.Sender.Edit(ctx, out.Channel, out.MessageID, m)
}

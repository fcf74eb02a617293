package notify

import (
	"context"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// Edit gives a delivery's message the wording that is stored now, with all that stand in
// it. It may be called any number of times; a message that shows it already is left
// alone. An edit never breaks a rule: what cannot be edited any more stays as it is.
func (d *Deliverer) Edit(ctx context.Context, id faction.ID, delivery int64) error {
	out, err := d.Store.LoadDelivery(ctx, id, delivery)
	if err == nil && out.Group != 0 && out.Group != delivery { // its words stand in another one's message
		out, err = d.Store.LoadDelivery(ctx, id, out.Group)
	}
	if faction.KindOf(err) == faction.NotFound {
		return nil
	}
	if err != nil {
		return again(err, 2, 0)
	}
	if out.State != "sent" || out.MessageID == "" || out.Paused || !out.Outdated() {
		return nil
	}
	if err := d.edit(ctx, id, out, d.words(out, id, d.Clock.Now())); err != nil {
		fault, after := d.FaultOf(err)
		if fault == Later || fault == Unknown { // an edit can be repeated
			return again(err, 2, after)
		}
		d.Log.Info("an alert's message cannot be edited any more", "faction_id", id, "kind", out.Alert.Kind, "err", err)
	}
	return d.record(d.After.MarkShown(ctx, id, out))
}

func (d *Deliverer) edit(ctx context.Context, id faction.ID, out alert.Outgoing, m chat.Message) error {
	switch {
	case out.Direct() && out.Rule.UserID == "":
		return nil // nobody is there any more to read it
	case out.Direct():
		return d.Direct.EditDM(ctx, out.Rule.UserID, out.MessageID, m)
	case out.Channel != "": // where the message stands, wherever its rule may send to by now
		return d.Sender.Edit(ctx, out.Channel, out.MessageID, m)
	case out.Rule.WebhookID != "":
		return d.Webhooks.EditWebhook(ctx, id, out.Rule, out.MessageID, m)
	default:
		return nil // its rule is gone, and the webhook with it
	}
}

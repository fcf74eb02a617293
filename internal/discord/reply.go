package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"consigliere/internal/chat"
)

// Ways to answer an interaction for the first time.
const (
	callbackMessage     = 4
	callbackDefer       = 5 // a message of ours, "thinking…" until it is edited
	callbackDeferUpdate = 6 // the message the component sits on, unchanged for now
	callbackUpdate      = 7
	callbackSuggest     = 8
	callbackModal       = 9
)

const (
	callbackRoute = "/interactions/{interaction}/{token}/callback"
	originalRoute = "/webhooks/{application}/{token}/messages/@original"
	followUpRoute = "/webhooks/{application}/{token}"
)

// errReplyShape is a reply of a kind that cannot be given to this request.
var errReplyShape = errors.New("reply does not fit the request")

// refusedReply tells the user why a reply was not shown; empty when sending a
// simpler one makes no sense.
func refusedReply(err error) string {
	switch {
	case errors.Is(err, ErrInvalid):
		return "breaks one of Discord's limits and cannot be shown"
	case errors.Is(err, errReplyShape):
		return "cannot be shown here"
	default:
		return ""
	}
}

// checkReply refuses a reply that cannot be sent.
func (w *work) checkReply(r chat.Reply) error {
	if r.Modal != nil {
		switch {
		case w.deferred:
			return fmt.Errorf("%w: a form after a deferral", errReplyShape)
		case w.req.Kind == chat.ModalSubmit:
			return fmt.Errorf("%w: a form in answer to a form", errReplyShape)
		}
		return ValidateModal(*r.Modal)
	}
	if w.replaces(r) {
		return validateEdit(r.Message)
	}
	if isEmpty(r.Message) && w.onMessage() {
		return nil // acknowledged without a word
	}
	return Validate(r.Message)
}

// onMessage: the interaction came from a component of a message, or from a form
// that such a component opened.
func (w *work) onMessage() bool { return w.req.MessageID != "" }

// replaces tells whether r takes the place of the message the component sits on.
func (w *work) replaces(r chat.Reply) bool { return r.Update && w.onMessage() }

// sendReply picks the one way that is right for what has been said before.
func (w *work) sendReply(r chat.Reply) error {
	switch {
	case !w.deferred:
		return w.sendFirst(r)
	case w.onMessage():
		return w.sendAfterDeferredUpdate(r)
	default:
		return w.sendAfterDeferral(r)
	}
}

func (w *work) sendFirst(r chat.Reply) error {
	switch {
	case r.Modal != nil:
		return w.callback(callbackModal, modal(*r.Modal), nil)
	case isEmpty(r.Message) && w.onMessage():
		return w.callback(callbackDeferUpdate, nil, nil)
	case w.replaces(r):
		return w.callback(callbackUpdate, editedMessage(r.Message), r.Files)
	default:
		return w.callback(callbackMessage, newMessage(r.Message, r.Ephemeral), r.Files)
	}
}

// sendAfterDeferredUpdate: the original message is the component's own, so
// anything else is a message after it, ephemeral or not as it likes.
func (w *work) sendAfterDeferredUpdate(r chat.Reply) error {
	switch {
	case isEmpty(r.Message):
		return nil
	case w.replaces(r):
		return w.editOriginal(r.Message)
	default:
		return w.followUp(r)
	}
}

// sendAfterDeferral: the original message is ours and says "thinking…". Who can
// see it was chosen by the deferral; a private answer to a public deferral must
// not appear in it, so it is removed and the answer follows.
func (w *work) sendAfterDeferral(r chat.Reply) error {
	if !r.Ephemeral || w.plan.Ephemeral {
		return w.editOriginal(r.Message)
	}
	ctx, cancel := w.sending()
	defer cancel()
	c := newCall(http.MethodDelete, originalRoute, w.interaction.ApplicationID, w.interaction.Token)
	c.urgent = true
	// Gone is as good as deleted.
	if err := w.session.send(ctx, c, nil, nil); err != nil && !errors.Is(err, ErrGone) {
		return fmt.Errorf("remove the public placeholder: %w", err)
	}
	return w.followUp(r)
}

// deferAnswer buys time: 15 minutes from now instead of 3 seconds.
func (w *work) deferAnswer() error {
	var err error
	w.deferTried = true
	if w.onMessage() {
		err = w.callback(callbackDeferUpdate, nil, nil)
	} else {
		var data struct {
			Flags int `json:"flags,omitempty"`
		}
		if w.plan.Ephemeral {
			data.Flags = flagEphemeral
		}
		err = w.callback(callbackDefer, data, nil)
	}
	w.deferred = err == nil
	return err
}

// callback gives the first answer. Discord takes exactly one, so asking again
// after a lost answer is safe: "already acknowledged" is then our own doing.
// Without such a loss another process with the same token was first.
func (w *work) callback(kind int, data any, files []chat.File) error {
	ctx, cancel := w.sending()
	defer cancel()
	c := newCall(http.MethodPost, callbackRoute, w.interaction.ID, w.interaction.Token)
	c.urgent, c.repeatable = true, true
	body := struct {
		Type int `json:"type"`
		Data any `json:"data,omitempty"`
	}{kind, data}
	err := w.session.sendFiles(ctx, c, body, files, nil)
	if e := asError(err); e != nil && e.Code == codeAlreadyAcknowledged && e.afterLoss {
		return nil
	}
	return err
}

func (w *work) editOriginal(m chat.Message) error {
	ctx, cancel := w.sending()
	defer cancel()
	c := newCall(http.MethodPatch, originalRoute, w.interaction.ApplicationID, w.interaction.Token)
	c.urgent = true
	return w.session.sendFiles(ctx, c, editedMessage(m), m.Files, nil)
}

func (w *work) followUp(r chat.Reply) error {
	ctx, cancel := w.sending()
	defer cancel()
	c := newCall(http.MethodPost, followUpRoute, w.interaction.ApplicationID, w.interaction.Token)
	c.urgent = true
	return w.session.sendFiles(ctx, c, newMessage(r.Message, r.Ephemeral), r.Files, nil)
}

// sending is the context for talking to Discord: the handler's own may be over
// by then. A first answer is worthless after 3 s, later ones after 15 min.
func (w *work) sending() (context.Context, context.CancelFunc) {
	end := w.received.Add(w.session.timing.firstAnswer)
	if w.deferred {
		end = time.Now().Add(w.session.timing.laterAnswer)
	}
	return context.WithDeadline(w.session.life, end)
}

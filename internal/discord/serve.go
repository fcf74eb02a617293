package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"consigliere/internal/chat"
)

// Router decides what an interaction leads to. All of it may be called from
// many goroutines; a panic in it is caught and shown to the user as a reference.
type Router interface {
	// Plan tells, without any waiting, how the answer to a request will look.
	Plan(chat.Request) chat.Plan
	// Handle answers a command, button, select or form.
	Handle(context.Context, chat.Request) chat.Reply
	// Complete suggests values for the option that is being typed.
	Complete(context.Context, chat.Request) []chat.Choice
}

// Interaction is what Config.ObserveInteraction learns about each one.
type Interaction struct {
	Kind chat.Kind
	// Name is the command's path, or the custom id up to its first colon.
	Name     string
	Outcome  string // "ok", or why the user got something else than the handler's answer
	Deferred bool
	Duration time.Duration // from arrival to the answer's arrival
}

// Outcomes of an interaction.
const (
	outcomeOK       = "ok"
	outcomePanic    = "panic"
	outcomeTimeout  = "timeout"
	outcomeInvalid  = "invalid"  // the handler's answer breaks a limit
	outcomeUnsent   = "unsent"   // no answer reached Discord
	outcomeShutdown = "shutdown" // the bot was stopped meanwhile
)

// receive takes one interaction from the gateway and returns at once; the work
// is done in a goroutine that Stop waits for.
func (s *Session) receive(raw json.RawMessage) {
	received := time.Now()
	i := new(interaction)
	err := json.Unmarshal(raw, i)
	if i.ID == "" || i.Token == "" {
		s.log.Error("interaction without an id", "err", err)
		return // nobody to tell
	}
	if !s.inflight.begin() {
		s.log.Warn("interaction refused: the bot is stopping", "kind", i.Type)
		return
	}
	go func() {
		defer s.inflight.end()
		s.serve(i, received, err)
	}()
}

func (s *Session) serve(i *interaction, received time.Time, unreadable error) {
	reference := newReference()
	req, focusedNumber, known := i.request(reference)
	w := &work{
		session: s, interaction: i, req: req, received: received, outcome: outcomeOK,
		log: s.log.With("correlation_id", reference, "command", name(req), "guild_id", req.GuildID),
	}
	defer func() {
		if p := recover(); p != nil { // a fault of this package itself
			w.logPanic(p)
			w.outcome = outcomePanic
		}
		s.cfg.ObserveInteraction(Interaction{
			Kind: req.Kind, Name: name(req), Outcome: w.outcome,
			Deferred: w.deferred, Duration: time.Since(received),
		})
	}()
	switch {
	case !known || unreadable != nil:
		// What was read of it may be half of what was said: nothing acts on it.
		w.log.Error("interaction of an unknown shape", "type", i.Type, "err", unreadable)
		w.finish(handled{failure("Discord sent this in a shape the bot does not know (reference %s). Nothing was changed.", reference), outcomeInvalid})
	case req.Kind == chat.Autocomplete:
		w.suggest(focusedNumber)
	default:
		w.answer()
	}
}

// name is what metrics and logs call a request: never what somebody typed.
func name(r chat.Request) string {
	if r.Path != "" {
		return r.Path
	}
	before, _, _ := strings.Cut(r.ID, ":")
	return before
}

// work is one interaction being answered. Only its own goroutine touches it.
type work struct {
	session     *Session
	interaction *interaction
	req         chat.Request
	received    time.Time
	log         *slog.Logger
	plan        chat.Plan
	// deferTried without deferred: a deferral failed, but may have arrived.
	deferTried, deferred bool
	outcome              string
}

// suggest answers an autocomplete. It cannot be deferred and nothing can be
// explained in it: whatever goes wrong, the list is empty.
func (w *work) suggest(number bool) {
	s := w.session
	ctx, cancel := context.WithDeadline(s.handlers, w.received.Add(s.timing.answerWithin))
	defer cancel()
	found := make(chan []chat.Choice, 1)
	s.inflight.also(func() {
		var choices []chat.Choice
		defer func() { found <- choices }()
		defer func() {
			if p := recover(); p != nil {
				w.logPanic(p)
				choices = nil
			}
		}()
		choices = s.cfg.Router.Complete(ctx, w.req)
	})
	var choices []chat.Choice
	select {
	case choices = <-found:
	case <-ctx.Done():
		w.outcome = outcomeTimeout
		w.log.Warn("suggestions took too long")
	}
	data := struct {
		Choices []choiceBody `json:"choices"`
	}{checkSuggestions(choices, number)}
	if err := w.callback(callbackSuggest, data, nil); err != nil {
		w.unsent(err)
	}
}

// handled is what came of a handler.
type handled struct {
	reply   chat.Reply
	outcome string
}

// answer runs the handler and brings its reply to the user: directly when it is
// quick, after a deferral when it is not.
func (w *work) answer() {
	s := w.session
	if r, bad := w.makePlan(); bad {
		w.finish(r)
		return
	}
	limit := s.cfg.HandlerTimeout
	if w.plan.Long {
		limit = maxHandlerTimeout
	}
	ctx, cancel := context.WithDeadline(s.handlers, w.received.Add(limit))
	defer cancel()
	if w.plan.Slow && !w.plan.Modal {
		// A handler whose answer cannot arrive is not started: it may change things.
		if err := w.deferAnswer(); err != nil {
			w.unsent(err)
			return
		}
		if w.plan.Long {
			w.req.Progress = w.progress
		}
	}
	result := make(chan handled, 1)
	s.inflight.also(func() { result <- w.handle(ctx) })
	wait := s.timing.deferAfter
	if w.plan.Modal {
		wait = s.timing.answerWithin
	}
	hurry := time.NewTimer(time.Until(w.received.Add(wait)))
	defer hurry.Stop()
	for {
		select {
		case r := <-result:
			if ctx.Err() != nil && w.checkReply(r.reply) != nil {
				r = w.gaveUp() // it returned because it had to
			}
			w.finish(r)
			return
		case <-ctx.Done():
			w.finish(w.gaveUp())
			return
		case <-hurry.C:
			if w.plan.Modal { // a form can only be shown at once
				w.finish(w.gaveUp())
				return
			}
			if !w.deferred {
				if err := w.deferAnswer(); err != nil {
					w.log.Warn("deferral failed", "err", err)
				}
			}
		}
	}
}

// progress shows how an answer comes along. It is worth no failure.
func (w *work) progress(m chat.Message) {
	err := validateEdit(m)
	if err == nil {
		err = w.editOriginal(m)
	}
	if err != nil {
		w.log.Warn("progress not shown", "err", err)
	}
}

// gaveUp is the answer when the time is over.
func (w *work) gaveUp() handled {
	if w.session.handlers.Err() != nil {
		return handled{failure("The bot is being restarted and this was interrupted. Look whether it took effect before you repeat it (reference %s).", w.req.CorrelationID), outcomeShutdown}
	}
	w.log.Warn("handler took too long", "after", time.Since(w.received).Round(time.Millisecond).String())
	return handled{failure("This took too long and was given up. Look whether it took effect before you repeat it (reference %s).", w.req.CorrelationID), outcomeTimeout}
}

func (w *work) makePlan() (r handled, bad bool) {
	defer func() {
		if p := recover(); p != nil {
			r, bad = w.panicked(p), true
		}
	}()
	w.plan = w.session.cfg.Router.Plan(w.req)
	return handled{}, false
}

func (w *work) handle(ctx context.Context) (r handled) {
	defer func() {
		if p := recover(); p != nil {
			r = w.panicked(p)
		}
	}()
	return handled{w.session.cfg.Router.Handle(ctx, w.req), outcomeOK}
}

func (w *work) panicked(p any) handled {
	w.logPanic(p)
	return handled{failure("Something broke on our side (reference %s). Nothing was changed that is not shown.", w.req.CorrelationID), outcomePanic}
}

func (w *work) logPanic(p any) {
	w.log.Error("panic in a handler", "panic", w.scrub(fmt.Sprint(p)), "stack", w.scrub(string(debug.Stack())))
}

// scrub takes out the two secrets this package knows, wherever they come from.
func (w *work) scrub(text string) string {
	return strings.NewReplacer(
		nonEmpty(w.session.cfg.Token), "[token]", nonEmpty(w.interaction.Token), "[token]",
	).Replace(text)
}

// nonEmpty keeps a Replacer from matching everywhere.
func nonEmpty(s string) string {
	if s == "" {
		return "\x00"
	}
	return s
}

func failure(format, reference string) chat.Reply {
	return chat.Reply{Ephemeral: true, Message: chat.Message{Content: fmt.Sprintf(format, reference)}}
}

// finish sends the reply. One that Discord would refuse, or does refuse, is
// replaced by a few words to the user.
func (w *work) finish(r handled) {
	w.outcome = r.outcome
	err := w.checkReply(r.reply)
	if err == nil {
		err = w.sendReply(r.reply)
	}
	if w.deferTried && !w.deferred && hasCode(err, codeAlreadyAcknowledged) {
		w.deferred = true // so it had arrived
		err = w.sendReply(r.reply)
	}
	if err == nil {
		return
	}
	if kind := refusedReply(err); kind != "" {
		w.log.Error("reply refused", "err", err)
		w.outcome = outcomeInvalid
		err = w.sendReply(failure("The answer "+kind+" (reference %s). The command itself may have taken effect.", w.req.CorrelationID))
		if err == nil {
			return
		}
	}
	w.unsent(err)
}

func (w *work) unsent(err error) {
	w.outcome = outcomeUnsent
	w.log.Error("answer did not reach the user", "err", err, "after", time.Since(w.received).Round(time.Millisecond).String())
}

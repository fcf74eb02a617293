package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
	"consigliere/internal/torn"
)

// LinkRequests keeps the links that an officer has to confirm, with their keys.
type LinkRequests interface {
	// AskLink tells with fresh whether the officers have not heard of it yet.
	AskLink(ctx context.Context, r faction.LinkRequest, now time.Time) (id int64, fresh bool, err error)
	LinkRequests(ctx context.Context, id faction.ID, now time.Time) ([]faction.LinkRequest, error)
	DecideLink(ctx context.Context, id faction.ID, d faction.LinkDecision, now time.Time) (faction.LinkRequest, error)
	// WaitingLinks are those of one Discord account.
	WaitingLinks(ctx context.Context, discordID string, now time.Time) ([]faction.LinkRequest, error)
	WithdrawLinks(ctx context.Context, discordID string, now time.Time) ([]faction.LinkRequest, error)
}

// Notices leaves a message for single players, each told once.
type Notices interface {
	Tell(ctx context.Context, id faction.ID, now time.Time, notices ...alert.Personal) error
}

// confirmWithin is how long a request waits for an officer.
const confirmWithin = 24 * time.Hour

// confirming lets officers decide on links that Torn does not vouch for: /config links.
type confirming struct{ deps *Deps }

const (
	confirmAction  = "request:confirm"
	rejectAction   = "request:reject"
	withdrawAction = "request:withdraw"
)

func (h *confirming) table() noun {
	private := chat.Plan{Ephemeral: true}
	officer := func(name string, fn handler) route {
		return route{name: name, guard: rbac.Need(rbac.MemberManage), plan: private, handle: fn}
	}
	decide := func(name string, fn handler) route {
		rt := officer(name, fn)
		rt.ours = true
		return rt
	}
	return noun{
		commands: []command{{
			route:       officer("config links", h.show),
			description: "Links that wait for an officer to confirm them",
		}},
		actions: []route{
			decide(confirmAction, h.confirm),
			decide(rejectAction, h.reject),
			forAnybody(withdrawAction, private, h.withdraw),
		},
	}
}

// disputable refuses a key whose owner Torn links to another Discord account, when no
// officer could confirm it.
func (h *linking) disputable(ctx context.Context, r torn.KeyReport) error {
	const rest = "Nothing was stored. Use a key of your own; if the Torn account is yours, link this Discord account at Torn first."
	if r.FactionID == 0 {
		return faction.Errorf(faction.Denied, "At Torn this key's owner is linked to another Discord account, and is in no faction whose officers could confirm you. %s", rest)
	}
	_, registered, err := h.deps.Factions.FactionInfo(ctx, r.FactionID)
	if err == nil && !registered {
		err = faction.Errorf(faction.Denied, "At Torn this key's owner is linked to another Discord account, and no officer of their faction can confirm you, because it is not set up with this bot. %s", rest)
	}
	return err
}

// ask leaves a link for an officer to confirm. The key is used for nothing meanwhile.
func (h *linking) ask(ctx context.Context, c *Call, r faction.LinkRequest) (chat.Reply, error) {
	id, fresh, err := h.deps.LinkRequests.AskLink(ctx, r, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	c.Audit(ctx, r.Faction, "link.ask", map[string]any{"player": r.Player, "request": id})
	if fresh {
		h.tellLeaders(ctx, c, id, r)
	}
	return chat.Reply{Update: c.Request.MessageID != "", Message: chat.Message{
		Embeds: []chat.Embed{{Title: "An officer has to confirm this", Color: say.Amber, Description: fmt.Sprintf(
			"At Torn **%s** [%d] is linked to another Discord account than yours. An officer of your faction can confirm that it is you, until %s: they find it in `/config links`, and the leaders are told. "+
				"You get a direct message then.\nMeanwhile the key is stored encrypted and used for **nothing**; after that it is deleted.\n"+
				"Faster: link this Discord account at Torn, then enter the key again.", say.Name(r.Name), r.Player, say.On(r.Expires))}},
		Rows: []chat.Row{{Buttons: []chat.Button{withdrawButton()}}},
	}}, nil
}

// tellLeaders leaves a notice. The request is stored by now and stands in /config
// links, so that a failure here is no failure of the command.
func (h *linking) tellLeaders(ctx context.Context, c *Call, request int64, r faction.LinkRequest) {
	f, _, err := h.deps.Factions.FactionInfo(ctx, r.Faction)
	var notices []alert.Personal
	for _, to := range []faction.PlayerID{f.LeaderID, f.CoLeaderID} {
		if to != 0 && to != r.Player {
			notices = append(notices, alert.Personal{Player: to, Alert: alert.Alert{
				Kind: alert.LinkAsked, Subject: alert.Subject("link", request), Stage: "asked", At: c.Now, ExpiresAt: r.Expires,
				Data: alert.Data{Player: &alert.PlayerData{ID: r.Player, Name: r.Name}, Note: fmt.Sprintf(
					"Somebody gave a key of %s [%d], but Torn names another Discord account for that player. /config links in your server shows both, to confirm or reject.",
					say.Plain(r.Name), r.Player)},
			}})
		}
	}
	if err == nil && len(notices) > 0 {
		err = h.deps.Notices.Tell(ctx, r.Faction, c.Now, notices...)
	}
	if err != nil {
		c.registry.log.Warn("the leaders were not told of a link to confirm", "faction_id", r.Faction, "err", err)
	}
}

func withdrawButton() chat.Button {
	return chat.Button{ID: withdrawAction, Label: "Take it back", Style: chat.Danger}
}

// waitingLine tells who asked how that stands.
func waitingLine(list []faction.LinkRequest) string {
	parts := make([]string, 0, len(list))
	for _, r := range list[:min(len(list), 5)] {
		parts = append(parts, fmt.Sprintf("**%s** [%d](<%s>) until %s", say.Name(r.Name), r.Player, say.PlayerURL(r.Player), say.On(r.Expires)))
	}
	return "Your link waits for an officer of the faction: " + strings.Join(parts, ", ") + ". Until then the key is used for nothing."
}

func (h *confirming) withdraw(ctx context.Context, c *Call) (chat.Reply, error) {
	if err := c.args().end(); err != nil {
		return chat.Reply{}, err
	}
	gone, err := h.deps.LinkRequests.WithdrawLinks(ctx, c.Request.UserID, c.Now)
	for _, r := range gone {
		c.Audit(ctx, r.Faction, "link.withdraw", map[string]any{"player": r.Player, "request": r.ID})
	}
	if err == nil && len(gone) == 0 {
		err = faction.Errorf(faction.NotFound, "No link of yours waits any more. Nothing was changed. `/link` shows how you stand.")
	}
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Reply{Update: true, Message: chat.Message{Content: "Taken back: the key is deleted here. Delete it at Torn too if nothing else uses it."}}, nil
}

func (h *confirming) show(ctx context.Context, c *Call) (chat.Reply, error) {
	m, err := h.list(ctx, c)
	return chat.Reply{Message: m}, err
}

// shownRequests is how many requests a message shows, each with a row of buttons.
const shownRequests = 5

func (h *confirming) list(ctx context.Context, c *Call) (chat.Message, error) {
	waiting, err := h.deps.LinkRequests.LinkRequests(ctx, c.Faction, c.Now)
	if err != nil {
		return chat.Message{}, err
	}
	e := chat.Embed{Title: "Links to confirm", Color: say.Grey, Description: "Nobody waits. Who gives a key of a player for whom Torn names another Discord account shows up here for a day."}
	if len(waiting) > 0 {
		e.Color = say.Amber
		e.Description = "Ask them in the game before you confirm: whoever has somebody's key could pretend to be them. Until then their keys are used for nothing."
	}
	m := chat.Message{}
	for _, r := range waiting[:min(len(waiting), shownRequests)] {
		e.Fields = append(e.Fields, chat.Field{Name: fmt.Sprintf("%s [%d]", say.Plain(r.Name), r.Player), Value: fmt.Sprintf(
			"[Player %d](%s)\nAsks: <@%s>\nTorn names: <@%s>\nAsked %s, expires %s", r.Player, say.PlayerURL(r.Player), say.Plain(r.DiscordID), say.Plain(r.TornDiscordID), say.Ago(r.Asked), say.Ago(r.Expires))})
		m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{
			{ID: makeID(confirmAction, c.Faction, r.ID), Label: fmt.Sprintf("Confirm %d", r.Player), Style: chat.Success},
			{ID: makeID(rejectAction, c.Faction, r.ID), Label: fmt.Sprintf("Reject %d", r.Player), Style: chat.Danger},
		}})
	}
	if more := len(waiting) - shownRequests; more > 0 {
		e.Footer = fmt.Sprintf("%d more, once these are decided", more)
	}
	m.Embeds = []chat.Embed{e}
	return m, nil
}

func (h *confirming) confirm(ctx context.Context, c *Call) (chat.Reply, error) {
	r, err := h.decide(ctx, c, true)
	if err != nil {
		return chat.Reply{}, err
	}
	h.deps.forgetKeys(r.Faction)
	err = h.deps.Notices.Tell(ctx, r.Faction, c.Now, alert.Personal{Player: r.Player, Alert: alert.Alert{
		Kind: alert.LinkConfirmed, Subject: alert.Subject("link", r.ID), Stage: "confirmed", At: c.Now,
		Data: alert.Data{Player: &alert.PlayerData{ID: r.Player, Name: r.Name}, Note: fmt.Sprintf(
			"An officer confirmed that you are %s [%d]. Your key only proves who you are; /link lets you choose what else it may be used for.", say.Plain(r.Name), r.Player)},
	}})
	told := "They get a direct message."
	if err != nil {
		c.registry.log.Warn("who was confirmed was not told", "faction_id", r.Faction, "err", err)
		told = "They could not be told: tell them yourself."
	}
	return h.again(ctx, c, fmt.Sprintf("Confirmed: **%s** [%d] is linked to <@%s>. %s", say.Name(r.Name), r.Player, r.DiscordID, told))
}

func (h *confirming) reject(ctx context.Context, c *Call) (chat.Reply, error) {
	r, err := h.decide(ctx, c, false)
	if err != nil {
		return chat.Reply{}, err
	}
	told := "They were told."
	// They have no link, so that no notice would reach them.
	_, err = h.deps.Direct.DM(ctx, r.DiscordID, chat.Message{Content: fmt.Sprintf(
		"An officer did not confirm that you are **%s** [%d]: you are not linked, and the key that you gave is deleted here. If it is your player, link this Discord account at Torn, then use `/link` again.",
		say.Name(r.Name), r.Player)}, nonceOf("link rejected", r.Faction, r.ID))
	if err != nil {
		c.registry.log.Info("who was rejected was not told", "faction_id", r.Faction, "err", err)
		told = "They take no direct messages from this bot."
	}
	return h.again(ctx, c, fmt.Sprintf("Rejected: **%s** [%d]; the key is deleted. %s", say.Name(r.Name), r.Player, told))
}

// decide answers a request of the caller's faction that is not the caller's own.
func (h *confirming) decide(ctx context.Context, c *Call, confirm bool) (faction.LinkRequest, error) {
	a := c.args()
	ours := a.ours(c)
	id := a.number()
	if err := a.end(); err != nil {
		return faction.LinkRequest{}, err
	}
	if ours != nil {
		return faction.LinkRequest{}, ours
	}
	waiting, err := h.deps.LinkRequests.LinkRequests(ctx, c.Faction, c.Now)
	if err != nil {
		return faction.LinkRequest{}, err
	}
	i := slices.IndexFunc(waiting, func(r faction.LinkRequest) bool { return r.ID == id })
	if i >= 0 && (waiting[i].DiscordID == c.Request.UserID || waiting[i].Player == c.Link.Player) {
		return faction.LinkRequest{}, faction.Errorf(faction.Denied, "Your own request is for another officer to decide. Nothing was changed. `/link` lets you take it back.")
	}
	if i >= 0 && confirm {
		if err := h.mayConfirm(ctx, c, waiting[i].Player); err != nil {
			return faction.LinkRequest{}, err
		}
	}
	r, err := h.deps.LinkRequests.DecideLink(ctx, c.Faction, faction.LinkDecision{
		Request: id, Confirm: confirm, By: c.Actor.Player, CorrelationID: c.Request.CorrelationID,
	}, c.Now)
	if err != nil {
		return faction.LinkRequest{}, err
	}
	action := "link.reject"
	if confirm {
		action = "link.confirm"
	}
	c.Audit(ctx, c.Faction, action, map[string]any{"player": r.Player, "request": r.ID})
	return r, nil
}

// mayConfirm refuses to make somebody a player who may do more than the caller: with a
// leaked key and an accomplice an officer could make themselves leader.
func (h *confirming) mayConfirm(ctx context.Context, c *Call, player faction.PlayerID) error {
	o, err := (&permissions{deps: h.deps}).overview(ctx, c)
	if err != nil {
		return err
	}
	info, _, err := h.deps.Factions.FactionInfo(ctx, c.Faction)
	if err != nil {
		return err
	}
	s := o.snapshot()
	position := s.Members[player]
	leads := position == faction.PositionLeader || position == faction.PositionCoLeader || player == info.LeaderID || player == info.CoLeaderID
	if leads && !c.Allowed(rbac.Leader()) {
		return faction.Errorf(faction.Denied, "That player leads your faction, so only the leader, the co-leader or an operator may confirm it. Nothing was changed.")
	}
	if missing := lacking(c, s.Rights(player)&^rbac.Unmapped()); len(missing) > 0 {
		return faction.Errorf(faction.Denied, "That player may do what you may not: %s. Nothing was changed. Ask your leader or co-leader to confirm it.", strings.Join(missing, ", "))
	}
	return nil
}

// again shows what is left after a decision, which is done by now.
func (h *confirming) again(ctx context.Context, c *Call, done string) (chat.Reply, error) {
	m, err := h.list(ctx, c)
	if err != nil {
		c.registry.log.Warn("links to confirm not listed after a decision", "faction_id", c.Faction, "err", err)
	}
	m.Content = done
	return chat.Reply{Update: true, Message: m}, nil
}

// nonceOf makes a message about something go out once.
func nonceOf(what string, id faction.ID, number int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %d %d", what, id, number))
	return hex.EncodeToString(sum[:])[:25]
}

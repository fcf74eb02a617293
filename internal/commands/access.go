package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/rbac"
	"consigliere/internal/say"
)

// Requests keeps who asked to be let in.
type Requests interface {
	AskAccess(ctx context.Context, a faction.Access, now time.Time) (is faction.Access, fresh bool, err error)
	Access(ctx context.Context, id faction.ID) (faction.Access, error)
	DecideAccess(ctx context.Context, id faction.ID, to faction.AccessState, by faction.PlayerID, now time.Time) (faction.Access, error)
	AccessWaiting(ctx context.Context, limit int) ([]faction.Access, error)
}

// Direct sends a message to one user. The same nonce within some minutes sends it once.
type Direct interface {
	DM(ctx context.Context, userID string, m chat.Message, nonce string) (messageID string, err error)
}

// access lets a leader ask for their faction where only operators register: the
// button in /setup, and the operators' answer.
type access struct{ deps *Deps }

const (
	askAction     = "access:ask"
	acceptAction  = "access:accept"
	declineAction = "access:decline"
)

func (h *access) table() noun {
	slow := chat.Plan{Ephemeral: true, Slow: true}
	return noun{actions: []route{
		{name: askAction, guard: rbac.Leader(), scope: founding, plan: slow, handle: h.ask},
		{name: acceptAction, guard: rbac.Operator(), scope: anywhere, plan: slow, handle: h.accept},
		{name: declineAction, guard: rbac.Operator(), scope: anywhere, plan: slow, handle: h.decline},
	}}
}

// ask takes a leader's request to the operators, once.
func (h *access) ask(ctx context.Context, c *Call) (chat.Reply, error) {
	a := c.args()
	id := faction.ID(a.number())
	if err := a.end(); err != nil {
		return chat.Reply{}, err
	}
	if id != c.Link.Faction {
		return chat.Reply{}, errOthers
	}
	if c.Request.GuildID == "" {
		return chat.Reply{}, faction.Errorf(faction.Invalid, "Ask from your faction's server, with `/setup`. Nothing was changed.")
	}
	if _, registered, err := h.deps.Factions.FactionInfo(ctx, id); err != nil || registered {
		if err == nil {
			err = faction.Errorf(faction.Conflict, "Your faction is registered already. Nothing was changed. Run `/setup`.")
		}
		return chat.Reply{}, err
	}
	f, err := h.deps.lookUp(ctx, id, c.Link)
	if err != nil {
		return chat.Reply{}, err
	}
	is, fresh, err := h.deps.Requests.AskAccess(ctx, faction.Access{
		Faction: id, Name: f.Name, Members: f.Members, Leader: f.LeaderID,
		Player: c.Link.Player, DiscordID: c.Request.UserID, GuildID: c.Request.GuildID,
	}, c.Now)
	if err != nil {
		return chat.Reply{}, err
	}
	if !fresh {
		return chat.Reply{Update: true, Message: chat.Message{Content: askedBefore(is)}}, nil
	}
	c.Audit(ctx, 0, "access.request", map[string]any{"faction": id, "player": c.Link.Player})
	told := 0
	for _, operator := range h.deps.Operators {
		if _, err := h.deps.Direct.DM(ctx, operator, requestMessage(is), accessNonce(is, operator)); err != nil {
			c.registry.log.Warn("an operator was not told of a request for access", "faction_id", id, "err", err)
			continue
		}
		told++
	}
	text := fmt.Sprintf("Asked. %s told; you get a direct message when it is decided. Asking again changes nothing.", several(int64(told), "operator")+" "+was(told))
	if told == 0 {
		text = "Asked. No operator takes direct messages, but your request stands in their list. You get a direct message when it is decided."
	}
	return chat.Reply{Update: true, Message: chat.Message{Content: text}}, nil
}

func was(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}

// askedBefore words what became of a request.
func askedBefore(a faction.Access) string {
	switch a.State {
	case faction.AccessAccepted:
		return "Your faction was accepted " + say.Ago(a.Decided) + ". Run `/setup` again."
	case faction.AccessDeclined:
		return fmt.Sprintf("The operators declined your faction %s. It may ask again %s. Nothing was changed.", say.Ago(a.Decided), say.Ago(a.Decided.Add(faction.AskAgainAfter)))
	default:
		return "Your faction asked " + say.Ago(a.Asked) + "; no operator has answered yet. Nothing was changed."
	}
}

// accessNonce is another one for each operator: Discord takes the same nonce as the
// same message, in whatever channel.
func accessNonce(a faction.Access, to string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "access %d %d %s %s", a.Faction, a.Asked.Unix(), a.State, to))
	return hex.EncodeToString(sum[:])[:25]
}

// requestMessage is what an operator is asked.
func requestMessage(a faction.Access) chat.Message {
	return chat.Message{
		Embeds: []chat.Embed{{Title: "Request for access", Color: say.Amber, Description: requestLine(a) +
			"\nAccepted, its leader may set the faction up; nothing is read before that."}},
		Rows: []chat.Row{{Buttons: []chat.Button{
			{ID: makeID(acceptAction, a.Faction, "dm"), Label: "Accept", Style: chat.Success},
			{ID: makeID(declineAction, a.Faction, "dm"), Label: "Decline"},
		}}},
	}
}

func requestLine(a faction.Access) string {
	return fmt.Sprintf("**%s**, %s · leader [%d](%s), asked by [%d](%s) %s · server `%s`", say.FactionLink(a.Faction, a.Name), several(int64(a.Members), "member"),
		a.Leader, say.PlayerURL(a.Leader), a.Player, say.PlayerURL(a.Player), say.Ago(a.Asked), say.Plain(a.GuildID))
}

func (h *access) accept(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.answer(ctx, c, faction.AccessAccepted, "**Accepted.** The leader may run `/setup` now.")
}

func (h *access) decline(ctx context.Context, c *Call) (chat.Reply, error) {
	return h.answer(ctx, c, faction.AccessDeclined, "**Declined.** The faction may ask again in seven days.")
}

// answer decides a request, from a direct message or from the list.
func (h *access) answer(ctx context.Context, c *Call, to faction.AccessState, done string) (chat.Reply, error) {
	args := c.args()
	id, from := faction.ID(args.number()), args.oneOf("dm", "list")
	if err := args.end(); err != nil {
		return chat.Reply{}, err
	}
	told, err := h.settle(ctx, c, id, to)
	if err != nil {
		return chat.Reply{}, err
	}
	if !told.delivered {
		done += " They take no direct messages from this bot: tell them yourself."
	}
	e := chat.Embed{Title: "Request for access", Color: say.Grey, Description: requestLine(told.Access) + "\n" + done}
	return chat.Reply{Update: from == "dm", Message: chat.Message{Embeds: []chat.Embed{e}}}, nil
}

// settled is a request that was answered, and whether the one who asked was told.
type settled struct {
	faction.Access
	delivered bool
}

// settle decides a request, records it, and tells the one who asked, who may be in no
// faction of ours.
func (h *access) settle(ctx context.Context, c *Call, id faction.ID, to faction.AccessState) (settled, error) {
	a, err := h.deps.Requests.DecideAccess(ctx, id, to, c.Actor.Player, c.Now)
	if err != nil {
		return settled{}, err
	}
	c.Audit(ctx, 0, "access."+string(to), map[string]any{"faction": id, "player": a.Player})
	text := fmt.Sprintf("**%s** [%d] was accepted. Run `/setup` again in your server: it takes a minute.", say.Name(a.Name), id)
	if to == faction.AccessDeclined {
		text = fmt.Sprintf("The operators of this bot declined **%s** [%d]. You may ask again in seven days.", say.Name(a.Name), id)
	}
	_, err = h.deps.Direct.DM(ctx, a.DiscordID, chat.Message{Content: text}, accessNonce(a, a.DiscordID))
	if err != nil {
		c.registry.log.Info("who asked for access was not told", "faction_id", id, "err", err)
	}
	return settled{a, err == nil}, nil
}

// listedRequests is how many requests the list shows, each with a row of buttons.
const listedRequests = 3

// waiting puts the requests that wait below a list of factions.
func (h *tenants) waiting(ctx context.Context, m *chat.Message) error {
	list, err := h.deps.Requests.AccessWaiting(ctx, listedRequests+1)
	if err != nil || len(list) == 0 {
		return err
	}
	e := chat.Embed{Title: "Waiting for access", Color: say.Amber}
	for _, a := range list[:min(len(list), listedRequests)] {
		e.Description += requestLine(a) + "\n"
		m.Rows = append(m.Rows, chat.Row{Buttons: []chat.Button{
			{ID: makeID(acceptAction, a.Faction, "list"), Label: fmt.Sprintf("Accept %d", a.Faction), Style: chat.Success},
			{ID: makeID(declineAction, a.Faction, "list"), Label: fmt.Sprintf("Decline %d", a.Faction)},
		}})
	}
	if len(list) > listedRequests {
		e.Description += "… and more, once these are answered."
	}
	m.Embeds = append(m.Embeds, e)
	return nil
}

package discord

import (
	"encoding/json"
	"time"
)

// Kinds of interaction.
const (
	kindCommand      = 2
	kindComponent    = 3
	kindAutocomplete = 4
	kindModal        = 5
)

// Types of answer to an interaction.
const (
	answerMessage        = 4
	answerDeferMessage   = 5
	answerDeferUpdate    = 6
	answerUpdate         = 7
	answerAutocomplete   = 8
	answerModal          = 9
	interactionKept      = time.Hour // after that even a late call finds nothing
	interactionSweepSize = 256
)

// interaction is one thing a person did, and what the bot answered. Guarded by
// Server.mu.
type interaction struct {
	id, token  string
	kind       int
	command    string // the words of a slash command
	userID     string
	guildID    string
	channelID  string
	sourceID   string // the message that holds the component
	made       time.Time
	answer     int // the type of answer, 0 while there is none
	answered   time.Time
	ephemeral  bool   // as chosen by the answer
	originalID string // the message that @original means
	finished   time.Time
	deleted    bool // the bot took its answer away
	followups  []string
	modal      *Modal
	choices    []Choice
}

// finish notes when the person sees the whole answer. The caller holds s.mu.
func (in *interaction) finish() {
	if in.finished.IsZero() {
		in.finished = time.Now()
	}
}

// Modal is a form that the bot opened for one person.
type Modal struct {
	ID     string // custom id
	Title  string
	Inputs []Input

	in   *interaction // what it answers
	rows []Component
}

// Input is a text field of a modal.
type Input struct {
	ID          string `json:"id"`
	Label       string `json:"label"`
	Description string `json:"description,omitempty"`
	Placeholder string `json:"placeholder"`
	Value       string `json:"value"`
	Paragraph   bool   `json:"paragraph"`
	Required    bool   `json:"required"`
	Min         int    `json:"min"`
	Max         int    `json:"max"`
}

func newModal(in *interaction, id, title string, rows []Component) *Modal {
	m := &Modal{ID: id, Title: title, in: in, rows: rows}
	for _, row := range rows {
		c, label, about := row.Component, row.Label, row.Description
		if row.Type == compRow {
			c = &row.Components[0]
			label = c.Label
		}
		least, most := c.lengths()
		m.Inputs = append(m.Inputs, Input{ID: c.CustomID, Label: label, Description: about, Placeholder: c.Placeholder,
			Value: c.Value, Paragraph: c.Style == 2, Required: c.mustFill(), Min: least, Max: most})
	}
	return m
}

// begin makes an interaction and sends it to the bot. data is the kind's own
// part. The caller holds s.mu.
func (s *Server) begin(in *interaction, data any) error {
	in.id, in.token, in.made = s.newID(), secret(), time.Now()
	event := map[string]any{
		"id": in.id, "application_id": s.app.ID, "type": in.kind, "token": in.token, "version": 1,
		"channel_id": in.channelID, "data": data, "locale": "en-US", "entitlements": []any{},
		"app_permissions": permissionText(s.botPermissions(in.guildID)),
		"channel":         s.channels[in.channelID].wire(),
		"context":         contextBotDM,
	}
	if g := s.guilds[in.guildID]; g != nil {
		m := g.members[in.userID]
		event["guild_id"], event["guild_locale"], event["context"] = g.id, "en-US", contextGuild
		event["guild"] = map[string]any{"id": g.id, "locale": "en-US", "features": []any{}}
		event["member"] = memberWithPermissions(g, m)
		event["authorizing_integration_owners"] = map[string]string{"0": g.id}
	} else {
		event["user"] = s.users[in.userID]
		event["authorizing_integration_owners"] = map[string]string{"0": "0"}
	}
	if in.sourceID != "" {
		event["message"] = s.messages[in.sourceID].wire(s.gateway.base())
	}
	if len(s.interactions) > interactionSweepSize {
		for token, old := range s.interactions {
			if time.Since(old.made) > interactionKept {
				delete(s.interactions, token)
			}
		}
	}
	s.interactions[in.token] = in
	if !s.gateway.dispatch(in.guildID, "INTERACTION_CREATE", event) {
		return ErrOffline
	}
	return nil
}

// memberWithPermissions is a member as interactions show one: with what the
// member may do, as text.
func memberWithPermissions(g *guild, m *Member) map[string]any {
	return map[string]any{
		"user": m.User, "nick": nilIfEmpty(m.Nick), "roles": m.Roles, "joined_at": m.JoinedAt, "deaf": false, "mute": false,
		"pending": false, "permissions": permissionText(g.permissions(m)), "avatar": nil, "premium_since": nil, "flags": 0,
	}
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Server) callbackBucket(r *request) []bucket {
	return []bucket{{"interaction-callback", r.PathValue("interaction"), s.cfg.Limits.Interaction}}
}

// postCallback takes the bot's first answer to an interaction.
func (s *Server) postCallback(r *request) (reply, error) {
	var body struct {
		Type int             `json:"type"`
		Data json.RawMessage `json:"data"`
	}
	files, err := readBody(r.Request, &body)
	if err != nil {
		return reply{}, err
	}
	p := &payload{}
	if len(body.Data) > 0 {
		if err := decode(body.Data, p); err != nil {
			return reply{}, err
		}
	}
	p.files = files
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.interactions[r.PathValue("token")]
	if in == nil || in.id != r.PathValue("interaction") {
		return reply{}, unknownInteraction()
	}
	if in.answer != 0 {
		return reply{}, badRequest(40060, "Interaction has already been acknowledged.")
	}
	if r.now.Sub(in.made) > s.cfg.Limits.AnswerWithin {
		return reply{}, unknownInteraction()
	}
	if err := s.take(in, body.Type, p, body.Data); err != nil {
		return reply{}, err
	}
	in.answer, in.answered = body.Type, time.Now()
	if body.Type != answerDeferMessage && body.Type != answerDeferUpdate {
		in.finish()
	}
	s.bump()
	if r.URL.Query().Get("with_response") == "true" {
		return ok200(map[string]any{"interaction": map[string]any{"id": in.id, "type": in.kind, "response_message_id": in.originalID}})
	}
	return noContent()
}

// take does what an answer says. The caller holds s.mu.
func (s *Server) take(in *interaction, kind int, p *payload, data json.RawMessage) error {
	if !answerable(in, kind) {
		var bad problems
		bad.add("type", "INTERACTION_CALLBACK_TYPE_INVALID", "An interaction of type %d cannot be answered with type %d.", in.kind, kind)
		return bad.err()
	}
	c := s.channels[in.channelID]
	if c == nil {
		return unknownChannel()
	}
	switch kind {
	case answerMessage, answerDeferMessage:
		in.ephemeral = p.Flags.V&flagEphemeral != 0
		m, err := s.answerMessage(in, p, kind == answerDeferMessage)
		if err != nil {
			return err
		}
		in.originalID = s.post(c, m).ID
	case answerDeferUpdate:
		in.originalID = in.sourceID
	case answerUpdate:
		m, exists := s.messages[in.sourceID]
		if !exists {
			return unknownMessage()
		}
		m, err := s.edit(m, p)
		if err != nil {
			return err
		}
		in.originalID = m.ID
	case answerAutocomplete:
		return s.takeChoices(in, data)
	case answerModal:
		var form struct {
			CustomID   string      `json:"custom_id"`
			Title      string      `json:"title"`
			Components []Component `json:"components"`
		}
		if err := decode(data, &form); err != nil {
			return err
		}
		if err := checkModal(form.CustomID, form.Title, form.Components); err != nil {
			return err
		}
		in.modal = newModal(in, form.CustomID, form.Title, form.Components)
	}
	return nil
}

// answerable tells which answers suit which interactions.
func answerable(in *interaction, kind int) bool {
	switch kind {
	case answerMessage, answerDeferMessage:
		return in.kind != kindAutocomplete
	case answerDeferUpdate, answerUpdate:
		return in.kind == kindComponent || in.kind == kindModal && in.sourceID != ""
	case answerAutocomplete:
		return in.kind == kindAutocomplete
	case answerModal:
		return in.kind == kindCommand || in.kind == kindComponent
	}
	return false
}

// answerMessage builds the message that answers an interaction.
func (s *Server) answerMessage(in *interaction, p *payload, deferred bool) (Message, error) {
	u := *s.users[in.userID]
	m := Message{
		ChannelID: in.channelID, Author: s.app, AppID: s.app.ID, WebhookID: s.app.ID, Flags: p.Flags.V & flagEphemeral,
		Metadata: &InteractionMetadata{ID: in.id, Type: in.kind, User: u, Owners: map[string]string{"0": in.guildID}},
	}
	if in.kind == kindCommand {
		m.Type = typeSlash
		m.Interaction = &MessageInteraction{ID: in.id, Type: in.kind, Name: in.command, User: u}
	} else if in.sourceID != "" {
		m.Type = typeReply
		m.Reference = &Reference{MessageID: in.sourceID, ChannelID: in.channelID, GuildID: in.guildID}
	}
	if in.ephemeral {
		m.VisibleTo = in.userID
	}
	if deferred {
		m.Flags |= flagLoading
		return m, nil
	}
	if p.AllowedMentions == nil {
		s.complain("an interaction in channel %s was answered without allowed_mentions", in.channelID)
	}
	return s.apply(m, p, true)
}

func (s *Server) takeChoices(in *interaction, data json.RawMessage) error {
	var body struct {
		Choices []Choice `json:"choices"`
	}
	if len(data) > 0 {
		if err := decode(data, &body); err != nil {
			return err
		}
	}
	var bad problems
	for i := range body.Choices {
		kind := optString
		if _, isText := body.Choices[i].Value.(string); !isText {
			kind = optNumber
		}
		checkChoices(&bad, "data", kind, body.Choices[i:i+1])
	}
	if len(body.Choices) > maxOptions {
		bad.add("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", maxOptions)
	}
	if err := bad.err(); err != nil {
		return err
	}
	in.choices = body.Choices
	return nil
}

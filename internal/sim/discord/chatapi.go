package discord

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
)

// The chat page's view of the world.
type (
	chatGuild struct {
		ID       string        `json:"id"`
		Name     string        `json:"name"`
		Channels []Channel     `json:"channels"`
		Roles    []Role        `json:"roles"`
		Members  []chatPerson  `json:"members"`
		Commands []chatCommand `json:"commands"`
	}
	chatPerson struct {
		ID    string   `json:"id"`
		Name  string   `json:"name"`
		About string   `json:"about,omitempty"`
		Color int      `json:"color,omitempty"`
		Roles []string `json:"roles,omitempty"`
		Bot   bool     `json:"bot,omitempty"`
	}
	// chatCommand is one thing to type: a command, or a sub-command of one.
	chatCommand struct {
		Path        string   `json:"path"`
		Description string   `json:"description"`
		Options     []Option `json:"options"`
	}
	chatWorld struct {
		Now    int64        `json:"now"` // milliseconds of the demo's clock
		Seq    uint64       `json:"seq"` // changes from here on are to be streamed
		Online bool         `json:"online"`
		Me     string       `json:"me"`
		People []chatPerson `json:"people"`
		Guilds []chatGuild  `json:"guilds"`
		DM     chatGuild    `json:"dm"`
		Hints  []Hint       `json:"hints"`
	}
	// chatMessage is a message with what the page needs beside it.
	chatMessage struct {
		Message
		Files []chatFile `json:"files"` // all of them, those within embeds too
	}
	chatFile struct {
		URL         string `json:"url"`
		Description string `json:"description"`
	}
)

// chatWorld answers with all that the person named in the query sees; without a
// name, with what the first person sees.
func (s *Server) chatWorld(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, s.worldOf(r.URL.Query().Get("user")))
}

func (s *Server) worldOf(me string) chatWorld {
	s.mu.Lock()
	defer s.mu.Unlock()
	people := s.people()
	if s.users[me] == nil && len(people) > 0 {
		me = people[0].ID
	}
	p := &Person{s, me}
	out := chatWorld{
		Now: s.cfg.Now().UnixMilli(), Seq: s.feed.seq, Online: s.Gateway().Live > 0, Me: me, People: people,
		Guilds: []chatGuild{}, Hints: append([]Hint{}, s.cfg.Hints...),
	}
	for _, id := range s.guildOrder {
		g := s.guilds[id]
		if g.members[me] == nil {
			continue
		}
		c := s.guildCopy(g)
		view := chatGuild{ID: id, Name: g.name, Channels: c.Channels, Roles: c.Roles, Commands: flatten(p.offered(id))}
		for _, m := range c.Members {
			view.Members = append(view.Members, chatPerson{ID: m.User.ID, Name: m.Name(), About: m.About, Color: g.color(&m), Roles: m.Roles, Bot: m.User.Bot})
		}
		out.Guilds = append(out.Guilds, view)
	}
	if s.users[me] != nil {
		dm := s.dm(me).wire()
		dm.Name = s.app.Username
		out.DM = chatGuild{Name: "Direct messages", Channels: []Channel{dm}, Roles: []Role{}, Commands: flatten(p.offered("")),
			Members: []chatPerson{{ID: s.app.ID, Name: s.app.Username, Bot: true}, {ID: me, Name: displayName(*s.users[me])}}}
	}
	return out
}

// people lists everybody who is a member somewhere, the bot left out.
func (s *Server) people() []chatPerson {
	out := []chatPerson{}
	for _, id := range s.guildOrder {
		g := s.guilds[id]
		for _, uid := range g.order {
			m := g.members[uid]
			known := slices.ContainsFunc(out, func(p chatPerson) bool { return p.ID == uid })
			if !known && !m.User.Bot {
				out = append(out, chatPerson{ID: uid, Name: m.Name(), About: m.About, Color: g.color(m)})
			}
		}
	}
	return out
}

// color is that of a member's highest coloured role.
func (g *guild) color(m *Member) int {
	for _, r := range slices.Backward(g.roles) {
		if r.Color != 0 && slices.Contains(m.Roles, r.ID) {
			return r.Color
		}
	}
	return 0
}

// flatten lists every path that can be typed.
func flatten(list []Command) []chatCommand {
	out := []chatCommand{}
	var add func(path, description string, options []Option)
	add = func(path, description string, options []Option) {
		if len(options) > 0 && options[0].nests() {
			for _, o := range options {
				add(path+" "+o.Name, o.Description, o.Options)
			}
			return
		}
		out = append(out, chatCommand{path, description, append([]Option{}, options...)})
	}
	for _, c := range list {
		add(c.Name, c.Description, c.Options)
	}
	slices.SortFunc(out, func(a, b chatCommand) int {
		if a.Path < b.Path {
			return -1
		}
		return 1
	})
	return out
}

// chatShown is how many of a channel's messages the page shows.
const chatShown = 100

func (s *Server) chatMessages(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	list := (&Person{s, q.Get("user")}).Messages(q.Get("channel"))
	if extra := len(list) - chatShown; extra > 0 {
		list = list[extra:]
	}
	out := []chatMessage{}
	for _, m := range list {
		out = append(out, chatView(m))
	}
	writeJSON(w, http.StatusOK, out)
}

func chatView(m Message) chatMessage {
	out := chatMessage{Message: m.wire("/chat"), Files: []chatFile{}}
	for _, a := range m.Attachments {
		out.Files = append(out.Files, chatFile{URL: "/chat" + a.URL, Description: a.Description})
	}
	return out
}

// chatRequest is what the page asks for; each action uses some of it.
type chatRequest struct {
	User        string            `json:"user"`
	Guild       string            `json:"guild"`
	Channel     string            `json:"channel"`
	Message     string            `json:"message"`
	Path        string            `json:"path"`
	Options     map[string]any    `json:"options"`
	Files       map[string]Upload `json:"files"` // options that are files
	Focused     string            `json:"focused"`
	Partial     string            `json:"partial"`
	CustomID    string            `json:"custom_id"`
	Values      []string          `json:"values"`
	Text        string            `json:"text"`
	Interaction string            `json:"interaction"`
	Fields      map[string]string `json:"fields"`
}

// chatAnswer is what came of it at once; messages arrive as events.
type chatAnswer struct {
	Modal   *chatModal `json:"modal,omitempty"`
	Choices []Choice   `json:"choices,omitempty"`
}

type chatModal struct {
	Interaction string  `json:"interaction"`
	Title       string  `json:"title"`
	Inputs      []Input `json:"inputs"`
}

type chatDoer func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error)

func (s *Server) chatActions() map[string]chatDoer {
	return map[string]chatDoer{
		"say": func(_ context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			_, err := p.Say(r.Channel, r.Text)
			return chatAnswer{}, err
		},
		"dismiss": func(_ context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			return chatAnswer{}, p.Dismiss(r.Message)
		},
		"autocomplete": func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			list, err := p.Autocomplete(ctx, r.Guild, r.Channel, r.Path, r.Options, r.Focused, r.Partial)
			return chatAnswer{Choices: list}, err
		},
		"slash": func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			for name, f := range r.Files {
				if r.Options == nil {
					r.Options = map[string]any{}
				}
				r.Options[name] = f
			}
			return p.chatStart(ctx, func() (*interaction, error) { return p.startSlash(r.Guild, r.Channel, r.Path, r.Options) })
		},
		"click": func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			return p.chatStart(ctx, func() (*interaction, error) { return p.startClick(r.Message, r.CustomID) })
		},
		"select": func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			return p.chatStart(ctx, func() (*interaction, error) { return p.startSelect(r.Message, r.CustomID, r.Values) })
		},
		"submit": func(ctx context.Context, p *Person, r *chatRequest) (chatAnswer, error) {
			return p.chatStart(ctx, func() (*interaction, error) {
				for _, in := range s.interactions {
					if in.id == r.Interaction {
						return p.startSubmit(in.modal, r.Fields)
					}
				}
				return p.startSubmit(nil, nil)
			})
		},
	}
}

// chatStart sends an interaction and returns with the first answer: what follows
// a deferral the page sees by itself.
func (p *Person) chatStart(ctx context.Context, build func() (*interaction, error)) (chatAnswer, error) {
	in, err := p.start(build)
	if err != nil {
		return chatAnswer{}, err
	}
	if err := p.first(ctx, in); err != nil {
		return chatAnswer{}, err
	}
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	if in.modal == nil {
		return chatAnswer{}, nil
	}
	return chatAnswer{Modal: &chatModal{Interaction: in.id, Title: in.modal.Title, Inputs: in.modal.Inputs}}, nil
}

func (s *Server) chatAction(do chatDoer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || kind != "application/json" {
			http.Error(w, "send JSON", http.StatusUnsupportedMediaType)
			return
		}
		var req chatRequest
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*maxFile)).Decode(&req); err != nil {
			chatError(w, http.StatusBadRequest, "The request could not be read.")
			return
		}
		out, err := do(r.Context(), &Person{s, req.User}, &req)
		switch {
		case err == nil:
			writeJSON(w, http.StatusOK, out)
		case errors.Is(err, ErrOffline):
			chatError(w, http.StatusServiceUnavailable, "The bot is offline.")
		case errors.Is(err, ErrNoAnswer):
			chatError(w, http.StatusGatewayTimeout, "The application did not respond.")
		case errors.Is(err, ErrInput), errors.Is(err, ErrUnknown):
			chatError(w, http.StatusUnprocessableEntity, err.Error())
		default:
			chatError(w, http.StatusInternalServerError, "Something went wrong: "+err.Error())
		}
	}
}

func chatError(w http.ResponseWriter, status int, text string) {
	writeJSON(w, status, map[string]string{"error": text})
}

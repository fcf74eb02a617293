package demo

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	simdiscord "consigliere/internal/sim/discord"
)

// actor is one of the people, acting through a Discord client of their own. Every
// step is noted for the transcript.
type actor struct {
	*world
	person *simdiscord.Person
	name   string
	note   func(line string)
}

// as makes an actor of a person, whose steps nobody notes.
func (w *world) as(userID string) *actor {
	return &actor{world: w, person: w.discord.User(userID), note: func(string) {}}
}

// slash sends a command in a channel and gives the bot's final answer.
func (a *actor) slash(ctx context.Context, channel, path string, options map[string]any) (*simdiscord.Response, error) {
	line := a.name + " #" + channel + " /" + path
	for k, v := range options {
		line += fmt.Sprintf(" %s:%v", k, v)
	}
	return a.answered(line, func() (*simdiscord.Response, error) {
		return a.person.Slash(ctx, a.guild.ID, a.guild.Channel(channel).ID, path, options)
	})
}

func (a *actor) click(ctx context.Context, r *simdiscord.Response, button string) (*simdiscord.Response, error) {
	if r.Message == nil {
		return nil, fmt.Errorf("there is no message with a button %q", button)
	}
	return a.answered(a.name+" presses “"+button+"”", func() (*simdiscord.Response, error) { return a.person.Click(ctx, *r.Message, button) })
}

func (a *actor) choose(ctx context.Context, r *simdiscord.Response, customID, shown string, values ...string) (*simdiscord.Response, error) {
	return a.answered(a.name+" chooses "+shown, func() (*simdiscord.Response, error) {
		return a.person.Select(ctx, *r.Message, customID, values...)
	})
}

// press presses a button of a message that is no answer to a command.
func (a *actor) press(ctx context.Context, m simdiscord.Message, button string) (*simdiscord.Response, error) {
	return a.click(ctx, &simdiscord.Response{Message: &m}, button)
}

func (a *actor) submit(ctx context.Context, r *simdiscord.Response, fields map[string]string, shown string) (*simdiscord.Response, error) {
	return a.answered(a.name+" sends the form ("+shown+")", func() (*simdiscord.Response, error) {
		return a.person.SubmitModal(ctx, r.Modal, fields)
	})
}

func (a *actor) answered(line string, act func() (*simdiscord.Response, error)) (*simdiscord.Response, error) {
	a.note("> " + line)
	r, err := act()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", line, err)
	}
	a.note(r.Text())
	return r, nil
}

// link gives a key and lends it to the faction, as /link guides.
func (a *actor) link(ctx context.Context, key string) error {
	r, err := a.enterKey(ctx, key)
	if err != nil {
		return err
	}
	r, err = a.click(ctx, r, "Lend to the faction")
	if err != nil {
		return err
	}
	return expect(r, "Lent to the faction")
}

// enterKey goes through /link up to the answer to the key.
func (a *actor) enterKey(ctx context.Context, key string) (*simdiscord.Response, error) {
	r, err := a.slash(ctx, "general", "link", nil)
	if err != nil {
		return nil, err
	}
	if r, err = a.click(ctx, r, "Enter the key"); err != nil {
		return nil, err
	}
	if r.Modal == nil {
		return nil, errors.New("no form was opened for the key")
	}
	return a.submit(ctx, r, map[string]string{"api_key": key}, "an API key")
}

// setUp makes the faction a tenant with #war-room as its war channel.
func (a *actor) setUp(ctx context.Context) error {
	r, err := a.slash(ctx, "general", "setup", nil)
	if err != nil {
		return err
	}
	id, err := componentID(r, "setup:channel")
	if err != nil {
		return err
	}
	if r, err = a.choose(ctx, r, id, "#war-room", a.guild.Channel("war-room").ID); err != nil {
		return err
	}
	return expect(r, "War channel")
}

var linkPattern = regexp.MustCompile(`https?://[^\s)>"]+/s/[A-Za-z0-9_-]+`)

// webLink asks for a link to the scoreboard.
func (a *actor) webLink(ctx context.Context) (string, error) {
	r, err := a.slash(ctx, "general", "web link", nil)
	if err != nil {
		return "", err
	}
	link := linkPattern.FindString(r.Text())
	if link == "" {
		return "", fmt.Errorf("no link in the answer: %s", r.Text())
	}
	return link, nil
}

// component finds a button or select by how its id begins.
func component(r *simdiscord.Response, prefix string) (simdiscord.Component, error) {
	if r.Message != nil {
		for _, row := range r.Message.Components {
			for _, c := range row.Components {
				if strings.HasPrefix(c.CustomID, prefix) {
					return c, nil
				}
			}
		}
	}
	return simdiscord.Component{}, fmt.Errorf("the answer has no %s", prefix)
}

func componentID(r *simdiscord.Response, prefix string) (string, error) {
	c, err := component(r, prefix)
	return c.CustomID, err
}

// expect wants a text in an answer.
func expect(r *simdiscord.Response, text string) error {
	if got := answerText(r); !strings.Contains(got, text) {
		return fmt.Errorf("the answer lacks %q:\n%s", text, got)
	}
	return nil
}

// answerText is everything that an answer says, unrendered.
func answerText(r *simdiscord.Response) string {
	var b strings.Builder
	messages := r.Followups
	if r.Message != nil {
		messages = append([]simdiscord.Message{*r.Message}, messages...)
	}
	for _, m := range messages {
		b.WriteString(messageText(m))
	}
	return b.String()
}

func messageText(m simdiscord.Message) string {
	var b strings.Builder
	b.WriteString(m.Content + "\n")
	for _, e := range m.Embeds {
		b.WriteString(e.Title + "\n" + e.Description + "\n")
		for _, f := range e.Fields {
			b.WriteString(f.Name + "\n" + f.Value + "\n")
		}
		if e.Footer != nil {
			b.WriteString(e.Footer.Text + "\n")
		}
	}
	return b.String()
}

package commands

import (
	"fmt"
	"strings"

	"consigliere/internal/chat"
	"consigliere/internal/faction"
	"consigliere/internal/say"
)

// setupState is how a faction's set-up stands.
type setupState struct {
	info                      faction.Faction
	registered, served        bool
	channel, role             string
	broken                    string // why nothing can be posted in the channel
	milestones, live          bool
	keys                      []faction.Key
	positions                 []faction.Position // those that can be given permissions
	undecided                 []faction.Position // those of them that nobody decided on
	tested                    string             // what became of the test alert just sent
	last                      lastWar
	operator, leadersRegister bool
	access                    faction.Access // what the faction asked of the operators; zero: nothing
}

// shut tells that only an operator may go on: the faction is not registered, and its
// leader may not do that, nor was let in.
func (s setupState) shut() bool {
	return !s.registered && !s.operator && !s.leadersRegister && s.access.State != faction.AccessAccepted
}

// mayRegister refuses a leader where only an operator may go on, and says what to
// tell them. A server that another faction uses is not for anybody else to enter.
func (s setupState) mayRegister(c *Call) error {
	switch {
	case s.operator:
		return nil
	case s.shut():
		return faction.Errorf(faction.Denied, "Only an operator of this bot may register a new faction. Nothing was changed. Run `/setup` and press **Request access**.")
	case !s.served && len(c.Served) > 0:
		return faction.Errorf(faction.Denied, "Another faction uses this server already. Nothing was changed. Use your own server, or ask an operator of this bot to run `/setup faction:%d` here.", s.info.ID)
	default:
		return nil
	}
}

// message is the set-up as it stands, with what can be chosen next.
func (s setupState) message() chat.Message {
	e := chat.Embed{
		Title: fmt.Sprintf("Setup · %s [%d]", say.Name(s.info.Name), s.info.ID),
		Color: say.Amber, Description: strings.Join(s.lines(), "\n"),
	}
	if s.shut() {
		m := chat.Message{Embeds: []chat.Embed{e}}
		if s.access.State != faction.AccessWaiting {
			m.Rows = []chat.Row{{Buttons: []chat.Button{{ID: makeID(askAction, s.info.ID), Label: "Request access", Style: chat.Primary}}}}
		}
		return m
	}
	pick := func(action, kind, placeholder string) chat.Row {
		return chat.Row{Select: &chat.Select{ID: makeID(action, s.info.ID), Kind: kind, Placeholder: placeholder}}
	}
	rows := []chat.Row{pick(channelAction, "channel", "War channel: alerts and the live message")}
	if s.registered && s.served && s.channel != "" {
		if s.open() == 0 {
			e.Color = say.Green
		}
		rows = append(rows, pick(roleAction, "role", "Role to mention when a war is matched, starts, ends"), chat.Row{Buttons: []chat.Button{
			s.toggle(milestonesAction, s.milestones, "Milestones"), s.toggle(liveAction, s.live, "Live message"),
		}}, chat.Row{Buttons: s.nextButtons()})
	}
	return chat.Message{Embeds: []chat.Embed{e}, Rows: rows}
}

// nextButtons lead to what is chosen elsewhere; the next thing to do stands out.
func (s setupState) nextButtons() []chat.Button {
	rights := chat.Button{ID: makeID(rightsAction, s.info.ID), Label: "Who may do what"}
	test := chat.Button{ID: makeID(testAction, s.info.ID), Label: "Send a test alert"}
	if len(s.undecided) > 0 {
		rights.Style = chat.Primary
	} else if s.tested == "" {
		test.Style = chat.Primary
	}
	last := chat.Button{ID: makeID(lastAction, s.info.ID), Label: "Your last war"}
	return []chat.Button{rights, test, last}
}

// toggle is a button that says what pressing it does.
func (s setupState) toggle(action string, on bool, what string) chat.Button {
	if on {
		return chat.Button{ID: makeID(action, "off", s.info.ID), Label: what + ": switch off"}
	}
	return chat.Button{ID: makeID(action, "on", s.info.ID), Label: what + ": switch on", Style: chat.Primary}
}

func (s setupState) lines() []string {
	switch {
	case s.shut():
		if s.access.State != "" {
			return []string{"Not set up yet.", askedBefore(s.access)}
		}
		return []string{
			"Not set up yet, and here an operator of this bot lets factions in. **Request access** asks them with one press; " +
				"you get a direct message when they have decided.",
		}
	case !s.registered:
		return []string{
			"Not set up yet. **Choose the war channel** below: that registers the faction in this server, switches on the alerts " +
				"*matched, started, ended, report* and the usual others (`/alerts list`), and posts a live war message.",
			"Everything can be changed afterwards with `/setup`.",
		}
	case !s.served || s.channel == "":
		return []string{"Registered. **Choose the war channel** below, for alerts and the live war message.", readersLine(s.keys)}
	}
	channel := fmt.Sprintf("**War channel** <#%s>: matched, started, ended, report and what else is usual (`/alerts list`); **mentioned** %s", s.channel, s.mentioned())
	if s.broken != "" {
		channel = "The war channel cannot be used: " + say.Text(s.broken, 100) + ". Choose one again."
	}
	lines := []string{
		step(s.broken == "", channel),
		step(true, "**Live message** "+onOff(s.live, "on", "off")+" · **milestones** "+
			onOff(s.milestones, "on: every 1,000 points, and at 25, 50, 75 and 90 % of the target", "off")),
		step(readers(s.keys) > 1, readersLine(s.keys)),
		step(len(s.positions) > 0 && len(s.undecided) == 0, s.rightsLine()),
		step(s.tested != "", s.testLine()),
	}
	if line := s.last.line(); line != "" {
		lines = append(lines, line)
	}
	if s.open() == 0 {
		lines = append(lines, "**Done.** `/war status` shows how it stands, `/status` whether all is read.")
	} else {
		lines = append(lines, "It works already; what is marked ▶ makes it better. `/setup` comes back here at any time.")
	}
	return lines
}

// open counts what is left to do. The test is a proof, not a setting: nothing waits for it.
func (s setupState) open() int {
	n := 0
	for _, left := range []bool{s.broken != "", readers(s.keys) < 2, len(s.positions) == 0 || len(s.undecided) > 0} {
		if left {
			n++
		}
	}
	return n
}

// step marks a line of the list: done, or left to do.
func step(done bool, line string) string { return onOff(done, "✅ ", "▶ ") + line }

func (s setupState) rightsLine() string {
	const fixed = "Leader and co-leader may do everything, recruits see their own figures"
	if len(s.positions) == 0 {
		return "**Who may do what**: the positions of the game are not read yet. " + fixed + "."
	}
	if len(s.undecided) == 0 {
		return "**Who may do what**: every position is decided. " + fixed + "."
	}
	return fmt.Sprintf("**Who may do what**: %s; %s not decided, so they see wars, crimes and chains.", fixed, isAre(len(s.undecided), "position"))
}

func (s setupState) testLine() string {
	if s.tested == "" {
		return "**Test alert**: shows where alerts arrive; it mentions nobody."
	}
	return "**Test alert** " + s.tested + "."
}

// isAre counts things as a sentence's subject: "1 position is", "2 positions are".
func isAre(n int, what string) string {
	if n == 1 {
		return "1 " + what + " is"
	}
	return several(int64(n), what) + " are"
}

func (s setupState) mentioned() string {
	if s.role == "" {
		return "nobody"
	}
	return "<@&" + s.role + ">"
}

func onOff(on bool, yes, no string) string {
	if on {
		return yes
	}
	return no
}

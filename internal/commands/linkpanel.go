package commands

import (
	"consigliere/internal/chat"
	"consigliere/internal/say"
)

// LinkPanel is the permanent message that lets whoever clicks link. Its button answers each who clicks privately; Torn's
// table in full comes there, before any key is asked for.
func LinkPanel() chat.Message {
	return chat.Message{
		Embeds: []chat.Embed{{
			Title: "Link your Torn account", Color: say.Grey,
			Description: "So that this bot knows who you are and what your position lets you do. It takes a minute, and only you see it.\n" +
				"• Stored: your link, and your key if you give one, encrypted, until you use `/unlink`.\n" +
				"• Seen by: members of your faction, as far as their position allows; your key by nobody.\n" +
				"• Used for: what you choose, and nothing before you have chosen. Nobody here ever asks for your key in a message.",
		}},
		Rows: []chat.Row{{Buttons: []chat.Button{{ID: startAction, Label: "Link me", Style: chat.Primary}}}},
	}
}

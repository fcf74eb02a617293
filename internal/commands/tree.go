package commands

import (
	"strings"

	"consigliere/internal/chat"
)

// groups describes the words that only hold commands.
func groups() map[string]string {
	return map[string]string{
		"war":                "Ranked wars",
		"war track":          "Which wars are followed closely",
		"war terms":          "What was agreed about a war",
		"alerts":             "What the faction is told, where and when",
		"chain":              "Chains",
		"chain track":        "Whether people are called about chains",
		"chain watch":        "Taking turns in watching over the chain",
		"squad":              "Named groups of members",
		"board":              "Live messages that are kept up to date",
		"web":                "Links to the web scoreboard",
		"audit":              "Who changed what",
		"admin":              "For those who run this bot",
		"config":             "Settings of your faction",
		"config permissions": "Which position may do what",
		"admin faction":      "Factions that this bot serves",
		"admin player":       "Players and their links",
		"privacy":            "What is stored about you",
		"config roles":       "Discord roles and nicknames",
		"config share":       "What other factions may see",
	}
}

// Commands describes every command as Discord wants it registered.
func (r *Registry) Commands() []chat.Command {
	var root chat.Command
	describe := groups()
	for _, path := range r.order {
		c := r.commands[path]
		at, words := &root, strings.Fields(path)
		for i, word := range words[:len(words)-1] {
			at = sub(at, word, describe[strings.Join(words[:i+1], " ")])
		}
		leaf := sub(at, words[len(words)-1], c.description)
		leaf.Options = c.options
	}
	return root.Sub
}

// sub finds or makes a command below another.
func sub(at *chat.Command, name, description string) *chat.Command {
	for i := range at.Sub {
		if at.Sub[i].Name == name {
			return &at.Sub[i]
		}
	}
	at.Sub = append(at.Sub, chat.Command{Name: name, Description: description})
	return &at.Sub[len(at.Sub)-1]
}

// bound is a limit of a number or of a text's length.
func bound(n float64) *float64 { return &n }

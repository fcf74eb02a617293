package roles

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

const (
	// maxNick is Discord's limit, in characters.
	maxNick = 32
	// MaxTemplate bounds what is stored.
	MaxTemplate = 100
)

// Words are what a template may hold in braces.
func Words() []string { return []string{"name", "id", "position", "faction"} }

// CheckTemplate tells what is wrong with a nickname template; empty: nothing.
func CheckTemplate(t string) string {
	if len([]rune(t)) > MaxTemplate {
		return fmt.Sprintf("It is longer than %d characters.", MaxTemplate)
	}
	named := false
	for rest := t; ; {
		before, after, open := strings.Cut(rest, "{")
		if strings.Contains(before, "}") {
			return "A } stands there without its {."
		}
		if !open {
			break
		}
		word, left, closed := strings.Cut(after, "}")
		if !closed || !slices.Contains(Words(), word) {
			return "What stands in braces must be one of {name}, {id}, {position}, {faction}."
		}
		named = named || word == "name" || word == "id"
		rest = left
	}
	if !named {
		return "It needs {name} or {id}: otherwise many would be called the same."
	}
	return ""
}

// Render makes a nickname from a template, at most as long as Discord takes. What does
// not show, or would turn the text around it, is left out.
func Render(template string, p Person, factionName string) string {
	text := strings.NewReplacer(
		"{name}", p.Name, "{id}", strconv.FormatInt(int64(p.Player), 10), "{position}", p.Position, "{faction}", factionName,
	).Replace(template)
	text = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
	runes := []rune(strings.Join(strings.Fields(text), " "))
	return strings.TrimSpace(string(runes[:min(len(runes), maxNick)]))
}

package torn

import (
	"fmt"
	"math/rand/v2"
)

var (
	nameHeads = [...]string{"Ash", "Black", "Brass", "Cold", "Copper", "Crow", "Dusk", "Ember", "Fox", "Ghost", "Grim",
		"Hollow", "Iron", "Jade", "Kilo", "Lead", "Mad", "Moth", "Night", "Oak", "Pale", "Quick", "Raven", "Rust",
		"Salt", "Silent", "Smoke", "Steel", "Storm", "Velvet", "Viper", "Wild", "Winter", "Zinc"}
	nameTails = [...]string{"Anna", "Barker", "Bishop", "Bones", "Carver", "Dancer", "Digger", "Fang", "Finch", "Gambler",
		"Hand", "Hatter", "Joker", "Judge", "Kane", "Knuckle", "Lantern", "Marlow", "Mercer", "Nail", "Pike", "Razor",
		"Reaper", "Rider", "Sable", "Shiv", "Skinner", "Spade", "Tailor", "Thorn", "Walker", "Whistle", "Wolf"}
	factionNames = [...]string{"Dockside Union", "The Marble Court", "Lantern Street", "Harbour Ravens", "Old Quarter Five",
		"Copper Bell Society", "Saltwater Accord", "Night Ferry", "Ninth Avenue", "The Quiet Table"}
)

// playerName draws a name; as in Torn it need not be unique to be valid, ids are.
func (w *World) playerName(rng *rand.Rand) string {
	head, tail := nameHeads[rng.IntN(len(nameHeads))], nameTails[rng.IntN(len(nameTails))]
	switch rng.IntN(4) {
	case 0:
		return fmt.Sprintf("%s%s%d", head, tail, rng.IntN(100))
	case 1:
		return head + "_" + tail
	case 2:
		return fmt.Sprintf("%s-%d", tail, rng.IntN(1000))
	default:
		return head + tail
	}
}

const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

func randomText(rng *rand.Rand, n int, letters string) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = letters[rng.IntN(len(letters))]
	}
	return string(b)
}

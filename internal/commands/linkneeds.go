package commands

import (
	"fmt"
	"slices"
	"strings"

	"consigliere/internal/torn"
)

// use is something the bot does with a key, from a consent on.
type use struct {
	from torn.Consent
	need torn.Need
	what string // empty: any key can, so there is nothing to tell
}

// uses is the one table of what the consents are for. The links to a new key, what a
// key is said to be good for, and the consent that is advised all come from it.
func uses() []use {
	return []use{
		{torn.ConsentVerify, torn.NeedBasic, ""},
		{torn.ConsentVerify, torn.NeedProfile, ""},
		{torn.ConsentVerify, torn.NeedIdentity, "who you are: name, faction, position"},
		{torn.ConsentVerify, torn.NeedVerify, ""},

		{torn.ConsentOwn, torn.NeedOwnCrime, "your organized crime"},
		{torn.ConsentOwn, torn.NeedOwnChances, "your chances in open crime slots"},
		{torn.ConsentOwn, torn.NeedOwnTravel, "your travel"},
		{torn.ConsentOwn, torn.NeedOwnCooldowns, "your cooldowns"},
		{torn.ConsentOwn, torn.NeedOwnBars, "your energy"},

		{torn.ConsentLend, torn.NeedFaction, ""},
		{torn.ConsentLend, torn.NeedMembers, ""},
		{torn.ConsentLend, torn.NeedWars, "public figures: wars, members, chain"},
		{torn.ConsentLend, torn.NeedAttacks, "the attack log, which scores are counted from"},
		{torn.ConsentLend, torn.NeedPositions, "positions, which decide who may do what"},
		{torn.ConsentLend, torn.NeedHistory, ""},
		{torn.ConsentLend, torn.NeedReport, ""},
		{torn.ConsentLend, torn.NeedChain, ""},
		{torn.ConsentLend, torn.NeedChains, ""},
		{torn.ConsentLend, torn.NeedCrimes, "organized crimes"},
	}
}

// consents are all there are, each holding the ones before it.
func consents() []torn.Consent {
	return []torn.Consent{torn.ConsentVerify, torn.ConsentOwn, torn.ConsentLend}
}

// needsOf is all that a key given for a consent is used for.
func needsOf(c torn.Consent) []torn.Need {
	var out []torn.Need
	upTo := slices.Index(consents(), c)
	for _, u := range uses() {
		if slices.Index(consents(), u.from) <= upTo {
			out = append(out, u.need)
		}
	}
	return out
}

// advised is the highest consent that a key serves in full.
func advised(r torn.KeyReport) torn.Consent {
	out := torn.ConsentVerify
	for _, c := range consents() {
		if slices.ContainsFunc(needsOf(c), func(n torn.Need) bool { return !r.Can(n) }) {
			break
		}
		out = c
	}
	return out
}

// newKeyURL opens Torn's settings with a key filled in that can read what a consent
// needs and no more (api-v2.md 1.6).
func newKeyURL(c torn.Consent) string {
	var sections []string
	selections := map[string][]string{}
	for _, n := range needsOf(c) {
		if selections[n.Section] == nil {
			sections = append(sections, n.Section)
		}
		selections[n.Section] = append(selections[n.Section], n.Selection)
	}
	url := "https://www.torn.com/preferences.php#tab=api?step=addNewKey&title=Consigliere"
	for _, s := range sections {
		url += fmt.Sprintf("&%s=%s", s, strings.Join(selections[s], ","))
	}
	return url
}

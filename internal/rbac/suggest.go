package rbac

import "strings"

// Suggest reads what a position's abilities in the game say about it: who may pay
// in the game may see and pay here, who plans crimes there may plan them here. It
// holds only what the abilities speak for; a mapping that is offered to somebody
// begins with Unmapped besides. Abilities that are not known, and those that say
// nothing, suggest nothing. No ability speaks for the rights over rights
// (config.view, config.manage, audit.view, admin): those are given by hand.
//
// The names are Torn's (FactionPositionAbilityEnum); Torn writes "Organised Crimes"
// and "Organized Crimes" (game.md, Members).
func Suggest(abilities []string) Set {
	var s Set
	for _, a := range abilities {
		s |= suggested(a)
	}
	return s
}

// suggested is one ability's share.
func suggested(ability string) Set {
	switch plainAbility(ability) {
	case "faction api access":
		return SetOf(WarView, OCView, ChainView, MemberView)
	case "organised crimes":
		return SetOf(OCView, OCManage)
	case "war management":
		return SetOf(WarView, WarManage, ChainView, ChainManage)
	case "money giving":
		return SetOf(FinanceView, FinanceManage)
	case "balance adjustment":
		return SetOf(FinanceView, FinanceManage, WarPayout)
	case "points giving":
		return SetOf(FinanceView)
	case "kick members", "application management":
		return SetOf(MemberView, MemberManage)
	case "announcement changes":
		return SetOf(DiscordView, DiscordManage)
	case "newsletter sending":
		return SetOf(DiscordView)
	default:
		return 0
	}
}

// plainAbility makes the spellings of one ability the same.
func plainAbility(name string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "organized", "organised")
}

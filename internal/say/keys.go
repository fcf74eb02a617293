package say

import (
	"fmt"

	"consigliere/internal/alert"
	"consigliere/internal/chat"
	"consigliere/internal/faction"
)

// KeyState names a stored key's state.
func KeyState(state string) string {
	switch state {
	case faction.KeyActive:
		return "works"
	case faction.KeyPaused:
		return "paused"
	case faction.KeyInactive:
		return "owner inactive"
	case faction.KeyJailed:
		return "owner in federal jail"
	case faction.KeyNoAccess:
		return "lost access"
	case faction.KeyInvalid:
		return "deleted at Torn"
	default:
		return Text(state, 30)
	}
}

// keyNews words a key that Torn answers less to than before, for its owner or for
// the faction it was lent to.
func keyNews(owner *alert.PlayerData, k alert.KeyData) (string, chat.Embed) {
	if k.Yours {
		title, lost, act := yourKey(k)
		return "**" + title + "**", chat.Embed{Color: Amber, Description: lines(lost, act)}
	}
	whose := "A member's key"
	if owner != nil && owner.ID != 0 {
		whose = "Key of " + Name(owner.Name) + fmt.Sprintf(" [%d]", owner.ID)
	}
	content := "**" + whose + ": " + KeyState(k.State) + "**"
	e := chat.Embed{Color: Amber, Description: lines(readersLeft(k.AttackReaders), "The owner was told what to do. `/config keys` shows every key.")}
	if k.AttackReaders == 0 {
		e.Color = Red
	}
	return content, e
}

// readersLeft says what the loss of a key means for the faction.
func readersLeft(n int) string {
	switch n {
	case 0:
		return "**No** key can read the attack log now, so no hit is counted. Nothing is lost: what is missed is read back once a key can. " +
			"A member with Faction API Access uses `/link` and chooses **Lend to the faction**."
	case 1:
		return "One point of failure: only **1** player's key can still read the attack log. When it fails, counting stops until another can."
	default:
		return fmt.Sprintf("**%d** players' keys can still read the attack log: nothing is missed.", n)
	}
}

// movedKeys tells who changed faction what became of their keys: what they allowed was
// for the faction that they were in.
func movedKeys(left bool) (title, lost, act string) {
	const ended = "What you allowed before ended with your membership: nothing is read with your keys any more but who you are. They stay stored, encrypted."
	if left {
		return "You left your faction: your Torn API keys only verify you now", ended,
			"Once you are in a faction again, `/link` lets you pick a key and lend it to them. `/unlink` deletes them all."
	}
	return "You changed faction: your Torn API keys only verify you now", ended,
		"To lend a key to your new faction, or have your own data read: use `/link`, pick the key and choose. `/unlink` deletes them all."
}

// yourKey tells a key's owner what happened, what was lost, and what to do.
func yourKey(k alert.KeyData) (title, lost, act string) {
	const kept = "Nothing was lost. The key stays stored, encrypted, and is not used meanwhile."
	if k.Moved {
		return movedKeys(k.Left)
	}
	switch k.State {
	case faction.KeyPaused:
		return "Your Torn API key is paused", kept,
			"Resume it in Torn under Settings → API Keys: within a day the bot takes it up again by itself. If you meant it for good, `/unlink` deletes it here."
	case faction.KeyInactive:
		return "Torn does not answer to your API key: you were away for more than seven days", kept,
			"Log in to Torn: within a day the bot takes the key up again by itself."
	case faction.KeyJailed:
		return "Torn does not answer to your API key while you are in federal jail", kept,
			"There is nothing to do. The bot tests the key every day and takes it up again by itself."
	case faction.KeyInvalid:
		return "Torn does not know your API key any more", "It was deleted or replaced at Torn. Its stored copy was wiped; what was read with it before stays.",
			"To go on, make a new key with `/link`. You stay linked either way."
	case faction.KeyNoAccess:
		if k.LostFactionAccess {
			return "Your API key cannot read faction data any more", "Your position has no Faction API Access, or you left the faction. " +
					"Nothing was lost: the key stays stored and still reads what is public.",
				"If this is a mistake, ask a leader to give your position that access: within a day the bot notices by itself."
		}
		return "Your API key may read less than it did", "Torn says its access level is too low. Nothing was lost: the key stays stored and still reads what is public.",
			"Make one with more access with `/link`, if you want to."
	default:
		return "Your Torn API key does not work at present", kept, "`/link` shows how it stands."
	}
}

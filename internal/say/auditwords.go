package say

import "strings"

// auditWords says in plain words what each action of the audit log is. A test walks
// the program's source, so that none is forgotten.
func auditWords() map[string]string {
	return map[string]string{
		"access.request":      "asked to let their faction in",
		"alerts.add":          "added an alert rule",
		"alerts.edit":         "changed an alert rule",
		"alerts.mute":         "silenced alert rules",
		"alerts.remove":       "removed an alert rule",
		"alerts.test":         "sent a test alert by a rule",
		"audit.export":        "exported the audit log",
		"board.post":          "posted a live message",
		"board.remove":        "removed a live message",
		"claim.end":           "claims ended with somebody's rights",
		"config.faction":      "changed a setting of the faction",
		"config.retention":    "changed how long data is kept",
		"faction.erase":       "erased everything about a faction",
		"faction.export":      "exported everything about a faction",
		"faction.pause":       "paused the faction",
		"faction.register":    "registered the faction",
		"faction.remove":      "asked to remove a faction",
		"faction.removing":    "began to remove a faction",
		"faction.resume":      "resumed the faction",
		"key.state":           "a key's state changed",
		"keyset.rotate":       "rotated the keyset that encrypts keys",
		"link":                "linked their account and gave a key",
		"link.ask":            "asked an officer to confirm a link",
		"link.confirm":        "confirmed a link that Torn names another account for",
		"link.consent":        "changed what their key may be used for",
		"link.expire":         "a request to link ran out",
		"link.move":           "moved a link to another Discord account",
		"link.reject":         "refused a link that Torn names another account for",
		"link.remove_key":     "removed a key",
		"link.takeover":       "took their link over from another Discord account",
		"link.withdraw":       "took a request to link back",
		"notify.ack":          "confirmed a notice",
		"notify.set":          "changed what the bot tells them",
		"permissions.set":     "set what a position may do",
		"player.erase":        "erased what is stored about a player",
		"player.move":         "moved a link to another Discord account",
		"positions.changed":   "the game's positions changed",
		"privacy.delete":      "erased their own data",
		"privacy.export":      "exported their own data",
		"retal.claim":         "took on a retaliation",
		"retal.release":       "gave a retaliation back",
		"rights.changed":      "somebody's rights changed with the game",
		"roles.changed":       "members' Discord roles changed with the game",
		"roles.health":        "whether Discord roles can be given changed",
		"roles.apply":         "had everybody's Discord roles looked at",
		"roles.nickname":      "changed how members are called on Discord",
		"roles.on":            "switched Discord roles on or off",
		"roles.remove":        "had a Discord role given no more",
		"roles.set":           "chose a Discord role to be given",
		"setup.channel":       "chose the channel for war news",
		"setup.live":          "switched the live war message",
		"setup.milestones":    "switched milestone alerts",
		"setup.rights":        "took over the suggested rights of positions",
		"setup.role":          "chose the role that alerts mention",
		"setup.test":          "sent a test alert",
		"share.grant":         "let another faction see",
		"share.revoke":        "ended what another faction may see",
		"squad.approve":       "let somebody into a squad",
		"squad.create":        "made a squad",
		"squad.delete":        "deleted a squad",
		"squad.end":           "squads ended with somebody's rights",
		"squad.invite":        "asked somebody into a squad",
		"squad.join":          "joined a squad, or asked to",
		"squad.lead":          "changed who leads a squad",
		"squad.leave":         "left a squad",
		"squad.remove":        "took somebody out of a squad",
		"unlink":              "removed their link and keys",
		"watch.close":         "called a watch rota off",
		"watch.end":           "watch slots ended with somebody's rights",
		"watch.join":          "took watch slots",
		"watch.leave":         "gave watch slots back",
		"watch.open":          "opened a watch rota",
		"war.claim":           "called a target",
		"war.backfill":        "asked for wars of the past to be read",
		"war.backfill_cancel": "ended the reading of past wars",
		"war.track":           "switched the tracking of a war",
		"war.terms":           "changed what is agreed about a war",
		"war.unclaim":         "let a called target go",
		"web.link":            "made a link to the web scoreboard",
		"web.revoke":          "ended a link to the web scoreboard",
	}
}

// AuditAction says in plain words what an action of the audit log is; one that is not
// known is shown by its name.
func AuditAction(action string) string {
	if words, ok := auditWords()[action]; ok {
		return words
	}
	return "`" + clip(strings.ReplaceAll(clean(action), "`", "'"), 60) + "`"
}

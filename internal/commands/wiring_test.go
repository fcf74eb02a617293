package commands_test

import (
	"consigliere/internal/commands"
	"consigliere/internal/discord"
	"consigliere/internal/store"
	"consigliere/internal/torn"
)

// The real things are what the commands ask for.
var (
	_ commands.People     = (*store.Store)(nil)
	_ commands.Auditor    = (*store.Store)(nil)
	_ commands.Factions   = (*store.Store)(nil)
	_ commands.Links      = (*store.Store)(nil)
	_ commands.Wars       = (*store.Store)(nil)
	_ commands.Terms      = (*store.Store)(nil)
	_ commands.Scouts     = (*store.Store)(nil)
	_ commands.Linked     = (*store.Store)(nil)
	_ commands.Vitals     = (*torn.Client)(nil)
	_ commands.Tracker    = (*store.Store)(nil)
	_ commands.Feeds      = (*store.Store)(nil)
	_ commands.Alerts     = (*store.Store)(nil)
	_ commands.AlertRules = (*store.Store)(nil)
	_ commands.Wishes     = (*store.Store)(nil)
	_ commands.Boards     = (*store.Store)(nil)
	_ commands.WebLinks   = (*store.Store)(nil)
	_ commands.Shares     = (*store.Store)(nil)

	_ commands.Torn    = (*torn.Client)(nil)
	_ commands.Pool    = (*torn.Pool)(nil)
	_ commands.Breaker = (*torn.Breaker)(nil)
	_ commands.Skew    = (*torn.Skew)(nil)

	_ discord.Router = (*commands.Registry)(nil)
)

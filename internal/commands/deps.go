package commands

import (
	"errors"
	"fmt"
	"log/slog"

	"consigliere/internal/clock"
)

// Deps is what the commands need. Every field without "may be nil" is required;
// one store satisfies all of its interfaces.
type Deps struct {
	People     People
	Audit      Auditor
	Factions   Factions
	Links      Links
	Wars       Wars
	Room       Room
	Tracker    Tracker
	Records    Records
	Backfills  Backfills
	Feeds      Feeds
	Alerts     Alerts
	AlertRules AlertRules
	Webhooks   Webhooks
	Wishes     Wishes
	Boards     Boards
	WebLinks   WebLinks
	AuditLog   AuditLog
	Rights     Rights
	Settings   Settings
	Shares     Shares
	Samples    Samples
	Terms      Terms
	Scouts     Scouts
	Linked     Linked
	Vitals     Vitals
	Retals     Retals

	RoleSetups RoleSetups
	RoleWork   RoleWork
	KeyUses    KeyUses

	Watches Watches
	Squads  Squads

	Chains    Chains
	ChainDuty ChainDuty
	OnDuty    OnDuty // may be nil: nobody is on watch

	Tenants    Tenants
	Requests   Requests
	Personal   Personal
	Retentions Retentions
	Engine     Engine
	Exports    Exports
	Direct     Direct

	LinkRequests LinkRequests
	OwnKeys      OwnKeys
	Finder       Finder
	Notices      Notices
	Tries        Tries
	Hurries      Tries // of whole factions: HurriesPerMinute

	Torn       Torn
	Pool       Pool
	Sealer     Sealer
	Channels   Channels
	Charts     Charts     // may be nil: no pictures
	HourCharts HourCharts // may be nil: no pictures
	Breaker    Breaker    // may be nil
	Skew       Skew       // may be nil: /status says nothing of the clock
	Budget     Budget     // may be nil
	Work       Work       // may be nil: /status says nothing of it

	Clock clock.Clock
	Log   *slog.Logger // may be nil

	// NewToken makes a scoreboard link's token and the hash it is stored under.
	NewToken func() (token string, hash []byte)
	// PublicURL is where the scoreboard is reached, without a slash at the end;
	// empty: it is not.
	PublicURL string
	// Operators are the Discord ids of those who run this bot.
	Operators []string
	// LeadersRegister lets a verified leader register their own faction; otherwise
	// only operators do.
	LeadersRegister bool
}

func (d Deps) check() error {
	var errs []error
	for name, missing := range map[string]bool{
		"People": d.People == nil, "Audit": d.Audit == nil, "Factions": d.Factions == nil, "Links": d.Links == nil,
		"Wars": d.Wars == nil, "Room": d.Room == nil, "Tracker": d.Tracker == nil, "Records": d.Records == nil, "Backfills": d.Backfills == nil, "Feeds": d.Feeds == nil, "Alerts": d.Alerts == nil,
		"Boards": d.Boards == nil, "WebLinks": d.WebLinks == nil, "AuditLog": d.AuditLog == nil, "Rights": d.Rights == nil, "Settings": d.Settings == nil, "Shares": d.Shares == nil, "Samples": d.Samples == nil, "Retals": d.Retals == nil, "KeyUses": d.KeyUses == nil, "Terms": d.Terms == nil, "Scouts": d.Scouts == nil, "Linked": d.Linked == nil, "Vitals": d.Vitals == nil, "Torn": d.Torn == nil, "RoleSetups": d.RoleSetups == nil, "RoleWork": d.RoleWork == nil, "Pool": d.Pool == nil,
		"Sealer": d.Sealer == nil, "Channels": d.Channels == nil, "Clock": d.Clock == nil, "NewToken": d.NewToken == nil,
		"Chains": d.Chains == nil, "ChainDuty": d.ChainDuty == nil,
		"Tenants": d.Tenants == nil, "Requests": d.Requests == nil, "Personal": d.Personal == nil, "Retentions": d.Retentions == nil,
		"Watches": d.Watches == nil, "Squads": d.Squads == nil,
		"Engine": d.Engine == nil, "Exports": d.Exports == nil, "Direct": d.Direct == nil,
		"AlertRules": d.AlertRules == nil, "Webhooks": d.Webhooks == nil, "Wishes": d.Wishes == nil,
		"LinkRequests": d.LinkRequests == nil, "OwnKeys": d.OwnKeys == nil, "Finder": d.Finder == nil, "Notices": d.Notices == nil, "Tries": d.Tries == nil, "Hurries": d.Hurries == nil,
	} {
		if missing {
			errs = append(errs, fmt.Errorf("commands: %s is missing", name))
		}
	}
	return errors.Join(errs...)
}

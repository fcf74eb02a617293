package app

import (
	"context"
	"net"
	"path/filepath"
	"strings"

	"consigliere/internal/chart"
	"consigliere/internal/commands"
	"consigliere/internal/config"
	"consigliere/internal/discord"
	"consigliere/internal/notify"
	"consigliere/internal/say"
	"consigliere/internal/scoreboard"
	"consigliere/internal/war"
)

// openDiscord makes the commands and the session that they are reached by.
func (a *App) openDiscord(keys *keyring) (err error) {
	var c channels // the commands ask the session that is made after them
	var r guild
	a.commands, err = commands.New(commands.Deps{
		People: a.store, Audit: a.store, Factions: a.store, Links: a.store, Wars: a.store, Room: a.store, Tracker: a.store, Records: a.store, Backfills: a.store, Feeds: a.store,
		Chains: a.store, ChainDuty: a.store, OnDuty: a.store,
		Alerts: a.store, Boards: a.store, WebLinks: a.store, AuditLog: a.store, Rights: a.store, Settings: a.store, Shares: a.store, Samples: a.store, Terms: a.store, Scouts: a.store, HourCharts: pictures{}, Linked: a.store, Vitals: a.client, Retals: a.store, KeyUses: a.store,
		Tenants: a.store, Requests: a.store, Personal: a.store, Retentions: a.store, Engine: a.store,
		Exports: exports{a.store, filepath.Join(a.cfg.DataDir, "exports")}, Direct: &c,
		RoleSetups: a.store, RoleWork: a.roleWork(&r),
		Watches: a.store, Squads: a.store,
		AlertRules: a.store, Webhooks: a.hooks(), Wishes: a.store,
		LinkRequests: a.store, OwnKeys: a.store, Finder: a.store, Notices: a.store, Tries: a.tries, Hurries: a.hurries,
		Torn: a.client, Pool: a.pool, Sealer: keys, Channels: &c, Charts: pictures{}, Breaker: a.client.Breaker(), Budget: load{a.limits}, Work: a.store,
		Skew: a.client.Skew(), Clock: a.clock, Log: a.log, NewToken: scoreboard.NewToken, PublicURL: a.publicURL(),
		Operators: a.cfg.Operators, LeadersRegister: a.cfg.Registration == config.ByLeaders,
	})
	if err != nil {
		return err
	}
	a.discord, err = a.newSession()
	c.session, r.session = a.discord, a.discord
	return err
}

func (a *App) newSession() (*discord.Session, error) {
	return discord.New(discord.Config{
		Token: a.cfg.Discord.Token.Reveal(), APIBase: a.cfg.Discord.APIBase, Guilds: a.cfg.Discord.Guilds,
		Commands: a.commands.Commands(), Router: a.commands, Log: a.log,
		ObserveREST: a.metrics.restCall, ObserveInteraction: a.metrics.interaction,
	})
}

// publicURL is how links to the scoreboard start; empty when nobody could follow
// one: without a setting, only an address on this machine itself is one.
func (a *App) publicURL() string {
	if a.cfg.HTTP.PublicURL != "" {
		return strings.TrimRight(a.cfg.HTTP.PublicURL, "/")
	}
	if tcp, ok := a.web.Addr().(*net.TCPAddr); ok && tcp.IP.IsLoopback() {
		return "http://" + tcp.String()
	}
	return ""
}

func (a *App) deliverer() *notify.Deliverer {
	return &notify.Deliverer{
		Store: a.store, After: a.store, Sender: a.discord, Direct: a.discord, Webhooks: a.hooks(), Pace: notify.NewPace(a.clock),
		FaultOf: faultOf, Render: say.RenderAlert, RenderMany: say.RenderAlerts, Clock: a.clock, Log: a.log, Sent: a.metrics.alert,
	}
}

func (a *App) boards() *notify.Boards {
	kinds := map[string]notify.Board{}
	for kind, live := range a.commands.Live() {
		kinds[kind] = live
	}
	return &notify.Boards{Store: a.store, Sender: a.discord, FaultOf: faultOf, Kinds: kinds, Clock: a.clock, Log: a.log}
}

// pictures draws charts for Discord.
type pictures struct{}

// Score is the score of both sides over time, as PNG.
func (pictures) Score(w war.War, s []war.Sample) ([]byte, error) {
	return chart.Score(s, w, chart.Options{})
}

// Lead is the lead against the target, as PNG.
func (pictures) Lead(w war.War, s []war.Sample) ([]byte, error) {
	return chart.Lead(s, w, chart.Options{})
}

// Forecast is the lead, the target and when the war may end, as PNG.
func (pictures) Forecast(w war.War, s []war.Sample, f war.Forecast) ([]byte, error) {
	return chart.Forecast(s, w, f, chart.Options{})
}

// Activity is how many are active in each hour of the day, as PNG.
func (pictures) Activity(title string, hours [24]war.AtHour) ([]byte, error) {
	var out [24]chart.Hour
	for i, h := range hours {
		out[i] = chart.Hour{Value: h.Active, Seen: h.Looks > 0}
	}
	return chart.Hours(title, out, chart.Options{})
}

// load is the host's share of the budget.
type load struct{ usage usage }

// Load tells how many requests this host made in the last minute, of how many.
func (l load) Load(ctx context.Context) (calls, limit int, err error) {
	all, err := l.usage.Usage(ctx)
	if err != nil || len(all) == 0 {
		return 0, 0, err
	}
	return all[0].Calls, all[0].Limit, nil
}

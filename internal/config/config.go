// Package config turns defaults, config.yaml, the environment and flags into one
// validated struct, and makes the logger that it asks for.
package config

import (
	"log/slog"
	"time"
)

// Config is everything that an operator can set. Each leaf has one key: the key
// tags from the top down, joined by dots. Load fills it; Defaults is what it
// holds when nothing is set.
type Config struct {
	Discord    Discord    `key:"discord"`
	Torn       Torn       `key:"torn"`
	Database   Database   `key:"database"`
	Redis      Redis      `key:"redis"`
	HTTP       HTTP       `key:"http"`
	Encryption Encryption `key:"encryption"`
	// Operators are the Discord user ids that may register factions.
	Operators []string `key:"operators"`
	// Registration says who else may register a faction.
	Registration Registration `key:"registration"`
	// Roles are the parts of the bot that this process runs.
	Roles []Role `key:"roles"`
	Log   Log    `key:"log"`
	// DataDir holds what the bot keeps outside of the database.
	DataDir string `key:"data_dir"`
	// Instance is this process's name in the database: the same over restarts, and
	// no other process's. Empty: the host's name.
	Instance string `key:"instance"`
	// ShutdownTimeout is how long running work may take to finish after a signal.
	ShutdownTimeout time.Duration `key:"shutdown_timeout"`
}

// Discord says how to reach Discord.
type Discord struct {
	Token Secret `key:"token"`
	// APIBase is where REST calls go; the gateway's address comes from there.
	// Without a slash at the end.
	APIBase string `key:"api_base"`
	// Guilds get the commands at once; empty registers them globally.
	Guilds []string `key:"guilds"`
}

// Torn says how to reach the Torn API and how hard.
type Torn struct {
	BaseURL string `key:"base_url"` // without a slash at the end
	// RequestsPerMinute belongs to one Torn user, over all of their keys; Torn
	// allows 100.
	RequestsPerMinute int `key:"requests_per_minute"`
	// HostRequestsPerMinute belongs to this host's address; Torn bans it at about 1000.
	HostRequestsPerMinute int `key:"host_requests_per_minute"`
	// Timeout bounds one request.
	Timeout time.Duration `key:"timeout"`
	Poll    Poll          `key:"poll"`
}

// Poll is how often each feed is read.
type Poll struct {
	AttacksWar  time.Duration `key:"attacks_war"`
	AttacksIdle time.Duration `key:"attacks_idle"`
	Front       time.Duration `key:"front"` // both sides' wars, chain and members, at war
	Members     time.Duration `key:"members"`
	Crimes      time.Duration `key:"crimes"`
	Prices      time.Duration `key:"prices"`
	Wars        time.Duration `key:"wars"`
}

// Database says which PostgreSQL holds the data. The URLs hold passwords.
type Database struct {
	// URL is the application's login; empty runs a private PostgreSQL under DataDir.
	URL Secret `key:"url"`
	// AdminURL is the owner's login, for migrations only.
	AdminURL Secret `key:"admin_url"`
	// SessionURL is for what a transaction pooler cannot carry. Load gives it the
	// value of URL when it is not set.
	SessionURL Secret `key:"session_url"`
	// MaxConnections bounds this process's pool.
	MaxConnections int `key:"max_connections"`
}

// Redis shares request budgets between processes; an empty URL keeps them in this one.
type Redis struct {
	URL Secret `key:"url"`
}

// HTTP says where the scoreboard and the metrics are served.
type HTTP struct {
	Listen string `key:"listen"`
	// PublicURL starts the links that the bot posts, without a slash at the end;
	// empty: it posts none.
	PublicURL string `key:"public_url"`
	// MetricsListen serves /metrics, apart from what the world may see; empty (or "off" in the
	// environment): nowhere.
	MetricsListen string `key:"metrics_listen"`
}

// Encryption holds the Tink keyset, or names its file. At most one is set.
type Encryption struct {
	Keyset     Secret `key:"keyset"`
	KeysetFile string `key:"keyset_file"`
}

// Log says how much is logged and how it looks.
type Log struct {
	Level  slog.Level `key:"level"`
	Format LogFormat  `key:"format"`
}

// LogFormat is how log lines look.
type LogFormat string

// Log formats. FormatAuto is text on a terminal and JSON elsewhere.
const (
	FormatAuto LogFormat = "auto"
	FormatText LogFormat = "text"
	FormatJSON LogFormat = "json"
)

// Registration is who may register a faction.
type Registration string

// Registration policies.
const (
	ByOperators Registration = "operators"
	ByLeaders   Registration = "leaders" // a verified leader, for their own faction; operators too
)

// Role is a part of the bot that a process can run.
type Role string

// The roles.
const (
	RoleGateway Role = "gateway" // Discord's events and commands
	RolePoll    Role = "poll"    // reading Torn
	RoleWork    Role = "work"    // the queue: alerts, roll-ups, exports
	RoleWeb     Role = "web"     // the scoreboard
)

// Defaults is the configuration when nothing is set.
func Defaults() Config {
	return Config{
		Discord: Discord{APIBase: "https://discord.com"},
		Torn: Torn{
			BaseURL:               "https://api.torn.com/v2",
			RequestsPerMinute:     60,
			HostRequestsPerMinute: 900,
			Timeout:               15 * time.Second,
			Poll: Poll{
				AttacksWar:  10 * time.Second,
				AttacksIdle: 30 * time.Second,
				Front:       15 * time.Second,
				Members:     5 * time.Minute,
				Crimes:      2 * time.Minute,
				Prices:      15 * time.Minute,
				Wars:        time.Minute,
			},
		},
		Database:        Database{MaxConnections: 20},
		HTTP:            HTTP{Listen: ":8080", MetricsListen: "127.0.0.1:9090"},
		Registration:    ByOperators,
		Roles:           []Role{RoleGateway, RolePoll, RoleWork, RoleWeb},
		Log:             Log{Level: slog.LevelInfo, Format: FormatAuto},
		DataDir:         "./data",
		ShutdownTimeout: 20 * time.Second,
	}
}

// Runs reports whether this process has the role.
func (c *Config) Runs(r Role) bool {
	for _, have := range c.Roles {
		if have == r {
			return true
		}
	}
	return false
}

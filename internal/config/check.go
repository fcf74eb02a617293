package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	off        = "off" // for the environment, where empty means not set
	minPerUser = 20    // room above the limiter's burst of 10
	maxPerUser = 100   // what Torn allows one user a minute
	maxPerHost = 1000  // about where Torn bans an address
)

// check finds values that cannot work. It looks at one process's configuration,
// whatever command runs; CheckRun asks for what "run" needs besides.
func (c *Config) check() []problem {
	var ps problems
	ps.url("discord.api_base", c.Discord.APIBase, "http", "https")
	ps.url("torn.base_url", c.Torn.BaseURL, "http", "https")
	if c.HTTP.PublicURL != "" {
		ps.url("http.public_url", c.HTTP.PublicURL, "http", "https")
	}
	ps.secretURL("database.url", c.Database.URL, "postgres", "postgresql")
	ps.secretURL("database.admin_url", c.Database.AdminURL, "postgres", "postgresql")
	ps.secretURL("database.session_url", c.Database.SessionURL, "postgres", "postgresql")
	ps.secretURL("redis.url", c.Redis.URL, "redis", "rediss")
	if c.Database.URL == "" {
		const text = "needs database.url; without it the bot runs a private database"
		ps.when(c.Database.AdminURL != "", "database.admin_url", text)
		ps.when(c.Database.SessionURL != "", "database.session_url", text)
	}
	ps.between("torn.requests_per_minute", c.Torn.RequestsPerMinute, minPerUser, maxPerUser)
	ps.between("torn.host_requests_per_minute", c.Torn.HostRequestsPerMinute, minPerUser, maxPerHost)
	ps.between("database.max_connections", c.Database.MaxConnections, 4, 1000)
	for _, f := range fields(c) {
		if d, ok := f.value.Interface().(time.Duration); ok {
			ps.when(d < time.Second || d > 24*time.Hour, f.key, fmt.Sprintf("%s is not between 1s and 24h", d))
		}
	}
	ps.address("http.listen", c.HTTP.Listen)
	if c.HTTP.MetricsListen != "" && c.HTTP.MetricsListen != off {
		ps.address("http.metrics_listen", c.HTTP.MetricsListen)
	}
	ps.when(c.Encryption.Keyset != "" && c.Encryption.KeysetFile != "", "encryption.keyset",
		"and encryption.keyset_file are both set: set one")
	ps.snowflakes("operators", c.Operators)
	ps.snowflakes("discord.guilds", c.Discord.Guilds)
	oneOf(&ps, "registration", c.Registration, ByOperators, ByLeaders)
	oneOf(&ps, "log.format", c.Log.Format, FormatAuto, FormatText, FormatJSON)
	for i, r := range c.Roles {
		oneOf(&ps, "roles", r, RoleGateway, RolePoll, RoleWork, RoleWeb)
		ps.when(slices.Contains(c.Roles[:i], r), "roles", fmt.Sprintf("%q stands there twice", r))
	}
	ps.when(len(c.Roles) == 0, "roles", "is empty: name at least one of gateway, poll, work, web")
	ps.when(c.DataDir == "", "data_dir", "is empty: name a directory")
	return ps
}

// CheckRun reports what "run" needs and other commands do not.
func (c *Config) CheckRun() error {
	var ps problems
	ps.when(c.Discord.Token == "", "discord.token", "is missing: copy it from the bot's page at https://discord.com/developers/applications")
	ps.when(c.Encryption.Keyset == "" && c.Encryption.KeysetFile == "", "encryption.keyset",
		"is missing, and so is encryption.keyset_file: make a keyset with \"consigliere keys generate\"")
	if len(ps) > 0 {
		return invalid(ps)
	}
	return nil
}

// normalise gives one form to values that have several.
func (c *Config) normalise() {
	c.Discord.APIBase = strings.TrimRight(c.Discord.APIBase, "/")
	c.Torn.BaseURL = strings.TrimRight(c.Torn.BaseURL, "/")
	c.HTTP.PublicURL = strings.TrimRight(c.HTTP.PublicURL, "/")
	if c.HTTP.MetricsListen == off {
		c.HTTP.MetricsListen = ""
	}
	if c.Database.SessionURL == "" {
		c.Database.SessionURL = c.Database.URL
	}
}

// problems collects what is wrong, so that the operator reads all of it at once.
type problems []problem

func (ps *problems) when(wrong bool, key, text string) {
	if wrong {
		*ps = append(*ps, problem{key, text})
	}
}

func (ps *problems) between(key string, n, low, high int) {
	ps.when(n < low || n > high, key, fmt.Sprintf("%d is not between %d and %d", n, low, high))
}

func (ps *problems) url(key, text string, schemes ...string) {
	ps.when(!isURL(text, schemes), key, fmt.Sprintf("%q is no address like %s://host", text, schemes[len(schemes)-1]))
}

// secretURL does not quote the address: it holds a password.
func (ps *problems) secretURL(key string, s Secret, schemes ...string) {
	ps.when(s != "" && !isURL(s.Reveal(), schemes), key, fmt.Sprintf("is no address like %s://user:password@host/name", schemes[0]))
}

func isURL(text string, schemes []string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && slices.Contains(schemes, u.Scheme)
}

func (ps *problems) address(key, text string) {
	_, port, err := net.SplitHostPort(text)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	ps.when(err != nil, key, fmt.Sprintf("%q is no address like :8080 or 127.0.0.1:8080", text))
}

// snowflakes checks Discord ids: 17 to 20 digits.
func (ps *problems) snowflakes(key string, ids []string) {
	for _, id := range ids {
		digits := strings.Trim(id, "0123456789") == ""
		ps.when(!digits || len(id) < 17 || len(id) > 20, key, fmt.Sprintf("%q is no Discord id (17 to 20 digits)", id))
	}
}

func oneOf[T ~string](ps *problems, key string, got T, allowed ...T) {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		names[i] = string(a)
	}
	ps.when(!slices.Contains(allowed, got), key, fmt.Sprintf("%q is none of %s", got, strings.Join(names, ", ")))
}

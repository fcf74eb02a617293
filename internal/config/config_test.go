package config_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"consigliere/internal/config"
)

// load loads in an empty directory, with file as config.yaml unless it is empty.
func load(t *testing.T, file string, args ...string) (*config.Config, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if file != "" {
		if err := os.WriteFile("config.yaml", []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	flags := pflag.NewFlagSet("test", pflag.ContinueOnError)
	config.AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	return config.Load(flags)
}

func TestTheExampleHoldsEveryKeyItsDefaultAndAComment(t *testing.T) {
	path, err := filepath.Abs("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := load(t, "", "--config", path)
	if err != nil {
		t.Fatal(err) // a key that the program does not know ends here
	}
	want := config.Defaults()
	if diff := cmp.Diff(&want, got, cmp.Transformer("list", func(s []string) string { return strings.Join(s, ",") })); diff != "" {
		t.Errorf("the example differs from the defaults (-default +example):\n%s", diff)
	}
	v := viper.New()
	v.SetConfigFile(path)
	if err := v.ReadInConfig(); err != nil {
		t.Fatal(err)
	}
	for _, key := range config.Keys() {
		if !v.InConfig(key) && !slices.Contains(v.AllKeys(), key) {
			t.Errorf("%s is missing from config.example.yaml", key)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for i, line := range lines {
		name, value, isKey := strings.Cut(strings.TrimSpace(line), ":")
		if !isKey || strings.HasPrefix(name, "#") || value == "" {
			continue
		}
		if !strings.HasPrefix(strings.TrimSpace(lines[i-1]), "#") {
			t.Errorf("line %d: %s has no comment above it", i+1, name)
		}
	}
}

func TestEachSourceIsStrongerThanTheOneBefore(t *testing.T) {
	file := "torn: {poll: {members: 1m, crimes: 1m, wars: 1m}}\nlog: {level: warn}\nhttp: {listen: ':1111'}\n"
	t.Setenv("CONSIGLIERE_TORN_POLL_CRIMES", "3m")
	t.Setenv("CONSIGLIERE_LOG_LEVEL", "error")
	t.Setenv("CONSIGLIERE_HTTP_LISTEN", ":2222")
	c, err := load(t, file, "--log-level", "debug")
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Torn.Poll.Prices; got != 15*time.Minute {
		t.Errorf("default: %v", got)
	}
	if got := c.Torn.Poll.Members; got != time.Minute {
		t.Errorf("file over default: %v", got)
	}
	if got := c.Torn.Poll.Crimes; got != 3*time.Minute {
		t.Errorf("environment over file: %v", got)
	}
	if got := c.HTTP.Listen; got != ":2222" {
		t.Errorf("environment over file, with a flag that is not set: %v", got)
	}
	if got := c.Log.Level; got != slog.LevelDebug {
		t.Errorf("flag over environment: %v", got)
	}
}

func TestEveryKeyCanComeFromTheEnvironmentAlone(t *testing.T) {
	values := map[string]string{
		"discord.token": "tok", "discord.api_base": "http://127.0.0.1:1/", "discord.guilds": "100000000000000001, 100000000000000002",
		"torn.base_url": "http://127.0.0.1:2/v2", "torn.requests_per_minute": "70", "torn.host_requests_per_minute": "800", "torn.timeout": "9s",
		"torn.poll.attacks_war": "1s", "torn.poll.attacks_idle": "2s", "torn.poll.front": "3s", "torn.poll.members": "4s",
		"torn.poll.crimes": "5s", "torn.poll.prices": "6s", "torn.poll.wars": "7s",
		"database.url": "postgres://a:b@h/d", "database.admin_url": "postgres://o:p@h/d", "database.session_url": "postgresql://a:b@h2/d", "database.max_connections": "5",
		"redis.url": "redis://:pw@h:6379/0", "http.listen": "127.0.0.1:1", "http.public_url": "https://x.example/", "http.metrics_listen": "off",
		"encryption.keyset": "", "encryption.keyset_file": "k.json", "operators": "100000000000000003", "registration": "leaders",
		"roles": "poll,work", "log.level": "WARN", "log.format": "json", "data_dir": "/d", "instance": "a", "shutdown_timeout": "30s",
	}
	for _, key := range config.Keys() {
		value, ok := values[key]
		if !ok {
			t.Errorf("this test does not set %s", key)
		}
		t.Setenv("CONSIGLIERE_"+strings.ToUpper(strings.ReplaceAll(key, ".", "_")), value)
	}
	got, err := load(t, "")
	if err != nil {
		t.Fatal(err)
	}
	want := &config.Config{
		Discord: config.Discord{Token: "tok", APIBase: "http://127.0.0.1:1", Guilds: []string{"100000000000000001", "100000000000000002"}},
		Torn: config.Torn{BaseURL: "http://127.0.0.1:2/v2", RequestsPerMinute: 70, HostRequestsPerMinute: 800, Timeout: 9 * time.Second,
			Poll: config.Poll{AttacksWar: time.Second, AttacksIdle: 2 * time.Second, Front: 3 * time.Second, Members: 4 * time.Second,
				Crimes: 5 * time.Second, Prices: 6 * time.Second, Wars: 7 * time.Second}},
		Database:   config.Database{URL: "postgres://a:b@h/d", AdminURL: "postgres://o:p@h/d", SessionURL: "postgresql://a:b@h2/d", MaxConnections: 5},
		Redis:      config.Redis{URL: "redis://:pw@h:6379/0"},
		HTTP:       config.HTTP{Listen: "127.0.0.1:1", PublicURL: "https://x.example"},
		Encryption: config.Encryption{KeysetFile: "k.json"},
		Operators:  []string{"100000000000000003"}, Registration: config.ByLeaders,
		Roles: []config.Role{config.RolePoll, config.RoleWork}, Log: config.Log{Level: slog.LevelWarn, Format: config.FormatJSON},
		DataDir: "/d", Instance: "a", ShutdownTimeout: 30 * time.Second,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if !got.Runs(config.RolePoll) || got.Runs(config.RoleWeb) {
		t.Error("Runs does not tell the roles apart")
	}
}

func TestBadConfigurationIsRefusedNamingTheKeyAndWhatIsExpected(t *testing.T) {
	const s = "SECRETVALUE"
	for name, c := range map[string]struct {
		file string
		env  map[string]string
		args []string
		want []string
	}{
		"an unknown key":                {file: "torn: {pol: 5s}", want: []string{"torn.pol: no such key (in config.yaml)"}},
		"a key in the wrong section":    {file: "token: x", want: []string{"token: no such key; discord.token?"}},
		"a key of an unknown section":   {file: "tron: {timeout: 5s}", want: []string{"tron.timeout: no such key; torn.timeout?"}},
		"a section with a value":        {file: "torn: 5", want: []string{"torn: holds other keys"}},
		"a keyset without quotes":       {file: `encryption: {keyset: {"primaryKeyId":1}}`, want: []string{"encryption.keyset.primarykeyid: is inside of encryption.keyset", "quotes"}},
		"an unknown variable":           {env: map[string]string{"CONSIGLIERE_TORN_POLL_MEMBER": "5m"}, want: []string{"CONSIGLIERE_TORN_POLL_MEMBER: this environment variable belongs to no key"}},
		"no duration":                   {file: "torn: {poll: {members: 300}}", want: []string{`torn.poll.members: "300" is no duration such as 30s`, "set by config.yaml"}},
		"no duration, by environment":   {env: map[string]string{"CONSIGLIERE_TORN_TIMEOUT": "soon"}, want: []string{"torn.timeout", "set by CONSIGLIERE_TORN_TIMEOUT"}},
		"a bad flag":                    {args: []string{"--log-level", "loud"}, want: []string{`log.level: "loud" is none of debug, info, warn, error`, "set by --log-level"}},
		"too short an interval":         {file: "torn: {poll: {members: 5ms}}", want: []string{"torn.poll.members: 5ms is not between 1s and 24h"}},
		"above Torn's limit":            {file: "torn: {requests_per_minute: 101}", want: []string{"torn.requests_per_minute: 101 is not between 20 and 100"}},
		"above the host's limit":        {file: "torn: {host_requests_per_minute: 5000}", want: []string{"torn.host_requests_per_minute"}},
		"no number":                     {file: "torn: {requests_per_minute: many}", want: []string{`torn.requests_per_minute: "many" is no whole number`}},
		"a fraction":                    {file: "torn: {requests_per_minute: 60.5}", want: []string{`"60.5" is no whole number`}},
		"no address":                    {file: "http: {listen: '8080'}", want: []string{"http.listen", "like :8080"}},
		"no address for metrics":        {file: "http: {metrics_listen: 'localhost'}", want: []string{"http.metrics_listen"}},
		"no scheme":                     {file: "torn: {base_url: api.torn.com}", want: []string{"torn.base_url", "https://host"}},
		"a public address that is none": {file: "http: {public_url: war.example.org}", want: []string{"http.public_url"}},
		"another database":              {file: "database: {url: 'mysql://root:" + s + "@h/d'}", want: []string{"database.url: is no address like postgres://"}},
		"an address beyond parsing":     {file: "database: {url: 'postgres://u:" + s + "%zz@h/d'}", want: []string{"database.url"}},
		"another cache":                 {file: "redis: {url: 'memcached://" + s + "'}", want: []string{"redis.url: is no address like redis://"}},
		"an owner of no database":       {file: "database: {admin_url: 'postgres://o:" + s + "@h/d'}", want: []string{"database.admin_url: needs database.url"}},
		"a secret that is a number":     {file: "discord: {token: 12}", want: []string{"discord.token: must be a text; put it in quotes"}},
		"two keysets":                   {file: "encryption: {keyset: " + s + ", keyset_file: f}", want: []string{"encryption.keyset: and encryption.keyset_file are both set"}},
		"no snowflake":                  {file: "operators: [bob]", want: []string{`operators: "bob" is no Discord id`}},
		"a list of lists":               {file: "operators: [[1]]", want: []string{"operators: must be a list of plain values"}},
		"an unknown role":               {file: "roles: [poll, cook]", want: []string{`roles: "cook" is none of gateway, poll, work, web`}},
		"a role twice":                  {file: "roles: [poll, poll]", want: []string{`roles: "poll" stands there twice`}},
		"no role":                       {file: "roles: []", want: []string{"roles: is empty"}},
		"an unknown policy":             {file: "registration: anyone", want: []string{`registration: "anyone" is none of operators, leaders`}},
		"an unknown format":             {file: "log: {format: xml}", want: []string{"log.format"}},
		"a text that is a list":         {file: "data_dir: [a]", want: []string{"data_dir: must be a single text"}},
		"no directory":                  {file: "data_dir: ''", want: []string{"data_dir: is empty"}},
		"two mistakes at once":          {file: "torn: {timeout: x}\nlog: {level: y}", want: []string{"torn.timeout", "log.level"}},
		"broken YAML":                   {file: "torn: [", want: []string{"read config.yaml"}},
		"a named file that is missing":  {args: []string{"--config", "other.yaml"}, want: []string{"read other.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			_, err := load(t, c.file, c.args...)
			if !errors.Is(err, config.ErrInvalid) {
				t.Fatalf("error is %v, want ErrInvalid", err)
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error lacks %q:\n%v", w, err)
				}
			}
			if strings.Contains(err.Error(), s) {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

func TestWhatSaysNothingChangesNothing(t *testing.T) {
	t.Setenv("CONSIGLIERE_TEST_DATABASE_ADMIN_URL", "postgres://x")
	t.Setenv("CONSIGLIERE_TORN_TIMEOUT", "")
	want := config.Defaults()
	for name, file := range map[string]string{
		"no file":           "",
		"only a comment":    "# nothing\n",
		"an empty section":  "torn:\nredis:\n  url:\n",
		"an empty document": "---\n",
	} {
		got, err := load(t, file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(&want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestMetricsAreTurnedOffByAnEmptyAddressInTheFile(t *testing.T) {
	c, err := load(t, "http: {metrics_listen: ''}")
	if err != nil {
		t.Fatal(err)
	}
	if c.HTTP.MetricsListen != "" {
		t.Errorf("metrics are served on %q", c.HTTP.MetricsListen)
	}
}

func TestDiscordIdsSurviveYAMLWithoutQuotes(t *testing.T) {
	c, err := load(t, "operators: [123456789012345678, '18446744073709551615']")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"123456789012345678", "18446744073709551615"}, c.Operators); diff != "" {
		t.Error(diff)
	}
}

func TestTheSessionURLFollowsTheURL(t *testing.T) {
	c, err := load(t, "database: {url: 'postgres://a:b@h/d'}")
	if err != nil {
		t.Fatal(err)
	}
	if c.Database.SessionURL != c.Database.URL {
		t.Error("session_url did not take url's value")
	}
}

func TestRunNamesWhatItMisses(t *testing.T) {
	c := config.Defaults()
	err := c.CheckRun()
	if !errors.Is(err, config.ErrInvalid) || !strings.Contains(err.Error(), "discord.token") || !strings.Contains(err.Error(), "keys generate") {
		t.Errorf("error: %v", err)
	}
	c.Discord.Token, c.Encryption.KeysetFile = "t", "f"
	if err := c.CheckRun(); err != nil {
		t.Error(err)
	}
}

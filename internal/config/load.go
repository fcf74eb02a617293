package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// ErrInvalid is wrapped by what Load and CheckRun return when the operator has to
// change the configuration; the text names each key and what is expected.
var ErrInvalid = errors.New("configuration")

const (
	defaultFile = "config.yaml"
	envPrefix   = "CONSIGLIERE_"
	// envTestPrefix starts variables that belong to the tests of the product.
	envTestPrefix = envPrefix + "TEST_"
	configFlag    = "config"
)

// flagKeys are the keys that are flags too, and what --help says of them.
// Secrets are not among them: every local user can read a command line.
var flagKeys = []struct{ key, usage string }{
	{"data_dir", "directory for what the bot keeps outside of the database"},
	{"http.listen", "address of the scoreboard"},
	{"http.metrics_listen", "address of /metrics"},
	{"http.public_url", "how links to the scoreboard start"},
	{"log.format", "auto, text or json"},
	{"log.level", "debug, info, warn or error"},
	{"roles", "parts that this process runs: gateway,poll,work,web"},
}

// AddFlags adds --config and the flags of single keys, which are named like their
// keys with dashes: --log-level for log.level.
func AddFlags(fs *pflag.FlagSet) {
	fs.String(configFlag, "", "configuration file (default "+defaultFile+" when it exists)")
	for _, f := range flagKeys {
		fs.String(flagName(f.key), "", f.usage)
	}
}

// Load reads defaults, then the file, then the environment, then flags, each over
// the one before, and checks the result. flags may be nil; of it, only what
// AddFlags added is read. A file named by --config must exist, config.yaml in the
// working directory may.
func Load(flags *pflag.FlagSet) (*Config, error) {
	cfg := Defaults()
	all := fields(&cfg)
	v := viper.New()

	path, named := filePath(flags)
	problems, err := readFile(v, path, named, all)
	if err != nil {
		return nil, err
	}
	problems = append(problems, unknownEnv(os.Environ(), all)...)
	for _, f := range all {
		if err := v.BindEnv(f.key, envName(f.key)); err != nil {
			return nil, fmt.Errorf("bind %s to the environment: %w", f.key, err)
		}
		// Not BindPFlag: viper takes an unset flag's empty default for a value.
		if flag := lookup(flags, flagName(f.key)); flag != nil && flag.Changed {
			v.Set(f.key, flag.Value.String())
		}
	}
	for _, f := range all {
		raw := v.Get(f.key)
		if raw == nil {
			continue // not set anywhere: the default stays
		}
		if err := f.set(raw); err != nil {
			problems = append(problems, problem{f.key, err.Error() + " (set by " + source(f.key, flags, path) + ")"})
		}
	}
	if len(problems) == 0 {
		problems = cfg.check()
	}
	if len(problems) > 0 {
		return nil, invalid(problems)
	}
	cfg.normalise()
	return &cfg, nil
}

// Keys lists every key, sorted.
func Keys() []string {
	cfg := Defaults()
	var keys []string
	for _, f := range fields(&cfg) {
		keys = append(keys, f.key)
	}
	slices.Sort(keys)
	return keys
}

// problem is one thing to change. Its text never quotes a secret.
type problem struct{ key, text string }

func invalid(problems []problem) error {
	lines := make([]string, len(problems))
	for i, p := range problems {
		lines[i] = p.key + ": " + p.text
	}
	return fmt.Errorf("%w: %s", ErrInvalid, strings.Join(lines, "\n  "))
}

func filePath(flags *pflag.FlagSet) (path string, named bool) {
	if f := lookup(flags, configFlag); f != nil && f.Changed {
		return f.Value.String(), true
	}
	return defaultFile, false
}

// readFile puts the file into v and reports keys that do not exist.
func readFile(v *viper.Viper, path string, named bool, all []field) ([]problem, error) {
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	if err := v.ReadInConfig(); err != nil {
		if errors.Is(err, fs.ErrNotExist) && !named {
			return nil, nil
		}
		return nil, fmt.Errorf("%w: read %s: %w", ErrInvalid, path, err)
	}
	var problems []problem
	for _, key := range v.AllKeys() {
		if text := misplaced(key, v.Get(key), all); text != "" {
			problems = append(problems, problem{key, text + " (in " + path + ")"})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int { return strings.Compare(a.key, b.key) })
	return problems, nil
}

// misplaced says what is wrong with a key of the file, "" when nothing is.
func misplaced(key string, value any, all []field) string {
	for _, f := range all {
		switch {
		case f.key == key:
			return ""
		case strings.HasPrefix(f.key, key+"."):
			if value == nil {
				return "" // an empty section says nothing
			}
			return "holds other keys and takes no value itself"
		case strings.HasPrefix(key, f.key+"."):
			return "is inside of " + f.key + ", which takes one value; put that in quotes"
		}
	}
	return "no such key" + suggestion(key, all)
}

// unknownEnv reports variables with our prefix that set nothing: a typing error
// there would otherwise go unnoticed.
func unknownEnv(environ []string, all []field) []problem {
	var problems []problem
	for _, kv := range environ {
		name, _, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(name, envPrefix) || strings.HasPrefix(name, envTestPrefix) {
			continue
		}
		if !slices.ContainsFunc(all, func(f field) bool { return envName(f.key) == name }) {
			problems = append(problems, problem{name, "this environment variable belongs to no key"})
		}
	}
	slices.SortFunc(problems, func(a, b problem) int { return strings.Compare(a.key, b.key) })
	return problems
}

// suggestion helps with a key that stands in the wrong section.
func suggestion(key string, all []field) string {
	last := key[strings.LastIndexByte(key, '.')+1:]
	for _, f := range all {
		if f.key != key && (f.key == last || strings.HasSuffix(f.key, "."+last)) {
			return "; " + f.key + "?"
		}
	}
	return ""
}

// source names where a value came from, the strongest first.
func source(key string, flags *pflag.FlagSet, path string) string {
	if f := lookup(flags, flagName(key)); f != nil && f.Changed {
		return "--" + f.Name
	}
	if os.Getenv(envName(key)) != "" {
		return envName(key)
	}
	return path
}

func lookup(flags *pflag.FlagSet, name string) *pflag.Flag {
	if flags == nil {
		return nil
	}
	return flags.Lookup(name)
}

func envName(key string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
}

func flagName(key string) string {
	return strings.NewReplacer(".", "-", "_", "-").Replace(key)
}

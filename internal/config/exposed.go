package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// File is the file that Load reads with these flags; empty when there is none.
func File(flags *pflag.FlagSet) string {
	path, named := filePath(flags)
	if _, err := os.Stat(path); err != nil && !named {
		return ""
	}
	return path
}

// ExposedSecrets warns of a configuration file that holds secrets and that every user
// of the machine can read; empty when all is well. Its group may: that is how a service
// reads a file of root's.
func ExposedSecrets(path string) string {
	if path == "" {
		return ""
	}
	fi, err := os.Stat(path)
	if err != nil || fi.Mode().Perm()&0o004 == 0 {
		return ""
	}
	v := viper.New()
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	if v.ReadInConfig() != nil {
		return "" // Load says so
	}
	cfg := Defaults()
	var keys []string
	for _, f := range fields(&cfg) {
		if _, secret := f.value.Interface().(Secret); secret && v.GetString(f.key) != "" {
			keys = append(keys, f.key)
		}
	}
	if len(keys) == 0 {
		return ""
	}
	return fmt.Sprintf("%s can be read by every user of this machine and holds secrets (%s): chmod 600 %s", path, strings.Join(keys, ", "), path)
}

package config

import (
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// field is one leaf of a Config.
type field struct {
	key   string
	value reflect.Value
}

// fields lists the leaves of cfg in the order of its struct.
func fields(cfg *Config) []field { return appendFields(nil, "", reflect.ValueOf(cfg).Elem()) }

func appendFields(list []field, prefix string, v reflect.Value) []field {
	for i := range v.NumField() {
		key := prefix + v.Type().Field(i).Tag.Get("key")
		if f := v.Field(i); f.Kind() == reflect.Struct {
			list = appendFields(list, key+".", f)
		} else {
			list = append(list, field{key, f})
		}
	}
	return list
}

// set converts raw, as YAML, the environment or a flag gives it, to the field's
// type. Errors say what is expected and quote raw only where it is no secret.
func (f field) set(raw any) error {
	switch p := f.value.Addr().Interface().(type) {
	case *Secret:
		s, ok := raw.(string)
		if !ok {
			return errors.New("must be a text; put it in quotes")
		}
		*p = Secret(strings.TrimSpace(s))
		return nil
	case *time.Duration:
		d, err := time.ParseDuration(scalar(raw))
		if err != nil {
			return fmt.Errorf("%q is no duration such as 30s, 5m or 1h30m", scalar(raw))
		}
		*p = d
		return nil
	case *slog.Level:
		switch s := strings.ToLower(scalar(raw)); s {
		case "debug", "info", "warn", "error":
			return p.UnmarshalText([]byte(s))
		}
		return fmt.Errorf("%q is none of debug, info, warn, error", scalar(raw))
	case *int:
		n, err := strconv.Atoi(scalar(raw))
		if err != nil {
			return fmt.Errorf("%q is no whole number", scalar(raw))
		}
		*p = n
		return nil
	}
	switch f.value.Kind() {
	case reflect.String:
		if !isScalar(raw) {
			return errors.New("must be a single text")
		}
		f.value.SetString(scalar(raw))
		return nil
	case reflect.Slice:
		items, err := list(raw)
		if err != nil {
			return err
		}
		s := reflect.MakeSlice(f.value.Type(), len(items), len(items))
		for i, item := range items {
			s.Index(i).SetString(item)
		}
		f.value.Set(s)
		return nil
	}
	return fmt.Errorf("type %s is not supported", f.value.Type()) // a test sets every key
}

func isScalar(raw any) bool {
	switch raw.(type) {
	case string, int, int64, uint64, float64, bool:
		return true
	}
	return false
}

// scalar is raw as text, as somebody would have typed it.
func scalar(raw any) string { return strings.TrimSpace(fmt.Sprint(raw)) }

// list takes a YAML list, or texts separated by commas.
func list(raw any) ([]string, error) {
	var items []string
	switch raw := raw.(type) {
	case []any:
		for _, item := range raw {
			if !isScalar(item) {
				return nil, errors.New("must be a list of plain values")
			}
			items = append(items, scalar(item))
		}
		return items, nil
	default:
		if !isScalar(raw) {
			return nil, errors.New("must be a list")
		}
		for item := range strings.SplitSeq(scalar(raw), ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
		return items, nil
	}
}

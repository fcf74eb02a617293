package store

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// stamp reads a timestamptz in which -infinity stands for the zero time.
type stamp struct{ t time.Time }

// ScanTimestamptz implements pgtype.TimestamptzScanner.
func (s *stamp) ScanTimestamptz(v pgtype.Timestamptz) error {
	if v.Valid && v.InfinityModifier == pgtype.Finite {
		s.t = v.Time.UTC()
	} else {
		s.t = time.Time{}
	}
	return nil
}

// null makes the zero time NULL.
func null(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// prefixed puts a table's alias before each column name of a list, function calls included.
func prefixed(alias, columns string) string {
	parts := strings.Split(columns, ",")
	for i, p := range parts {
		p = strings.TrimSpace(p)
		switch {
		case strings.HasPrefix(p, "coalesce("):
			parts[i] = "coalesce(" + alias + strings.TrimPrefix(p, "coalesce(")
		case strings.HasPrefix(p, "'"):
			parts[i] = p
		default:
			parts[i] = alias + p
		}
	}
	return strings.Join(parts, ", ")
}

func names[T ~string](in []T) []string {
	out := make([]string, len(in))
	for i, n := range in {
		out[i] = string(n)
	}
	return out
}

// Package migrations holds the database's schema, one numbered file a step.
package migrations

import "embed"

// FS holds the goose migrations.
//
//go:embed *.sql
var FS embed.FS

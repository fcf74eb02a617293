package config

import (
	"io"
	"log/slog"
	"time"

	"github.com/lmittmann/tint"
)

// NewLogger makes the logger that cfg asks for. Lines go to w with the secrets
// that r knows masked; isTerminal says whether a person reads w.
func NewLogger(cfg Log, w io.Writer, isTerminal bool, r *Redactor) *slog.Logger {
	w = r.Writer(w)
	format := cfg.Format
	if format == FormatAuto || format == "" {
		format = FormatJSON
		if isTerminal {
			format = FormatText
		}
	}
	if format == FormatText {
		return slog.New(tint.NewTextHandler(w, &tint.Options{
			Level:      cfg.Level,
			TimeFormat: time.TimeOnly,
			NoColor:    !isTerminal,
		}))
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: cfg.Level}))
}

// Command bench measures the figures that the project promises and writes their
// medians to bench/README.md. Limits are measured in the same run where one exists,
// so that a slow machine shows as slow and not as a broken promise.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	out := flag.String("out", "bench/README.md", "where the table goes")
	only := flag.String("only", "", "measure only what begins with this")
	wars := flag.Int("torn", 0, "be a stand-in for Torn that plays so many wars (the bench starts it by itself)")
	flag.Parse()
	if *wars > 0 {
		if err := serveTorn(context.Background(), *wars); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(ctx, *out, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figure is one line of the table. Without a limit there is nothing to keep.
type figure struct {
	name, got, limit, note string
	kept                   bool
}

// measurement makes some figures.
type measurement struct {
	name string
	run  func(context.Context) ([]figure, error)
}

func run(ctx context.Context, out, only string) error {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	var table []figure
	for _, m := range []measurement{{"poll", measurePoll}, {"freshness", measureFreshness}, {"alerts", measureAlerts}, {"retals", measureRetals}, {"factions", measureFactions}, {"commands", measureCommands}, {"rights", measureRights}, {"rotation", measureRotation}} {
		if !strings.HasPrefix(m.name, only) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s…\n", m.name)
		figures, err := m.run(ctx)
		if err != nil {
			return fmt.Errorf("measure %s: %w", m.name, err)
		}
		table = append(table, figures...)
	}
	text := render(table)
	fmt.Print(text)
	if only != "" {
		return nil
	}
	return os.WriteFile(out, []byte(text), 0o644) //nolint:gosec // a page of the repository
}

func render(table []figure) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Figures\n\nMeasured by `make bench` on %s, %s.\n\n", time.Now().UTC().Format("2006-01-02"), machine())
	b.WriteString("| figure | measured | limit | kept | how |\n|---|---|---|---|---|\n")
	for _, f := range table {
		kept := "yes"
		switch {
		case f.limit == "":
			kept = ""
		case !f.kept:
			kept = "**no**"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.name, f.got, f.limit, kept, f.note)
	}
	return b.String()
}

func machine() string {
	model := "unknown processor"
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				model = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%d cores of %s, %s, %s/%s", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// percentile of sorted or unsorted durations; p from 0 to 100.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

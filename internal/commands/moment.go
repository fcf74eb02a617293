package commands

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/say"
)

// momentForms is what moment reads, for those whose text it could not.
const momentForms = "Write it in TCT (UTC) as `14:30`, `Tue 12:00`, `22 Aug 14:30`, `2026-08-22 14:30`, as `in 5h 30m`, or as a Unix time."

// moment reads a time that somebody typed, in Torn's time. What names no day means the
// next such moment after now, what names no year the nearest one.
func moment(typed string, now time.Time) (time.Time, error) {
	s := strings.Join(strings.Fields(strings.ToLower(typed)), " ")
	s = strings.TrimSpace(strings.TrimSuffix(strings.TrimSuffix(s, "tct"), "utc"))
	now = now.UTC()
	for _, read := range []func(string, time.Time) (time.Time, bool){momentUnix, momentAhead, momentOfDay, momentOfWeek, momentOnDate} {
		if t, ok := read(s, now); ok {
			return t, nil
		}
	}
	return time.Time{}, faction.Errorf(faction.Invalid, "“%s” is no time that I can read. %s Nothing was changed.", say.Text(typed, 40), momentForms)
}

// momentUnix reads 1798000000, and <t:1798000000:R> as Discord shows it.
func momentUnix(s string, _ time.Time) (time.Time, bool) {
	s, _, _ = strings.Cut(strings.TrimPrefix(s, "<t:"), ":")
	n, err := strconv.ParseInt(strings.TrimSuffix(s, ">"), 10, 64)
	if err != nil || n < 1e9 || n > 4e9 {
		return time.Time{}, false
	}
	return time.Unix(n, 0).UTC(), true
}

// momentAhead reads "in 5h 30m" and "+90m".
func momentAhead(s string, now time.Time) (time.Time, bool) {
	rest, ok := strings.CutPrefix(s, "in ")
	if !ok {
		rest, ok = strings.CutPrefix(s, "+")
	}
	if !ok {
		return time.Time{}, false
	}
	parts := regexp.MustCompile(`^(?:(\d{1,2})\s*d[a-z]*)?\s*(?:(\d{1,3})\s*h[a-z]*)?\s*(?:(\d{1,4})\s*m[a-z]*)?$`).FindStringSubmatch(strings.TrimSpace(rest))
	if parts == nil {
		return time.Time{}, false
	}
	var d time.Duration
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute} {
		n, _ := strconv.Atoi(parts[i+1]) // digits, or nothing
		d += time.Duration(n) * unit
	}
	return now.Add(d), d > 0
}

// momentOfDay reads "14:30".
func momentOfDay(s string, now time.Time) (time.Time, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return time.Time{}, false
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	if !at.After(now) {
		at = at.AddDate(0, 0, 1)
	}
	return at, true
}

// momentOfWeek reads "tue 12:00", "tomorrow 12:00" and "today 12:00".
func momentOfWeek(s string, now time.Time) (time.Time, bool) {
	day, clock, ok := strings.Cut(s, " ")
	t, err := time.Parse("15:04", clock)
	if !ok || err != nil {
		return time.Time{}, false
	}
	at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	switch day {
	case "today":
		return at, true
	case "tomorrow":
		return at.AddDate(0, 0, 1), true
	}
	for ahead := range 8 {
		d := at.AddDate(0, 0, ahead)
		name := strings.ToLower(d.Weekday().String())
		if (day == name || len(day) >= 3 && strings.HasPrefix(name, day)) && d.After(now) {
			return d, true
		}
	}
	return time.Time{}, false
}

// momentOnDate reads "2026-08-22 14:30", "22 aug 14:30" and "22 aug 2026 14:30".
func momentOnDate(s string, now time.Time) (time.Time, bool) {
	for _, form := range []string{"2006-01-02 15:04", "2006-01-02t15:04", "2 Jan 2006 15:04"} {
		if t, err := time.Parse(form, s); err == nil {
			return t, true
		}
	}
	t, err := time.Parse("2 Jan 15:04", s)
	if err != nil {
		return time.Time{}, false
	}
	at := time.Date(now.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), 0, 0, time.UTC)
	switch half := 182 * 24 * time.Hour; {
	case at.Sub(now) > half:
		at = at.AddDate(-1, 0, 0)
	case now.Sub(at) > half:
		at = at.AddDate(1, 0, 0)
	}
	return at, true
}

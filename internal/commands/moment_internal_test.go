package commands

import (
	"testing"
	"time"
)

func TestAMomentIsReadAsPeopleWriteIt(t *testing.T) {
	now := time.Date(2026, 8, 21, 20, 0, 0, 0, time.UTC) // a Friday
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 8, day, hour, minute, 0, 0, time.UTC) }
	for typed, want := range map[string]time.Time{
		"21:30": at(21, 21, 30), "14:30 TCT": at(22, 14, 30), "20:00": at(22, 20, 0), " Tue  12:00 ": at(25, 12, 0), "friday 19:00": at(28, 19, 0),
		"fri 21:00": at(21, 21, 0), "today 14:00": at(21, 14, 0), "tomorrow 00:10 utc": at(22, 0, 10), "22 Aug 14:30": at(22, 14, 30),
		"2026-08-22 14:30": at(22, 14, 30), "in 5h 30m": at(22, 1, 30), "in 1d": at(22, 20, 0), "+90m": at(21, 21, 30), "in 2 hours": at(21, 22, 0),
		"1787415000": at(22, 16, 10), "<t:1787415000:R>": at(22, 16, 10), "3 Jan 10:00": time.Date(2027, 1, 3, 10, 0, 0, 0, time.UTC),
	} {
		got, err := moment(typed, now)
		if err != nil || !got.Equal(want) {
			t.Errorf("%q: %s %v, want %s", typed, got, err, want)
		}
	}
	for _, typed := range []string{"", "soon", "25:00", "in", "in 0h", "+", "31 Feb 10:00", "tu 10:00", "12", "Tue"} {
		if got, err := moment(typed, now); err == nil {
			t.Errorf("%q is read as %s", typed, got)
		}
	}
}

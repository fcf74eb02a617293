package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"consigliere/internal/faction"
	"consigliere/internal/store"
	"consigliere/internal/store/storetest"
)

var hourly = []faction.Job{{Name: "players", Every: time.Hour}}

// claim claims at a moment and checks how many runs that gave and how many it skipped.
func claim(t *testing.T, s *store.Store, owner string, at time.Time, jobs []faction.Job, want, wantSkipped int) []faction.JobRun {
	t.Helper()
	got, skipped, err := s.ClaimJobs(t.Context(), owner, at, lease, jobs)
	must(t, err)
	if len(got) != want || len(skipped) != wantSkipped {
		t.Fatalf("%s at %s claimed %v and skipped %v, want %d and %d", owner, at.Format("15:04:05"), got, skipped, want, wantSkipped)
	}
	return got
}

func begun(t *testing.T) *store.Store {
	t.Helper()
	s := storetest.Open(t).Store
	must(t, s.BeginJobs(t.Context(), "a", noon, hourly))
	return s
}

func job(t *testing.T, s *store.Store, now time.Time) faction.JobState {
	t.Helper()
	all, err := s.Jobs(t.Context(), now)
	must(t, err)
	if len(all) != 1 {
		t.Fatalf("there are %d jobs, want one", len(all))
	}
	return all[0]
}

func TestADueJobIsGivenToOneOfManyProcesses(t *testing.T) {
	s := begun(t)
	var mu sync.Mutex
	var wg sync.WaitGroup
	total := 0
	for i := range 8 {
		wg.Go(func() {
			got, _, err := s.ClaimJobs(t.Context(), fmt.Sprint(i), noon, lease, hourly)
			mu.Lock()
			defer mu.Unlock()
			total += len(got)
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if total != 1 {
		t.Errorf("it was claimed %d times, want once", total)
	}
}

func TestAJobIsDueAgainAnIntervalAfterItsStart(t *testing.T) {
	s := begun(t)
	r := claim(t, s, "a", noon, hourly, 1, 0)[0]
	must(t, s.FinishJob(t.Context(), r, faction.JobEnd{At: noon.Add(time.Minute), Took: 61 * time.Second, Counts: map[string]int{"read": 98}}))
	got := job(t, s, noon.Add(time.Minute))
	if !got.Started.Equal(noon) || !got.Finished.Equal(noon.Add(time.Minute)) || got.Took != 61*time.Second || got.Counts["read"] != 98 ||
		got.LastError != "" || got.Running || !got.NextDue.Equal(noon.Add(time.Hour)) {
		t.Errorf("it stands at %+v", got)
	}
	claim(t, s, "b", noon.Add(time.Hour-time.Second), hourly, 0, 0)
	claim(t, s, "b", noon.Add(time.Hour), hourly, 1, 0)
}

func TestAJobThatIsDueWhileItRunsIsSkippedAndCountedOnce(t *testing.T) {
	s := begun(t)
	r := claim(t, s, "a", noon, hourly, 1, 0)[0]
	later := noon.Add(time.Hour)
	must(t, s.RenewJob(t.Context(), r, later.Add(-time.Second), lease))
	claim(t, s, "b", later, hourly, 0, 1)
	claim(t, s, "c", later, hourly, 0, 0)
	must(t, s.FinishJob(t.Context(), r, faction.JobEnd{At: later.Add(time.Minute)}))
	claim(t, s, "b", later.Add(2*time.Minute), hourly, 0, 0)
	if got := job(t, s, later); got.Skipped != 1 || !got.NextDue.Equal(later.Add(time.Hour)) {
		t.Errorf("it stands at %+v, want one run skipped and the next an hour later", got)
	}
}

func TestAJobWhoseOwnerDiedIsDueWhenItsLeaseIsOut(t *testing.T) {
	s := begun(t)
	dead := claim(t, s, "a", noon, hourly, 1, 0)[0]
	claim(t, s, "b", noon.Add(lease-time.Second), hourly, 0, 0)
	alive := claim(t, s, "b", noon.Add(lease), hourly, 1, 0)[0]
	// It was not dead after all, but slow.
	end := faction.JobEnd{At: noon.Add(time.Minute), Reason: "late"}
	if err := s.RenewJob(t.Context(), dead, end.At, lease); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("renewing gave %v, want ErrOvertaken", err)
	}
	if err := s.FinishJob(t.Context(), dead, end); !errors.Is(err, store.ErrOvertaken) {
		t.Errorf("finishing gave %v, want ErrOvertaken", err)
	}
	must(t, s.FinishJob(t.Context(), alive, faction.JobEnd{At: end.At}))
	if got := job(t, s, end.At); got.LastError != "" {
		t.Errorf("it stands at %+v", got)
	}
}

func TestARestartedProcessTakesUpWhatItWasKilledInAtOnce(t *testing.T) {
	s := begun(t)
	claim(t, s, "a", noon, hourly, 1, 0)
	now := noon.Add(time.Second)
	must(t, s.BeginJobs(t.Context(), "b", now, hourly))
	claim(t, s, "b", now, hourly, 0, 0)
	must(t, s.BeginJobs(t.Context(), "a", now, hourly))
	claim(t, s, "a", now, hourly, 1, 0)
}

func TestAFailedRunIsTriedSoonerButNeverLaterThanPlanned(t *testing.T) {
	s := begun(t)
	r := claim(t, s, "a", noon, hourly, 1, 0)[0]
	must(t, s.FinishJob(t.Context(), r, faction.JobEnd{At: noon, Reason: "no luck", Again: noon.Add(10 * time.Minute)}))
	if got := job(t, s, noon); got.LastError != "no luck" || !got.NextDue.Equal(noon.Add(10*time.Minute)) {
		t.Errorf("it stands at %+v", got)
	}
	r = claim(t, s, "a", noon.Add(10*time.Minute), hourly, 1, 0)[0]
	must(t, s.FinishJob(t.Context(), r, faction.JobEnd{At: noon.Add(10 * time.Minute), Again: noon.Add(9 * time.Hour)}))
	if got := job(t, s, noon); !got.NextDue.Equal(noon.Add(70 * time.Minute)) {
		t.Errorf("it is due at %s", got.NextDue)
	}
}

func TestATimeOfAWrongClockHoldsNoJobUp(t *testing.T) {
	s := begun(t)
	ahead := noon.AddDate(1, 0, 0)
	claim(t, s, "a", ahead, hourly, 1, 0) // due and leased a year from now
	claim(t, s, "b", noon, hourly, 1, 0)
}

func TestAJobOfAnotherVersionIsLeftAlone(t *testing.T) {
	s := begun(t)
	must(t, s.BeginJobs(t.Context(), "b", noon, []faction.Job{{Name: "new", Every: time.Minute}}))
	got := claim(t, s, "a", noon, hourly, 1, 0)
	if slices.ContainsFunc(got, func(r faction.JobRun) bool { return r.Name == "new" }) {
		t.Error("a process claimed a job that it does not know")
	}
}
